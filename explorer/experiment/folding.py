"""Arithmetic and comparisons of plain numbers, done once while a formula is read."""

import math
from collections.abc import Callable, Sequence

from explorer.experiment.operations import Operation
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import Literal, at
from explorer.experiment.tree import Number, Position
from explorer.experiment.values import Value


def folded_number(
    fold: Callable[..., float | complex], numbers: Sequence[float], where: Position
) -> float:
    """What the operation makes of the numbers; raises BadInput if that is none."""
    try:
        value = fold(*numbers)
    except ZeroDivisionError:
        raise BadInput("division-by-zero", at(where)) from None
    except OverflowError:
        raise BadInput("number-too-large", at(where)) from None
    if isinstance(value, complex):
        raise BadInput("number-complex", at(where))
    if not math.isfinite(value):
        raise BadInput("number-too-large", at(where))
    return value


def compared(operation: Operation, values: Sequence[Value], where: Position) -> Literal | None:
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
