"""Forms of operations that only move elements or choose among them, and of sums of products.

Where an operation does not look at the numbers, it is done by PyTorch itself on the numbers of
the places: what comes out says which element went where. Part of the table in
`explorer.engine.proof.forms`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from explorer.engine.compiler import computed
from explorer.engine.proof.algebra import Array, Expr, array, exact, filled, sympy
from explorer.engine.proof.branches import PART, Argument, Site
from explorer.engine.proof.elementwise import Form
from explorer.engine.proof.question import too_large

# Products that a symbolic sum of products may make.
MOST_PRODUCTS = 4_000
# Beyond this a determinant has too many terms.
LARGEST_MATRIX = 4


def moved(site: Site) -> Array:
    """Which element of the arguments comes where; a 0 where there is none."""
    places, pool = [], [sympy().Integer(0)]
    for argument in site.arguments:
        value = torch.from_numpy(np.array(argument.value))
        if value.is_floating_point():
            start, pool = len(pool), pool + argument.form.reshape(-1).tolist()
            value = torch.arange(start, len(pool), dtype=torch.float64).reshape(value.shape)
        # Masks and whole numbers say where to.
        places.append(value)
    made = _called(site, places)
    made = made[site.options[PART]] if PART in site.options else made
    return filled(site.shape, (pool[int(each)] for each in made.reshape(-1).tolist()))


def _called(site: Site, arguments: Sequence[torch.Tensor]) -> Any:
    """The operation on other tensors."""
    assert site.call is not None
    options = tuple((name, value) for name, value in site.call.options if name != PART)
    return computed(replace(site.call, options=options), arguments)


def _filled_where(site: Site) -> Array:
    """`masked_fill`: the number, which may be an option, where the mask is."""
    x, mask, *rest = site.arguments
    value = rest[0].form.item() if rest else exact(site.number("value", 0.0))
    forms = np.broadcast_to(x.form, site.shape).reshape(-1).tolist()
    chosen = np.broadcast_to(mask.value, site.shape).reshape(-1).tolist()
    return filled(
        site.shape, (value if yes else each for each, yes in zip(forms, chosen, strict=True))
    )


# -- order --------------------------------------------------------------------------------------


def _chosen(site: Site) -> Array:
    """The elements that an order along a dimension picks; equal ones have no derivative."""
    [argument] = site.arguments
    if not argument.value.ndim:
        return argument.form
    operation = site.operation.removesuffix("_dim")
    dim = int(site.number("dim", -1))
    values = torch.from_numpy(np.array(argument.value))
    places = _called(site, [values])[1]
    if operation in ("max", "min", "median") and not site.options.get("keepdim"):
        places = places.unsqueeze(dim)
    _note_order(site, argument, places.numpy(), dim, operation == "sort")
    forms = np.take_along_axis(argument.form, places.numpy(), axis=dim)
    return forms.reshape(site.shape)


def _note_order(site: Site, argument: Argument, places: Any, dim: int, whole: bool) -> None:
    """Say on which side of each other the elements lie."""
    rows = np.moveaxis(argument.value, dim, -1).reshape(-1, argument.value.shape[dim])
    forms = np.moveaxis(argument.form, dim, -1).reshape(rows.shape)
    chosen = np.moveaxis(places, dim, -1).reshape(len(rows), -1)
    for values, row, picked in zip(rows.tolist(), forms.tolist(), chosen.tolist(), strict=True):
        pairs = pairwise(picked) if whole else _against_others(picked, len(values))
        for one, other in pairs:
            _note_pair(site, (row[one], values[one]), (row[other], values[other]))


def _against_others(picked: Sequence[int], count: int) -> list[tuple[int, int]]:
    inside = set(picked)
    return [(one, other) for one in picked for other in range(count) if other not in inside]


def _note_pair(site: Site, one: tuple[Expr, float], other: tuple[Expr, float]) -> None:
    (form, value), (other_form, other_value) = one, other
    if value == other_value and form != other_form:
        raise site.kink()
    site.note(form, ">" if value > other_value else "<", other_form)


def _median(site: Site) -> Array:
    """The one in the middle of all."""
    [argument] = site.arguments
    values, forms = argument.value.reshape(-1).tolist(), argument.form.reshape(-1).tolist()
    order = sorted(range(len(values)), key=values.__getitem__)
    middle = order[(len(values) - 1) // 2]
    for place, value in enumerate(values):
        if place != middle:
            _note_pair(site, (forms[middle], values[middle]), (forms[place], value))
    return array(forms[middle])


# -- sums of products ----------------------------------------------------------------------------


def check_products(count: int) -> None:
    """Refuse what would be longer than anybody reads; raises OmissionError."""
    if count > MOST_PRODUCTS:
        raise too_large("expression", MOST_PRODUCTS)


def _einsum(site: Site) -> Array:
    """Numpy's, which takes expressions."""
    check_products(math.prod(site.shape) * max(each.value.size for each in site.arguments))
    return array(np.einsum(str(site.options["equation"]).replace(" ", ""), *site.forms))


def _product(site: Site) -> Array:
    """Of matrices or vectors, one pair or many."""
    a, b = site.forms
    check_products(math.prod(site.shape) * a.shape[-1])
    return array(a @ b)


def _added_product(site: Site) -> Array:
    """`beta * x + alpha * a @ b`."""
    x, a, b = site.forms
    check_products(math.prod(site.shape) * a.shape[-1])
    beta, alpha = (exact(site.number(name, 1.0)) for name in ("beta", "alpha"))
    return array(beta * x + alpha * (a @ b))


def _linear(site: Site) -> Array:
    """`x @ weight.T + bias`."""
    x, weight, *bias = site.forms
    if not x.ndim:
        return array(x * weight)
    check_products(math.prod(site.shape) * x.shape[-1])
    made = x @ weight.T
    return array(made + bias[0] if bias else made)


def _bilinear(site: Site) -> Array:
    """`x1 @ weight @ x2 + bias`, for every matrix of the weight."""
    one, other, weight, *bias = site.forms
    check_products(math.prod(site.shape) * one.shape[-1] * other.shape[-1])
    columns = [((one @ each) * other).sum(axis=-1) for each in weight]
    made = np.stack(columns, axis=-1)
    return array(made + bias[0] if bias else made)


def _kronecker(site: Site) -> Array:
    """Every element of the one times the whole other."""
    a, b = site.forms
    return array(np.kron(a, b))


def _cross(site: Site) -> Array:
    """Of vectors with three elements along `dim`."""
    a, b = np.broadcast_arrays(*site.forms)
    first = next((at for at, size in enumerate(a.shape) if size == 3), -1)
    dim = int(site.number("dim", -1 if site.operation.startswith("linalg") else first))
    (x, y, z), (u, v, w) = (np.moveaxis(each, dim, 0) for each in (a, b))
    return np.stack([y * w - z * v, z * u - x * w, x * v - y * u], axis=dim)


def _trace(site: Site) -> Array:
    """The sum of the diagonal."""
    return array(sympy().Add(*np.diagonal(site.forms[0]).tolist()))


def _difference(site: Site) -> Array:
    """Each element minus the one before."""
    [form] = site.forms
    dim = int(site.number("dim", -1))
    return array(np.diff(form, n=int(site.number("n", 1)), axis=dim))


# -- determinants -----------------------------------------------------------------------------


def _matrices(site: Site, function: Callable[[Any], Any]) -> list[Any]:
    form = site.forms[0]
    if form.shape[-1] > LARGEST_MATRIX:
        raise site.unknown()
    rows = form.reshape(-1, *form.shape[-2:])
    return [function(sympy().Matrix(each.tolist())) for each in rows]


def _determinant_of(matrix: Any) -> Expr:
    return matrix.det(method="berkowitz")


def _determinant(site: Site) -> Array:
    """Of small matrices."""
    return filled(site.shape, _matrices(site, _determinant_of))


def _log_determinant(site: Site) -> Array:
    """The logarithm of its absolute value; the sign is a constant."""
    sp = sympy()
    values = np.linalg.det(site.arguments[0].value).reshape(-1).tolist()
    signs = [sp.Integer(int(math.copysign(1, each))) for each in values]
    if site.options.get(PART) == 0:
        return filled(site.shape, signs)
    made = zip(_matrices(site, _determinant_of), signs, strict=True)
    return filled(site.shape, (sp.log(each * sign) for each, sign in made))


def _inverse(site: Site) -> Array:
    """Of small matrices."""
    made = _matrices(site, lambda matrix: matrix.adjugate() / _determinant_of(matrix))
    return filled(site.shape, (each for matrix in made for each in matrix))


_MOVING = (
    *("index", "gather", "index_select", "take_along_dim", "embedding", "masked_select", "select"),
    *("t", "T", "mT", "transpose", "permute", "movedim", "unflatten", "view", "view_as", "reshape"),
    *("reshape_as", "expand_as", "expand", "broadcast_to", "repeat", "tile", "ravel", "flatten"),
    *("repeat_interleave", "flip", "fliplr", "flipud", "roll", "rot90", "tril", "triu", "unfold"),
    *("diagonal", "diag", "narrow", "cat", "stack", "hstack", "vstack", "unsqueeze", "squeeze"),
    *("split", "chunk", "unbind", "meshgrid", "contiguous", "dropout"),
)

MOVES: Mapping[str, Form] = MappingProxyType(
    {
        **dict.fromkeys(_MOVING, moved),
        **dict.fromkeys(("max_dim", "min_dim", "median_dim", "sort", "topk"), _chosen),
        "median": _median,
        "masked_fill": _filled_where,
        "einsum": _einsum,
        **dict.fromkeys(("matmul", "mm", "mv", "dot", "bmm"), _product),
        **dict.fromkeys(("inner", "linear"), _linear),
        **dict.fromkeys(("addmm", "baddbmm"), _added_product),
        "bilinear": _bilinear,
        "kron": _kronecker,
        **dict.fromkeys(("cross", "linalg_cross"), _cross),
        "trace": _trace,
        **dict.fromkeys(("det", "linalg_det"), _determinant),
        **dict.fromkeys(("slogdet", "linalg_slogdet"), _log_determinant),
        **dict.fromkeys(("linalg_inv", "inverse"), _inverse),
        "diff": _difference,
    }
)
