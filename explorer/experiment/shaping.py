"""The shape of an operation's result from those of its tensors, as PyTorch has it.

Each entry of the operations table names its rule here. `language` asks to know `x.shape` before
anything is computed, and `explorer.engine.limits` to know how much a call would make. A rule
gets the shapes of the tensors in order and the options by name, and gives the shape of the
result, or a list of shapes where the operation has several results. For what does not fit it
raises one of UNFIT: PyTorch says what is wrong then. `shaping_products` has the rules of
products, `shaping_layers` those of networks. `tests/engine/test_operation_truth.py` holds
every rule to PyTorch.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from types import EllipsisType
from typing import Any

from explorer.experiment.subscript import Given, Slice

Shape = tuple[int, ...]
Shapes = Sequence[Shape]
Options = Mapping[str, Any]
Rule = Callable[[Shapes, Options], Shape | list[Shape]]

UNFIT = (ValueError, TypeError, IndexError, KeyError, ZeroDivisionError)
# Of one tensor, each of which is written out.
MOST_PARTS = 10_000


class TooManyPartsError(ValueError):
    """An operation would give more results than anybody can write out."""


def broadcast(shapes: Shapes, _options: Options) -> Shape:
    """The shape to which all tensors are broadcast."""
    return together(*shapes)


def together(*shapes: Shape) -> Shape:
    """The shape to which these shapes are broadcast. Raises ValueError if there is none."""
    sizes = zip_longest(*(shape[::-1] for shape in shapes), fillvalue=1)
    return tuple(map(_common, sizes))[::-1]


def _common(sizes: Sequence[int]) -> int:
    found = {size for size in sizes if size != 1}
    if len(found) > 1:
        raise ValueError(found)
    return found.pop() if found else 1


def first(shapes: Shapes, _options: Options) -> Shape:
    """The shape of the first tensor."""
    return shapes[0]


def second(shapes: Shapes, _options: Options) -> Shape:
    """The shape of the second tensor."""
    return shapes[1]


def scalar(_shapes: Shapes, _options: Options) -> Shape:
    """The shape of a single number."""
    return ()


def unknown(_shapes: Shapes, _options: Options) -> Shape:
    """It depends on the numbers: such a result is never larger than the tensors are."""
    raise ValueError


# -- reductions ------------------------------------------------------------------------------


def reduced(shapes: Shapes, options: Options) -> Shape:
    """Without the dimensions in `dim`, all of them by default; `keepdim` leaves them as 1."""
    return without(shapes[0], options.get("dim"), bool(options.get("keepdim")))


def without(shape: Shape, dim: Any, keep: bool) -> Shape:
    """The shape with these dimensions reduced; None and () are all."""
    gone = places(shape, dim)
    if keep:
        return tuple(1 if at in gone else size for at, size in enumerate(shape))
    return tuple(size for at, size in enumerate(shape) if at not in gone)


def places(shape: Shape, dim: Any) -> set[int]:
    """The dimensions counted from the front."""
    if dim is None or dim == ():
        return set(range(len(shape)))
    return {place(shape, each) for each in (dim if isinstance(dim, tuple) else (dim,))}


def place(shape: Shape, dim: int) -> int:
    """The dimension counted from the front; a single number has one for this purpose."""
    count = max(len(shape), 1)
    if not -count <= dim < count:
        raise IndexError(dim)
    return int(dim) % count


def reduced_to_two(shapes: Shapes, options: Options) -> list[Shape]:
    """Two results, each as one reduction gives it: values and places."""
    return [reduced(shapes, options)] * 2


def differences(shapes: Shapes, options: Options) -> Shape:
    """Of diff: `dim` is shorter by 1, `n` times."""
    at = place(shapes[0], options.get("dim", -1))
    size = max(0, shapes[0][at] - options.get("n", 1))
    return (*shapes[0][:at], size, *shapes[0][at + 1 :])


# -- shapes changed -----------------------------------------------------------------------------


def turned(shapes: Shapes, _options: Options) -> Shape:
    """The dimensions in reverse order, as of T and t."""
    return shapes[0][::-1]


def last_two_swapped(shapes: Shapes, _options: Options) -> Shape:
    """The last two dimensions exchanged, as of mT."""
    *rest, rows, columns = shapes[0]
    return (*rest, columns, rows)


def swapped(shapes: Shapes, options: Options) -> Shape:
    """Two dimensions exchanged."""
    sizes = list(shapes[0])
    a, b = (place(shapes[0], options[name]) for name in ("dim0", "dim1"))
    if sizes:
        sizes[a], sizes[b] = sizes[b], sizes[a]
    return tuple(sizes)


def permuted(shapes: Shapes, options: Options) -> Shape:
    """The dimensions in the order of `dims`."""
    shape = shapes[0]
    if len(options["dims"]) != len(shape):
        raise ValueError(options)
    return tuple(shape[each] for each in options["dims"])


def moved(shapes: Shapes, options: Options) -> Shape:
    """Dimensions moved from `source` to `destination`."""
    shape = shapes[0]
    source, target = (
        [place(shape, each) for each in (dims if isinstance(dims, tuple) else (dims,))]
        for dims in (options["source"], options["destination"])
    )
    rest = iter(size for at, size in enumerate(shape) if at not in source)
    there = dict(zip(target, source, strict=True))
    return tuple(shape[there[at]] if at in there else next(rest) for at in range(len(shape)))


def unsqueezed(shapes: Shapes, options: Options) -> Shape:
    """One more dimension."""
    shape = shapes[0]
    at = place((*shape, 1), options["dim"])
    return (*shape[:at], 1, *shape[at:])


def squeezed(shapes: Shapes, options: Options) -> Shape:
    """Without dimensions of one element."""
    dim = options.get("dim")
    gone = set[int]() if dim == () else places(shapes[0], dim)
    return tuple(size for at, size in enumerate(shapes[0]) if size != 1 or at not in gone)


def flattened(shapes: Shapes, options: Options) -> Shape:
    """Dimensions from `start_dim` to `end_dim` as one."""
    shape = shapes[0] or (1,)
    start = place(shape, options.get("start_dim", 0))
    end = place(shape, options.get("end_dim", -1))
    if end < start:
        raise ValueError(options)
    return (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])


def unflattened(shapes: Shapes, options: Options) -> Shape:
    """One dimension as several."""
    shape = shapes[0]
    at = place(shape, options["dim"])
    return (*shape[:at], *filled_in(options["sizes"], shape[at]), *shape[at + 1 :])


def reshaped(shapes: Shapes, options: Options) -> Shape:
    """`shape`, or `size`, in which a -1 is what is left."""
    sizes = options["shape"] if "shape" in options else options["size"]
    return filled_in(sizes, math.prod(shapes[0]))


def filled_in(sizes: Sequence[int], count: int) -> Shape:
    """The sizes of so many elements with a -1 worked out."""
    known = math.prod(size for size in sizes if size != -1)
    if -1 not in sizes:
        if known != count:
            raise ValueError(sizes)
        return tuple(sizes)
    if count % known:
        raise ValueError(sizes)
    return tuple(count // known if size == -1 else size for size in sizes)


def expanded(shapes: Shapes, options: Options) -> Shape:
    """Broadcast to `size`, in which -1 leaves a dimension as it is."""
    shape, sizes = shapes[0], options["size"]
    new = len(sizes) - len(shape)
    if new < 0:
        raise ValueError(sizes)
    made = (*sizes[:new], *(b if a == -1 else a for a, b in zip(sizes[new:], shape, strict=True)))
    if min(made, default=0) < 0 or together(made, shape) != made:
        raise ValueError(sizes)
    return made


def repeated(shapes: Shapes, options: Options) -> Shape:
    """Of repeat: each dimension times the number given for it in `repeats`."""
    times = options["repeats"]
    shape = (*[1] * (len(times) - len(shapes[0])), *shapes[0])
    return tuple(a * b for a, b in zip(shape, times, strict=True))


def tiled(shapes: Shapes, options: Options) -> Shape:
    """Of tile: as of repeat, with 1 for numbers that `dims` does not have."""
    times = options["dims"]
    count = max(len(times), len(shapes[0]))
    shape, times = ((*[1] * (count - len(each)), *each) for each in (shapes[0], times))
    return tuple(a * b for a, b in zip(shape, times, strict=True))


def each_repeated(shapes: Shapes, options: Options) -> Shape:
    """Of repeat_interleave: `dim` times the number of repeats; without it all elements in a row."""
    dim, times = options.get("dim"), options["repeats"]
    shape = (math.prod(shapes[0]),) if dim is None else shapes[0]
    at = place(shape, dim or 0)
    return (*shape[:at], shape[at] * times, *shape[at + 1 :])


def padded(shapes: Shapes, options: Options) -> Shape:
    """Of pad: two numbers for each dimension, from the last one on, are added to its size."""
    pad, sizes = options["pad"], list(shapes[0])
    for number in range(len(pad) // 2):
        sizes[-1 - number] += pad[2 * number] + pad[2 * number + 1]
    return tuple(sizes)


def quarter_turned(shapes: Shapes, options: Options) -> Shape:
    """Of rot90: the two dimensions exchanged, if the number of quarter turns is odd."""
    sizes = list(shapes[0])
    a, b = options.get("dims", (0, 1))
    if options.get("k", 1) % 2:
        sizes[a], sizes[b] = sizes[b], sizes[a]
    return tuple(sizes)


# -- several tensors, or several results --------------------------------------------------------


def joined(shapes: Shapes, options: Options) -> Shape:
    """Of cat: the sizes along `dim` added up."""
    shape = shapes[0]
    at = place(shape, options.get("dim", 0))
    return (*shape[:at], sum(each[at] for each in shapes), *shape[at + 1 :])


def stacked(shapes: Shapes, options: Options) -> Shape:
    """Of stack: a new dimension `dim` that counts the tensors."""
    at = place((*shapes[0], 1), options.get("dim", 0))
    return (*shapes[0][:at], len(shapes), *shapes[0][at:])


def stacked_rows(shapes: Shapes, _options: Options) -> Shape:
    """Of vstack: joined along the first dimension, vectors as rows."""
    rows = [shape if len(shape) > 1 else (1, *(shape or (1,))) for shape in shapes]
    return joined(rows, {"dim": 0})


def stacked_columns(shapes: Shapes, _options: Options) -> Shape:
    """Of hstack: joined along the second dimension, vectors along their only one."""
    whole = [shape or (1,) for shape in shapes]
    return joined(whole, {"dim": 0 if len(whole[0]) == 1 else 1})


def split(shapes: Shapes, options: Options) -> list[Shape]:
    """Of split: parts of this size, or of these sizes, along `dim`."""
    shape, size = shapes[0], options["split_size_or_sections"]
    at = place(shape, options.get("dim", 0))
    if isinstance(size, tuple | list):
        if sum(size) != shape[at]:
            raise ValueError(size)
        return _parts(shape, at, size)
    return _cut(shape, at, size)


def chunked(shapes: Shapes, options: Options) -> list[Shape]:
    """Of chunk: at most so many parts along `dim`, all but the last of the same size."""
    shape = shapes[0]
    at = place(shape, options.get("dim", 0))
    return _cut(shape, at, max(1, -(-shape[at] // options["chunks"])))


def _cut(shape: Shape, at: int, size: int) -> list[Shape]:
    whole, rest = divmod(shape[at], size)
    _check_count(whole)
    return _parts(shape, at, [*[size] * whole, *([rest] if rest else [])])


def _parts(shape: Shape, at: int, sizes: Sequence[int]) -> list[Shape]:
    _check_count(len(sizes))
    return [(*shape[:at], size, *shape[at + 1 :]) for size in sizes]


def unbound(shapes: Shapes, options: Options) -> list[Shape]:
    """Each slice along `dim`."""
    shape = shapes[0]
    at = place(shape, options.get("dim", 0))
    _check_count(shape[at])
    return [(*shape[:at], *shape[at + 1 :])] * shape[at]


def _check_count(count: int) -> None:
    if count > MOST_PARTS:
        raise TooManyPartsError(count)


def crossed(shapes: Shapes, options: Options) -> list[Shape]:
    """Grids over all tensors' elements."""
    sizes = [math.prod(shape) for shape in shapes]
    if options.get("indexing") == "xy" and len(sizes) > 1:
        sizes[:2] = sizes[1::-1]
    return [tuple(sizes)] * len(shapes)


def best(shapes: Shapes, options: Options) -> list[Shape]:
    """The k largest along `dim`, and where they are."""
    shape = shapes[0]
    if not shape:
        return [(), ()]
    at = place(shape, options.get("dim", -1))
    return [(*shape[:at], options["k"], *shape[at + 1 :])] * 2


def two_of_first(shapes: Shapes, _options: Options) -> list[Shape]:
    """Two results of the shape of the first tensor."""
    return [shapes[0]] * 2


def selected(shapes: Shapes, options: Options) -> Shape:
    """Of index_select: as many slices along `dim` as the second tensor has numbers."""
    shape = shapes[0] or (1,)
    at = place(shape, options["dim"])
    return (*shape[:at], math.prod(shapes[1]), *shape[at + 1 :])


def one_selected(shapes: Shapes, options: Options) -> Shape:
    """Of select: one slice along `dim`, which is gone."""
    at = place(shapes[0], options["dim"])
    return (*shapes[0][:at], *shapes[0][at + 1 :])


def narrowed(shapes: Shapes, options: Options) -> Shape:
    """Of narrow: `length` slices along `dim`."""
    at = place(shapes[0], options["dim"])
    return (*shapes[0][:at], options["length"], *shapes[0][at + 1 :])


def along_diagonal(shapes: Shapes, options: Options) -> Shape:
    """The diagonal of the dimensions `dim1` and `dim2`, as the last dimension."""
    shape, offset = shapes[0], options.get("offset", 0)
    one, two = (place(shape, options.get(name, at)) for name, at in (("dim1", 0), ("dim2", 1)))
    rows, columns = shape[one] + min(offset, 0), shape[two] - max(offset, 0)
    rest = (size for at, size in enumerate(shape) if at not in (one, two))
    return (*rest, max(0, min(rows, columns)))


def diagonal_or_matrix(shapes: Shapes, options: Options) -> Shape:
    """A vector becomes a matrix, of a matrix comes the diagonal."""
    if len(shapes[0]) > 1:
        return along_diagonal(shapes, {"offset": options.get("diagonal", 0)})
    size = shapes[0][0] + abs(options.get("diagonal", 0))
    return (size, size)


def windows(shapes: Shapes, options: Options) -> Shape:
    """Windows of `size` elements along `dimension`, `step` apart."""
    shape, size = shapes[0] or (1,), options["size"]
    at = place(shape, options["dimension"])
    count = (shape[at] - size) // options["step"] + 1
    return (*shape[:at], count, *shape[at + 1 :], size)


# -- made of nothing ------------------------------------------------------------------------------


def of_size(_shapes: Shapes, options: Options) -> Shape:
    """The option `size` itself."""
    size = options["size"]
    return tuple(size) if isinstance(size, tuple | list) else (size,)


def square(_shapes: Shapes, options: Options) -> Shape:
    """Of eye: `n` rows, and as many columns unless `m` says how many."""
    return (options["n"], options.get("m", options["n"]))


def counted(_shapes: Shapes, options: Options) -> Shape:
    """Of arange: the numbers from `start` up to `end` by `step`."""
    start, step = options.get("start", 0), options.get("step", 1)
    count = (options["end"] - start) / step
    if not math.isfinite(count) or count < 0:
        raise ValueError(count)
    return (math.ceil(count),)


def steps(_shapes: Shapes, options: Options) -> Shape:
    """Of linspace: the option `steps`."""
    return (options["steps"],)


def of_literal(_shapes: Shapes, options: Options) -> Shape:
    """The shape of nested lists of numbers."""
    shape, value = [], options["data"]
    while isinstance(value, tuple | list):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)


# -- subscripts -----------------------------------------------------------------------------------


def subscripted(shapes: Shapes, options: Options) -> Shape:
    """Of `x[1:, None]`; the tensors in the brackets count as whole numbers."""
    parts = options["at"].parts
    if ... not in parts:
        parts = (*parts, ...)
    left, given = [*shapes[0]], iter(shapes[1:])
    if _dimensions(parts) > len(left):
        raise IndexError(parts)
    made: list[int] = []
    lists: list[Shape] = []
    # Where the dimensions of lists and tensors go: in front, unless they stand side by side.
    front = -1
    for at, part in enumerate(parts):
        if part is None:
            made.append(1)
        elif isinstance(part, EllipsisType):
            count = len(left) - _dimensions(parts[at:])
            made += left[:count]
            del left[:count]
        elif isinstance(part, Slice):
            bounds = slice(part.start, part.stop, part.step)
            made.append(len(range(*bounds.indices(left.pop(0)))))
        elif isinstance(part, int):
            _check_index(part, left.pop(0))
        else:
            lists.append(next(given) if isinstance(part, Given) else (len(part),))
            del left[0]
            front = len(made) if front in (-1, len(made)) else 0
    if not lists:
        return tuple(made)
    return (*made[:front], *together(*lists), *made[front:])


def _dimensions(parts: Sequence[Any]) -> int:
    """How many dimensions the parts take."""
    return sum(1 for part in parts if part is not None and part is not ...)


def _check_index(index: int, size: int) -> None:
    if not -size <= index < size:
        raise IndexError(index)
