"""Axis ranges that change seldom.

A new range makes pyqtgraph lay out and draw all ticks again, which costs more
than everything else in a frame. So a range holds until a value leaves it, and
grows then to about twice the size in that direction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, isfinite

import numpy as np

from explorer.live.history import Floats

# Axes end here: a little beyond, the size of a range is no number any more.
FARTHEST = 1e300
# A spread that takes less than this part of an axis is no use to look at.
FLAT = 8
OUTERMOST_PERCENT = (3, 97)
FEW, ENOUGH = 60, 4_000


@dataclass(frozen=True)
class Range:
    """A closed interval of axis values."""

    low: float
    high: float

    @property
    def size(self) -> float:
        """Its length."""
        return self.high - self.low

    def holds(self, low: float, high: float) -> bool:
        """Whether the interval lies inside."""
        return self.low <= low and high <= self.high

    def grown_to(self, low: float, high: float) -> "Range":
        """This range if it holds the interval, else one with room to grow further."""
        if not (isfinite(low) and isfinite(high)) or self.holds(low, high):
            return self
        room = max(self.size, high - low) / 2
        return _bounded(
            low - room if low < self.low else self.low,
            high + room if high > self.high else self.high,
        )

    def is_far_too_large_for(self, spread: "Range") -> bool:
        """Whether the interval would be nearly a flat line in this range."""
        return 0 < spread.size < self.size / FLAT


def around(low: float, high: float, share: float = 0.08, least: float = 0.0) -> Range:
    """A first range around values, with a margin of `share` of their spread.

    It is at least `least` wide.
    """
    if not (isfinite(low) and isfinite(high)):
        return Range(-1.0, 1.0)
    spread = high - low or max(abs(high), 1.0)
    margin = max(share * spread, (least - (high - low)) / 2)
    return _bounded(low - margin, high + margin)


def _bounded(low: float, high: float) -> Range:
    low, high = max(low, -FARTHEST), min(high, FARTHEST)
    return Range(low, high) if low < high else Range(-FARTHEST, FARTHEST)


def spread_of(values: Floats, most_of_it: bool) -> Range | None:
    """Lowest and highest of the finite numbers among values of any shape; None without any.

    With `most_of_it`, of all but the outermost few per cent, if there are enough; of very many
    numbers it looks at some, evenly.
    """
    if most_of_it:
        some = _finite(values.reshape(-1)[:: _sampling_step(values)])
        if some.size >= FEW:
            return Range(*_percentiles(some, OUTERMOST_PERCENT))
    elif values.size:
        # Neither is a number if there is one that is none.
        low, high = float(values.min()), float(values.max())
        if isfinite(low) and isfinite(high):
            return Range(low, high)
    finite = _finite(values)
    return Range(float(finite.min()), float(finite.max())) if finite.size else None


def _percentiles(values: Floats, percents: Sequence[float]) -> list[float]:
    """As `np.percentile`, in a tenth of its time: most of it does not go into numbers."""
    places = [percent / 100 * (len(values) - 1) for percent in percents]
    below = [int(place) for place in places]
    values = np.partition(values, [each for one in below for each in (one, one + 1)])
    found = []
    for place, one in zip(places, below, strict=True):
        low, high = values[one : one + 2].tolist()
        found.append(low + (high - low) * (place - one))
    return found


def _sampling_step(values: Floats) -> int:
    """Every how many of the numbers are enough.

    It has no divisor in common with a row's length: otherwise some columns would be looked at
    in each row, and the others, a burst of all curves among them, in none.
    """
    step = max(1, values.size // ENOUGH)
    while gcd(step, values.shape[-1]) > 1:
        step += 1
    return step


def _finite(values: Floats) -> Floats:
    return values[np.isfinite(values)]
