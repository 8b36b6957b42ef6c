"""A parameter that the optimizer does not hold: it gets a gradient that piles up, and stays."""

import pytest
import torch

import explorer
from explorer.engine.explainer import Explainer
from explorer.engine.session import Session
from explorer.engine.state_after import state_after
from explorer.experiment.problem import BadInput
from explorer.explain.reason import Reason

OUTSIDE = {"value": 0.5, "optimize": False}


def line(**parts: object) -> explorer.Experiment:
    return explorer.Experiment(
        **{
            "formula": "y = a*x + b",
            "parameters": {"a": 1.0, "b": OUTSIDE},
            "data": {"x": [1, 2, 3], "y": [3, 5, 7]},
            "training": {"optimizer": {"name": "sgd", "lr": 0.01}, "steps": 4},
            **parts,
        }
    )


def test_its_gradient_piles_up_and_it_stays() -> None:
    a, b = torch.tensor(1.0, requires_grad=True), torch.tensor(0.5, requires_grad=True)
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([3.0, 5.0, 7.0])
    optimizer = torch.optim.SGD([a], lr=0.01)
    session = Session(line())
    for record in session:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(a * x + b, y).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        assert a.grad is not None
        assert b.grad is not None
        assert record.values == (a.item(), b.item())
        assert record.grads == (a.grad.item(), b.grad.item())


def test_the_columns_keep_their_places_among_those_that_are_held() -> None:
    parameters = {"v": {"value": [1.0, 2.0], "optimize": False}, "a": 3.0, "M": {"shape": [5, 5]}}
    outside = {"shape": [5, 5], "init": "ones", "optimize": False}
    session = Session(
        line(
            formula="y = a*x + v.sum() + M.sum() + W.sum()", parameters={**parameters, "W": outside}
        )
    )
    record = next(iter(session))
    assert session.columns == ("v[0]", "v[1]", "a", "|M|", "|W|")
    assert record.values[:2] == (1.0, 2.0)
    assert record.values[4] == 5.0
    assert record.values[2] == session.subject.parameters["a"].item()
    assert None not in record.grads


def test_why_it_does_not_move() -> None:
    assert state_after(line(), 1).reasons["b"] == Reason("not-in-optimizer", {"remedy": None})
    assert state_after(line(), 1).moved_by == {"a": ("gradient",), "b": ()}
    summed = Reason("accumulated", {"since": 1, "held": False, "remedy": None})
    assert state_after(line(), 3).reasons["b"] == summed
    assert state_after(line(), 3).moved_by["b"] == ()


def test_a_snapshot_has_its_gradient() -> None:
    session = Session(line())
    explainer = Explainer(session)
    steps = iter(session)
    next(steps)
    kept = session.snapshot()
    after = [record.grads for record in session]
    session.restore(kept)
    assert [record.grads for record in session] == after
    assert explainer.reasons()


def test_an_optimizer_has_to_hold_something() -> None:
    with pytest.raises(BadInput) as refused:
        line(parameters={"a": {"value": 1.0, "optimize": False}, "b": OUTSIDE})
    assert (refused.value.code, refused.value.place.key) == (
        "nothing-optimized",
        "parameters.a.optimize",
    )
    assert (
        explorer.Experiment(
            formula="out = a * 2", objective="out", parameters={"a": OUTSIDE}
        ).optimized
        == ()
    )
