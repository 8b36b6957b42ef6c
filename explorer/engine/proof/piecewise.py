"""PyTorch's elementwise operations that are made of pieces: one entry for each.

Definitions and default options from PyTorch's documentation of the functions. Read by
`explorer.engine.proof.elementwise`.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from explorer.engine.proof.algebra import Expr, exact, sympy
from explorer.engine.proof.branches import Pieces, Site

# torch.nn.SELU's documentation.
_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717


def _same(x: Expr) -> Expr:
    return x


def _plain(number: float) -> Callable[[Expr], Expr]:
    return lambda _: exact(number)


def _between(low: float, high: float) -> Pieces:
    return Pieces((low, high), (_plain(low), _same, _plain(high)))


def _exponential(below: Callable[[Any, Expr], Expr], scale: Expr = 1) -> Pieces:
    sp = sympy()
    return Pieces((0.0,), (lambda x: below(sp, x), lambda x: scale * x))


def _elu(site: Site) -> Pieces:
    alpha = exact(site.number("alpha", 1.0))
    return _exponential(lambda sp, x: alpha * (sp.exp(x) - 1))


def _celu(site: Site) -> Pieces:
    alpha = exact(site.number("alpha", 1.0))
    return _exponential(lambda sp, x: alpha * (sp.exp(x / alpha) - 1))


def _selu(_site: Site) -> Pieces:
    scale, slope = exact(_SELU_SCALE), exact(_SELU_SCALE * _SELU_ALPHA)
    return _exponential(lambda sp, x: slope * (sp.exp(x) - 1), scale)


def _leaky_relu(site: Site) -> Pieces:
    slope = exact(site.number("negative_slope", 0.01))
    return Pieces((0.0,), (lambda x: slope * x, _same))


def _softplus(site: Site) -> Pieces:
    sp, beta = sympy(), site.number("beta", 1.0)
    if beta <= 0:
        raise site.unknown()
    curve = exact(beta)
    bound = site.number("threshold", 20.0) / beta
    return Pieces((bound,), (lambda x: sp.log(1 + sp.exp(curve * x)) / curve, _same), quiet=True)


def _softshrink(site: Site) -> Pieces:
    bound = site.number("lambd", 0.5)
    shift = exact(bound)
    return Pieces((-bound, bound), (lambda x: x + shift, _plain(0), lambda x: x - shift))


def _hardshrink(site: Site) -> Pieces:
    bound = site.number("lambd", 0.5)
    return Pieces((-bound, bound), (_same, _plain(0), _same))


def _clamp(site: Site) -> Pieces:
    limits = [site.number(each, math.nan) for each in ("min", "max")]
    low, high = limits
    if math.isnan(high):
        return Pieces((low,), (_plain(low), _same))
    return Pieces((high,), (_same, _plain(high))) if math.isnan(low) else _between(low, high)


def _logit(site: Site) -> Pieces:
    sp, eps = sympy(), site.number("eps", 0.0)

    def form(x: Expr) -> Expr:
        return sp.log(x / (1 - x))

    if not eps:
        return Pieces((), (form,))
    bounds = (eps, 1 - eps)
    return Pieces(bounds, (lambda _: form(exact(eps)), form, lambda _: form(exact(1 - eps))))


PIECES: Mapping[str, Callable[[Site], Pieces]] = MappingProxyType(
    {
        "abs": lambda _: Pieces((0.0,), (lambda x: -x, _same)),
        "relu": lambda _: Pieces((0.0,), (_plain(0), _same)),
        "relu6": lambda _: _between(0.0, 6.0),
        "leaky_relu": _leaky_relu,
        "elu": _elu,
        "celu": _celu,
        "selu": _selu,
        "softplus": _softplus,
        "hardtanh": lambda site: _between(
            site.number("min_val", -1.0), site.number("max_val", 1.0)
        ),
        "hardsigmoid": lambda _: Pieces((-3.0, 3.0), (_plain(0), lambda x: (x + 3) / 6, _plain(1))),
        "hardswish": lambda _: Pieces((-3.0, 3.0), (_plain(0), lambda x: x * (x + 3) / 6, _same)),
        "softsign": lambda _: Pieces((0.0,), (lambda x: x / (1 - x), lambda x: x / (1 + x))),
        "softshrink": _softshrink,
        "hardshrink": _hardshrink,
        **dict.fromkeys(("clamp", "clamp_min", "clamp_max"), _clamp),
        "logit": _logit,
    }
)
