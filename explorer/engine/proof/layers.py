"""Forms of layers and losses, made of the forms of what they are made of.

Definitions from PyTorch's documentation of the functions. Part of the table in
`explorer.engine.proof.forms`.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from explorer.engine.proof.algebra import Array, Expr, array, exact, filled, sympy
from explorer.engine.proof.branches import Argument, Pieces, Site
from explorer.engine.proof.elementwise import Form

Each = Callable[[Site, Expr, float, Expr, float], Expr]
Rows = list[list[Expr]]


def added(expressions: Iterable[Expr]) -> Expr:
    """The sum, of which sympy sorts the terms only once."""
    return sympy().Add(*expressions)


def averaged(site: Site, each: Array) -> Array:
    """What `reduction` makes of the elements' losses."""
    how = site.options.get("reduction", "mean")
    if how == "none":
        return each
    terms = each.reshape(-1).tolist()
    total = added(terms)
    return array(total if how == "sum" else total / len(terms))


def loss(form: Each) -> Form:
    """The mean over all elements of `form(site, prediction, value, target, value)`."""

    def make(site: Site) -> Array:
        return averaged(site, unweighted(site).each(lambda *pair: form(site, *pair)))

    return make


def unweighted(site: Site) -> Site:
    """The site, if no weights are given besides."""
    if site.call is not None and site.call.named:
        raise site.unknown()
    return site


def of_difference(pieces: Callable[[Site], Pieces]) -> Form:
    """A loss of the difference alone."""

    def form(site: Site, *pair: Any) -> Expr:
        a, a_value, b, b_value = pair
        return pieces(site).at(site, a - b, a_value - b_value)

    return loss(form)


def _rectified(site: Site, x: Expr, value: float) -> Expr:
    """The part above 0."""
    zero = sympy().Integer(0)
    if value == 0:
        raise site.kink()
    site.note(x, ">" if value > 0 else "<", zero)
    return x if value > 0 else zero


# -- losses of classes -----------------------------------------------------------------------


def _of_classes(logarithms: bool) -> Form:
    """The score of the right class, or of each with its probability."""

    def make(site: Site) -> Array:
        scores, target = unweighted(site).arguments
        smooth = site.number("label_smoothing", 0.0)
        if scores.form.ndim > 2 or smooth or "ignore_index" in site.options:
            raise site.unknown()
        rows = _rows(scores.form, -1)
        if not logarithms:
            rows = [_logarithms(row) for row in rows]
        shape = scores.form.shape[:-1]
        return averaged(site, filled(shape, _missed(rows, target)))

    return make


def _logarithms(row: Sequence[Expr]) -> list[Expr]:
    sp = sympy()
    total = sp.log(added(sp.exp(each) for each in row))
    return [each - total for each in row]


def _missed(rows: Rows, target: Argument) -> Iterable[Expr]:
    if target.value.dtype.kind == "f":
        weights = target.form.reshape(len(rows), -1).tolist()
        for pair in zip(rows, weights, strict=True):
            yield -added(a * b for a, b in zip(*pair, strict=True))
    else:
        for row, number in zip(rows, target.value.reshape(-1).tolist(), strict=True):
            yield -row[int(number)]


# -- rows ---------------------------------------------------------------------------------------


def _rows(form: Array, dim: int) -> Rows:
    turned = np.moveaxis(form, dim, -1)
    rows: Rows = turned.reshape(-1, turned.shape[-1]).tolist()
    return rows


def by_rows(function: Callable[[Site, list[Expr]], Sequence[Expr]], default: int) -> Form:
    """Apply to each row along `dim`; the shape stays."""

    def make(site: Site) -> Array:
        form = site.forms[0]
        if not form.ndim:
            return filled((), function(site, [form.item()]))
        return _through(site, form, int(site.number("dim", default)), function)

    return make


def _through(
    site: Site, form: Array, dim: int, function: Callable[[Site, list[Expr]], Sequence[Expr]]
) -> Array:
    turned = np.moveaxis(form, dim, -1)
    made = (each for row in _rows(form, dim) for each in function(site, row))
    return np.moveaxis(filled(turned.shape, made), -1, dim)


def _length(site: Site, row: Sequence[Expr]) -> Expr:
    if site.number("p", 2.0) != 2.0:
        raise site.unknown()
    return sympy().sqrt(added(each**2 for each in row))


def _unit(site: Site, row: list[Expr]) -> Sequence[Expr]:
    length = _length(site, row)
    return [each / length for each in row]


def _normalized(site: Site) -> Array:
    [argument] = site.arguments
    lengths = np.linalg.norm(argument.value, axis=int(site.number("dim", 1)))
    if not (lengths > site.number("eps", 1e-12)).all():
        raise site.kink()
    return by_rows(_unit, 1)(site)


def _similarity(site: Site) -> Array:
    a, b = np.broadcast_arrays(*site.forms)
    dim = int(site.number("dim", 1))
    pairs = zip(_rows(a, dim), _rows(b, dim), strict=True)
    return filled(site.shape, (_cosine(site, *pair) for pair in pairs))


def _cosine(site: Site, a: Sequence[Expr], b: Sequence[Expr]) -> Expr:
    product = added(x * y for x, y in zip(a, b, strict=True))
    return product / (_length(site, a) * _length(site, b))


def _distance(site: Site) -> Array:
    a, b = np.broadcast_arrays(*site.forms)
    rows = _rows(a - b + exact(site.number("eps", 1e-6)), -1)
    return filled(site.shape, (_length(site, row) for row in rows))


def _distances(site: Site) -> Array:
    a, b = site.forms
    if a.ndim != 2:
        raise site.unknown()
    one, other = (each.value for each in site.arguments)
    if not all((x != y).any() for x in one for y in other):
        raise site.kink()
    return filled(site.shape, (_length(site, (x - y).tolist()) for x in a for y in b))


def _standardized(site: Site, row: list[Expr]) -> Sequence[Expr]:
    count = len(row)
    mean = added(row) / count
    variance = added(each**2 for each in row) / count - mean**2
    root = sympy().sqrt(variance + exact(site.number("eps", 1e-5)))
    return [(each - mean) / root for each in row]


def _layer_norm(site: Site) -> Array:
    x = site.forms[0]
    count = math.prod(site.options["normalized_shape"])  # type: ignore[arg-type]
    rows = x.reshape(-1, count).tolist()
    made = filled(x.shape, (each for row in rows for each in _standardized(site, row)))
    return _scaled(site, made)


def _batch_norm(site: Site) -> Array:
    x, given = site.forms[0], _by_name(site)
    if x.ndim != 2:
        raise site.unknown()
    if site.options.get("training"):
        return _scaled(site, _through(site, x, 0, _standardized))
    eps, sp = exact(site.number("eps", 1e-5)), sympy()
    roots = [sp.sqrt(each + eps) for each in given["running_var"].tolist()]
    return _scaled(site, (x - given["running_mean"]) / filled((len(roots),), roots))


def _by_name(site: Site) -> dict[str, Array]:
    """The tensors that are given by names."""
    names = () if site.call is None else site.call.named
    return dict(zip(names, site.forms[1:], strict=True))


def _scaled(site: Site, made: Array) -> Array:
    given = _by_name(site)
    made = made * given["weight"] if "weight" in given else made
    return array(made + given["bias"] if "bias" in given else made)


def _softmin(_site: Site, row: list[Expr]) -> Sequence[Expr]:
    powers = [sympy().exp(-each) for each in row]
    total = added(powers)
    return [each / total for each in powers]


def _log_sums(_site: Site, row: list[Expr]) -> Sequence[Expr]:
    sp = sympy()
    powers = [sp.exp(each) for each in row]
    return [sp.log(added(powers[: end + 1])) for end in range(len(row))]


def _gated(site: Site) -> Array:
    a, b = np.split(site.forms[0], 2, axis=int(site.number("dim", -1)))
    sigmoid = np.vectorize(lambda x: 1 / (1 + sympy().exp(-x)), otypes=[object])
    return array(a * sigmoid(b))


# -- losses of several tensors -------------------------------------------------------------------


def _ranking(site: Site) -> Array:
    margin = exact(site.number("margin", 0.0))

    def form(*each: Any) -> Expr:
        a, a_value, b, b_value, y, sign = each
        return _rectified(site, -y * (a - b) + margin, -sign * (a_value - b_value) + float(margin))

    return averaged(site, site.each(form))


def _hinge(site: Site, *pair: Any) -> Expr:
    x, value, _, target = pair
    margin = site.number("margin", 1.0)
    return x if target == 1 else _rectified(site, exact(margin) - x, margin - value)


def _gaussian(site: Site) -> Array:
    if site.options.get("full"):
        raise site.unknown()
    sp = sympy()
    return averaged(
        site, site.each(lambda a, _, b, __, var, ___: (sp.log(var) + (a - b) ** 2 / var) / 2)
    )


def _poisson(site: Site, *pair: Any) -> Expr:
    x, _, y, _ = pair
    sp = sympy()
    if site.options.get("full"):
        raise site.unknown()
    if site.options.get("log_input", True):
        return sp.exp(x) - y * x
    return x - y * sp.log(x + exact(site.number("eps", 1e-8)))


def _divergence(site: Site) -> Array:
    sp = sympy()

    def form(x: Expr, _: float, y: Expr, y_value: float) -> Expr:
        if site.options.get("log_target"):
            return sp.exp(y) * (y - x)
        return y * (sp.log(y) - x) if y_value > 0 else -y * x

    each = site.each(form)
    if site.options.get("reduction") == "batchmean":
        return array(added(each.reshape(-1).tolist()) / each.shape[0])
    return averaged(site, each)


def _soft_margin(_site: Site, *pair: Any) -> Expr:
    x, _, y, _ = pair
    return sympy().log(1 + sympy().exp(-y * x))


# -- elementwise --------------------------------------------------------------------------------


def _threshold(site: Site) -> Array:
    bound, other = site.number("threshold", 0.0), exact(site.number("value", 0.0))
    pieces = Pieces((bound,), (lambda _: other, lambda x: x))
    return site.each(lambda x, value: pieces.at(site, x, value))


def _prelu(site: Site) -> Array:
    x, weight = site.arguments
    if x.form.ndim > 1 and weight.form.size > 1:
        # One weight for each channel, which is the second dimension.
        shape = (1, -1, *[1] * (x.form.ndim - 2))
        weight = Argument(weight.form.reshape(shape), weight.value.reshape(shape))

    def form(x: Expr, value: float, slope: Expr, _: float) -> Expr:
        if value == 0:
            raise site.kink()
        site.note(x, ">" if value > 0 else "<", sympy().Integer(0))
        return x if value > 0 else slope * x

    parts = np.broadcast_arrays(x.form, x.value, weight.form, weight.value)
    rows = zip(*(part.reshape(-1).tolist() for part in parts), strict=True)
    return filled(site.shape, (form(*row) for row in rows))


def _multiplied(site: Site) -> Array:
    value = exact(site.number("value", 1.0))
    return site.each(lambda x, _, a, __, b, ___: x + value * a * b)


def _divided(site: Site) -> Array:
    value = exact(site.number("value", 1.0))
    return site.each(lambda x, _, a, __, b, ___: x + value * a / b)


LAYERS: Mapping[str, Form] = MappingProxyType(
    {
        "cross_entropy": _of_classes(logarithms=False),
        "nll_loss": _of_classes(logarithms=True),
        "normalize": _normalized,
        "cosine_similarity": _similarity,
        "pairwise_distance": _distance,
        "cdist": _distances,
        "layer_norm": _layer_norm,
        "batch_norm": _batch_norm,
        "softmin": by_rows(_softmin, -1),
        "logcumsumexp": by_rows(_log_sums, -1),
        "glu": _gated,
        "margin_ranking_loss": _ranking,
        "hinge_embedding_loss": loss(_hinge),
        "gaussian_nll_loss": _gaussian,
        "poisson_nll_loss": loss(_poisson),
        "kl_div": _divergence,
        "soft_margin_loss": loss(_soft_margin),
        "threshold": _threshold,
        "prelu": _prelu,
        "addcmul": _multiplied,
        "addcdiv": _divided,
    }
)

# The expressions of these would be longer than anybody reads.
WITHOUT_FORM = frozenset(
    [
        *("conv1d", "conv2d", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d"),
        *("adaptive_avg_pool1d", "adaptive_avg_pool2d", "group_norm", "pad", "linalg_solve"),
        *("scaled_dot_product_attention", "triplet_margin_loss", "cosine_embedding_loss"),
        *("multi_margin_loss", "scatter_add", "index_add"),
    ]
)
