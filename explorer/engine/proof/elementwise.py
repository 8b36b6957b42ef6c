"""What PyTorch's elementwise operations are to sympy: one entry for each.

Definitions from PyTorch's documentation of the functions. Read by
`explorer.engine.proof.forms`, which has the whole table.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from explorer.engine.proof.algebra import MOST_PARTS, Array, Expr, exact, sympy
from explorer.engine.proof.branches import Pieces, Site, larger, taken
from explorer.engine.proof.piecewise import PIECES
from explorer.engine.proof.question import too_large

Form = Callable[[Site], Array]

# A higher power of a number has too many digits to be read, or even to be computed.
LARGEST_POWER = 100
# Smooth functions of one number: `sp` is sympy, `x` the expression.
SMOOTH: Mapping[str, Callable[[Any, Expr], Expr]] = MappingProxyType(
    {
        "neg": lambda _, x: -x,
        "exp": lambda sp, x: sp.exp(x),
        "exp2": lambda _, x: 2**x,
        "expm1": lambda sp, x: sp.exp(x) - 1,
        "log": lambda sp, x: sp.log(x),
        "log2": lambda sp, x: sp.log(x) / sp.log(2),
        "log10": lambda sp, x: sp.log(x) / sp.log(10),
        "log1p": lambda sp, x: sp.log(1 + x),
        "square": lambda _, x: x**2,
        "reciprocal": lambda _, x: 1 / x,
        "sin": lambda sp, x: sp.sin(x),
        "cos": lambda sp, x: sp.cos(x),
        "tan": lambda sp, x: sp.tan(x),
        "asin": lambda sp, x: sp.asin(x),
        "acos": lambda sp, x: sp.acos(x),
        "atan": lambda sp, x: sp.atan(x),
        "sinh": lambda sp, x: sp.sinh(x),
        "cosh": lambda sp, x: sp.cosh(x),
        "tanh": lambda sp, x: sp.tanh(x),
        "asinh": lambda sp, x: sp.asinh(x),
        "acosh": lambda sp, x: sp.acosh(x),
        "atanh": lambda sp, x: sp.atanh(x),
        "erf": lambda sp, x: sp.erf(x),
        "erfc": lambda sp, x: sp.erfc(x),
        "digamma": lambda sp, x: sp.digamma(x),
        "nan_to_num": lambda _, x: x,
        "clone": lambda _, x: x,
        **dict.fromkeys(("float", "double", "to", "positive"), lambda _, x: x),
        "deg2rad": lambda sp, x: x * sp.pi / 180,
        "rad2deg": lambda sp, x: x * 180 / sp.pi,
        "sigmoid": lambda sp, x: 1 / (1 + sp.exp(-x)),
        "silu": lambda sp, x: x / (1 + sp.exp(-x)),
        "mish": lambda sp, x: x * sp.tanh(sp.log(1 + sp.exp(x))),
        "logsigmoid": lambda sp, x: -sp.log(1 + sp.exp(-x)),
        "tanhshrink": lambda sp, x: x - sp.tanh(x),
    }
)


# -- steps and what is made of them -------------------------------------------------


@dataclass(frozen=True)
class _Step:
    """A rounding: the number, and the bounds between which a value keeps it."""

    rounded: Callable[[float], float]
    bounds: Callable[[float], tuple[float, float]]


_STEPS: Mapping[str, _Step] = MappingProxyType(
    {
        "floor": _Step(math.floor, lambda value: (math.floor(value), math.floor(value) + 1)),
        "ceil": _Step(math.ceil, lambda value: (math.ceil(value) - 1, math.ceil(value))),
        "trunc": _Step(
            math.trunc,
            lambda value: (-1, 1) if abs(value) < 1 else (math.floor(value), math.ceil(value)),
        ),
        "round": _Step(round, lambda value: (round(value) - 0.5, round(value) + 0.5)),
        "sign": _Step(
            lambda value: math.copysign(1, value),
            lambda value: (0, math.inf) if value > 0 else (-math.inf, 0),
        ),
    }
)


def _stepped(site: Site, step: str, x: Expr, value: float) -> Expr:
    """The rounded number, a constant as long as no jump is met."""
    if not math.isfinite(value):
        return sympy().nan
    low, high = _STEPS[step].bounds(value)
    if not low < value < high:
        raise site.kink()
    for sign, bound in ((">", low), ("<", high)):
        if math.isfinite(bound):
            site.note(x, sign, exact(bound))
    return exact(_STEPS[step].rounded(value))


def _step(name: str) -> Form:
    return lambda site: site.each(lambda x, value: _stepped(site, name, x, value))


def _remainder(step: str) -> Form:
    """`a - b * step(a / b)`."""

    def make(site: Site) -> Array:
        def of(a: Expr, a_value: float, b: Expr, b_value: float) -> Expr:
            ratio = a_value / b_value if b_value else math.nan
            return a - b * _stepped(site, step, a / b, ratio)

        return site.each(of)

    return make


def _not_at_zero(form: Callable[[Any, Expr], Expr]) -> Form:
    """A function whose derivative, as this expression has it, has no value at 0."""

    def make(site: Site) -> Array:
        if not site.arguments[0].value.all():
            raise site.kink()
        sp = sympy()
        return site.each(lambda x, _: form(sp, x))

    return make


# -- several arguments ---------------------------------------------------------------


def _binary(form: Callable[[Any, Expr, Expr], Expr]) -> Form:
    def make(site: Site) -> Array:
        sp = sympy()
        return site.each(lambda a, _, b, __: form(sp, a, b))

    return make


def _power(site: Site) -> Array:
    """Refuses a root at 0, and powers whose numbers would have thousands of digits."""

    def of(x: Expr, value: float, power: Expr, power_value: float) -> Expr:
        if value == 0 and power_value < 1 and power_value != 0:
            raise site.kink()
        if power.is_Rational and abs(power_value) > LARGEST_POWER:
            raise too_large("expression", MOST_PARTS)
        return x**power

    return site.each(of)


def _log_gamma(site: Site) -> Array:
    """The logarithm of the absolute value: below 0 gamma changes its sign at whole numbers."""

    def of(x: Expr, value: float) -> Expr:
        sp = sympy()
        if not math.isfinite(value):
            return sp.nan
        if value > 0:
            return sp.loggamma(x)
        return sp.log(sp.gamma(x) * (-1) ** (math.floor(value) % 2))

    return site.each(of)


def _hypotenuse(site: Site) -> Array:
    def of(a: Expr, a_value: float, b: Expr, b_value: float) -> Expr:
        if not (a_value or b_value):
            raise site.kink()
        return sympy().sqrt(a**2 + b**2)

    return site.each(of)


def _angle(site: Site) -> Array:
    """Of the origin there is none, and it jumps from π to -π left of it."""

    def of(y: Expr, y_value: float, x: Expr, x_value: float) -> Expr:
        if y_value == 0 and x_value <= 0:
            raise site.kink()
        return sympy().atan2(y, x)

    return site.each(of)


def _gelu(site: Site) -> Array:
    sp = sympy()
    if site.options.get("approximate") == "tanh":
        cube = sp.Rational(44715, 1000000)
        return site.each(lambda x, _: x * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (x + cube * x**3))) / 2)
    return site.each(lambda x, _: x * (1 + sp.erf(x / sp.sqrt(2))) / 2)


def _scaled(sign: int) -> Form:
    """`a + alpha * b`."""

    def make(site: Site) -> Array:
        alpha = sign * exact(site.number("alpha", 1.0))
        return site.each(lambda a, _, b, __: a + alpha * b)

    return make


def _where(site: Site) -> Array:
    return site.each(lambda _, chosen, a, __, b, ___: a if chosen else b)


def _smooth(form: Callable[[Any, Expr], Expr]) -> Form:
    def make(site: Site) -> Array:
        sp = sympy()
        return site.each(lambda x, _: form(sp, x))

    return make


def _pieces(pieces: Callable[[Site], Pieces]) -> Form:
    return lambda site: taken(site, pieces(site))


ELEMENTWISE: Mapping[str, Form] = MappingProxyType(
    {
        **{name: _smooth(form) for name, form in SMOOTH.items()},
        **{name: _pieces(pieces) for name, pieces in PIECES.items()},
        **{name: _step(name) for name in _STEPS},
        "sqrt": _not_at_zero(lambda sp, x: sp.sqrt(x)),
        "rsqrt": _not_at_zero(lambda sp, x: 1 / sp.sqrt(x)),
        "sinc": _not_at_zero(lambda sp, x: sp.sin(sp.pi * x) / (sp.pi * x)),
        "frac": lambda site: site.each(lambda x, value: x - _stepped(site, "trunc", x, value)),
        "fmod": _remainder("trunc"),
        "remainder": _remainder("floor"),
        "gelu": _gelu,
        "add": _scaled(1),
        "sub": _scaled(-1),
        "max_other": lambda site: site.each(larger(site, 1)),
        "min_other": lambda site: site.each(larger(site, -1)),
        "mul": _binary(lambda _, a, b: a * b),
        "div": _binary(lambda _, a, b: a / b),
        "pow": _power,
        "atan2": _angle,
        "lgamma": _log_gamma,
        "hypot": _hypotenuse,
        "logaddexp": _binary(lambda sp, a, b: sp.log(sp.exp(a) + sp.exp(b))),
        "xlogy": _binary(lambda sp, a, b: a * sp.log(b)),
        "maximum": lambda site: site.each(larger(site, 1)),
        "minimum": lambda site: site.each(larger(site, -1)),
        "lerp": lambda site: site.each(lambda a, _, b, __, weight, ___: a + weight * (b - a)),
        "where": _where,
    }
)
