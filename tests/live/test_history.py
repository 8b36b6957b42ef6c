"""The history: exact while there are few steps, no spike ever lost, bounded memory."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.live.history import (
    CAPACITY,
    CHUNK,
    FACTOR,
    FEWEST,
    MOST_DRAWN,
    Curves,
    Floats,
    History,
)

SMALL = CHUNK  # the smallest capacity there is: thinning begins early
EMPTY_ROW = (math.nan, math.nan)


def filled(rows: Floats, capacity: int = CAPACITY) -> History:
    history = History(rows.shape[1], capacity)
    for row in rows:
        history.append(row)
    return history


def wave(steps: int) -> Floats:
    k = np.arange(1, steps + 1)
    return np.stack([np.sin(k / 50), 1.0 / k], axis=1)


def check_shape(curves: Curves, columns: int, buckets: int) -> None:
    """What every read promises."""
    assert curves.y.shape == (columns, len(curves.x))
    assert curves.y.flags.c_contiguous
    assert (np.diff(curves.x) >= 0).all()
    assert len(curves.x) <= 2 * (buckets + 4 * FACTOR) + 2 * (buckets == 1)


@pytest.mark.parametrize("steps", [0, 1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 1500])
def test_few_steps_come_out_exactly(steps: int) -> None:
    rows = wave(steps)
    curves = filled(rows).read(buckets=2000)
    assert np.array_equal(curves.x, np.arange(1, steps + 1))
    assert np.array_equal(curves.y, rows.T)


@pytest.mark.parametrize("steps", [600, 5_000, 70_000])
def test_steps_are_counted(steps: int) -> None:
    history = filled(wave(steps), SMALL)
    assert history.steps == steps
    history.append(EMPTY_ROW)
    assert history.steps == steps + 1


@pytest.mark.parametrize("at", [0, 1, 511, 512, 20_000, 49_998, 49_999])
@pytest.mark.parametrize("buckets", [1, 7, 100, 100_000])
def test_a_spike_of_one_step_is_never_lost(at: int, buckets: int) -> None:
    rows = wave(50_000)
    rows[at] = (1e6, -1e6)
    curves = filled(rows, SMALL).read(buckets)
    assert curves.y[0].max() == 1e6
    assert curves.y[1].min() == -1e6
    seen = curves.x[curves.y[0].argmax()]
    width = 50_000 / min(buckets, SMALL / 2)
    assert abs(seen - (at + 1)) <= 2 * width + 1


def test_a_gradient_that_is_none_is_a_gap() -> None:
    history = History(3)
    grads: list[list[float | None]] = [[3.0], [None], [None], [4.0]]
    for step, grad in enumerate(grads):
        history.append_record(0.5, [float(step)], grad)
        if step == 1:
            assert history.read(100).y.shape == (3, 2)
    rows = [[0.5] * 4, [0.0, 1.0, 2.0, 3.0], [3.0, math.nan, math.nan, 4.0]]
    assert np.array_equal(history.read(100).y, rows, equal_nan=True)


def test_a_column_without_values_stays_without() -> None:
    rows = np.full((9_000, 2), math.nan)
    rows[:, 0] = 1.0
    curves = filled(rows, SMALL).read(50)
    assert np.isnan(curves.y[1]).all()
    assert (curves.y[0] == 1.0).all()


def test_memory_is_bounded() -> None:
    history = History(2, SMALL)
    for row in wave(60_000):
        history.append(row)
    held = sum(level.low.nbytes + level.high.nbytes for level in history._levels)
    assert held <= 1.3 * 2 * 8 * 2 * SMALL
    assert len(history._pending) <= 2 * max(CHUNK, 2 * history.stride)


def test_memory_is_bounded_for_many_columns() -> None:
    for columns in (32, 33, 99, 401):
        history = History(columns)
        held = sum(level.low.nbytes + level.high.nbytes for level in history._levels)
        assert held <= 40e6
        assert history.capacity >= 4_096
    assert History(32).capacity == CAPACITY


def test_what_is_kept_is_not_moved_as_it_grows() -> None:
    history = History(2)
    places = [level.low.ctypes.data for level in history._levels]
    for row in wave(5_000):
        history.append(row)
    assert [level.low.ctypes.data for level in history._levels] == places


def test_zooming_in_shows_single_steps() -> None:
    rows = wave(3_000)
    curves = filled(rows).read(buckets=500, first=1_001, last=1_200)
    inside = (curves.x >= 1_001) & (curves.x <= 1_200)
    assert np.array_equal(curves.x[inside], np.arange(1_001, 1_201))
    assert np.array_equal(curves.y[:, inside], rows[1_000:1_200].T)


@pytest.mark.parametrize(("first", "last"), [(1, 100), (900, 40_000), (49_000, 50_000)])
def test_a_zoomed_read_keeps_its_extremes(first: int, last: int) -> None:
    rows = wave(50_000)
    rows[(first + last) // 2] = (77.0, 77.0)
    curves = filled(rows, SMALL).read(100, first, last)
    check_shape(curves, 2, 100)
    assert curves.y.max() == 77.0


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_against_a_plain_list(data: st.DataObject) -> None:
    """Whatever was appended: extremes of the read are those of the list."""
    seed = data.draw(st.integers(0, 2**32 - 1))
    steps = data.draw(st.integers(1, 6_000))
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(steps, 2)) * 10.0 ** generator.integers(-3, 4, size=(steps, 2))
    rows[generator.random(rows.shape) < data.draw(st.sampled_from([0.0, 0.1, 0.95]))] = math.nan
    history = filled(rows, SMALL)
    buckets = data.draw(st.integers(1, 700))
    first = data.draw(st.integers(1, steps))
    last = data.draw(st.integers(first, steps))
    check_whole(history, rows, buckets)
    check_part(history, rows, buckets, first, last)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_reading_often_gives_what_reading_once_does(data: st.DataObject) -> None:
    """Whatever was read before: the curves are those of a history that nobody has read."""
    rows = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1))).normal(size=(4_000, 2))
    rows[::7, 1] = math.nan
    read, end = History(2), 0
    for _ in range(data.draw(st.integers(2, 12))):
        start, end = end, min(4_000, end + data.draw(st.integers(0, 700)))
        for row in rows[start:end]:
            read.append(row)
        buckets = data.draw(st.integers(1, 300))
        last = data.draw(st.sampled_from([None, None, max(1, end // 2), end + 50]))
        curves = read.read(buckets, 1, last)
        once = filled(rows[:end]).read(buckets, 1, last)
        assert np.array_equal(curves.x, once.x)
        assert np.array_equal(curves.y, once.y, equal_nan=True)
        assert curves.y.flags.c_contiguous


def test_what_is_drawn_stays_until_there_are_twice_as_many_steps() -> None:
    """All but the newest bucket; of 10,000 steps one has 128."""
    rows = wave(10_000)
    history = filled(rows[:9_601])
    before = history.read(150)
    for start in range(9_601, 10_000, 57):
        for row in rows[start : start + 57]:
            history.append(row)
        curves = history.read(150)
        stable = len(before.x) - 2
        assert np.array_equal(curves.x[:stable], before.x[:stable])
        assert np.array_equal(curves.y[:, :stable], before.y[:, :stable])
        before = curves
    assert 150 <= len(before.x) <= 302
    changes = 0
    history = History(2)
    for row in rows:
        history.append(row)
        kept = history._kept
        history.read(150)
        changes += history._kept is not kept
    assert changes <= 8


def test_the_axis_decides_how_wide_the_buckets_are() -> None:
    """As soon as there are enough of them: they stay then, and so do the points that are read."""
    rows = wave(10_000)
    history, widths = History(2), []
    for start in range(0, 10_000, 100):
        for row in rows[start : start + 100]:
            history.append(row)
        curves = history.read(300, span=10_000)
        widths.append(history._kept.width)
        buckets = history.steps / widths[-1]
        assert buckets >= min(FEWEST / 2, history.steps)
        assert len(curves.x) <= 2 * (buckets + 1)
    assert widths == sorted(widths)
    assert widths[-1] == 64
    assert widths.count(64) >= 35


def test_of_hundreds_of_curves_no_more_is_read_than_can_be_drawn() -> None:
    history = History(801)
    for row in np.zeros((2_000, 801)):
        history.append(row)
    assert history.read(1_000).y.size <= 2 * MOST_DRAWN
    few = filled(wave(2_000))
    assert len(few.read(1_000).x) >= 1_000


def test_reading_again_takes_the_newest_steps_alone() -> None:
    """However many there are behind them."""
    looked: list[int] = []

    class Watched(History):
        def _buckets(self, width: int, end: int) -> tuple[Floats, Floats]:
            looked.append(sum(len(low) for low, _, _ in self._rows(width, self._kept.end, end)))
            return super()._buckets(width, end)

    history = Watched(2)
    for row in wave(60_000):
        history.append(row)
        if history.steps % 200 == 0:
            history.read(300)
    assert sorted(looked)[-9] < 300


def check_whole(history: History, rows: Floats, buckets: int) -> None:
    curves = history.read(buckets)
    check_shape(curves, rows.shape[1], buckets)
    assert curves.x[0] >= 0.5
    assert curves.x[-1] <= len(rows) + 0.5
    for own, column in zip(curves.y, rows.T, strict=True):
        assert extremes(own) == extremes(column)


def check_part(history: History, rows: Floats, buckets: int, first: int, last: int) -> None:
    """A part shows all that is in it, and at most a bucket more on either side."""
    curves = history.read(buckets, first, last)
    assert (np.diff(curves.x) >= 0).all()
    for own, column in zip(curves.y, rows.T, strict=True):
        low, high = extremes(column[first - 1 : last])
        own_low, own_high = extremes(own)
        assert own_low <= low
        assert own_high >= high
        assert set(own[~np.isnan(own)]) <= set(column)


def extremes(values: Floats) -> tuple[float, float]:
    present = values[~np.isnan(values)]
    return (present.min(), present.max()) if present.size else (math.inf, -math.inf)
