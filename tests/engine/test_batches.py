"""Batches: which rows a step has, what is told of them, and that they can be gone back to."""

from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import torch

import explorer
from explorer.code.script import script
from explorer.engine.explainer import Explainer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.gradients import gradients
from explorer.engine.session import Session
from explorer.engine.state_after import state_after
from explorer.experiment.batch import Batch
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change
from explorer.live.frames import EPOCH, LOSS, FrameMaker
from explorer.live.mailbox import FrameRequest

ROWS = 7


def fit(formula: str = "y = a*x + b", **training: Any) -> explorer.Experiment:
    return explorer.Experiment(
        formula=formula,
        parameters={"a": 0.5, "b": 0.0},
        data={"x": list(range(ROWS)), "y": [3 * each for each in range(ROWS)]},
        training={"batch": {"size": 3, "shuffle": True, "seed": 5}, "steps": 8, **training},
    )


def rows_of(experiment: explorer.Experiment, steps: int) -> list[list[int]]:
    session = Session(experiment, steps=steps)
    batches = session.subject.batches
    assert batches is not None
    found = [batches.rows.tolist()]
    return found + [batches.rows.tolist() for _ in session]


def test_every_row_once_an_epoch_and_the_last_batch_is_kept() -> None:
    generator = torch.Generator().manual_seed(5)
    expected = [
        each.tolist()
        for _ in range(2)
        for each in torch.split(torch.randperm(ROWS, generator=generator), 3)
    ]
    assert [len(each) for each in expected] == [3, 3, 1] * 2
    assert rows_of(fit(), 5) == expected


def test_without_shuffle_they_come_in_order() -> None:
    assert rows_of(fit(batch=3), 3) == [[0, 1, 2], [3, 4, 5], [6], [0, 1, 2]]
    assert fit(batch=3).training.batch == Batch(size=3)


def test_the_loss_of_an_epoch_weighs_every_row_alike() -> None:
    # Nothing moves: then it is the loss of all rows.
    still = fit(optimizer={"name": "sgd", "lr": 0.0}, steps=6)
    told = [record.epoch_loss for record in Session(still)]
    whole = next(iter(Session(still.replace(training={"steps": 1})))).loss
    assert told[:2] == [None, None]
    assert told[2:5] == [pytest.approx(whole, rel=1e-6)] * 3


def test_a_snapshot_knows_which_rows_come_next() -> None:
    session = Session(fit(steps=20))
    steps = iter(session)
    for _ in range(4):
        next(steps)
    kept = session.snapshot()
    after = list(session)
    session.restore(kept)
    assert list(session) == after


def test_trace_and_gradients_are_those_of_the_next_batch() -> None:
    session = Session(fit(steps=3))
    batches = session.subject.batches
    assert batches is not None
    list(session)
    rows = batches.rows
    trace = Explainer(session).trace()
    x, y = torch.arange(ROWS)[rows].float(), 3.0 * torch.arange(ROWS)[rows].float()
    leaves = [
        leaf.detach().clone().requires_grad_() for leaf in session.subject.parameters.values()
    ]
    torch.nn.functional.mse_loss(leaves[0] * x + leaves[1], y).backward()  # type: ignore[no-untyped-call]
    for name, leaf in zip("ab", leaves, strict=True):
        assert leaf.grad is not None
        assert trace.tensors[trace.named[name]].grad == leaf.grad.item()
    assert [each.text for each in trace.operations][:2] == ["x[batch]", "y[batch]"]
    report = state_after(fit(steps=3), 3)
    assert report.batch == tuple(rows.tolist())
    assert gradients(fit()).batch == tuple(rows_of(fit(), 0)[0])
    assert gradients(fit(batch=None)).batch is None


def test_a_column_that_requires_a_gradient_has_it_at_the_rows_of_the_batch() -> None:
    session = Session(fit(steps=2))
    batches = session.subject.batches
    assert batches is not None
    session.apply(Change(step=1, tensor="x", requires_grad=True))
    session.apply(Change(step=1, tensor="b", detach=True))
    rows = batches.rows.tolist()
    next(iter(session))
    grad = session.subject.leaves["x"].grad
    assert grad is not None
    assert sorted(grad.nonzero().reshape(-1).tolist()) == sorted(set(rows) - {0})
    assert Explainer(session).explanation().trace.failure is None


def test_proofs_are_those_of_the_batch() -> None:
    subject = FormulaSubject(fit())
    trace = subject.trace()
    proofs = subject.proofs(trace)
    assert proofs["a"].autograd == trace.tensors[trace.named["a"]].grad
    assert proofs["a"].difference == pytest.approx(proofs["a"].autograd, rel=1e-5)
    assert proofs["a"].symbolic_value == pytest.approx(proofs["a"].autograd, rel=1e-5)
    assert subject.proof(trace, "x") is None


def test_the_loss_plot_has_a_series_of_the_epochs() -> None:
    maker = FrameMaker(Session(fit(steps=5)), uuid4())
    for record in maker.session:
        maker.record(record)
    frame = maker.make(FrameRequest(buckets=100))
    series = frame.series[LOSS]
    assert series.names == (LOSS, EPOCH)
    assert np.isnan(series.rows[1]).tolist() == [True, True, False, False, False]
    assert frame.series["gradients"].rows.shape == (2, 5)


@pytest.mark.parametrize("steps", [6, 8])
def test_the_program_goes_through_epochs(steps: int) -> None:
    text = script(fit(steps=steps))
    assert "for batch in torch.randperm(len(x), generator=generator).split(3):\n" in text
    assert ("            break\n" in text) == (steps == 8)
    assert f"for epoch in range(1, {-(-steps // 3) + 1}):\n" in text


@pytest.mark.parametrize(
    ("formula", "batch", "code"),
    [
        ("y = a*x + b", 0, "out-of-range"),
        ("y = a*x + b", {"shuffle": True}, "missing-key"),
        ("y = a*x + b", {"size": 2, "drop": True}, "unknown-key"),
        ("y = a*x + b", "all", "wrong-type"),
    ],
)
def test_what_does_not_fit_is_refused(formula: str, batch: Any, code: str) -> None:
    with pytest.raises(BadInput, match=code):
        fit(formula, batch=batch)


def test_what_does_not_fit_the_last_batch_is_refused_before_the_run() -> None:
    experiment = fit(batch=3)
    bound = experiment.replace(formula="y = a*x + w", parameters={"a": 0.5, "w": [1.0, 2.0, 3.0]})
    with pytest.raises(BadInput, match=r"shapes|prediction-shape|torch-refuses"):
        FormulaSubject(bound)


def test_there_have_to_be_rows() -> None:
    with pytest.raises(BadInput, match="batch-without-data"):
        explorer.Experiment(
            formula="out = a * 2", objective="out", parameters={"a": 1.0}, training={"batch": 2}
        )


@pytest.mark.parametrize("name", ["a", "b", "x", "h", "y"])
def test_what_a_switch_will_do_is_foreseen(name: str) -> None:
    session = Session(fit("h = a*x\ny = h + b"))
    explainer = Explainer(session)
    explainer.apply(Change(step=1, tensor="x", requires_grad=True))
    next(iter(session))
    for wanted in (True, False):
        explainer.apply(Change(step=1, tensor=name, detach=wanted))
        check = explainer.explanation().check
        assert check is not None
        assert check.wrong == ()
