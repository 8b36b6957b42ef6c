"""The one table operation -> sympy form: elementwise ones, reductions, matrices, losses.

An entry makes an array of expressions from those of the arguments. What has no entry has no
symbolic derivative here, and the proof names it. `tests/engine/test_proof_forms.py` holds every
entry to autograd. Read by `explorer.engine.proof.symbolic`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from operator import add, mul
from types import MappingProxyType

import numpy as np

from explorer.engine.proof.algebra import Array, Expr, array, exact, filled, sympy
from explorer.engine.proof.branches import Pieces, Site, larger
from explorer.engine.proof.elementwise import ELEMENTWISE, Form
from explorer.engine.proof.layers import LAYERS, loss, of_difference
from explorer.engine.proof.moves import MOVES
from explorer.engine.proof.question import OmissionError
from explorer.explain.reason import Reason

# -- reductions ----------------------------------------------------------------------

Cells = Sequence[tuple[Expr, float]]  # what is reduced to one number: expressions, values


def _axes(site: Site) -> tuple[int, ...]:
    """The dimensions reduced: all of them unless `dim` says which."""
    dimensions = site.arguments[0].form.ndim
    dim = site.options.get("dim")
    if dim is None or dim == () or not dimensions:
        return tuple(range(dimensions))
    given = dim if isinstance(dim, tuple) else (int(dim),)  # type: ignore[arg-type]
    return tuple(each % dimensions for each in given)


def _rows(part: Array, axes: tuple[int, ...]) -> Array:
    """What is reduced together as rows of a matrix, in the order of the result."""
    kept = [axis for axis in range(part.ndim) if axis not in axes]
    turned = part.transpose([*kept, *axes])
    rows, count = (math.prod(part.shape[axis] for axis in each) for each in (kept, axes))
    return turned.reshape(rows, count)


def _reduction(reduce: Callable[[Site, Cells], Expr]) -> Form:
    def make(site: Site) -> Array:
        [argument] = site.arguments
        axes = _axes(site)
        forms, values = _rows(argument.form, axes), _rows(argument.value, axes)
        pairs = zip(forms.tolist(), values.tolist(), strict=True)
        cells = (list(zip(*pair, strict=True)) for pair in pairs)
        return filled(site.shape, (reduce(site, each) for each in cells))

    return make


def _sum(expressions: Sequence[Expr]) -> Expr:
    return sympy().Add(*expressions)


def _mean(expressions: Sequence[Expr]) -> Expr:
    return _sum(expressions) / len(expressions)


def _forms(cells: Cells) -> list[Expr]:
    return [form for form, _ in cells]


def _variance(site: Site, cells: Cells) -> Expr:
    """From the sums of the squares and of the numbers: n terms, not the n² of its definition."""
    forms = _forms(cells)
    biased = site.options.get("unbiased") is False
    count = len(forms) - int(site.number("correction", 0 if biased else 1))
    if count <= 0:
        return sympy().nan
    squares = _sum([form**2 for form in forms])
    return (squares - _sum(forms) ** 2 / len(forms)) / count


def _deviation(site: Site, cells: Cells) -> Expr:
    if len({value for _, value in cells}) == 1:
        raise site.kink()
    return sympy().sqrt(_variance(site, cells))


def _norm(site: Site, cells: Cells) -> Expr:
    power = site.number("p", 2.0)
    if power == 0.0:
        # The number of those that are not 0.
        if not all(value for _, value in cells):
            raise site.kink()
        return sympy().Integer(len(cells))
    if power not in (1.0, 2.0):
        raise site.unknown()
    if power == 2.0:
        if not any(value for _, value in cells):
            raise site.kink()
        return sympy().sqrt(_sum([form**2 for form in _forms(cells)]))
    absolute = Pieces((0.0,), (lambda x: -x, lambda x: x))
    return _sum([absolute.at(site, form, value) for form, value in cells])


def _vector_norm(site: Site, cells: Cells) -> Expr:
    options = {**site.options, "p": site.options.get("ord", 2.0)}
    return _norm(replace(site, options=options), cells)


def _linalg_norm(site: Site, cells: Cells) -> Expr:
    """Of matrices with an `ord` it is another norm."""
    dim, matrix = site.options.get("dim"), site.arguments[0].value.ndim > 1
    if "ord" in site.options and (isinstance(dim, tuple) or (dim is None and matrix)):
        raise site.unknown()
    return _vector_norm(site, cells)


def _numbers(cells: Cells) -> list[Expr]:
    """Without what is no number."""
    return [form for form, value in cells if not math.isnan(value)] or [sympy().Integer(0)]


def _extreme(sign: int) -> Callable[[Site, Cells], Expr]:
    def reduce(site: Site, cells: Cells) -> Expr:
        choose = larger(site, sign)
        values = [sign * value for _, value in cells]
        if any(map(math.isnan, values)):
            return sympy().nan
        best, best_value = cells[values.index(max(values))]
        for form, value in cells:
            choose(best, best_value, form, value)
        return best

    return reduce


def _log_sum(_site: Site, cells: Cells) -> Expr:
    return sympy().log(_sum(_exponentials(_forms(cells))))


def _exponentials(forms: Sequence[Expr]) -> list[Expr]:
    sp = sympy()
    return [sp.exp(form) for form in forms]


# -- along one dimension --------------------------------------------------------------


def _along(function: Callable[[list[Expr]], Sequence[Expr]]) -> Form:
    """Apply to each row along `dim`; the shape stays."""

    def make(site: Site) -> Array:
        [form] = site.forms
        if not form.ndim:
            return filled((), function([form.item()]))
        dim = int(site.options["dim"])  # type: ignore[arg-type]
        rows = np.moveaxis(form, dim, -1)
        made = [each for row in rows.reshape(-1, rows.shape[-1]).tolist() for each in function(row)]
        return np.moveaxis(filled(rows.shape, made), -1, dim)

    return make


def _softmax(forms: list[Expr]) -> list[Expr]:
    exponentials = _exponentials(forms)
    total = _sum(exponentials)
    return [each / total for each in exponentials]


def _log_softmax(forms: list[Expr]) -> list[Expr]:
    total = sympy().log(_sum(_exponentials(forms)))
    return [form - total for form in forms]


# -- matrices and shapes ---------------------------------------------------------------


def _outer(site: Site) -> Array:
    a, b = site.forms
    return array(np.multiply.outer(a, b))


# -- losses -------------------------------------------------------------------------------


def _absolute(_site: Site) -> Pieces:
    return Pieces((0.0,), (lambda d: -d, lambda d: d))


def _huber(site: Site) -> Pieces:
    bound = site.number("delta", 1.0)
    delta = exact(bound)
    half = delta**2 / 2
    return Pieces(
        (-bound, bound),
        (lambda d: -delta * d - half, lambda d: d**2 / 2, lambda d: delta * d - half),
    )


def _smooth_l1(site: Site) -> Pieces:
    bound = site.number("beta", 1.0)
    if not bound:
        return _absolute(site)
    beta = exact(bound)
    forms = (lambda d: -d - beta / 2, lambda d: d**2 / (2 * beta), lambda d: d - beta / 2)
    return Pieces((-bound, bound), forms)


def _entropy(_site: Site, p: Expr, p_value: float, target: Expr, _value: float) -> Expr:
    if not 0 < p_value < 1:
        # PyTorch clamps the logarithm at -100 there.
        raise OmissionError(Reason("not-finite"))
    sp = sympy()
    return -target * sp.log(p) - (1 - target) * sp.log(1 - p)


def _logit_entropy(_site: Site, x: Expr, _x: float, target: Expr, _value: float) -> Expr:
    sp = sympy()
    return sp.log(1 + sp.exp(x)) - target * x


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        **ELEMENTWISE,
        **MOVES,
        **LAYERS,
        "sum": _reduction(lambda _, cells: _sum(_forms(cells))),
        "mean": _reduction(lambda _, cells: _mean(_forms(cells))),
        "prod": _reduction(lambda _, cells: sympy().Mul(*_forms(cells))),
        "norm": _reduction(_norm),
        "amax": _reduction(_extreme(1)),
        "amin": _reduction(_extreme(-1)),
        "max": _reduction(_extreme(1)),
        "min": _reduction(_extreme(-1)),
        "nansum": _reduction(lambda _, cells: _sum(_numbers(cells))),
        "nanmean": _reduction(lambda _, cells: _mean(_numbers(cells))),
        "linalg_norm": _reduction(_linalg_norm),
        "linalg_vector_norm": _reduction(_vector_norm),
        "var": _reduction(_variance),
        "std": _reduction(_deviation),
        "logsumexp": _reduction(_log_sum),
        "softmax": _along(_softmax),
        "log_softmax": _along(_log_softmax),
        "cumsum": _along(lambda forms: list(accumulate(forms, add))),
        "cumprod": _along(lambda forms: list(accumulate(forms, mul))),
        "outer": _outer,
        "mse_loss": loss(lambda _, a, __, b, ___: (a - b) ** 2),
        "l1_loss": of_difference(_absolute),
        "huber_loss": of_difference(_huber),
        "smooth_l1_loss": of_difference(_smooth_l1),
        "binary_cross_entropy": loss(_entropy),
        "binary_cross_entropy_with_logits": loss(_logit_entropy),
    }
)


def note_sides(site: Site) -> None:
    """Note between which bounds what has no derivative stays what it is."""
    if site.operation in ("int", "long"):
        FORMS["trunc"](replace(site, operation="trunc"))
    elif site.operation in ("argmax", "argmin"):
        FORMS["amax" if site.operation == "argmax" else "amin"](site)


def compare(site: Site) -> None:
    """Note the sides that a comparison of `where` found; equal ones lie on a jump."""

    def note(a: Expr, a_value: float, b: Expr, b_value: float) -> Expr:
        if (a - b).free_symbols:
            if a_value == b_value:
                raise site.kink()
            site.note(a, ">" if a_value > b_value else "<", b)
        return a

    site.each(note)
