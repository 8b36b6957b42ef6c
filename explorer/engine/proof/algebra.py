"""Sympy, kept within bounds: exact numbers, arrays of symbols, sizes, texts and values.

The only place that imports sympy, and only when something is asked: that takes half a second.
Called by the other modules of this folder.
"""

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import torch

from explorer.engine.proof.question import OmissionError, too_large
from explorer.explain.reason import Reason

Expr = Any  # sympy has no types
Array = np.ndarray[Any, np.dtype[np.object_]]

# Fractions with a larger denominator are written as decimals.
LARGEST_DENOMINATOR = 1024
# Parts of one expression and of a whole tensor of them, and how deep it may be nested.
MOST_PARTS = 1_200
MOST_PARTS_IN_ALL = 6_000
MOST_DEPTH = 60
# A product is multiplied out only if this many terms come of it at most.
MOST_TERMS = 100
CUT = "…"
# float64 holds 16 digits; the others make up for what cancels.
_DIGITS = 30
_SHOWN_DIGITS = 6
_LARGEST_WHOLE = 1e15


def sympy() -> Any:
    """The module."""
    import sympy as module  # type: ignore[import-untyped]

    return module


def exact(value: float) -> Expr:
    """The number as sympy has it: whole, a simple fraction, or all its digits; or NaN."""
    sp = sympy()
    if not math.isfinite(value):
        return sp.nan
    fraction = Fraction(value)
    if fraction.denominator <= LARGEST_DENOMINATOR and abs(value) < _LARGEST_WHOLE:
        return sp.Rational(fraction.numerator, fraction.denominator)
    return sp.Float(value, _DIGITS)


def array(expression: object) -> Array:
    """An array of expressions, also where numpy gave back a single one."""
    return np.asarray(expression, dtype=object)


def constants(value: torch.Tensor) -> Array:
    """The numbers of a tensor, each as sympy has it."""
    numbers = [exact(each) for each in value.reshape(-1).tolist()]
    return filled(tuple(value.shape), numbers)


def filled(shape: tuple[int, ...], expressions: Iterable[Expr]) -> Array:
    """An array of this shape with the expressions row by row."""
    made = np.empty(math.prod(shape), dtype=object)
    for place, expression in enumerate(expressions):
        made[place] = expression
    return made.reshape(shape)


def symbols(name: str, shape: tuple[int, ...]) -> Array:
    """Symbols for the elements of a tensor: `a`, or `w[0,1]`."""
    sp = sympy()
    places = product(*map(range, shape))
    names = (f"{name}[{','.join(map(str, at))}]" if at else name for at in places)
    return filled(shape, (sp.Symbol(each, real=True) for each in names))


class Measure:
    """How large expressions are, counted as trees; each part is looked at once."""

    def __init__(self) -> None:
        self._known: dict[Expr, tuple[int, int]] = {}

    def check(self, expressions: Array) -> None:
        """Refuse a tensor of expressions beyond the bounds; raises OmissionError."""
        total = 0
        for each in expressions.flat:
            parts, depth = self._measured(each)
            total += parts
            if parts > MOST_PARTS or depth > MOST_DEPTH or total > MOST_PARTS_IN_ALL:
                raise too_large("expression", MOST_PARTS)

    def parts(self, expression: Expr) -> int:
        """The number of parts of one expression."""
        return self._measured(expression)[0]

    def _measured(self, expression: Expr) -> tuple[int, int]:
        known = self._known.get(expression)
        if known is None:
            below = [self._measured(each) for each in expression.args]
            parts = 1 + _digits(expression) + sum(parts for parts, _ in below)
            known = parts, 1 + max((depth for _, depth in below), default=0)
            self._known[expression] = known
        return known


def _digits(expression: Expr) -> int:
    """What a very long whole number or fraction counts in addition."""
    if not expression.is_Rational:
        return 0
    return int((int(expression.p).bit_length() + int(expression.q).bit_length()) // 64)


# -- texts -------------------------------------------------------------------------


@cache
def _printer() -> Any:
    from sympy.printing.str import StrPrinter  # type: ignore[import-untyped]

    class Printer(StrPrinter):  # type: ignore[misc]
        """Sympy's own notation, which is Python's, without endless decimals.

        Only the first `parts` parts are written: sympy takes seconds for thousands.
        """

        def __init__(self, parts: float) -> None:
            super().__init__()
            self._left = parts

        def _print(self, expression: Expr, **options: Any) -> str:
            self._left -= 1
            return str(super()._print(expression, **options)) if self._left >= 0 else CUT

        def _print_Float(self, number: Expr) -> str:  # noqa: N802 (sympy looks for this name)
            return format(float(number), f".{_SHOWN_DIGITS}g")

        def _print_polygamma(self, function: Expr) -> str:
            order, argument = function.args
            if order:
                return f"polygamma({order}, {self._print(argument)})"
            return f"digamma({self._print(argument)})"

        def _print_loggamma(self, function: Expr) -> str:
            return f"lgamma({self._print(function.args[0])})"

    return Printer


def text(expression: Expr, longest: int | None = None) -> str:
    """The expression in Python's notation, cut after `longest` characters."""
    if longest is None:
        return str(_printer()(math.inf).doprint(expression))
    # A part has a character at least, but the order of the parts is not that of the text.
    written = str(_printer()(2 * longest).doprint(expression))
    return written if len(written) <= longest else written[: longest - len(CUT)] + CUT


def shortest(expression: Expr) -> Expr:
    """The expression as it is or multiplied out, whichever is shorter to read."""
    if _terms(expression) > MOST_TERMS:
        return expression
    expanded = sympy().expand(expression, deep=False, power_exp=False, power_base=False, log=False)
    parts = Measure().parts
    brief = parts(expanded) + parts(expression) <= MOST_TERMS
    return min(expanded, expression, key=lambda each: len(text(each)) if brief else parts(each))


def _terms(expression: Expr) -> int:
    """How many terms multiplying out gives, counted no further than needed."""
    if expression.is_Add:
        return min(MOST_TERMS + 1, sum(map(_terms, expression.args)))
    if expression.is_Mul:
        return min(MOST_TERMS + 1, math.prod(map(_terms, expression.args)))
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 0:
        base = _terms(expression.base)
        if base > 1 and expression.exp > MOST_TERMS:
            return MOST_TERMS + 1
        return min(MOST_TERMS + 1, math.comb(base + int(expression.exp) - 1, base - 1))
    return 1


# -- values ------------------------------------------------------------------------


def value(expression: Expr, point: Mapping[Expr, float]) -> float:
    """The expression's number at this point; raises OmissionError if it is not finite or real."""
    sp = sympy()
    numbers = {symbol: sp.Float(number, _DIGITS) for symbol, number in point.items()}
    try:
        number = complex(expression.xreplace(numbers).evalf(_DIGITS))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        # What has no number, such as complex infinity, cannot be converted.
        raise OmissionError(Reason("not-finite")) from None
    if number.imag or not math.isfinite(number.real):
        raise OmissionError(Reason("not-finite"))
    return number.real
