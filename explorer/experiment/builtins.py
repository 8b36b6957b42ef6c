"""Python's own functions that a formula may call, of what is known before it is computed.

They give what a `for` goes through. Called by `language`.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from explorer.experiment.calls import wrong_count
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import RawCall, at
from explorer.experiment.tree import Number, Position
from explorer.experiment.values import Tuple, Value, items, several

_Builtin = Callable[[RawCall, Sequence[Value], int], Tuple]


def _range(raw: RawCall, given: Sequence[Value], limit: int) -> Tuple:
    if not 1 <= len(given) <= 3 or raw.keywords:
        raise wrong_count("range", raw, 1)
    bounds = [_whole(each, raw.position) for each in given]
    if len(bounds) == 3 and bounds[2] == 0:
        raise BadInput("not-in-language", at(raw.position), construct="range")
    numbers = range(*bounds)
    # `len` refuses what is longer than a machine can count.
    if bool(numbers) and abs(numbers[-1] - numbers[0]) // abs(numbers.step) >= limit:
        count = abs(numbers[-1] - numbers[0]) // abs(numbers.step) + 1
        raise BadInput("loop-too-long", at(raw.position), count=count, limit=limit)
    # As a subscript it is a list: `x[range(2)]` is `x[[0, 1]]`.
    found = tuple(Number(float(each), raw.position, whole=True) for each in numbers)
    return several(found, raw.position, in_brackets=True)


def _whole(value: Value, position: Position) -> int:
    if not isinstance(value, Number) or not value.value.is_integer():
        raise BadInput("not-in-language", at(position), construct="range")
    return int(value.value)


def _enumerate(raw: RawCall, given: Sequence[Value], _limit: int) -> Tuple:
    if len(given) != 1 or raw.keywords:
        raise wrong_count("enumerate", raw, 1)
    found = enumerate(items(given[0], raw.position))
    return _pairs(
        [(Number(float(place), raw.position, whole=True), each) for place, each in found], raw
    )


def _zip(raw: RawCall, given: Sequence[Value], _limit: int) -> Tuple:
    if not given or raw.keywords:
        raise wrong_count("zip", raw, 2)
    return _pairs(list(zip(*(items(each, raw.position) for each in given), strict=False)), raw)


def _reversed(raw: RawCall, given: Sequence[Value], _limit: int) -> Tuple:
    if len(given) != 1 or raw.keywords:
        raise wrong_count("reversed", raw, 1)
    return several(items(given[0], raw.position)[::-1], raw.position)


def _pairs(rows: Sequence[tuple[Value, ...]], raw: RawCall) -> Tuple:
    return several(tuple(several(row, raw.position) for row in rows), raw.position)


BUILTINS: Mapping[str, _Builtin] = MappingProxyType(
    {"range": _range, "enumerate": _enumerate, "zip": _zip, "reversed": _reversed}
)
