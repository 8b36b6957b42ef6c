"""Where a run's numbers ceased to be finite, found by making its steps again."""

from typing import Any

import pytest

import explorer
from explorer.engine import breakdown
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.session import Session
from explorer.experiment.spec import Change, Experiment
from explorer.i18n import load
from explorer.words.errors import failure_sentence

ENGLISH = load("en")


def root(formula: str = "out = where(x > 0, sqrt(x), x).sum()", **training: Any) -> Experiment:
    return Experiment(
        formula=formula,
        objective="out",
        parameters={"x": [-1.0, -4.0, 9.0], "y": 1.0},
        training={"optimizer": {"name": "sgd", "lr": 0.01}, **training},
    )


def failed(session: Session) -> Any:
    for _ in session:
        pass
    assert session.failure is not None
    return session.failure


def test_the_gradient_before_the_loss_is_named() -> None:
    failure = failed(Session(root()))
    assert failure.step == 2
    wanted = {"tensor": "x", "since": 1, "operation": "sqrt", "at": "sqrt(x)"}
    assert wanted.items() <= failure.facts.items()
    assert failure_sentence(failure, ENGLISH).startswith(
        "At step 2 the loss became nan. The first gradient that was not finite is that of x, at "
        "step 1: it comes from sqrt (at sqrt(x)), with x = [-1.0000, -4.0000, 9.0000]."
    )


def test_followed_the_advice_the_run_comes_to_its_end() -> None:
    session = Session(root("out = where(x > 0, sqrt(clamp(x, 0.01, 99)), x).sum()", steps=50))
    assert len(list(session)) == 50
    assert session.failure is None


def test_a_loss_that_no_gradient_broke_names_what_gave_it() -> None:
    """It diverges: the loss is infinite while all gradients are still numbers."""
    failure = failed(Session(explorer.load("line-fit", ["training.optimizer.lr=5"])))
    assert failure.facts["operation"] == "mse_loss"
    assert "tensor" not in failure.facts
    assert "every gradient before was finite" in failure_sentence(failure, ENGLISH)


# x falls by 0.01 in every step from 5.005: below 0 in step 502.
LATE = Experiment(
    formula="out = where(x > 0, x, sqrt(x))",
    objective="out",
    dtype="float64",
    parameters={"x": 5.005},
    training={"optimizer": {"name": "sgd", "lr": 0.01}, "steps": 1000},
)


@pytest.mark.parametrize("every", [1, 7, 200, 10_000])
def test_it_is_found_late_in_a_run(every: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakdown, "KEPT_EVERY", every)
    failure = failed(Session(LATE))
    assert failure.step == 502
    # The graph of that very step, not one before or after.
    [value] = failure.facts["inputs"].values()
    assert value == pytest.approx(-0.005)
    assert (failure.facts["tensor"], failure.facts["since"]) == ("x", 502)


def test_what_was_mended_is_not_named_again() -> None:
    session = Session(root(steps=100))
    assert failed(session).facts["since"] == 1
    session.apply(Change(step=1, tensor="x", value=[1.0, 2.0, 3.0]))
    assert next(iter(session)).step == 3
    session.apply(Change(step=1, tensor="x", value=[1.0, 2.0, -3.0]))
    assert failed(session).facts["since"] == 4


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_new_values_mend_it_unless_the_velocity_is_broken(momentum: float) -> None:
    optimizer = {"name": "sgd", "lr": 0.01, "momentum": momentum}
    session = Session(root(optimizer=optimizer, steps=10))
    kept = "state" in failed(session).facts
    assert kept is (momentum > 0)
    session.apply(Change(step=1, tensor="x", value=[1.0, 2.0, 3.0]))
    list(session)
    assert (session.failure is not None) is kept


def test_where_it_stays_broken_the_account_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(root())
    first = failed(session)
    monkeypatch.setattr(breakdown, "breakdown", lambda *_run: None)
    second = failed(session)
    assert (second.step, second.facts["since"]) == (3, 1)
    assert second.facts["at"] == first.facts["at"]


@pytest.mark.parametrize("why", ["too long", "interrupted", "from outside"])
def test_where_it_cannot_be_looked_for_the_loss_is_told(
    why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = FormulaSubject(root()) if why == "from outside" else None
    session = Session(root(), subject=subject)
    if why == "too long":
        monkeypatch.setattr(breakdown, "MOST_STEPS", 1)
    if why == "interrupted":
        monkeypatch.setattr(breakdown, "KEPT_EVERY", 1)
        session.interrupted = lambda: True
    failure = failed(session)
    assert failure.facts == {"loss": "nan"}
    assert failure_sentence(failure, ENGLISH).startswith("At step 2 the loss became nan. Lower")


def test_looking_moves_nothing() -> None:
    session = Session(LATE)
    failed(session)
    before = [leaf.value.tobytes() for leaf in session.snapshot().subject.leaves.values()]
    session.breakdown()
    after = [leaf.value.tobytes() for leaf in session.snapshot().subject.leaves.values()]
    assert before == after
    assert session.step == 502
