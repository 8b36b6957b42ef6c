"""The arguments of a call: which are tensors, which options, and what their values may be.

Called by `applying` for every operation of a formula, with the values of all arguments.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from explorer.experiment.names import nearest, shortened
from explorer.experiment.operation import DType
from explorer.experiment.operations import (
    ENTRIES,
    OPTION_ALIASES,
    Operation,
    Option,
    OptionKind,
    OptionValue,
)
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import Literal, Raw, RawAugmented, RawCall, Spelling, at
from explorer.experiment.tree import Expression, Number, Position
from explorer.experiment.values import Function, Tuple, Value, is_plain, items, several, tensor

# The engine's tensors have at most this many dimensions (so has numpy).
MAX_DIMENSIONS = 64
_LARGEST = 2**31
_EQUATION = re.compile(r"[a-zA-Z]*( ?, ?[a-zA-Z]*)*( ?-> ?[a-zA-Z]*)?")
_LONGEST_EQUATION = 100
# What has a value only when the tensors have.
UNREADABLE = object()


@dataclass(frozen=True, slots=True)
class Given:
    """The values of a call as written: by place, and by keyword."""

    by_place: tuple[Value, ...]
    by_name: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call comes to; `named` are the names of the last of the tensors."""

    operation: Operation
    tensors: tuple[Expression, ...]
    named: tuple[str, ...]
    options: tuple[tuple[str, OptionValue], ...]


def read_arguments(operation: Operation, raw: RawCall, given: Given) -> Arguments:
    """The tensors and options of a call; raises BadInput with the place of what is wrong."""
    operation = _meant(operation, given)
    tensors, extra = _tensors(operation, raw, given.by_place)
    slots = _slots(operation, raw, extra, given.by_name, len(tensors))
    named = {name: slots.pop(name) for name in [*slots] if name in operation.names}
    tensors = [*tensors, *_in_order(operation, raw, named, len(tensors))]
    if len(tensors) == operation.tensors[0] or operation.listed or operation.first:
        _check_given(operation, raw, slots)
    options: list[tuple[str, OptionValue]] = []
    more: dict[str, Value] = {}
    for name, value in slots.items():
        option = operation.options[name]
        if option.kind is not OptionKind.TENSOR:
            options.append((name, _option(name, option, value)))
        elif not (isinstance(value, Literal) and value.value is None):
            more[name] = value
        elif option.required:
            options.append((name, None))
    values = [*tensors, *more.values()]
    expressions = tuple(tensor(each, _position(each, raw)) for each in values)
    return Arguments(operation, expressions, tuple(more), tuple(options))


def _meant(operation: Operation, given: Given) -> Operation:
    """The overload for these arguments, if the operation has any."""
    second = given.by_place[1] if len(given.by_place) > 1 else None
    options = {OPTION_ALIASES.get(each, each) for each, _ in given.by_name}
    for name in operation.overloads:
        other = ENTRIES[name]
        if other.tensors[1] > operation.tensors[1]:
            if "other" in options or (second is not None and not _is_known(second)):
                return replace(other, names=("input", "other"))
        elif other.tensors[1] < operation.tensors[1]:
            if given.by_place and isinstance(given.by_place[0], Literal | Tuple):
                return other
        elif second is not None or options & {*other.options}:
            return other
    return operation


def _is_known(value: Value) -> bool:
    return isinstance(value, Number | Literal)


def _tensors(
    operation: Operation, raw: RawCall, values: Sequence[Value]
) -> tuple[list[Value], list[Value]]:
    """The tensors among the arguments by place, and what stands behind them."""
    least, most = operation.tensors
    if operation.first:
        return [*values[1:]], [*values[:1]]
    if operation.listed:
        return _listed(operation, raw, values)
    tensors = [*values[:most]]
    first = next(iter(operation.options.values()), None)
    while first is not None and len(tensors) > least and _is_known(tensors[-1]):
        # One more tensor only where it is one: else it is the first option.
        if first.keyword:
            break
        tensors.pop()
    return tensors, [*values[len(tensors) :]]


def _listed(
    operation: Operation, raw: RawCall, values: Sequence[Value]
) -> tuple[list[Value], list[Value]]:
    if not values:
        raise wrong_count(operation.written, raw, 1)
    if not isinstance(values[0], Tuple) or not values[0].items:
        place = at(_position(values[0], raw))
        raise BadInput("tensors-in-a-list", place, function=operation.written)
    return [*items(values[0], raw.position)], [*values[1:]]


def _slots(
    operation: Operation,
    raw: RawCall,
    extra: Sequence[Value],
    by_name: Sequence[tuple[str, Value]],
    tensors: int,
) -> dict[str, Value]:
    """Everything that has a name, in the order given."""
    by_place = [name for name, option in operation.options.items() if not option.keyword]
    gathered = _gathered(operation, raw, extra)
    if len(gathered) > len(by_place):
        raise wrong_count(operation.written, raw, operation.tensors[1])
    if operation.alone and len(gathered) == 1:
        by_place = [operation.alone]
    slots: dict[str, Value] = dict(zip(by_place, gathered, strict=False))
    taken = {*operation.names[:tensors], *slots}
    for written, value in by_name:
        name = OPTION_ALIASES.get(written, written)
        place = at(_position(value, raw))
        if name not in operation.options and name not in operation.names:
            raise _unknown_option(operation, written, _position(value, raw))
        if name in taken:
            raise BadInput("name-used-twice", place, name=name)
        taken.add(name)
        slots[name] = value
    return slots


def _gathered(operation: Operation, raw: RawCall, extra: Sequence[Value]) -> Sequence[Value]:
    """The arguments behind the tensors; `x.reshape(2, -1)` stands for `x.reshape((2, -1))`."""
    name, option = next(iter(operation.options.items()), ("", None))
    spreads = raw.spelling is Spelling.METHOD or operation.tensors[1] == 0
    if option is None or not option.spread or not spreads:
        return extra
    single = len(extra) == 1 and option.kind is not OptionKind.SHAPE
    if not extra or single or not isinstance(extra[0], Number):
        return extra
    for each in extra:
        if not isinstance(each, Number):
            raise _wrong_kind(name, option, each)
    return [several(tuple(extra), raw.position)]


def _in_order(
    operation: Operation, raw: RawCall, named: Mapping[str, Value], before: int
) -> list[Value]:
    """Tensors given by torch's names for them, as if by place."""
    least = operation.tensors[0]
    wanted = operation.names[before : max(least, before + len(named))]
    if set(wanted) != set(named) or before + len(named) < least:
        raise wrong_count(operation.written, raw, least)
    return [named[name] for name in wanted]


def _check_given(operation: Operation, raw: RawCall, slots: Mapping[str, Value]) -> None:
    for name, option in operation.options.items():
        if option.required and name not in slots:
            where = at(raw.position)
            raise BadInput("option-missing", where, option=name, function=operation.written)


def _position(value: Value, raw: RawCall) -> Position:
    return getattr(value, "position", raw.position)


def wrong_count(function: str, raw: RawCall, wanted: int) -> BadInput:
    """The refusal of a call with too few or too many arguments."""
    return BadInput(
        "wrong-number-of-arguments",
        at(raw.position),
        function=function,
        wanted=wanted,
        got=len(raw.arguments) + len(raw.keywords),
    )


def _unknown_option(operation: Operation, name: str, position: Position) -> BadInput:
    return BadInput(
        "unknown-option",
        at(position),
        option=shortened(name),
        function=operation.written,
        nearest=nearest(name, operation.options),
    )


def may_be_written(operation: Operation, raw: RawCall) -> bool:
    """Whether there is such a function or method."""
    method = raw.spelling is Spelling.METHOD
    return operation.method if method else operation.function_form


def bound_arguments(function: Function, raw: RawCall) -> dict[str, Raw]:
    """The arguments of a call by the names of the function's parameters."""
    names = [each.name for each in function.definition.parameters]
    bound: dict[str, Raw] = dict(zip(names, raw.arguments, strict=False))
    given = len(raw.arguments) + len(raw.keywords)
    bound.update(raw.keywords)
    pairs = zip(names, function.defaults, strict=True)
    missing = [name for name, default in pairs if default is None and name not in bound]
    if len(bound) != given or missing or not set(bound) <= set(names):
        raise wrong_count(function.name, raw, len(names))
    return bound


def augmenting(line: RawAugmented) -> Operation:
    """The operation of `z += x`; raises BadInput if PyTorch has it not in place."""
    operation = ENTRIES[line.operator]
    if not operation.in_place:
        raise BadInput("not-in-language", at(line.position), construct="augmented")
    return operation


# -- values of options -------------------------------------------------------------------------


def _option(name: str, option: Option, value: Value) -> OptionValue:
    plain = plain_of(value)
    if plain is None and option.nullable:
        return None
    fits = plain is not UNREADABLE and _ACCEPTS[option.kind](option, plain)
    if option.words and isinstance(plain, str | bool):
        fits = plain in option.words or repr(plain) in option.words
    if fits:
        return _converted(option, plain)
    raise _wrong_kind(name, option, value)


def _wrong_kind(name: str, option: Option, value: Value) -> BadInput:
    where = at(getattr(value, "position", Position(1, 1)))
    if option.words:
        choices = ", ".join(each if each == "False" else f'"{each}"' for each in option.words)
        return BadInput("option-not-one-of", where, option=name, choices=choices)
    return BadInput("option-wrong-kind", where, option=name, wanted=option.kind.value)


def _converted(option: Option, plain: Any) -> OptionValue:
    if option.kind in (OptionKind.INTEGER, OptionKind.DIMENSIONS, OptionKind.SHAPE):
        if isinstance(plain, tuple):
            return tuple(map(int, plain))
        plain = int(plain) if isinstance(plain, float) else plain
    elif option.kind is OptionKind.NUMBER and not option.whole:
        plain = float(plain)
    value: OptionValue = plain
    return value


def plain_of(value: Value) -> Any:
    """The value as Python has it; UNREADABLE if it is only known when tensors are."""
    if isinstance(value, Number):
        return value.plain_value
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, Tuple):
        parts = tuple(map(plain_of, value.items))
        return UNREADABLE if any(each is UNREADABLE for each in parts) else parts
    return UNREADABLE


def _is_number(_option: Option, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(option: Option, value: Any) -> bool:
    return _is_number(option, value) and float(value).is_integer() and abs(value) < _LARGEST


def _are_whole(option: Option, value: Any) -> bool:
    if not isinstance(value, tuple) or len(value) > MAX_DIMENSIONS:
        return False
    return all(_is_whole(option, each) for each in value)


def _is_literal(option: Option, value: Any) -> bool:
    """Nested lists of numbers, all of the same length."""
    if not isinstance(value, tuple):
        return isinstance(value, bool | int | float)
    lengths = {len(each) if isinstance(each, tuple) else None for each in value}
    return len(lengths) < 2 and all(_is_literal(option, each) for each in value)


def _is_equation(_option: Option, value: Any) -> bool:
    short = isinstance(value, str) and len(value) <= _LONGEST_EQUATION
    return short and _EQUATION.fullmatch(value) is not None


_ACCEPTS: Mapping[OptionKind, Callable[[Option, Any], bool]] = MappingProxyType(
    {
        OptionKind.NUMBER: _is_number,
        OptionKind.INTEGER: _is_whole,
        OptionKind.FLAG: lambda _, value: isinstance(value, bool),
        OptionKind.DIMENSIONS: lambda each, value: (
            _is_whole(each, value) or _are_whole(each, value)
        ),
        OptionKind.SHAPE: _are_whole,
        OptionKind.WORD: lambda _option, _value: False,
        OptionKind.WHERE: lambda _option, _value: False,
        OptionKind.EQUATION: _is_equation,
        OptionKind.DTYPE: lambda _, value: isinstance(value, DType),
        OptionKind.LITERAL: _is_literal,
    }
)


def is_computed(value: Value) -> bool:
    """Whether it is a number of Python's that is not known yet."""
    return is_plain(value) and not isinstance(value, Number)
