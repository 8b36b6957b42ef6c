"""The one table operation -> sympy form: elementwise ones, reductions, matrices, losses.

An entry makes an array of expressions from those of the arguments. What has no entry has no
symbolic derivative here, and the proof names it. `tests/engine/test_proof_forms.py` holds every
entry to autograd. Read by `explorer.engine.proof.symbolic`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from operator import add, mul
from types import MappingProxyType

import numpy as np

from explorer.engine.proof.algebra import Array, Expr, array, exact, filled, sympy
from explorer.engine.proof.branches import Pieces, Site, larger
from explorer.engine.proof.elementwise import ELEMENTWISE, Form
from explorer.engine.proof.question import OmissionError, too_large
from explorer.explain.reason import Reason

# Products that a symbolic matrix product may make.
MOST_PRODUCTS = 4_000

# -- reductions ----------------------------------------------------------------------

Cells = Sequence[tuple[Expr, float]]  # what is reduced to one number: expressions, values


def _axes(site: Site) -> tuple[int, ...]:
    """The dimensions reduced: all of them unless `dim` says which."""
    dimensions = site.arguments[0].form.ndim
    dim = site.options.get("dim")
    if dim is None or dim == () or not dimensions:
        return tuple(range(dimensions))
    given = dim if isinstance(dim, tuple) else (int(dim),)
    return tuple(each % dimensions for each in given)


def _rows(part: Array, axes: tuple[int, ...]) -> Array:
    """What is reduced together as rows of a matrix, in the order of the result."""
    kept = [axis for axis in range(part.ndim) if axis not in axes]
    turned = part.transpose([*kept, *axes])
    count = math.prod(part.shape[axis] for axis in axes)
    return turned.reshape(-1, count)


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
    count = len(forms) - int(site.number("correction", 1))
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


def _matrix_product(site: Site) -> Array:
    return array(_product(site, *site.forms))


def _product(site: Site, a: Array, b: Array) -> Array:
    if math.prod(site.shape) * a.shape[-1] > MOST_PRODUCTS:
        raise too_large("expression", MOST_PRODUCTS)
    return a @ b  # type: ignore[no-any-return]


def _outer(site: Site) -> Array:
    a, b = site.forms
    return array(np.multiply.outer(a, b))


def _added_product(site: Site) -> Array:
    bias, a, b = site.forms
    return array(bias + _product(site, a, b))


def _linear(site: Site) -> Array:
    values, weight, *bias = site.forms
    product = _product(site, values, weight.T)
    return array(product + bias[0] if bias else product)


def _bilinear(site: Site) -> Array:
    first, second, weight, *bias = site.forms
    if math.prod(site.shape) * first.shape[-1] * second.shape[-1] > MOST_PRODUCTS:
        raise too_large("expression", MOST_PRODUCTS)
    columns = [((first @ each) * second).sum(axis=-1) for each in weight]
    product = np.stack(columns, axis=-1)
    return array(product + bias[0] if bias else product)


def _turned(site: Site) -> Array:
    """Two dimensions, or all of them, in another order."""
    [form] = site.forms
    dims = site.options.get("dims")
    if isinstance(dims, tuple):
        return form.transpose([int(each) for each in dims])
    places = (int(site.options[each]) for each in ("dim0", "dim1"))  # type: ignore[arg-type]
    return form.swapaxes(*places) if form.ndim else form


def _reshaped(site: Site) -> Array:
    return site.arguments[0].form.reshape(site.shape)


# -- losses -------------------------------------------------------------------------------


def _loss(form: Callable[[Site, Expr, float, Expr, float], Expr]) -> Form:
    """The mean over all elements of `form(site, prediction, value, target, value)`."""

    def make(site: Site) -> Array:
        each = site.each(lambda *pair: form(site, *pair))
        return array(_mean(each.reshape(-1).tolist()))

    return make


def _of_difference(pieces: Callable[[Site], Pieces]) -> Form:
    def form(site: Site, a: Expr, a_value: float, b: Expr, b_value: float) -> Expr:
        return pieces(site).at(site, a - b, a_value - b_value)

    return _loss(form)


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
        "sum": _reduction(lambda _, cells: _sum(_forms(cells))),
        "mean": _reduction(lambda _, cells: _mean(_forms(cells))),
        "prod": _reduction(lambda _, cells: sympy().Mul(*_forms(cells))),
        "norm": _reduction(_norm),
        "amax": _reduction(_extreme(1)),
        "amin": _reduction(_extreme(-1)),
        "max": _reduction(_extreme(1)),
        "min": _reduction(_extreme(-1)),
        "var": _reduction(_variance),
        "std": _reduction(_deviation),
        "logsumexp": _reduction(_log_sum),
        "softmax": _along(_softmax),
        "log_softmax": _along(_log_softmax),
        "cumsum": _along(lambda forms: list(accumulate(forms, add))),
        "cumprod": _along(lambda forms: list(accumulate(forms, mul))),
        "matmul": _matrix_product,
        "mm": _matrix_product,
        "mv": _matrix_product,
        "dot": _matrix_product,
        "outer": _outer,
        "t": lambda site: site.arguments[0].form.T,
        "unsqueeze": _reshaped,
        "squeeze": _reshaped,
        "flatten": _reshaped,
        "reshape": _reshaped,
        "view": _reshaped,
        "permute": _turned,
        "transpose": _turned,
        "bmm": _matrix_product,
        "addmm": _added_product,
        "linear": _linear,
        "bilinear": _bilinear,
        "mse_loss": _loss(lambda _, a, __, b, ___: (a - b) ** 2),
        "l1_loss": _of_difference(_absolute),
        "huber_loss": _of_difference(_huber),
        "smooth_l1_loss": _of_difference(_smooth_l1),
        "binary_cross_entropy": _loss(_entropy),
        "binary_cross_entropy_with_logits": _loss(_logit_entropy),
    }
)


def compare(site: Site) -> None:
    """Note the sides that a comparison of `where` found; equal ones lie on a jump."""

    def note(a: Expr, a_value: float, b: Expr, b_value: float) -> Expr:
        if (a - b).free_symbols:
            if a_value == b_value:
                raise site.kink()
            site.note(a, ">" if a_value > b_value else "<", b)
        return a

    site.each(note)
