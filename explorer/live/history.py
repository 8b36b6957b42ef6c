"""Everything a run recorded, in bounded memory and ready to be drawn.

A session's caller (the window's worker) appends one row a step; the plots read
curves that never have more points than there are pixels, however long the run.

How rows are thinned: steps are kept in *buckets* of `stride` consecutive steps;
a bucket keeps the lowest and the highest value of each column, so no spike is
ever lost. The stride starts at 1 (every step is kept as it is). When `CAPACITY`
buckets are full, neighbours are merged two by two and the stride doubles; from
then on between half of `CAPACITY` and all of it is in use. Two coarser levels,
each with buckets `FACTOR` times as wide, are kept beside it, so that drawing a
million steps reads no more numbers than drawing a thousand.

Memory: about 1.15 * 16 * CAPACITY bytes a column, whatever the number of steps.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CAPACITY = 1 << 16
FACTOR = 8
LEVELS = 3
CHUNK = 512
NAN = float("nan")


@dataclass(frozen=True)
class Curves:
    """All columns over one range of steps.

    `x` has shape (points,) and counts in steps; `y` has shape (columns, points),
    each row contiguous. NaN is a step without a value (a gradient that is None).
    """

    x: Floats
    y: Floats


class _Level:
    """Buckets of one width; `low` and `high` have shape (capacity, columns)."""

    def __init__(self, capacity: int, columns: int) -> None:
        self.count = 0
        self.low: Floats = np.empty((min(capacity, CHUNK), columns))
        self.high: Floats = np.empty_like(self.low)

    def extend(self, low: Floats, high: Floats) -> None:
        """Append buckets, growing by doubling."""
        end = self.count + len(low)
        while end > len(self.low):
            self.low = np.concatenate([self.low, np.empty_like(self.low)])
            self.high = np.concatenate([self.high, np.empty_like(self.high)])
        self.low[self.count : end] = low
        self.high[self.count : end] = high
        self.count = end

    def merge_pairs(self) -> None:
        """Halve the number of buckets; an odd last one is dropped (its steps are below)."""
        half = self.count // 2
        low, high = _pooled(self.low[: 2 * half], self.high[: 2 * half], 2)
        self.low[:half], self.high[:half] = low, high
        self.count = half


class History:
    """Growing columns of numbers, one row a step, first row = step 1.

    `columns` is the number of columns; `capacity` the most buckets kept at the
    finest level (rounded up to a power of two of at least CHUNK).
    """

    def __init__(self, columns: int, capacity: int = CAPACITY) -> None:
        self.columns = columns
        self.capacity = max(CHUNK, 1 << (capacity - 1).bit_length())
        self.stride = 1
        self._pending = array("d")
        self._flush_at = CHUNK * columns
        self._levels = [_Level(self.capacity // FACTOR**k, columns) for k in range(LEVELS)]

    @property
    def steps(self) -> int:
        """The number of rows appended."""
        return self._levels[0].count * self.stride + len(self._pending) // self.columns

    def append(self, row: Iterable[float]) -> None:
        """Add the next step's row (`columns` numbers, NaN for none)."""
        self._pending.extend(row)
        if len(self._pending) >= self._flush_at:
            self._flush()

    def append_record(
        self, loss: float, values: Iterable[float], grads: Iterable[float | None]
    ) -> None:
        """Add a step record: its loss, its values, its gradients (None becomes NaN)."""
        self.append((loss, *values, *[NAN if grad is None else grad for grad in grads]))

    def read(self, buckets: int, first: int = 1, last: int | None = None) -> Curves:
        """The curves over the steps `first` to `last` (all by default).

        At most about 2 * (buckets + 2 * FACTOR) points; each bucket gives its
        two extremes. Steps that are kept singly and fit come out exactly.
        """
        last = self.steps if last is None else last
        return _joined(self._parts(max(1, buckets), first, last), self.columns)

    # -- writing -----------------------------------------------------------

    def _flush(self) -> None:
        """Move the complete buckets of the pending rows into the levels."""
        rows = np.frombuffer(self._pending, dtype=np.float64).reshape(-1, self.columns)
        low, high = _pooled(rows, rows, self.stride)
        self._levels[0].extend(low, high)
        del rows
        self._pending = self._pending[len(low) * self.stride * self.columns :]
        self._refill()
        if self._levels[0].count >= self.capacity:
            self._thin()

    def _refill(self) -> None:
        """Bring the coarser levels up to date with the finest."""
        for fine, coarse in pairwise(self._levels):
            start, end = coarse.count * FACTOR, fine.count // FACTOR * FACTOR
            coarse.extend(*_pooled(fine.low[start:end], fine.high[start:end], FACTOR))

    def _thin(self) -> None:
        for level in self._levels:
            level.merge_pairs()
        self.stride *= 2
        # Whole buckets only: with a wide stride more rows must gather first.
        self._flush_at = max(CHUNK, self.stride) * self.columns

    # -- reading -----------------------------------------------------------

    def _parts(self, buckets: int, first: int, last: int) -> list["_Part"]:
        """The coarsest level that is fine enough, then the finer ones for the newest steps."""
        start = max(0, first - 1)
        wanted = max(1, last - start)
        parts: list[_Part] = []
        for level, width in reversed(list(self._widths())):
            if wanted // width < buckets and width > self.stride:
                continue
            part = _slice(level, width, start, last, buckets)
            start = part.end
            parts.append(part)
        parts.append(self._pending_part(start, last, wanted, buckets))
        return parts

    def _widths(self) -> Iterable[tuple[_Level, int]]:
        return ((level, self.stride * FACTOR**k) for k, level in enumerate(self._levels))

    def _pending_part(self, start: int, last: int, wanted: int, buckets: int) -> "_Part":
        offset = self._levels[0].count * self.stride
        rows = np.array(self._pending).reshape(-1, self.columns)
        begin = max(0, start - offset)
        rows = rows[begin : max(begin, last - offset)]
        group = max(1, -(-wanted // buckets))
        low, high = _pooled_with_rest(rows, rows, group)
        return _Part(offset + begin, offset + begin + len(rows), group, low, high)


@dataclass(frozen=True)
class _Part:
    """Buckets of `width` steps each over the steps from `start` (not included) to `end`."""

    start: int
    end: int
    width: int
    low: Floats
    high: Floats


def _slice(level: _Level, width: int, start: int, last: int, buckets: int) -> _Part:
    """The level's buckets between two steps, pooled down to about `buckets` in all."""
    begin = min(level.count, start // width)
    stop = min(level.count, -(-last // width))
    group = max(1, -(-(last - start) // (width * buckets)))
    low, high = _pooled_with_rest(level.low[begin:stop], level.high[begin:stop], group)
    return _Part(begin * width, max(start, stop * width), width * group, low, high)


def _pooled(low: Floats, high: Floats, group: int) -> tuple[Floats, Floats]:
    """Extremes of each `group` rows; an incomplete last group is left out."""
    if group == 1:
        return low, high
    whole = len(low) // group * group
    shape = (-1, group, low.shape[1])
    # fmin and fmax ignore NaN unless there is nothing else.
    return (
        np.fmin.reduce(low[:whole].reshape(shape), axis=1),
        np.fmax.reduce(high[:whole].reshape(shape), axis=1),
    )


def _pooled_with_rest(low: Floats, high: Floats, group: int) -> tuple[Floats, Floats]:
    """As `_pooled`, with an incomplete last group as a bucket of its own."""
    if group == 1 or not len(low):
        return low, high
    starts = np.arange(0, len(low), group)
    return np.fmin.reduceat(low, starts, axis=0), np.fmax.reduceat(high, starts, axis=0)


def _joined(parts: list[_Part], columns: int) -> Curves:
    """One polyline through the extremes of all parts, in the order of time."""
    xs = [_positions(part) for part in parts]
    low = np.concatenate([part.low for part in parts])
    high = np.concatenate([part.high for part in parts])
    x = np.concatenate(xs)
    if all(part.width == 1 for part in parts if len(part.low)):
        return Curves(x[:, 0].copy(), np.ascontiguousarray(low.T))
    y = np.empty((columns, len(low), 2))
    falling = _falling(low, high).T
    y[:, :, 0] = np.where(falling, high.T, low.T)
    y[:, :, 1] = np.where(falling, low.T, high.T)
    return Curves(x.reshape(-1), y.reshape(columns, -1))


def _positions(part: _Part) -> Floats:
    """Two positions a bucket, shape (buckets, 2): at a quarter and three quarters of its width."""
    centre = part.start + (part.width + 1) / 2 + part.width * np.arange(len(part.low))
    quarter = 0.0 if part.width == 1 else part.width / 4
    # The newest bucket may not be full yet: it must not reach into the next part.
    return np.minimum(np.stack([centre - quarter, centre + quarter], axis=1), part.end)


def _falling(low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Whether a bucket goes down: its highest value then comes first, so slopes stay smooth."""
    centre = low + high
    falling = np.zeros(low.shape, dtype=bool)
    if len(low) > 1:
        falling[1:] = centre[1:] < centre[:-1]
        falling[0] = falling[1]
    return falling
