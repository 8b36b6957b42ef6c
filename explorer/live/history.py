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

How curves are drawn: through the extremes of buckets of one width, a power of two times the
stride, that begin at multiples of it. It is the axis that decides on it: of a run that fills
little of its axis no more is read than there are pixels. Only where that would be hardly
anything are the buckets narrower. As long as the width stays so do the buckets that are
complete: they are kept, and reading the curves again takes no longer than the newest steps.

Norms: of some of the columns together there is a Euclidean norm at every step, in a column of
its own behind the recorded. It is computed of many steps at once, when rows are moved into
buckets or read, and costs a step next to nothing.

Memory: about 1.15 * 16 * CAPACITY bytes a column, whatever the number of steps; with more than
32 columns there are fewer buckets, so that the whole stays below 40 MB.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CAPACITY = 1 << 16
# Merging more of them at once would hold a run up for longer than a frame.
MOST_NUMBERS = CAPACITY * 32
FACTOR = 8
LEVELS = 3
CHUNK = 512
# Buckets that are merged at once.
MERGED = 256
# A young run has half as many buckets or more, however long its axis is.
FEWEST = 100
# Of hundreds of curves together nobody sees more, and each frame has to move them.
MOST_DRAWN = 80_000
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
        # The system gives the memory when it is first written to; nothing is ever moved.
        self.low: Floats = np.empty((capacity, columns))
        self.high: Floats = np.empty_like(self.low)

    def extend(self, low: Floats, high: Floats) -> None:
        """Append buckets, for which there must be room."""
        end = self.count + len(low)
        self.low[self.count : end] = low
        self.high[self.count : end] = high
        self.count = end

    def merge_pairs(self) -> None:
        """Halve the number of buckets; an odd last one is dropped (its steps are below)."""
        half = self.count // 2
        # So few at once that what lies between stays in the processor's cache: no new memory
        # of the size of a level is asked for, which would take as long again.
        for start in range(0, half, MERGED):
            end = min(start + MERGED, half)
            for rows, extreme in ((self.low, np.fmin), (self.high, np.fmax)):
                rows[start:end] = extreme(
                    rows[2 * start : 2 * end : 2], rows[2 * start + 1 : 2 * end : 2]
                )
        self.count = half


class History:
    """Growing columns of numbers, one row a step, first row = step 1.

    `columns` is the number of columns; each of `norms`, in order and apart from each other, says
    of which of them there is a norm, in the columns behind them; `capacity` is the most buckets
    kept at the finest level (rounded up to a power of two of at least CHUNK, and down again to
    one of which there are no more than MOST_NUMBERS numbers).
    """

    def __init__(self, columns: int, capacity: int = CAPACITY, norms: Sequence[slice] = ()) -> None:
        self.columns = columns
        self._norms = _Norms(columns, norms)
        self._all = tuple(range(columns + len(norms)))
        most = 1 << (MOST_NUMBERS // len(self._all)).bit_length() - 1
        self.capacity = max(CHUNK, min(most, 1 << (capacity - 1).bit_length()))
        self.stride = 1
        self._pending = array("d")
        # Whether no number is missing, as far as is known.
        self._is_whole = True
        self._flush_at = CHUNK * columns
        self._levels = [_Level(self.capacity // FACTOR**k, len(self._all)) for k in range(LEVELS)]
        self._kept = _Kept(0, 0, self._all)

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
        self, loss: float, values: Sequence[float], grads: Sequence[float | None]
    ) -> None:
        """Add a step record: its loss, its values, its gradients (None becomes NaN)."""
        if self._is_whole:
            # To look for what is missing takes as long as to add it. Of a row that cannot be
            # added nothing is.
            row: list[Any] = [loss, *values, *grads]
            try:
                self._pending.fromlist(row)
            except TypeError:
                self._is_whole = False
        if not self._is_whole:
            # Twice as fast as `extend`, for it knows how many come.
            there = [NAN if grad is None else grad for grad in grads]
            self._pending.fromlist([loss, *values, *there])
        if len(self._pending) >= self._flush_at:
            self._flush()

    def read(
        self,
        buckets: int,
        first: int = 1,
        last: int | None = None,
        span: int | None = None,
        columns: tuple[int, ...] | None = None,
    ) -> Curves:
        """The curves of these columns over the steps `first` to `last` (all by default).

        `span` is how many steps the axis has, by default those that are read. It has half as
        many buckets or more, and no more than one beyond them, as far as MOST_DRAWN allows;
        each gives its two extremes. Steps that are kept singly and fit come out exactly.
        """
        self._flush()
        steps = self.steps
        end = steps if last is None else last
        there = max(1, end - first + 1)
        columns = self._all if columns is None else columns
        buckets = min(buckets, max(FEWEST, MOST_DRAWN // len(columns)))
        width = min(
            self._bucket_width(max(1, buckets), max(there, span or 0)),
            self._bucket_width(max(1, min(buckets, FEWEST)), there),
        )
        start = max(0, first - 1) // width
        stop = min(steps, -(-end // width) * width)
        if (width, start, columns) != self._kept.what or stop < self._kept.end:
            self._kept = _Kept(width, start, columns)
        return self._kept.through(*self._buckets(width, stop), stop)

    # -- writing -----------------------------------------------------------

    def _flush(self) -> None:
        """Move the complete buckets of the pending rows into the levels, as far as they go."""
        self._is_whole = True
        finest = self._levels[0]
        rows = np.frombuffer(self._pending, dtype=np.float64).reshape(-1, self.columns)
        full = self._norms.beside(rows)
        low, high = _pooled(full, full, self.stride)
        room = self.capacity - finest.count
        low, high = low[:room], high[:room]
        finest.extend(low, high)
        moved = len(low) * self.stride * self.columns
        # The array cannot change as long as anything looks into it.
        del rows, full, low, high
        if moved:
            self._pending = self._pending[moved:]
            self._refill()
        if finest.count >= self.capacity:
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

    def _bucket_width(self, buckets: int, span: int) -> int:
        """The least width, in steps, with which so many buckets go over the span."""
        strides = -(-span // (buckets * self.stride))
        return int(self.stride) << (strides - 1).bit_length()

    def _buckets(self, width: int, end: int) -> tuple[Floats, Floats]:
        """Extremes of the buckets up to step `end` that are not kept."""
        pieces = list(self._rows(width, self._kept.end, end))
        if not pieces:
            nothing = np.empty((0, len(self._kept.columns)))
            return nothing, nothing
        low, high, places = (np.concatenate(part) for part in zip(*pieces, strict=True))
        starts = np.flatnonzero(np.diff(places // width, prepend=-1))
        return np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)

    def _rows(
        self, width: int, begin: int, end: int
    ) -> Iterable[tuple[Floats, Floats, NDArray[np.int64]]]:
        """Extremes of all steps from `begin` to `end`, and after which step each piece is.

        From the coarsest level whose buckets are no wider, then what is newer from the finer
        ones.
        """
        wanted = self._kept.wanted
        for level, step in reversed(list(self._widths())):
            first, stop = begin // step, min(level.count, end // step)
            if step <= width and first < stop:
                place = np.arange(first, stop) * step
                yield level.low[first:stop, wanted], level.high[first:stop, wanted], place
                begin = stop * step
        if begin < end:
            offset = self._levels[0].count * self.stride
            pending = np.array(self._pending).reshape(-1, self.columns)
            rows = self._norms.beside(pending[begin - offset : end - offset])[:, wanted]
            yield rows, rows, np.arange(begin, end)

    def _widths(self) -> Iterable[tuple[_Level, int]]:
        return ((level, self.stride * FACTOR**k) for k, level in enumerate(self._levels))


class _Norms:
    """The norms of ranges of columns."""

    def __init__(self, columns: int, ranges: Sequence[slice]) -> None:
        self._count = len(ranges)
        ends = [end for each in ranges for end in (each.start, each.stop)]
        # A range that goes to the last column ends by itself.
        self._ends = ends[:-1] if ends[-1:] == [columns] else ends

    def beside(self, rows: Floats) -> Floats:
        """The rows with the norms behind their numbers; NaN for what has none."""
        if not self._count:
            return rows
        # What is squared may go beyond all numbers: that norm is infinite.
        with np.errstate(over="ignore", invalid="ignore"):
            sums = np.add.reduceat(np.square(rows), self._ends, axis=1)[:, ::2]
            return np.concatenate([rows, np.sqrt(sums)], axis=1)


class _Kept:
    """Curves through complete buckets of one width, from bucket number `start` on.

    They are one polyline through the extremes in the order of time: two points a bucket, one
    if a bucket is a step.
    """

    def __init__(self, width: int, start: int, columns: tuple[int, ...]) -> None:
        self.width = width
        self.start = start
        self.columns = columns
        neighbours = columns == tuple(range(columns[0], columns[0] + len(columns)))
        # Neighbours are read where they are.
        self.wanted = slice(columns[0], columns[-1] + 1) if neighbours else list(columns)
        self._count = 0
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty((len(columns), 0))
        self._centre: Floats | None = None

    @property
    def what(self) -> tuple[int, int, tuple[int, ...]]:
        """What they are of: width, start, columns."""
        return self.width, self.start, self.columns

    @property
    def end(self) -> int:
        """The last step in them."""
        return (self.start + self._count) * self.width

    def through(self, low: Floats, high: Floats, end: int) -> Curves:
        """The curves with these buckets behind the kept; those that are complete are kept.

        The last of them may not be full yet: it ends at step `end`.
        """
        x = self._positions(len(low), end)
        y = np.ascontiguousarray(low.T) if self.width == 1 else self._extremes(low, high)
        curves = Curves(np.concatenate([self._x, x]), np.concatenate([self._y, y], axis=1))
        complete = (end - self.end) // self.width
        # How the first bucket is drawn is known when the second is there.
        if complete > 0 and self._count + complete > 1:
            self._keep(curves, complete, low[complete - 1] + high[complete - 1])
        return curves

    def _keep(self, curves: Curves, more: int, centre: Floats) -> None:
        self._count += more
        points = self._count * (1 if self.width == 1 else 2)
        self._x, self._y, self._centre = curves.x[:points], curves.y[:, :points], centre

    def _positions(self, count: int, end: int) -> Floats:
        """At a quarter and three quarters of each bucket."""
        centre = self.end + (self.width + 1) / 2 + self.width * np.arange(count)
        if self.width == 1:
            return np.asarray(centre, dtype=np.float64)
        quarter = self.width / 4
        places = np.stack([centre - quarter, centre + quarter], axis=1)
        return np.minimum(places, end).reshape(-1)

    def _extremes(self, low: Floats, high: Floats) -> Floats:
        """Shape (columns, points). Where a curve falls, the highest value of a bucket is first."""
        falling = self._falling(low + high)
        y = np.empty((low.shape[1], len(low), 2))
        y[:, :, 0] = np.where(falling, high, low).T
        y[:, :, 1] = np.where(falling, low, high).T
        return y.reshape(low.shape[1], -1)

    def _falling(self, centre: Floats) -> NDArray[np.bool_]:
        """Whether each bucket is lower than the one before, so that slopes stay smooth."""
        if not len(centre):
            return np.empty(centre.shape, dtype=bool)
        before = centre[:1] if self._centre is None else self._centre[np.newaxis]
        falling = centre < np.concatenate([before, centre[:-1]])
        if self._centre is None and len(centre) > 1:
            falling[0] = falling[1]
        return falling


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
