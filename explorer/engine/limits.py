"""How much a formula may compute: refused before it is tried, not when the memory is gone.

`Limited` looks at the arguments of every call, from whose shapes the size of the result
follows: only broadcasting and products of vectors and matrices make more numbers than they
are given. No memory is asked for. (PyTorch's own way, tensors on the `meta` device, imports
its compiler, which takes longer than the program's start.) Used by `explorer.engine.model`
when a formula runs first, and where a curve is drawn at other points.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

# One tensor, and all that a forward pass keeps for the backward pass.
MOST_AT_ONCE = 50_000_000
MOST_IN_ALL = 200_000_000


class TooLargeError(RuntimeError):
    """The call number `call` of the forward pass, counted from 0, would compute too much.

    `count` are the numbers that it or all calls up to it make, `limit` those allowed.
    """

    def __init__(self, call: int, count: int, limit: int) -> None:
        super().__init__(f"{count} numbers, of which {limit} are allowed")
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
        count = _elements(name.strip("_"), args)
        self._total += count
        for made, limit in ((count, MOST_AT_ONCE), (self._total, MOST_IN_ALL)):
            if made > limit:
                raise TooLargeError(self._calls, made, limit)
        self._calls += 1
        return func(*args, **(kwargs or {}))


def _elements(name: str, args: Sequence[Any]) -> int:
    """How many numbers the call makes at most; 0 where PyTorch will refuse the shapes."""
    shapes = [each.shape for each in args if isinstance(each, torch.Tensor)]
    rule = _RULES.get(name, _broadcast)
    try:
        return math.prod(rule(*shapes))
    except (ValueError, TypeError, IndexError):
        return 0


def _broadcast(*shapes: torch.Size) -> Sequence[int]:
    # PyTorch's own function of that name imports sympy, a third of the time to the first step.
    return np.broadcast_shapes(*shapes)


def _outer(first: torch.Size, second: torch.Size) -> Sequence[int]:
    return (*first, *second)


def _product(first: torch.Size, second: torch.Size) -> Sequence[int]:
    batches = _broadcast(first[:-2], second[:-2])
    return (*batches, *first[-2:-1], *(second[-1:] if len(second) > 1 else ()))


def _added(_bias: torch.Size, first: torch.Size, second: torch.Size) -> Sequence[int]:
    return _product(first, second)


def _linear(values: torch.Size, weight: torch.Size, _bias: object = None) -> Sequence[int]:
    return (*values[:-1], *weight[:-1])


def _bilinear(
    first: torch.Size, _second: torch.Size, weight: torch.Size, _bias: object = None
) -> Sequence[int]:
    return (*first[:-1], weight[0])


_RULES: Mapping[str, Callable[..., Sequence[int]]] = MappingProxyType(
    {
        "outer": _outer,
        "addmm": _added,
        "linear": _linear,
        "bilinear": _bilinear,
        **dict.fromkeys(("matmul", "mm", "mv", "dot", "bmm"), _product),
    }
)
