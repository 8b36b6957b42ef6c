"""Mini-batches: which rows of the data a step takes, in the many ways that programs say it.

The body of the loop is read once, with the rows of one batch. Whatever picks them, a slice whose
ends depend on the step, a permutation that is split, a DataLoader, is compared with what an
experiment does: all rows in every epoch, in the order of the data or in one that a generator draws.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from explorer.reading.known import MOST_NUMBERS
from explorer.reading.reader import Reader
from explorer.reading.training import Loop, per_step
from explorer.reading.values import Frame, Method, PerStep, Picked, Rows, Tensor

_SAME = frozenset({"to", "long", "cpu", "cuda", "clone"})


@dataclass(frozen=True, eq=False)
class Taken:
    """So many rows of so many for each step; `seed` is that of the order, if one is drawn."""

    count: int
    size: int
    seed: int | None
    node: ast.AST

    @property
    def per_epoch(self) -> int:
        """How many batches an epoch has."""
        return -(-self.count // self.size)

    @property
    def uneven(self) -> bool:
        """Whether the last batch is smaller than the others."""
        return self.count % self.size > 0 and self.count > self.size


# -- orders ------------------------------------------------------------------------------------


def drawn(reader: Reader, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Rows:
    """`torch.randperm(n, generator=generator)`, once at the beginning of every epoch."""
    loop: Loop = reader.training
    generator = kwargs.pop("generator", torch.default_generator)
    kwargs.pop("device", None)
    ours = generator is torch.default_generator
    fresh = torch.Generator().manual_seed(generator.initial_seed()).get_state()
    first = torch.equal(generator.get_state(), fresh)
    if kwargs or loop.phase != "before" or loop.when is not None or loop.drawn or not first:
        raise reader.refuse(node, "program-shuffle", what=reader.shown(node))
    count = args[0]
    if not isinstance(count, int) or not 0 < count <= MOST_NUMBERS:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    reader.random = reader.random or (ours and not reader.seeded)
    loop.drawn = True
    return Rows(count, generator.initial_seed())


def method(reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """`order.split(8)`, `batch.numel()`."""
    subject, name = callee.subject, callee.name
    if name in _SAME:
        return subject
    if name in {"numel", "size", "__len__"} and args in ([], [0]):
        return length(reader, subject)
    if name == "split" and isinstance(subject, Rows):
        return split(reader, node, [subject, *args], kwargs)
    raise reader.refuse(node, "program-not-understood", what=reader.shown(node))


def length(reader: Reader, value: Rows | Picked) -> int:
    """How many rows they are."""
    return value.count if isinstance(value, Rows) else len(_places(reader, value.count, value.size))


def split(reader: Reader, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    """The batches of an epoch."""
    rows, size = args[0], args[1] if len(args) > 1 else kwargs.get("split_size")
    if not isinstance(size, int) or size < 1 or len(args) > 2:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    return [_of_rows(reader, rows, size, node)] * -(-rows.count // size)


# -- what a step takes -------------------------------------------------------------------------


def picks(value: Any, index: Any) -> bool:
    """Whether the subscript picks the rows of a step."""
    first = index[0] if isinstance(index, tuple) and index else index
    ends = (first.start, first.stop) if isinstance(first, slice) else ()
    picked = isinstance(first, Rows | Picked) or any(isinstance(each, PerStep) for each in ends)
    return isinstance(value, Rows | Picked) or (isinstance(value, Tensor) and picked)


def subscript(reader: Reader, value: Any, index: Any, node: ast.Subscript) -> Any:
    """`x[batch]`, `x[order]`, `order[i : i + 8]`, `x[i : i + 8]`."""
    loop: Loop | None = reader.training
    first, *rest = index if isinstance(index, tuple) else (index,)
    plain = all(isinstance(each, slice) and each == slice(None) for each in rest)
    known = isinstance(value, Rows) or (isinstance(value, Tensor) and value.known)
    if loop is None or not plain or not known:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    if isinstance(first, Picked) and isinstance(value, Tensor):
        return _batch_of(reader, value, first, node)
    if isinstance(first, Rows) and isinstance(value, Tensor) and first.column is None:
        if len(value.now) != first.count:
            raise reader.refuse(node, "program-batches-differ")
        return Rows(first.count, first.seed, value)
    if isinstance(first, slice):
        rows = value if isinstance(value, Rows) else Rows(len(value.now), None, value)
        return _of_rows(reader, rows, _sliced(reader, rows.count, first, node), node)
    raise reader.refuse(node, "program-not-understood", what=reader.shown(node))


def _sliced(reader: Reader, count: int, index: slice, node: ast.AST) -> int:
    """The size of the batches that the slice takes, one after another."""
    loop: Loop = reader.training
    size = 0
    for step in range(loop.count if loop.phase == "batch" else 0):
        ends = [per_step(each, step) for each in (index.start, index.stop, index.step)]
        if not all(isinstance(each, int | None) for each in ends) or ends[2] == 0:
            raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
        start, stop, stride = slice(*ends).indices(count)
        size = size or stop
        place = step % -(-count // max(size, 1)) * size
        if (start, stop, stride) != (place, min(place + size, count), 1):
            raise reader.refuse(node, "program-batches-differ")
    if not size:
        raise reader.refuse(node, "program-step-in-formula", what=reader.shown(node))
    return size


def _of_rows(reader: Reader, rows: Rows, size: int, node: ast.AST) -> Any:
    picked = Picked(rows.count, size, rows.seed)
    if rows.column is None:
        _take(reader, picked, node)
        return picked
    return _batch_of(reader, rows.column, picked, node)


def _take(reader: Reader, picked: Picked, node: ast.AST) -> None:
    """All that a step takes has to be the same rows."""
    loop: Loop = reader.training
    taken = Taken(picked.count, picked.size, picked.seed, node)
    first: Taken = loop.batch or taken
    same = (first.count, first.size, first.seed) == (taken.count, taken.size, taken.seed)
    if not same:
        raise reader.refuse(node, "program-batches-differ")
    loop.batch = first


def _batch_of(reader: Reader, column: Tensor, picked: Picked, node: ast.AST) -> Tensor:
    """The rows that a step takes of a column: the formula has it under the column's name."""
    loop: Loop = reader.training
    if len(column.now) != picked.count or column.is_leaf:
        raise reader.refuse(node, "program-batches-differ")
    _take(reader, picked, node)
    found = loop.columns.get(id(column))
    if found is None:
        text = reader.column(column)
        rows = column.now[_places(reader, picked.count, picked.size)]
        made = Tensor(rows, False, text, column.name, home=reader.lines)
        # The column is kept with it, so that its id stays its own.
        found = loop.columns[id(column)] = (column, made)
    return found[1]


def _places(reader: Reader, count: int, size: int) -> torch.Tensor:
    return torch.split(torch.arange(count), size)[-1 if reader.last_batch else 0]


# -- loops over batches ------------------------------------------------------------------------


def of_list(reader: Reader, name: str, values: Sequence[Any], node: ast.AST) -> Any:
    """What the name stands for in a loop over tensors: `for a, b in zip(x.split(8), …)`."""
    if all(isinstance(each, Picked) for each in values):
        return values[0]
    if len({id(each) for each in values}) == 1 and not values[0].known:
        return values[0]
    whole, size = _joined(reader, values, node)
    if not whole.is_floating_point() and whole.dim() == 1 and name:
        if torch.equal(whole, torch.arange(len(whole))):
            return _of_rows(reader, Rows(len(whole)), size, node)
        if torch.equal(whole.sort().values, torch.arange(len(whole))):
            raise reader.refuse(node, "program-shuffle", what=reader.shown(node))
    column = _named(reader.frame, whole) or Tensor(whole, name=name)
    return _of_rows(reader, Rows(len(whole), None, column), size, node)


def _joined(reader: Reader, values: Sequence[Any], node: ast.AST) -> tuple[torch.Tensor, int]:
    """One tensor of all the batches, and the size of each but the last."""
    batches = all(isinstance(each, Tensor) and each.known and each.now.dim() for each in values)
    if not batches:
        raise reader.refuse(node, "program-loop-over", what=reader.shown(node))
    sizes = [len(each.now) for each in values]
    if any(each != sizes[0] for each in sizes[:-1]) or not 0 < sizes[-1] <= sizes[0]:
        raise reader.refuse(node, "program-batches-differ")
    whole = reader.attempt(node, "cat", torch.cat, [[each.now for each in values]], {})
    return whole, sizes[0]


def _named(frame: Frame | None, whole: torch.Tensor) -> Tensor | None:
    """The program's tensor that was split into these batches."""
    while frame is not None:
        for value in frame.names.values():
            known = isinstance(value, Tensor) and value.known and value.now.dtype == whole.dtype
            if known and torch.equal(value.now, whole):
                return value  # type: ignore[no-any-return]
        frame = frame.outer
    return None


# -- torch.utils.data --------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Dataset:
    """A TensorDataset."""

    columns: list[Tensor]


# How PyTorch fetches the batches, not which they are.
_IGNORED = frozenset({"num_workers", "pin_memory", "generator", "persistent_workers"})


def data(
    reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """`DataLoader(TensorDataset(x, y), batch_size=8)`: in the order of the data."""
    name = dotted.rpartition(".")[2]
    whole = all(isinstance(each, Tensor) and each.known and each.now.dim() for each in args)
    if name == "TensorDataset" and whole and not kwargs:
        return Dataset(args)
    if name != "DataLoader":
        raise reader.refuse(node, "program-data-loader", name=dotted)
    given = {**dict(zip(("dataset", "batch_size", "shuffle"), args, strict=False)), **kwargs}
    given = {key: each for key, each in given.items() if key not in _IGNORED}
    dataset, size = given.pop("dataset", None), given.pop("batch_size", 1)
    shuffled, drops = given.pop("shuffle", False), given.pop("drop_last", False)
    if not isinstance(dataset, Dataset) or given or not isinstance(size, int) or size < 1:
        raise reader.refuse(node, "program-data-loader", name=dotted)
    uneven = any(len(each.now) % size for each in dataset.columns)
    if shuffled or (drops and uneven):
        raise reader.refuse(node, "program-data-loader", name=reader.shown(node))
    for column in dataset.columns:
        for _ in range(-(-len(column.now) // size)):
            reader.burn(node)
    parts = [[Tensor(each) for each in torch.split(column.now, size)] for column in dataset.columns]
    return [list(each) for each in zip(*parts, strict=True)]


def check(reader: Reader, loop: Loop) -> None:
    """Every epoch takes all rows once."""
    taken: Taken | None = loop.batch
    if taken is None:
        return
    whole = loop.per == taken.per_epoch
    in_order = not loop.nested and taken.seed is None
    if not whole and not in_order:
        raise reader.refuse(taken.node, "program-batches-differ")
