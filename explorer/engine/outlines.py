"""What the window's table shows of large tensors, of all of them in a few calls.

Ten times a second the time of a call is what counts, not that of the numbers. Called by
`explorer.engine.tensors`.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from explorer.engine.flat import flattened
from explorer.explain.figures import Outline, part_starts

NUMPYS_OWN = (torch.float32, torch.float64)


def outlines(tensors: Sequence[torch.Tensor]) -> list[Outline]:
    """An Outline of each, in order; none is empty. NaN anywhere shows in `low` and `high`."""
    if not tensors:
        return []
    numbers = _row(tensors)
    bins, places, counts = _places(tuple(tensor.numel() for tensor in tensors))
    with np.errstate(all="ignore"):
        lows, highs = np.minimum.reduceat(numbers, bins), np.maximum.reduceat(numbers, bins)
        totals = np.add.reduceat(numbers, bins, dtype=np.float64)
        squares = np.add.reduceat(np.square(numbers, dtype=np.float64), bins)
        farthest = np.where(highs > -lows, highs, lows).tolist()
        means = np.add.reduceat(totals, places) / counts
        norms = np.sqrt(np.add.reduceat(squares, places))
        least, greatest = np.minimum.reduceat(lows, places), np.maximum.reduceat(highs, places)
    starts = places.tolist()
    strips = zip(starts, [*starts[1:], len(farthest)], strict=True)
    rows = (means.tolist(), norms.tolist(), least.tolist(), greatest.tolist())
    return [
        Outline(mean, norm, low, high, tuple(farthest[start:stop]))
        for mean, norm, low, high, (start, stop) in zip(*rows, strips, strict=True)
    ]


def _row(tensors: Sequence[torch.Tensor]) -> Any:
    """The numbers of all, one after the other."""
    plain = [_real(tensor.detach()) for tensor in tensors]
    if len({tensor.dtype for tensor in plain}) > 1:
        plain = [tensor.double() for tensor in plain]
    return flattened(plain).numpy()


def _real(tensor: torch.Tensor) -> torch.Tensor:
    """Dense and of a type that numpy has."""
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    return tensor if tensor.dtype in NUMPYS_OWN else tensor.double()


@lru_cache(maxsize=8)
def _places(sizes: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Where the parts begin among the numbers, where each tensor's parts do, and the sizes."""
    bins: list[int] = []
    places: list[int] = []
    start = 0
    for size in sizes:
        places.append(len(bins))
        bins.extend(start + part for part in part_starts(size))
        start += size
    return np.array(bins), np.array(places), np.array(sizes)
