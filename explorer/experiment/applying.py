"""Calls, subscripts and attributes -> what they are worth: a part of the program, or a number.

The operations of the table in every way in which they can be written. Used by `language`, which
has the values of the arguments.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import EllipsisType, MappingProxyType

from explorer.experiment.calls import (
    MAX_DIMENSIONS,
    is_computed,
    plain_of,
    read_arguments,
    wrong_count,
)
from explorer.experiment.calls import Given as Arguments
from explorer.experiment.folding import folded, folded_number
from explorer.experiment.lines import Lines
from explorer.experiment.names import shortened
from explorer.experiment.operations import ENTRIES, DType, Operation
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import Literal, RawCall, RawSlice, RawSubscript, Spelling, at
from explorer.experiment.shaping import Shape
from explorer.experiment.subscript import Given, Index, Slice, Subscript
from explorer.experiment.tree import Call, Expression, Name, Number, Position
from explorer.experiment.values import Tuple, Value, is_plain, items, several, tensor

# No tensor is longer.
_LARGEST = 2**31
# Functions of Python's math, of numbers that are known.
_MATH: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        name: getattr(math, name)
        for name in (
            *("sqrt", "exp", "log", "log2", "log10", "log1p", "expm1", "sin", "cos", "tan"),
            *("asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
            *("erf", "erfc", "gamma", "lgamma", "pow", "fabs", "floor", "ceil", "trunc", "hypot"),
            *("degrees", "radians", "copysign", "fmod"),
        )
    }
)
_WHOLE_RESULTS = frozenset({"floor", "ceil", "trunc"})
_TEXTS: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(("inf", "+inf", "infinity"), math.inf),
        **dict.fromkeys(("-inf", "-infinity"), -math.inf),
        "nan": math.nan,
    }
)


class Applier:
    """Applies operations while the lines of a program are written."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    # -- operations of the table -------------------------------------------------------------

    def applied(self, operation: Operation, raw: RawCall, given: Arguments) -> Value:
        """The call's value."""
        values = given.by_place
        known = None if given.by_name else _compared(operation, values, raw.position)
        if known is not None:
            return known
        numbers = [each for each in values if isinstance(each, Number)]
        if len(numbers) == len(raw.arguments) and not given.by_name and operation.fold:
            if len(numbers) != operation.tensors[1]:
                raise wrong_count(operation.written, raw, operation.tensors[1])
            return folded_number(operation, numbers, raw.position)
        if operation.name == "where" and values and isinstance(values[0], Number):
            raise BadInput("where-needs-comparison", at(raw.position))
        if operation.name == "to" and not _is_dtype(given):
            raise BadInput("not-in-language", at(raw.position), construct="call-device")
        read = read_arguments(operation, raw, given)
        if raw.function == "as_tensor" and read.tensors and not is_plain(read.tensors[0]):
            return read.tensors[0]
        operator = raw.spelling is Spelling.OPERATOR
        if raw.spelling is Spelling.METHOD and is_computed(read.tensors[0]):
            raise BadInput("number-has-no-method", at(raw.position), method=raw.function)
        function = not operator and operation.both_ways
        call = Call(
            read.operation.name,
            read.tensors,
            read.options,
            raw.position,
            self._lines.within,
            as_function=function and (bool(read.options) or is_plain(read.tensors[0])),
            plain=operation.name == "item" or (operator and all(map(is_plain, values))),
            named=read.named,
        )
        return call if read.operation.parts is None else self._parts(read.operation, call)

    def _parts(self, operation: Operation, call: Call) -> Value:
        """The results of an operation that has several."""
        assert operation.parts is not None
        count = len(operation.parts) or self._count(operation, call)
        self._lines.settle()
        whole = self._lines.kept(call)
        assert isinstance(whole, Name)
        parts = (
            Call("part", (whole,), (("index", index),), call.position, call.within)
            for index in range(count)
        )
        return several(tuple(parts), call.position, operation.parts)

    def _count(self, operation: Operation, call: Call) -> int:
        if operation.name == "meshgrid":
            return len(call.arguments)
        shapes = self._lines.shape(call)
        if not isinstance(shapes, list):
            raise BadInput("shape-not-known", at(call.position), what=operation.written)
        return len(shapes)

    # -- what is known of a shape ---------------------------------------------------------------

    def attribute(self, raw: RawCall, subject: Value) -> Value | None:
        """`x.shape`, `x.ndim`, and the parts of several results; None of other attributes."""
        if isinstance(subject, Tuple):
            if raw.function in subject.names:
                return subject.items[subject.names.index(raw.function)]
        elif raw.function == "shape":
            return _sizes(self._shape(raw, subject), raw.position)
        elif raw.function == "ndim":
            return _whole(len(self._shape(raw, subject)), raw.position)
        elif raw.function in ENTRIES and ENTRIES[raw.function].attribute:
            return None
        place = at(raw.position)
        raise BadInput("attribute-not-allowed", place, attribute=shortened(raw.function))

    def size(self, raw: RawCall, values: Sequence[Value]) -> Value:
        """`x.size()`, `x.size(0)`, `x.dim()`, `x.numel()`, `len(x)`."""
        if not values or raw.keywords or len(values) > 1 + (raw.function == "size"):
            raise wrong_count(raw.function, raw, 1)
        subject, *rest = values
        if raw.function == "len" and isinstance(subject, Tuple | Literal):
            return _whole(len(items(subject, raw.position)), raw.position)
        shape = self._shape(raw, subject)
        if rest:
            return _item(_sizes(shape, raw.position), rest, raw.position)
        if raw.function == "size":
            return _sizes(shape, raw.position)
        if raw.function == "len" and not shape:
            raise BadInput("not-in-language", at(raw.position), construct="not-several")
        number = {"len": (*shape, 0)[0], "dim": len(shape), "ndimension": len(shape)}
        return _whole(number.get(raw.function, math.prod(shape)), raw.position)

    def _shape(self, raw: RawCall, subject: Value) -> Shape:
        shape = self._lines.shape(tensor(subject, raw.position))
        if is_plain(subject) or not isinstance(shape, tuple):
            raise BadInput("shape-not-known", at(raw.position), what=raw.function)
        return shape

    # -- subscripts -------------------------------------------------------------------------

    def subscript(self, raw: RawSubscript, subject: Value, inside: Sequence[Value]) -> Value:
        """`subject[…]`; `inside` are the values in the brackets, those of slices too."""
        if isinstance(subject, Tuple) or (
            isinstance(subject, Literal) and isinstance(subject.value, tuple)
        ):
            return _of_tuple(raw, subject, inside)
        subscript, given = read_subscript(raw, inside)
        arguments = (_subscripted(subject, raw.position), *given)
        return Call("index", arguments, (("at", subscript),), raw.position, self._lines.within)

    def put(self, raw: RawSubscript, there: Sequence[Value], value: Value) -> Call:
        """`subject[…] = value`; `there` are the subject and the values in the brackets."""
        subscript, inside = read_subscript(raw, there[1:])
        subject, put = (tensor(each, raw.position) for each in (there[0], value))
        arguments, options = (subject, *inside, put), (("at", subscript),)
        return Call("setitem_", arguments, options, raw.position, self._lines.within)

    # -- numbers ------------------------------------------------------------------------------

    def number(self, raw: RawCall, values: Sequence[Value]) -> Value:
        """`float(x)`, `int(n)`: of a tensor the number that it holds."""
        if len(values) != 1 or raw.keywords:
            raise wrong_count(raw.function, raw, 1)
        value = values[0]
        if isinstance(value, Literal) and isinstance(value.value, str):
            text = value.value.strip().lower()
            if text not in _TEXTS or raw.function != "float":
                raise BadInput("not-in-language", at(value.position), construct="string")
            return Number(_TEXTS[text], raw.position)
        if isinstance(value, Number) and raw.function == "float":
            return replace(value, whole=False, position=raw.position)
        if isinstance(value, Number):
            number = float(folded(math.trunc, [value.value], raw.position))
            return Number(number, raw.position, whole=True)
        if raw.function == "int":
            raise BadInput("not-in-language", at(raw.position), construct="int-of-tensor")
        if is_plain(value):
            return value
        argument = tensor(value, raw.position)
        return Call("item", (argument,), (), raw.position, self._lines.within, True, plain=True)


def _is_dtype(given: Arguments) -> bool:
    values = (*given.by_place[1:], *(value for _, value in given.by_name))
    return all(isinstance(each, Literal) and isinstance(each.value, DType) for each in values)


def _compared(operation: Operation, values: Sequence[Value], where: Position) -> Literal | None:
    """The truth value of a comparison of what is known by now; None of anything else."""
    if not operation.comparison or operation.python is None:
        return None
    known = (each for each in values if isinstance(each, Number | Literal))
    sides = [each.value for each in known if not isinstance(each.value, tuple)]
    if len(sides) < len(values):
        return None
    try:
        return Literal(bool(operation.python(*sides)), where)
    except TypeError:
        raise BadInput("not-in-language", at(where), construct="truth") from None


def of_math(raw: RawCall, values: Sequence[Value]) -> Value:
    """A function of Python's math."""
    name = raw.function.removeprefix("math.")
    function = _MATH.get(name)
    if function is None:
        raise BadInput("unknown-function", at(raw.position), name=shortened(name), nearest="")
    numbers = [each.value for each in values if isinstance(each, Number)]
    if len(numbers) < len(values) or raw.keywords:
        raise BadInput("math-of-tensor", at(raw.position), name=shortened(name))
    try:
        value = float(folded(function, numbers, raw.position))
    except TypeError:
        raise wrong_count(raw.function, raw, 1) from None
    except ValueError:
        raise BadInput("number-complex", at(raw.position)) from None
    return Number(value, raw.position, whole=name in _WHOLE_RESULTS)


def read_subscript(
    raw: RawSubscript, inside: Sequence[Value]
) -> tuple[Subscript, tuple[Expression, ...]]:
    """What stands in the brackets, and the tensors among it."""
    parts, given = list[Index](), list[Expression]()
    written: Sequence[object] = raw.parts
    if len(written) == 1 and _is_tuple(inside):
        # `i = (0, 1)` and `x[i]` stand for `x[0, 1]`.
        written = inside = items(inside[0], raw.position)
    if len(written) > MAX_DIMENSIONS:
        raise BadInput("too-many-dimensions", at(raw.position), limit=MAX_DIMENSIONS)
    values = iter(inside)
    for part in written:
        if isinstance(part, RawSlice):
            parts.append(Slice(*_bounds(part, values)))
            continue
        value = next(values)
        if isinstance(value, Name | Call):
            parts.append(Given())
            given.append(value)
        else:
            parts.append(_index(value, raw.position))
    return Subscript(tuple(parts)), tuple(given)


def _is_tuple(inside: Sequence[Value]) -> bool:
    if len(inside) != 1 or not isinstance(inside[0], Tuple | Literal):
        return False
    value = inside[0]
    known = isinstance(value, Tuple) or isinstance(value.value, tuple)
    return known and not value.in_brackets


def _of_tuple(raw: RawSubscript, subject: Value, inside: Sequence[Value]) -> Value:
    if len(raw.parts) != 1 or not isinstance(raw.parts[0], RawSlice):
        return _item(subject, inside, raw.position)
    start, stop, step = _bounds(raw.parts[0], iter(inside))
    if step == 0:
        raise BadInput("not-in-language", at(raw.position), construct="subscript")
    return several(items(subject, raw.position)[start:stop:step], raw.position)


def _item(subject: Value, inside: Sequence[Value], position: Position) -> Value:
    found = items(subject, position)
    index = plain_of(inside[0]) if len(inside) == 1 else None
    if type(index) is not int or not -len(found) <= index < len(found):
        raise BadInput("no-such-item", at(position), count=len(found))
    return found[index]


def _sizes(shape: Shape, position: Position) -> Tuple:
    return several(tuple(_whole(size, position) for size in shape), position)


def _whole(number: int, position: Position) -> Number:
    return Number(float(number), position, whole=True)


def _subscripted(subject: Value, position: Position) -> Expression:
    expression = tensor(subject, position)
    if is_plain(expression):
        raise BadInput("not-in-language", at(position), construct="subscript-of-number")
    return expression


def _bounds(part: RawSlice, values: Iterator[Value]) -> list[int | None]:
    return [None if each is None else _bound(next(values)) for each in part.bounds]


def _bound(value: Value) -> int | None:
    """What may stand in a slice."""
    plain = plain_of(value)
    if plain is None:
        return None
    if type(plain) is not int or abs(plain) >= _LARGEST:
        place = at(getattr(value, "position", Position(1, 1)))
        raise BadInput("not-in-language", place, construct="slice")
    return plain


def _index(value: Value, position: Position) -> Index:
    plain = plain_of(value)
    if plain is None or isinstance(plain, EllipsisType):
        return plain
    if isinstance(plain, tuple) and all(type(each) is int for each in plain):
        return plain
    if type(plain) is int and abs(plain) < _LARGEST:
        return plain
    raise BadInput("not-in-language", at(position), construct="subscript")
