"""Curves that lie on each other are told apart by dashes: which do, and how they are drawn.

Each of them gets its own stripes of the plot, as wide as a dash: the longest is drawn whole, and
in the stripes of those above it one sees them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.live.history import Floats

DASH_PX = 8.0
# Curves are on each other that are nowhere, but in a few places, farther apart than this.
TOUCHING_PX = 1.0
MOSTLY = 0.95
# Of more curves nobody follows one among others.
FEW = 12


@dataclass(frozen=True)
class Dashes:
    """Number `number` of `count` curves that lie on each other, from 1 on; 0 is drawn whole."""

    number: int
    count: int


def overlapping(y: Floats, pixel: float) -> Mapping[int, Dashes]:
    """Which rows lie on an earlier one, if `pixel` is what a pixel is on the axis of values."""
    if not 1 < len(y) <= FEW or y.shape[1] < 2:
        return {}
    lengths = np.isfinite(y).sum(axis=1)
    groups: list[list[int]] = []
    for row in np.argsort(-lengths, kind="stable").tolist():
        on = next((each for each in groups if _touch(y[each[0]], y[row], pixel)), None)
        if on is None:
            groups.append([row])
        else:
            on.append(row)
    return {
        row: Dashes(number, len(group))
        for group in groups
        for number, row in enumerate(group)
        if number
    }


def _touch(one: Floats, other: Floats, pixel: float) -> bool:
    # Of a run that has blown up the values may be anything.
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(one - other)
    there = ~np.isnan(apart)
    # One that is all on the other, which would seem to end where it begins.
    shortest = min(np.isfinite(one).sum(), np.isfinite(other).sum())
    near = int((apart[there] < TOUCHING_PX * pixel).sum())
    return near > 1 and near >= MOSTLY * shortest


def dashed(x: Floats, y: Floats, dashes: Dashes) -> Floats:
    """The pieces of a line through these points, in pixels, in its stripes; shape (lines, 4)."""
    first, last = np.ceil(x[0] / DASH_PX), np.floor(x[-1] / DASH_PX)
    xs: NDArray[np.float64] = np.concatenate([x, np.arange(first, last + 1) * DASH_PX])
    xs.sort()
    ys = np.interp(xs, x, y)
    stripe = np.floor((xs[:-1] + xs[1:]) / (2 * DASH_PX)) % dashes.count
    drawn = (stripe == dashes.number) & ~np.isnan(ys[:-1] + ys[1:])
    # A point may be where a stripe begins.
    drawn &= xs[:-1] < xs[1:]
    lines: Floats = np.empty((len(xs) - 1, 4))
    lines[:, 0], lines[:, 1], lines[:, 2], lines[:, 3] = xs[:-1], ys[:-1], xs[1:], ys[1:]
    pieces: Floats = lines[drawn]
    return pieces
