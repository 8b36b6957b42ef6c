"""The options of a call: which there are, and what their values may be.

Called by `inline` for every operation of a formula.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from explorer.experiment.names import nearest, shortened
from explorer.experiment.operations import (
    OPTION_ALIASES,
    Operation,
    Option,
    OptionKind,
    OptionValue,
)
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import Literal, Raw, RawCall, Spelling, at
from explorer.experiment.tree import Call, Expression, Name, Number, Position

# The engine's tensors have at most this many dimensions (so has numpy).
_MAX_DIMENSIONS = 64
# From a written expression to what it is worth.
Evaluate = Callable[[Raw], Expression | Literal]
_NO_OPTION = Option(OptionKind.FLAG)


def read_options(
    operation: Operation, raw: RawCall, evaluate: Evaluate
) -> tuple[tuple[str, OptionValue], ...]:
    """The options of a call by name, in the order given.

    `evaluate` makes the checked expression of a written one; an option must come out
    as a number. Raises BadInput with the option's place.
    """
    extra = _gathered(operation, raw, evaluate)
    by_place = [name for name, option in operation.options.items() if not option.keyword]
    if len(extra) > len(by_place):
        raise wrong_count(operation.name, raw, operation.tensors[1])
    given: dict[str, Raw] = dict(zip(by_place, extra, strict=False))
    for written, value in raw.keywords:
        name = OPTION_ALIASES.get(written, written)
        if name not in operation.options:
            raise _unknown_option(operation, written, value.position)
        if name in given:
            raise BadInput("name-used-twice", at(value.position), name=name)
        given[name] = value
    for name, option in operation.options.items():
        if option.required and name not in given:
            raise BadInput("option-missing", at(raw.position), option=name, function=operation.name)
    return tuple(
        (name, _option(name, operation.options[name], value, evaluate))
        for name, value in given.items()
    )


def _gathered(operation: Operation, raw: RawCall, evaluate: Evaluate) -> tuple[Raw, ...]:
    """The arguments behind the tensors; `x.reshape(2, -1)` stands for `x.reshape((2, -1))`."""
    extra = raw.arguments[operation.tensors[1] :]
    name, option = next(iter(operation.options.items()), ("", _NO_OPTION))
    if not option.spread or raw.spelling is not Spelling.METHOD:
        return extra
    single = len(extra) == 1 and option.kind is not OptionKind.SHAPE
    if not extra or single or any(isinstance(each, Literal) for each in extra):
        return extra
    whole = Option(OptionKind.INTEGER)
    sizes = tuple(_option(name, whole, each, evaluate) for each in extra)
    return (Literal(tuple(each for each in sizes if type(each) is int), extra[0].position),)


def _option(name: str, option: Option, raw: Raw, evaluate: Evaluate) -> OptionValue:
    value = evaluate(raw)
    plain = value.value if isinstance(value, Number | Literal) else value
    if isinstance(plain, Name | Call) or not _ACCEPTS[option.kind](plain):
        raise BadInput("option-wrong-kind", at(raw.position), option=name, wanted=option.kind.value)
    whole = option.kind in (OptionKind.INTEGER, OptionKind.DIMENSIONS)
    return int(plain) if whole and isinstance(plain, float) else plain


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
        function=operation.name,
        nearest=nearest(name, operation.options),
    )


def _is_number(value: OptionValue) -> bool:
    return isinstance(value, float)


def _is_whole(value: OptionValue) -> bool:
    return isinstance(value, float) and value.is_integer() and abs(value) < 2**31


def _is_dimensions(value: OptionValue) -> bool:
    if isinstance(value, tuple):
        return len(value) <= _MAX_DIMENSIONS and all(abs(each) < 2**31 for each in value)
    return _is_whole(value)


_ACCEPTS: Mapping[OptionKind, Callable[[OptionValue], bool]] = MappingProxyType(
    {
        OptionKind.NUMBER: _is_number,
        OptionKind.INTEGER: _is_whole,
        OptionKind.FLAG: lambda value: isinstance(value, bool),
        OptionKind.DIMENSIONS: _is_dimensions,
        OptionKind.SHAPE: lambda value: isinstance(value, tuple) and _is_dimensions(value),
    }
)
