"""Entries of the operations table: what takes tensors apart, joins, moves, sorts and makes them.

Part of the table in `explorer.experiment.operations`.
"""

from dataclasses import replace

from explorer.experiment import shaping
from explorer.experiment.entry import (
    DIMENSIONS,
    DTYPE,
    FLAG,
    INTEGER,
    NUMBER,
    ONE_DIMENSION,
    SHAPE,
    SIZE,
    TENSOR,
    attribute,
    binary,
    factory,
    flat,
    keyword,
    listed,
    method,
    required,
    shaped,
    unary,
    words,
)
from explorer.experiment.operation import Operation, Option, OptionKind, Slope

_SIZES = Option(OptionKind.DIMENSIONS, required=True)
_INDEX = required(TENSOR)
_ANY_NUMBER = Option(OptionKind.NUMBER, required=True, whole=True)
_PADDING = Option(OptionKind.WORD, words=("constant", "reflect", "replicate", "circular"))
_AT = Option(OptionKind.WHERE, required=True)

# -- shapes and parts ------------------------------------------------------------------------

MOVING = (
    Operation(
        "index",
        "torch.Tensor.__getitem__",
        (1, 64),
        {"at": _AT},
        slope=Slope.PARTIAL,
        function_form=False,
        shape=shaping.subscripted,
    ),
    replace(unary("t"), shape=shaping.turned),
    attribute("T", shaping.turned),
    attribute("mT", shaping.last_two_swapped),
    replace(unary("transpose", dim0=ONE_DIMENSION, dim1=ONE_DIMENSION), shape=shaping.swapped),
    replace(unary("permute", dims=SIZE), shape=shaping.permuted),
    replace(unary("movedim", source=_SIZES, destination=_SIZES), shape=shaping.moved),
    replace(unary("unsqueeze", dim=ONE_DIMENSION), shape=shaping.unsqueezed),
    replace(
        unary("squeeze", dim=Option(OptionKind.DIMENSIONS, spread=True)), shape=shaping.squeezed
    ),
    *shaped(
        shaping.flattened, unary("flatten", start_dim=INTEGER, end_dim=INTEGER), unary("ravel")
    ),
    replace(unary("unflatten", dim=ONE_DIMENSION, sizes=SHAPE), shape=shaping.unflattened),
    *shaped(shaping.reshaped, unary("reshape", shape=SIZE), method("view", size=SIZE)),
    *shaped(shaping.second, *(method(name, 2) for name in ("view_as", "reshape_as", "expand_as"))),
    *shaped(shaping.expanded, method("expand", size=SIZE), unary("broadcast_to", size=SHAPE)),
    replace(method("repeat", repeats=SIZE), shape=shaping.repeated),
    replace(unary("tile", dims=SIZE), shape=shaping.tiled),
    replace(
        unary("repeat_interleave", repeats=ONE_DIMENSION, dim=INTEGER),
        shape=shaping.each_repeated,
    ),
    unary("flip", dims=SIZE),
    unary("fliplr"),
    unary("flipud"),
    unary("roll", shifts=_SIZES, dims=DIMENSIONS),
    replace(unary("rot90", k=INTEGER, dims=Option(OptionKind.SHAPE)), shape=shaping.quarter_turned),
    unary("tril", Slope.PARTIAL, diagonal=INTEGER),
    unary("triu", Slope.PARTIAL, diagonal=INTEGER),
    replace(
        unary("diagonal", Slope.PARTIAL, offset=INTEGER, dim1=INTEGER, dim2=INTEGER),
        shape=shaping.along_diagonal,
    ),
    replace(unary("diag", diagonal=INTEGER), shape=shaping.diagonal_or_matrix),
    replace(
        method("unfold", dimension=ONE_DIMENSION, size=ONE_DIMENSION, step=ONE_DIMENSION),
        shape=shaping.windows,
    ),
    replace(
        unary("select", Slope.PARTIAL, dim=ONE_DIMENSION, index=ONE_DIMENSION),
        shape=shaping.one_selected,
    ),
    replace(
        unary(
            "narrow", Slope.PARTIAL, dim=ONE_DIMENSION, start=ONE_DIMENSION, length=ONE_DIMENSION
        ),
        shape=shaping.narrowed,
    ),
    Operation(
        "pad",
        "torch.nn.functional.pad",
        (1, 1),
        {"pad": SHAPE, "mode": _PADDING, "value": NUMBER},
        names=("input",),
        shape=shaping.padded,
    ),
    # The second tensor has whole numbers, and stands behind the option.
    replace(unary("gather", Slope.PARTIAL, dim=ONE_DIMENSION, index=_INDEX), shape=shaping.second),
    replace(
        unary("index_select", Slope.PARTIAL, dim=ONE_DIMENSION, index=_INDEX),
        shape=shaping.selected,
    ),
    replace(
        unary("take_along_dim", Slope.PARTIAL, indices=_INDEX, dim=INTEGER), shape=shaping.second
    ),
    replace(unary("scatter_add", dim=ONE_DIMENSION, index=_INDEX, src=_INDEX), shape=shaping.first),
    replace(
        unary("index_add", dim=ONE_DIMENSION, index=_INDEX, source=_INDEX), shape=shaping.first
    ),
    replace(binary("masked_select", slope=Slope.PARTIAL), shape=shaping.unknown),
    Operation(
        "masked_fill",
        "torch.masked_fill",
        (2, 3),
        {"value": _ANY_NUMBER},
        method=True,
        slope=Slope.PARTIAL,
        names=("input", "mask"),
    ),
    listed("cat", shaping.joined, dim=INTEGER),
    listed("stack", shaping.stacked, dim=INTEGER),
    listed("hstack", shaping.stacked_columns),
    listed("vstack", shaping.stacked_rows),
    replace(
        unary("split", split_size_or_sections=_SIZES, dim=INTEGER), shape=shaping.split, parts=()
    ),
    replace(unary("chunk", chunks=ONE_DIMENSION, dim=INTEGER), shape=shaping.chunked, parts=()),
    replace(unary("unbind", dim=INTEGER), shape=shaping.unbound, parts=()),
    Operation(
        "meshgrid",
        "torch.meshgrid",
        (1, 10),
        {"indexing": required(words("ij", "xy"))},
        parts=(),
        shape=shaping.crossed,
    ),
)

# -- order and extremes ------------------------------------------------------------------------

_ALONG = {"dim": ONE_DIMENSION, "keepdim": FLAG}
_EXTREME = ("values", "indices")


def _overloaded(name: str, *more: str) -> Operation:
    """Of all elements; with `dim` along it, see the overloads."""
    overloads = tuple(f"{name}_{each}" for each in more)
    return replace(unary(name, Slope.PARTIAL), overloads=overloads, shape=shaping.scalar)


def _overload(operation: Operation, ending: str) -> Operation:
    name = f"{operation.name}_{ending}"
    return replace(operation, name=name, method=False, function_form=False)


def _along(name: str) -> Operation:
    entry = unary(name, Slope.PARTIAL, **_ALONG)
    return _overload(replace(entry, parts=_EXTREME, shape=shaping.reduced_to_two), "dim")


SORTING = (
    _overloaded("max", "other", "dim"),
    _overloaded("min", "other", "dim"),
    _overloaded("median", "dim"),
    *map(_along, ("max", "min", "median")),
    *(_overload(binary(name, slope=Slope.PARTIAL), "other") for name in ("max", "min")),
    replace(
        unary("topk", Slope.PARTIAL, k=ONE_DIMENSION, dim=INTEGER, largest=FLAG, sorted=FLAG),
        parts=_EXTREME,
        shape=shaping.best,
    ),
    replace(
        unary("sort", dim=INTEGER, descending=FLAG, stable=keyword(FLAG)),
        parts=_EXTREME,
        shape=shaping.two_of_first,
    ),
    flat(unary("argsort", dim=INTEGER, descending=FLAG)),
    *shaped(
        shaping.reduced,
        flat(unary("argmax", dim=INTEGER, keepdim=FLAG)),
        flat(unary("argmin", dim=INTEGER, keepdim=FLAG)),
    ),
)

# -- constants -----------------------------------------------------------------------------------

_LIKE = {"dtype": DTYPE}
_START = Option(OptionKind.NUMBER, whole=True)

FACTORIES = (
    factory("zeros", shaping.of_size, size=SIZE),
    factory("ones", shaping.of_size, size=SIZE),
    factory("full", shaping.of_size, size=SHAPE, fill_value=_ANY_NUMBER),
    factory("eye", shaping.square, n=ONE_DIMENSION, m=INTEGER),
    replace(
        factory("arange", shaping.counted, start=_START, end=_ANY_NUMBER, step=_START),
        alone="end",
    ),
    factory(
        "linspace",
        shaping.steps,
        start=required(NUMBER),
        end=required(NUMBER),
        steps=ONE_DIMENSION,
    ),
    _overload(
        factory("tensor", shaping.of_literal, data=Option(OptionKind.LITERAL, required=True)),
        "data",
    ),
    *shaped(
        shaping.first,
        flat(unary("zeros_like", **_LIKE), method=False),
        flat(unary("ones_like", **_LIKE), method=False),
        flat(unary("full_like", fill_value=_ANY_NUMBER, **_LIKE), method=False),
    ),
    *shaped(
        shaping.of_size,
        flat(method("new_zeros", size=SIZE, **_LIKE)),
        flat(method("new_ones", size=SIZE, **_LIKE)),
        flat(method("new_full", size=SHAPE, fill_value=_ANY_NUMBER, **_LIKE)),
    ),
)

# -- what else is written with square brackets ---------------------------------------------------

# `x[at] = value`: the tensor, those in the brackets, the value.
PUTTING = flat(
    method("setitem_", 2, at=_AT),
    function="torch.Tensor.__setitem__",
    tensors=(2, 64),
    method=False,
    scalar_ok=tuple(range(64)),
    shape=shaping.first,
)

# One of several results: Python takes it out of the tuple.
PART = Operation(
    "part",
    "torch.Tensor.__getitem__",
    (1, 1),
    {"index": ONE_DIMENSION},
    function_form=False,
)
