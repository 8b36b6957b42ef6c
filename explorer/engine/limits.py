"""How much a formula may compute: refused before it is tried, not when the memory is gone.

`Limited` looks at the arguments of every call, from which the size of the result follows by
the rules of the operations table. No memory is asked for. (PyTorch's own way, tensors on the
`meta` device, imports its compiler, which takes longer than the program's start.) Used by
`explorer.engine.model` when a formula runs first, and where a curve is drawn at other points.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from explorer.experiment import shaping, shaping_layers, shaping_products
from explorer.experiment.calls import MAX_DIMENSIONS
from explorer.experiment.network_operations import LOSSES
from explorer.experiment.operations import ENTRIES, Operation, OptionKind, find
from explorer.experiment.shaping import Shape
from explorer.experiment.subscript import Given, Slice, Subscript

# One tensor, and all that a forward pass keeps for the backward pass.
MOST_AT_ONCE = 50_000_000
MOST_IN_ALL = 200_000_000


class TooLargeError(RuntimeError):
    """The call number `call` of the forward pass, counted from 0, would compute too much.

    `count` are the numbers that it or all calls up to it make, or the dimensions, `limit` those
    allowed.
    """

    def __init__(self, call: int, count: int, limit: int, what: str = "numbers") -> None:
        super().__init__(f"{count} {what}, of which {limit} are allowed")
        self.what = what
        self.call = call
        self.count = count
        self.limit = limit


class Limited(TorchFunctionMode):
    """While it is entered, a call that would make too much raises TooLargeError instead."""

    def __init__(self) -> None:
        super().__init__()
        self._calls = 0
        self._total = 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the function, unless its result is too large."""
        name = getattr(func, "__name__", "")
        if name == "_set_grad_enabled":
            # `no_grad()` is no operation of the formula.
            return func(*args, **(kwargs or {}))
        count = elements(name.strip("_"), args, kwargs or {})
        self._total += count
        for made, limit in ((count, MOST_AT_ONCE), (self._total, MOST_IN_ALL)):
            if made > limit:
                raise TooLargeError(self._calls, made, limit)
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and result.dim() > MAX_DIMENSIONS:
            raise TooLargeError(self._calls, result.dim(), MAX_DIMENSIONS, "dimensions")
        self._calls += 1
        return result


def elements(name: str, args: Sequence[Any], options: Mapping[str, Any]) -> int:
    """How many numbers the call makes at most; 0 where PyTorch will refuse the shapes."""
    try:
        return sum(map(math.prod, _shapes(name, args, options)))
    except shaping.UNFIT:
        return 0


def _shapes(name: str, args: Sequence[Any], options: Mapping[str, Any]) -> Sequence[Shape]:
    """What the call makes: its results, or what it makes on the way if that is more."""
    if name in ("getitem", "setitem"):
        return [_subscripted(args[0].shape, args[1])]
    entry = find(name) or ENTRIES["add"]
    given = {**_by_place(entry, args), **options}
    shapes = [tuple(each.shape) for each in _tensors(args, options)]
    rule = _meant(entry, given, len(shapes)).shape
    made = (shaping.broadcast if rule is shaping.unknown else rule)(shapes, given)
    results = made if isinstance(made, list) else [made]
    on_the_way = _ON_THE_WAY.get(name)
    return results if on_the_way is None else [*results, on_the_way(shapes, given)]


def _by_place(entry: Operation, args: Sequence[Any]) -> dict[str, Any]:
    """The options among the arguments: PyTorch's own functions hand some on by their places."""
    if entry.first:
        return {entry.first: args[0]}
    names = [name for name, each in entry.options.items() if each.kind is not OptionKind.TENSOR]
    plain = [each for each in args if not _has_tensors(each)]
    return dict(zip(names, plain, strict=False))


def _has_tensors(value: Any) -> bool:
    first = value[0] if isinstance(value, tuple | list) and value else value
    return isinstance(first, torch.Tensor)


def _tensors(args: Sequence[Any], options: Mapping[str, Any]) -> list[torch.Tensor]:
    first = args[0] if args and isinstance(args[0], tuple | list) else ()
    every = (*first, *args, *options.values())
    return [each for each in every if isinstance(each, torch.Tensor)]


def _meant(entry: Operation, options: Mapping[str, Any], tensors: int) -> Operation:
    for each in entry.overloads:
        other = ENTRIES[each]
        own = other.options.keys() - entry.options.keys()
        if tensors > 1 if other.tensors[0] > 1 else not own.isdisjoint(options):
            return other
    return entry


def _subscripted(shape: Shape, index: Any) -> Shape:
    """The same as for a formula's subscript, with masks as the places that they choose."""
    parts: list[Any] = []
    shapes = [tuple(shape)]
    for part in index if isinstance(index, tuple) else (index,):
        if isinstance(part, torch.Tensor):
            chosen, count = tuple(part.shape), 1
            if part.dtype is torch.bool:
                chosen, count = (int(part.count_nonzero()),), max(part.dim(), 1)
            parts += [Given()] * count
            shapes += [chosen] * count
        elif isinstance(part, slice):
            parts.append(Slice(part.start, part.stop, part.step))
        else:
            parts.append(tuple(part) if isinstance(part, list) else part)
    return shaping.subscripted(shapes, {"at": Subscript(tuple(parts))})


def _greatest_step(shapes: shaping.Shapes, options: shaping.Options) -> Shape:
    return max(shaping_products.einsum_steps(shapes, options), key=math.prod)


def _one_with_other(shapes: shaping.Shapes, options: shaping.Options) -> Shape:
    try:
        return shaping.broadcast(shapes, options)
    except shaping.UNFIT:
        # Labels of classes have another shape, and are compared with nothing.
        return max(shapes, key=math.prod)


# What PyTorch makes in between, where that may be more than the result.
_ON_THE_WAY: Mapping[str, Callable[[shaping.Shapes, shaping.Options], Shape]] = MappingProxyType(
    {
        "einsum": _greatest_step,
        "bilinear": shaping_layers.one_with_each,
        "conv1d": shaping_layers.image_windows,
        "conv2d": shaping_layers.image_windows,
        "scaled_dot_product_attention": shaping_layers.scores,
        **dict.fromkeys(("pairwise_distance", "cosine_similarity"), _one_with_other),
        # Before the mean is taken.
        **dict.fromkeys((each.name for each in LOSSES), _one_with_other),
    }
)
