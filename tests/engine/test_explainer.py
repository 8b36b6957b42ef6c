"""One entry explains a session: to the commands, and to the window while it trains."""

from typing import Any

import pytest

import explorer
from explorer.engine.explainer import Explainer
from explorer.engine.gradients import gradients
from explorer.engine.session import Session
from explorer.experiment.spec import Change
from explorer.explain.remedies import Remedy, remedies
from explorer.explain.route import route


def flip(explainer: Explainer, tensor: str, **switch: Any) -> None:
    explainer.apply(Change(step=1, tensor=tensor, **switch))


@pytest.mark.parametrize("name", ["detached-branch", "connected-branch", "line-fit"])
def test_of_an_experiment_it_says_what_the_command_says(name: str) -> None:
    experiment = explorer.load(name)
    assert Explainer.of(experiment).reasons_with_remedies() == gradients(experiment).reasons


def test_the_changes_of_the_first_step_are_made() -> None:
    experiment = explorer.load("line-fit")
    change = Change(step=1, tensor="b", requires_grad=True)
    changed = experiment.model_copy(update={"changes": (change,)})
    assert Explainer.of(experiment).trace().tensors[1].requires_grad is False
    assert Explainer.of(changed).trace().tensors[1].requires_grad is True


def test_an_account_is_given_once_for_a_graph() -> None:
    explainer = Explainer.of(explorer.load("connected-branch"))
    flip(explainer, "g.z", detach=True)
    told = explainer.explanation()
    found = explainer.account(told, "x")
    assert found is not None
    assert found.remedies == (Remedy("g.z", "detach", False),)
    assert found.route == route(told.trace, told.trace.named["x"])
    assert explainer.account(explainer.explanation(), "x") is found
    flip(explainer, "y", detach=True)
    told = explainer.explanation()
    again = explainer.account(told, "x")
    assert again is not None
    assert again is not found
    assert again.remedies == remedies(told.trace, told.reasons["x"], "x")


def test_nothing_to_explain_and_nothing_to_show() -> None:
    explainer = Explainer.of(explorer.load("line-fit"))
    told = explainer.explanation()
    assert explainer.account(told, "no such tensor") is None
    waiting = explainer.account(told, "a")
    assert waiting is not None
    assert waiting.route == ()


def test_where_backward_has_nothing_to_do_the_way_back_is_told() -> None:
    session = Session(explorer.load("line-fit"))
    explainer = Explainer(session)
    assert explainer.explanation().remedies == ()
    frozen = [name for name, leaf in session.subject.parameters.items() if leaf.requires_grad]
    for name in frozen:
        flip(explainer, name, requires_grad=False)
    found = explainer.explanation().remedies
    assert {each.tensor for each in found} >= set(frozen)
    flip(explainer, found[0].tensor, requires_grad=True)
    assert explainer.explanation().trace.failure is None


def test_what_a_failed_step_took_away_is_told_of_the_same_graph() -> None:
    """`.grad` is gone, step and switches are as they were."""
    session = Session(explorer.load("line-fit", ["training.steps=3"]))
    explainer = Explainer(session)
    for _ in session:
        pass
    before = explainer.explanation()
    assert before.reasons["a"] is None
    session.subject.leaves["a"].grad = None
    after = explainer.explanation()
    assert after.trace is before.trace
    reason = after.reasons["a"]
    assert reason is not None
    assert reason.code == "not-yet"
