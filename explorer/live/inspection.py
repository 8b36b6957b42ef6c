"""All that the inspector shows of one tensor, as plain data.

Made by the worker with a frame that asks for it (`explorer.live.frames`), shown by
`explorer.ui.inspector`. Arrays are the record's own and cannot be written to.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.live.history import Floats

if TYPE_CHECKING:
    from explorer.live.tabled import Sight

# Of a larger tensor there is a histogram.
MOST_NUMBERS = 10_000
BINS = 40


@dataclass(frozen=True)
class Statistics:
    """Of a tensor's numbers; `low` and `high` of the finite ones, None if there are none.

    `zeros` and `not_finite` are shares of them, from 0 to 1.
    """

    low: float | None
    high: float | None
    mean: float
    norm: float
    zeros: float
    not_finite: float


@dataclass(frozen=True)
class Histogram:
    """How many of the finite numbers are in each of BINS equal parts from `low` to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Numbers:
    """A tensor's numbers in the order of its elements, or their histogram."""

    each: Floats | None
    statistics: Statistics
    histogram: Histogram | None


@dataclass(frozen=True)
class Inspection:
    """A tensor when `step` steps were made. `grad` is None where PyTorch's is.

    `ahead`: the gradient is that of the first step, which is not made yet.
    """

    name: str
    shape: tuple[int, ...]
    step: int
    value: Numbers | None
    grad: Numbers | None
    ahead: bool


def inspection(sight: "Sight", name: str, step: int) -> Inspection | None:
    """The tensor as it was seen; None if there is none of this name."""
    # Needs torch, which the window is painted without.
    from explorer.engine.arrays import array_of

    shape, value, grad = sight.tensor(name)
    if shape is None:
        return None
    return Inspection(
        name=name,
        shape=shape,
        step=step,
        value=None if value is None else numbers(array_of(value)),
        grad=None if grad is None else numbers(array_of(grad)),
        ahead=sight.is_ahead,
    )


def numbers(each: Floats) -> Numbers:
    """What there is to say of these."""
    finite = each[np.isfinite(each)]
    bounds = (float(finite.min()), float(finite.max())) if finite.size else None
    with np.errstate(all="ignore"):
        statistics = Statistics(
            low=bounds[0] if bounds else None,
            high=bounds[1] if bounds else None,
            mean=float(each.mean()) if each.size else 0.0,
            norm=float(np.sqrt(np.square(each).sum())),
            zeros=1 - np.count_nonzero(each) / max(each.size, 1),
            not_finite=1 - finite.size / max(each.size, 1),
        )
    if each.size <= MOST_NUMBERS:
        each.flags.writeable = False
        return Numbers(each, statistics, None)
    return Numbers(None, statistics, None if bounds is None else _histogram(finite, *bounds))


def _histogram(finite: Floats, low: float, high: float) -> Histogram:
    counts, edges = np.histogram(finite, BINS, (low, high))
    return Histogram(float(edges[0]), float(edges[-1]), tuple(counts.tolist()))
