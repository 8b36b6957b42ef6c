"""Arithmetic of plain numbers, done once while a formula is read."""

import math
from collections.abc import Callable, Sequence

from explorer.experiment.operations import Operation
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import at
from explorer.experiment.tree import Number, Position

# Of whole numbers these make whole numbers.
_WHOLE = frozenset({"add", "sub", "mul", "neg", "floor_divide", "remainder"})
_LARGEST_WHOLE = 2**53


def folded_number(operation: Operation, numbers: Sequence[Number], where: Position) -> Number:
    """What the operation makes of the numbers; raises BadInput if that is none.

    With floats: a power of whole numbers could have more digits than there is memory.
    """
    assert operation.fold is not None
    value = folded(operation.fold, [each.value for each in numbers], where)
    whole = all(each.whole for each in numbers) and abs(value) <= _LARGEST_WHOLE
    stays = numbers[-1].value >= 0 if operation.name == "pow" else operation.name in _WHOLE
    return Number(value, where, whole and stays)


def folded(
    fold: Callable[..., float | complex], numbers: Sequence[float], where: Position
) -> float:
    """The function's value of plain numbers; raises BadInput if there is none."""
    try:
        value = fold(*numbers)
    except ZeroDivisionError:
        raise BadInput("division-by-zero", at(where)) from None
    except OverflowError:
        raise BadInput("number-too-large", at(where)) from None
    if isinstance(value, complex):
        raise BadInput("number-complex", at(where))
    if not math.isfinite(value) and all(map(math.isfinite, numbers)):
        raise BadInput("number-too-large", at(where))
    return value
