"""Clipping and accumulation told: what .grad is, who made it so, what moved a parameter."""

from typing import Any
from uuid import uuid4

import pytest

import explorer
from explorer.engine.session import Session
from explorer.engine.state_after import state_after
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change
from explorer.explain.reason import Reason
from explorer.live.frames import FrameMaker
from explorer.live.mailbox import FrameRequest
from explorer.words.states import TensorKind, kind_of


def bowl(**training: Any) -> explorer.Experiment:
    return explorer.Experiment(
        formula="out = 3*a + 4*b",
        objective="out",
        dtype="float64",
        parameters={"a": 0.0, "b": 0.0},
        training={"optimizer": {"name": "sgd", "lr": 1.0}, "steps": 8, **training},
    )


def values(experiment: explorer.Experiment) -> list[tuple[float, ...]]:
    return [record.values for record in Session(experiment)]


def test_the_norm_of_all_gradients_is_brought_to_the_limit() -> None:
    report = state_after(bowl(clip_grad_norm=1.0), 1)
    assert [each.grad for each in report.tensors[:2]] == [pytest.approx(0.6), pytest.approx(0.8)]
    reason = Reason("clipped", {"limit": 1.0, "norm": 5.0, "remedy": None})
    assert report.reasons["a"] == reason
    assert report.moved_by["a"] == ("gradient",)
    assert state_after(bowl(clip_grad_norm=9.0), 1).reasons["a"] is None


def test_only_what_reaches_the_limit_is_told_to_be_cut() -> None:
    report = state_after(bowl(clip_grad_value=3.5), 1)
    assert report.reasons["a"] is None
    assert report.reasons["b"] == Reason("clipped", {"limit": 3.5, "remedy": None})


def test_an_update_every_fourth_step_takes_the_sum() -> None:
    assert values(bowl(accumulate=4))[2:5] == [(0.0, 0.0), (-12.0, -16.0), (-12.0, -16.0)]
    assert state_after(bowl(accumulate=4), 3).moved_by == {"a": (), "b": ()}
    assert state_after(bowl(accumulate=4), 4).moved_by["a"] == ("gradient",)
    summed = Reason("accumulated", {"since": 1, "accumulate": 4, "remedy": None})
    assert state_after(bowl(accumulate=4), 3).reasons["a"] == summed
    assert state_after(bowl(accumulate=4), 5).reasons["a"] is None


def test_a_gradient_waits_for_its_update() -> None:
    frozen = bowl(accumulate=4).replace(
        changes=[{"step": 3, "tensor": "a", "requires_grad": False}]
    )
    reason = state_after(frozen, 3).reasons["a"]
    assert reason is not None
    assert (reason.code, reason.facts["step"], reason.facts["update"]) == ("stale", 2, 4)
    # It was made for this update: so it is no old one.
    assert state_after(frozen, 4).moved_by["a"] == ("gradient",)
    assert values(frozen)[-1] == (-6.0, -32.0)


def test_the_table_says_that_it_waits() -> None:
    maker = FrameMaker(Session(bowl(accumulate=4)), uuid4())
    session = maker.session
    steps = iter(session)
    next(steps)
    session.apply(Change(step=2, tensor="a", requires_grad=False))

    def kind() -> TensorKind:
        tensors = maker.make(FrameRequest(buckets=10, tensors=True)).tensors
        assert tensors is not None
        return kind_of(tensors[0], session.experiment)

    assert kind() is TensorKind.WAITING
    for _ in range(3):
        next(steps)
    assert kind() is TensorKind.FROZEN


def test_the_limit_can_be_changed_and_set_free_in_a_run() -> None:
    experiment = bowl(clip_grad_norm=5.0)
    session = Session(experiment)
    steps = iter(session)
    next(steps)
    session.apply(Change(step=1, clip_grad_norm=0.5))
    kept = session.snapshot()
    assert next(steps).grads == pytest.approx((0.3, 0.4))
    assert session.norm == 5.0
    session.restore(kept)
    assert session.norm is None
    session.apply(Change(step=1, clip_grad_norm=float("inf")))
    assert next(steps).grads == (3.0, 4.0)
    with pytest.raises(BadInput, match="clipped-twice"):
        session.apply(Change(step=1, clip_grad_value=0.5))


@pytest.mark.parametrize(
    ("training", "code"),
    [
        ({"clip_grad_norm": 1.0, "clip_grad_value": 1.0}, "clipped-twice"),
        ({"clip_grad_norm": -1.0}, "negative"),
        ({"clip_grad_norm": float("nan")}, "not-finite"),
        ({"accumulate": 0}, "out-of-range"),
        ({"accumulate": 1.5}, "wrong-type"),
    ],
)
def test_what_does_not_fit_is_refused(training: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput, match=code):
        bowl(**training)


def test_a_limit_beyond_float32_is_refused() -> None:
    with pytest.raises(BadInput, match="too-large-for-float32"):
        bowl(clip_grad_value=1e39).replace(dtype="float32")
