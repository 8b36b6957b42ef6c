"""A session: changes in, records out; failures are values, and a run goes on after them."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import explorer
from explorer.experiment.file import parse_text, read, updated_text, write
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change
from explorer.explain.step_records import StepRecord

LINE: dict[str, Any] = {
    "formula": "y = a*x + b",
    "parameters": {"a": 0.5, "b": {"value": 0.25, "requires_grad": False}},
    "data": {"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.0]},
    "training": {"optimizer": {"name": "sgd", "lr": 0.01, "momentum": 0.9}, "steps": 20},
}
NOTHING = "element 0 of tensors does not require grad and does not have a grad_fn"


def experiment(**parts: Any) -> explorer.Experiment:
    training = {**LINE["training"], **parts.pop("training", {})}
    return explorer.Experiment(**{**LINE, "training": training, **parts})


def run(session: explorer.Session, steps: int) -> list[StepRecord]:
    """At most so many records."""
    return [record for record, _ in zip(session, range(steps), strict=False)]


def test_records_hold_steps_losses_values_and_gradients() -> None:
    session = explorer.Session(experiment())
    records = list(session)
    assert [record.step for record in records] == list(range(1, 21))
    assert session.columns == ("a", "b")
    # Predictions 0.75, 1.25, 1.75: differences -1.25, -2.75, -4.25.
    assert records[0].loss == pytest.approx((1.25**2 + 2.75**2 + 4.25**2) / 3)
    gradient = -2 * (1.25 + 2 * 2.75 + 3 * 4.25) / 3
    assert list(records[0].grads) == [pytest.approx(gradient), None]
    assert list(records[0].values) == [pytest.approx(0.5 - 0.01 * gradient), 0.25]
    assert session.failure is None
    assert session.step == 20
    assert session.loss == records[-1].loss


def test_a_loop_that_was_left_goes_on_where_it_stopped() -> None:
    whole = list(explorer.Session(experiment()))
    session = explorer.Session(experiment())
    parts = [*run(session, 7), *run(session, 1), *session]
    # `zip` asks for one record too many before it sees that there are enough.
    steps = [record.step for record in parts]
    assert steps == sorted(set(steps))
    assert {record.step: record for record in whole}.items() >= {
        record.step: record for record in parts
    }.items()
    assert session.step == 20


def test_more_steps_than_planned() -> None:
    session = explorer.Session(experiment(), steps=5)
    assert len(list(session)) == 5
    assert list(session) == []
    session.steps = 20
    first, whole = list(session), list(explorer.Session(experiment()))
    assert first == whole[5:]


def test_nothing_requires_grad_is_a_failure_and_can_be_repaired() -> None:
    freeze = {"step": 4, "tensor": "a", "requires_grad": False}
    session = explorer.Session(experiment(changes=[freeze]))
    assert len(list(session)) == 3
    failure = session.failure
    assert failure is not None
    assert (failure.code, failure.step) == ("nothing-requires-grad", 4)
    assert failure.facts["message"] == NOTHING
    assert list(session) == []  # nothing was repaired
    assert session.failure == failure
    session.apply(Change(step=1, tensor="b", requires_grad=True))
    records = list(session)
    assert session.failure is None
    assert [record.step for record in records] == list(range(4, 21))
    assert records[0].grads[0] is None
    assert records[0].grads[1] is not None


def test_a_cut_off_objective_is_the_same_failure() -> None:
    session = explorer.Session(experiment(detach=["y"]))
    assert list(session) == []
    assert session.failure is not None
    assert session.failure.code == "nothing-requires-grad"
    assert session.failure.facts["message"] == NOTHING


def test_a_non_finite_loss_stops_the_run_and_stops_it_again() -> None:
    session = explorer.Session(experiment(training={"optimizer": {"name": "sgd", "lr": 50.0}}))
    session.steps = 200
    records = list(session)
    failure = session.failure
    assert failure is not None
    assert (failure.code, failure.step) == ("non-finite", len(records))
    assert not math.isfinite(records[-1].loss)
    assert math.isfinite(records[-2].loss)
    assert failure.facts["loss"] in {"inf", "nan"}
    # Going on does not run through it in silence.
    assert [record.step for record in session] == [failure.step + 1]
    assert session.failure is not None
    assert session.failure.step == failure.step + 1
    assert session.failure.facts["at"] == failure.facts["at"]
    # A finite value makes an end of it.
    session.steps = session.step + 3
    for name in session.subject.parameters:
        session.apply(Change(step=1, tensor=name, value=0.0))
    session.apply(Change.checked(step=1, lr=0.0))
    assert len(list(session)) == 3
    assert session.failure is None


# -- changes -------------------------------------------------------------------

MADE: tuple[tuple[int, dict[str, Any]], ...] = (
    (0, {"tensor": "b", "requires_grad": True}),
    (3, {"lr": 0.02}),
    (3, {"tensor": "a", "detach": True}),
    (6, {"tensor": "a", "detach": False, "value": 1.25}),
    (9, {"tensor": "a", "requires_grad": False, "momentum": 0.5}),
    (12, {"tensor": "a", "requires_grad": True}),
    (12, {"weight_decay": 0.1}),
)


def by_hand(session: explorer.Session) -> list[StepRecord]:
    """The whole run, with `MADE` applied on the way."""
    records, waiting = [], list(MADE)
    loop = iter(session)
    for step in range(session.steps):
        while waiting and waiting[0][0] == step:
            session.apply(Change(step=1, **waiting.pop(0)[1]))
        records.append(next(loop))
    return records


def test_changes_by_hand_are_stamped_with_the_next_step() -> None:
    session = explorer.Session(experiment())
    by_hand(session)
    assert [change.step for change in session.changes_by_hand] == [each + 1 for each, _ in MADE]
    assert session.changes == session.changes_by_hand


def test_recorded_changes_replay_with_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "line.toml"
    path.write_text(TEXT, encoding="utf-8")
    file = read(path)
    session = explorer.Session(file.experiment)
    records = by_hand(session)
    assert len(session.changes) == len(MADE) + 2
    assert len(session.changes_by_hand) == len(MADE)
    together = (*file.experiment.changes, *session.changes_by_hand)
    write(path, updated_text(file, file.experiment.replace(changes=together)))
    assert "# a comment" in path.read_text(encoding="utf-8")
    again = explorer.Session(read(path).experiment)
    assert list(again) == records
    assert again.changes == session.changes
    assert again.changes_by_hand == ()
    assert again.tensors() == session.tensors()


TEXT = """
# a comment
formula = "y = a*x + b"
parameters = { a = 0.5, b = { value = 0.25, requires_grad = false } }
data = { x = [1, 2, 3], y = [2, 4, 6] }
training = { optimizer = { name = "sgd", lr = 0.01, momentum = 0.9 }, steps = 20 }

[[changes]]
step = 4
tensor = "b"
value = 2.0

[[changes]]
step = 13
lr = 0.005
"""


def test_the_files_own_changes_of_a_step_come_before_those_by_hand() -> None:
    session = explorer.Session(parse_text(TEXT, "line.toml", Path()).experiment)
    run_to(session, 3)
    session.apply(Change(step=1, tensor="b", value=-1.0))
    assert [change.value for change in session.changes] == [2.0, -1.0]
    assert session.tensors()[1].value == -1.0


def taken_back(session: explorer.Session, change: Change) -> bool:
    """Make the change and take it back again."""
    inverse = session.inverse(change)
    return session.take_back(session.apply(change), inverse)


OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop", "adagrad")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("zero_grad", ["none", "zero", "never"])
def test_a_change_that_was_taken_back_leaves_no_trace(optimizer: str, zero_grad: str) -> None:
    chosen = {"optimizer": {"name": optimizer, "lr": 0.01}, "zero_grad": zero_grad}
    written = experiment(training=chosen)
    plain, session = explorer.Session(written), explorer.Session(written)
    changes: tuple[dict[str, Any], ...] = (
        {"tensor": "b", "requires_grad": True},
        {"tensor": "a", "detach": True},
        {"tensor": "a", "value": -3.5},
        {"lr": 0.5, "weight_decay": 0.25},
        {"tensor": "a", "requires_grad": False, "value": 9.0},
    )
    loop = iter(session)
    for expected in plain:
        for parts in changes:
            assert taken_back(session, Change(step=1, **parts))
        assert next(loop) == expected
    assert session.changes_by_hand == plain.changes_by_hand == ()
    assert session.tensors() == plain.tensors()


def test_a_change_of_all_groups_is_taken_back_in_each() -> None:
    written = experiment(
        training={
            "optimizer": {"name": "adam", "lr": 0.01},
            "groups": {"slow": {"tensors": ["a"], "lr": 0.001}},
        }
    )
    plain, session = explorer.Session(written), explorer.Session(written)
    loop = iter(session)
    for expected in plain:
        assert taken_back(session, Change(step=1, options={"lr": 0.5}))
        assert taken_back(session, Change(step=1, group="slow", options={"lr": 0.25}))
        assert next(loop) == expected
    changes = session.inverse(Change(step=1, options={"lr": 0.5}))
    assert {each.group: each.options["lr"] for each in changes} == {"rest": 0.01, "slow": 0.001}


def test_only_the_last_change_is_taken_back_and_only_before_the_next_step() -> None:
    session = explorer.Session(experiment())
    first, second = (Change(step=1, options={"lr": rate}) for rate in (0.5, 0.25))
    undo_first = session.inverse(first)
    first = session.apply(first)
    undo_second = session.inverse(second)
    second = session.apply(second)
    assert [each.options for each in undo_second] == [{"lr": 0.5}]
    assert not session.take_back(first, undo_first)
    assert session.take_back(second, undo_second)
    next(iter(session))
    assert not session.take_back(first, undo_first)
    assert session.changes_by_hand == (first,)


def test_changes_of_an_earlier_run_are_made_again_after_the_files_own() -> None:
    experiment_ = parse_text(TEXT, "line.toml", Path()).experiment
    first = explorer.Session(experiment_)
    records = by_hand(first)
    again = explorer.Session(experiment_, by_hand=first.changes_by_hand)
    assert again.changes_by_hand == first.changes_by_hand
    run_to(again, 5)
    added = again.apply(Change(step=1, tensor="a", requires_grad=False))
    assert added in again.changes_by_hand
    assert sorted(again.changes_by_hand, key=lambda each: each.step) == list(again.changes_by_hand)
    whole = explorer.Session(experiment_, by_hand=first.changes_by_hand)
    assert list(whole) == records
    assert whole.changes == first.changes


def run_to(session: explorer.Session, step: int) -> None:
    loop = iter(session)
    while session.step < step:
        next(loop)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"tensor": "y", "requires_grad": False}, "requires-grad-on-intermediate"),
        ({"tensor": "q", "detach": True}, "unknown-tensor"),
        ({"tensor": "a", "value": [1.0, 2.0]}, "value-shape"),
        ({"tensor": "x", "value": 1.0}, "value-of-non-parameter"),
        ({"betas": [0.9, 0.99]}, "option-of-other-optimizer"),
        ({"nesterov": True, "dampening": 0.5}, "nesterov-needs-momentum"),
    ],
)
def test_a_change_that_does_not_fit_changes_nothing(parts: dict[str, Any], code: str) -> None:
    session = explorer.Session(experiment())
    run_to(session, 3)
    with pytest.raises(BadInput) as refusal:
        session.apply(Change(step=1, **parts))
    assert refusal.value.code == code
    assert session.changes == ()
    assert list(session) == list(explorer.Session(experiment()))[3:]


# -- what a session leaves alone -----------------------------------------------


def test_the_number_of_threads_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        session = explorer.Session(experiment())
        for _ in session:
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
        left = explorer.Session(experiment())
        loop = left.records()
        next(loop)
        loop.close()
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_two_sessions_do_not_share_tensors() -> None:
    one = experiment()
    list(explorer.Session(one))
    assert list(explorer.Session(one)) == list(explorer.Session(one))


def test_the_engine_imports_no_qt() -> None:
    probe = (
        "import pkgutil, sys, importlib, explorer.engine as engine\n"
        "for found in pkgutil.walk_packages(engine.__path__, 'explorer.engine.'):\n"
        "    importlib.import_module(found.name)\n"
        "import explorer; list(explorer.Session(explorer.load('line-fit'), steps=2))\n"
        "qt = {name for name in sys.modules if name.split('.')[0] in sys.argv[1:]}\n"
        "sys.exit(', '.join(sorted(qt)) or 0)"
    )
    command = [sys.executable, "-c", probe, "PySide6", "pyqtgraph", "shiboken6"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert outcome.stderr == ""
    assert outcome.returncode == 0


# -- long formulas -------------------------------------------------------------


@pytest.mark.parametrize("step", ["z{} + 1", "-z{}"])
def test_ten_thousand_assignments(step: str) -> None:
    lines = [f"z{number + 1} = {step.format(number)}" for number in range(10_000)]
    long = explorer.Experiment(
        formula="\n".join(["z0 = a * 1", *lines]),
        objective="z10000",
        parameters={"a": 2.0},
        training={"optimizer": {"name": "sgd", "lr": 0.5}, "steps": 3},
    )
    records = list(explorer.Session(long))
    assert [record.grads for record in records] == [(1.0,)] * 3
    assert records[0].loss == (10_002.0 if "+" in step else 2.0)
