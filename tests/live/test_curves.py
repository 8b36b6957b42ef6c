"""Which curves of the parameters there are, and that norms are those of the numbers."""

from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.session import Session
from explorer.experiment.file import experiment_of
from explorer.live.curves import AUTOMATIC, ELEMENTS, MOST_SINGLE, NORMS, Columns
from explorer.live.frames import EPOCH, GRADIENTS, LOSS, VALUES, FrameMaker
from explorer.live.history import CHUNK, Floats, History
from explorer.live.mailbox import FrameRequest

# Of W and v each number is recorded, of V its norm; one is a tensor of a single number.
NAMES = ("a", "W[0,0]", "W[0,1]", "v[0]", "v[1]", "v[2]", "one[0]", "|V|")
SHAPED = """
formula = "y = relu(x @ W) @ v + s"
[parameters]
W = { shape = [2, 5], init = "normal", seed = 1 }
s = 0.5
v = { value = [0.1, -0.2, 0.3, 0.4, -0.5], requires_grad = false }
[data]
x = [[1, 2], [3, 4], [5, 6], [7, 8]]
y = [1, 2, 3, 4]
[training]
optimizer = { name = "adam", lr = 0.01 }
batch = 2
steps = 40
"""


def test_a_tensor_has_one_curve_or_one_for_each_number() -> None:
    columns = Columns(NAMES, 17)
    assert columns.drawn(ELEMENTS, "W").names == NAMES
    by_norm = columns.drawn(NORMS, None)
    assert by_norm.names == ("a", "|W|", "|v|", "one[0]", "|V|")
    assert by_norm.values == (1, 17, 18, 7, 8)
    assert by_norm.grads == (9, 19, 20, 15, 16)
    chosen = columns.drawn(NORMS, "v")
    assert chosen.names == ("a", "|W|", "|v|", "v[0]", "v[1]", "v[2]", "one[0]", "|V|")
    assert chosen.values == (1, 17, 18, 4, 5, 6, 7, 8)


def test_by_itself_it_is_norms_where_lines_could_not_be_told_apart() -> None:
    few = tuple(f"w[{place}]" for place in range(MOST_SINGLE))
    assert Columns(few, 25).drawn(AUTOMATIC, None).names == few
    assert Columns((*few, "a"), 27).drawn(AUTOMATIC, None).names == ("|w|", "a")
    single = tuple(f"p{place}" for place in range(30))
    assert Columns(single, 61).drawn(AUTOMATIC, None).names == single


def test_a_frame_has_the_norms_of_values_and_gradients_at_each_step() -> None:
    maker = FrameMaker(Session(experiment_of(SHAPED, Path())), uuid4())
    records = []
    for record in maker.session:
        maker.record(record)
        records.append(record)
    series = maker.make(FrameRequest(buckets=1000, curves=NORMS, chosen="v")).series
    names = maker.session.columns
    mine = [place for place, name in enumerate(names) if name.startswith("W[")]
    for which, read in ((VALUES, "values"), (GRADIENTS, "grads")):
        drawn = dict(zip(series[which].names, series[which].rows, strict=True))
        assert list(drawn) == ["|W|", "s", "|v|", *(f"v[{place}]" for place in range(5))]
        each = torch.tensor(
            [[getattr(record, read)[place] for place in mine] for record in records],
            dtype=torch.float64,
        )
        assert drawn["|W|"] == pytest.approx(torch.linalg.vector_norm(each, dim=1).numpy())
    # A frozen tensor has a norm, but its gradient has none.
    assert np.isnan(series[GRADIENTS].rows[2]).all()
    assert np.isfinite(series[VALUES].rows[2]).all()
    assert series[LOSS].names == (LOSS, EPOCH)
    assert series[LOSS].rows[0].tolist() == [record.loss for record in records]


@settings(max_examples=15, deadline=None)
@given(
    rows=st.integers(1, 4 * CHUNK),
    columns=st.integers(1, 6),
    data=st.data(),
    buckets=st.integers(2, 40),
)
def test_however_wide_a_bucket_is_its_norms_are_the_extremes_of_the_steps(
    rows: int, columns: int, data: st.DataObject, buckets: int
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, columns), max_size=6)))
    ranges = [slice(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
    numbers: Floats = np.random.default_rng(rows).normal(size=(rows, columns))
    numbers[rows // 2] = np.nan
    history = History(columns, CHUNK, norms=ranges)
    norms = [np.sqrt(np.square(numbers[:, each]).sum(axis=1)) for each in ranges]
    beside = History(columns + len(ranges), CHUNK)
    everything = np.column_stack([numbers, *norms])
    for row, more in zip(numbers, everything, strict=True):
        history.append(row)
        beside.append(more)
        if np.isnan(row[0]):
            history.read(buckets)
    wanted = data.draw(st.permutations(range(columns + len(ranges))))
    picked = tuple(wanted[: data.draw(st.integers(1, len(wanted)))])
    read, whole = history.read(buckets, columns=picked), beside.read(buckets)
    # What is drawn of a column is the same, whatever is drawn beside it.
    np.testing.assert_allclose(np.sort(read.y), np.sort(whole.y[list(picked)]), rtol=1e-12)
    np.testing.assert_array_equal(read.x, whole.x)


def test_a_norm_beyond_all_numbers_is_infinite() -> None:
    history = History(2, norms=[slice(0, 2)])
    history.append((1e200, 1.0))
    history.append((3.0, 4.0))
    assert history.read(10, columns=(2,)).y.tolist() == [[float("inf"), 5.0]]
