"""Operations made of several pieces: which piece applies at these values.

A rectifier is `x` where x > 0 and 0 where x < 0. The expression takes the piece on whose side
the value lies, and notes that side as a condition. Exactly on a kink or jump there is no
derivative, PyTorch picks one, and the proof says so instead. Read by the tables of forms.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from explorer.engine.proof.algebra import Array, Expr, exact, filled, sympy
from explorer.engine.proof.question import OmissionError
from explorer.experiment.operations import OptionValue
from explorer.experiment.tree import Call
from explorer.explain.reason import Reason

_TOLERANCE = 1e-12
# Of several results the one whose form is made.
PART = "part"


@dataclass(frozen=True)
class Condition:
    """`left sign right`, of expressions: on this side the values lie."""

    left: Expr
    sign: str
    right: Expr


@dataclass(frozen=True)
class Argument:
    """An argument of an operation: expressions, and their values at the point."""

    form: Array
    value: np.ndarray[Any, Any]


@dataclass(frozen=True)
class Site:
    """A call of an operation while its form is made; `shape` is the result's.

    `call` is the call itself, `at` is its text, `conditions` the list that collects the sides
    taken.
    """

    operation: str
    at: str
    arguments: tuple[Argument, ...]
    options: Mapping[str, OptionValue]
    shape: tuple[int, ...]
    conditions: dict[Condition, None] = field(default_factory=dict)
    call: Call | None = None

    @property
    def forms(self) -> list[Array]:
        """The arguments' expressions."""
        return [argument.form for argument in self.arguments]

    def number(self, option: str, default: float) -> float:
        """An option that is a number."""
        given = self.options.get(option)
        return default if given is None else float(given)  # type: ignore[arg-type]

    def kink(self) -> OmissionError:
        """The point lies where this operation has no derivative."""
        return OmissionError(Reason("kink", {"operation": self.operation, "at": self.at}))

    def unknown(self) -> OmissionError:
        """There is no form for the operation with these options."""
        return OmissionError(Reason("no-form", {"operation": self.operation}))

    def note(self, left: Expr, sign: str, right: Expr) -> None:
        """Remember the side taken, unless it is one of numbers."""
        if (left - right).free_symbols:
            self.conditions.setdefault(Condition(left, sign, right))

    def each(self, function: Callable[..., Expr]) -> Array:
        """`function(expression, value, …)` of corresponding elements, broadcast."""
        parts = [part for each in self.arguments for part in (each.form, each.value)]
        broadcast = np.broadcast_arrays(*parts)
        rows = zip(*(part.reshape(-1).tolist() for part in broadcast), strict=True)
        return filled(broadcast[0].shape, (function(*row) for row in rows))


@dataclass(frozen=True)
class Pieces:
    """A function of one number with another form on each side of its bounds (ascending).

    `quiet`: the pieces agree so well that nobody needs to know which was taken.
    """

    bounds: Sequence[float]
    forms: Sequence[Callable[[Expr], Expr]]
    quiet: bool = False

    def at(self, site: Site, expression: Expr, value: float) -> Expr:
        """The piece for this value; raises OmissionError on a kink."""
        if math.isnan(value):
            return sympy().nan
        if any(low > high for low, high in pairwise(self.bounds)):
            raise site.unknown()
        place = bisect_left(self.bounds, value)
        if value in self.bounds:
            if not self._is_smooth(place):
                raise site.kink()
        elif not self.quiet:
            self._note(site, expression, place)
        return self.forms[place](expression)

    def _note(self, site: Site, expression: Expr, place: int) -> None:
        if place > 0:
            site.note(expression, ">", exact(self.bounds[place - 1]))
        if place < len(self.bounds):
            site.note(expression, "<", exact(self.bounds[place]))

    def _is_smooth(self, place: int) -> bool:
        """Whether the pieces on both sides of a bound meet with the same slope."""
        sp = sympy()
        free, bound = sp.Dummy(real=True), exact(self.bounds[place])
        gap = self.forms[place](free) - self.forms[place + 1](free)
        gaps = (gap, sp.diff(gap, free))
        return all(abs(float(each.subs(free, bound))) < _TOLERANCE for each in gaps)


def taken(site: Site, pieces: Pieces) -> Array:
    """The pieces that apply to each element of the only argument."""
    return site.each(lambda expression, value: pieces.at(site, expression, value))


def larger(site: Site, sign: int) -> Callable[..., Expr]:
    """The larger (`sign` 1) or smaller (−1) of two numbers that are not equal."""

    def choose(a: Expr, a_value: float, b: Expr, b_value: float) -> Expr:
        if a == b:
            return a
        if a_value == b_value:
            raise site.kink()
        if math.isnan(a_value) or math.isnan(b_value):
            return sympy().nan
        first, second = (a, b) if sign * a_value > sign * b_value else (b, a)
        site.note(first, ">" if sign > 0 else "<", second)
        return first

    return choose
