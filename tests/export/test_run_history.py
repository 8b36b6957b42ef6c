"""The whole history of a run: record array, CSV, JSON, and the command that writes them."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from calling import Program

import explorer
from explorer.engine.session import Session
from explorer.experiment.problem import BadInput

FREEZING: dict[str, Any] = {
    "formula": "y = w[0]*x + w[1]",
    "parameters": {"w": [1.0, 0.0], "frozen": {"value": 2.0, "requires_grad": False}},
    "data": {"x": [1, 2, 3], "y": [2, 4, 6]},
    "training": {"steps": 4, "optimizer": {"name": "sgd", "lr": 0.01}},
    "changes": [{"step": 3, "tensor": "w", "requires_grad": True}],
}
NAMES = ("step", "loss", "w[0]", "w[1]", "frozen", "w[0].grad", "w[1].grad", "frozen.grad")


def experiment(**parts: Any) -> explorer.Experiment:
    return explorer.Experiment(**{**FREEZING, **parts})


def test_a_record_for_each_step() -> None:
    run = explorer.run(experiment())
    history = run.history
    assert isinstance(history, np.recarray)
    assert history.dtype.names == NAMES
    assert history.step.tolist() == [1, 2, 3, 4]
    for row, record in zip(history, Session(experiment()), strict=True):
        assert row["loss"] == record.loss
        assert [row["w[0]"], row["w[1]"], row["frozen"]] == list(record.values)
        assert (row["w[0].grad"], row["w[1].grad"]) == record.grads[:2]
        assert math.isnan(row["frozen.grad"])
    assert run.failure is None


def test_a_file_s_run_and_fewer_steps() -> None:
    history = explorer.run("line-fit", ["training.optimizer.lr=0.001"], steps=2).history
    assert history.step.tolist() == [1, 2]


def test_batches_have_the_loss_of_the_epoch() -> None:
    batched = experiment(training={"steps": 4, "batch": 2})
    history = explorer.run(batched).history
    assert history.dtype.names[2] == "epoch_loss"
    assert np.isnan(history.epoch_loss).tolist() == [True, False, False, False]


def test_what_stopped_has_the_steps_before(tmp_path: Path) -> None:
    run = explorer.run(experiment(training={"steps": 500, "optimizer": {"name": "sgd", "lr": 1e9}}))
    assert run.failure is not None
    run.write_history(tmp_path / "history.json")
    found = json.loads((tmp_path / "history.json").read_text())
    assert len(found["loss"]) == len(run.history) == run.session.step


def test_a_run_without_any_step(tmp_path: Path) -> None:
    frozen = {"w": {"value": [1.0, 0.0], "requires_grad": False}}
    run = explorer.run(experiment(parameters=frozen, changes=[]))
    assert len(run.history) == 0
    for name in ("history.csv", "history.json"):
        run.write_history(tmp_path / name)
    assert json.loads((tmp_path / "history.json").read_text())["loss"] == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"folder-gone|cannot-write"):
        explorer.run("line-fit", steps=1).write_history(tmp_path / "gone" / "history.csv")


TEXT = """
formula = "y = a*x"
parameters = { a = 1.0, b = { value = inf, requires_grad = false } }
data = { x = [1, 2], y = [2, 4] }
training = { steps = 3 }
"""


def test_the_command_writes_both(program: Program, tmp_path: Path) -> None:
    source = tmp_path / "fit.toml"
    source.write_text(TEXT)
    places = tmp_path / "history.csv", tmp_path / "history.JSON"
    for place in places:
        assert program("run", str(source), "--history", str(place)).status == 0
    table = list(csv.DictReader(places[0].read_text().splitlines()))
    columns = json.loads(places[1].read_text())
    assert list(table[0]) == list(columns) == ["step", "loss", "a", "b", "a.grad", "b.grad"]
    assert [float(row["a"]) for row in table] == columns["a"]
    assert [row["b"] for row in table] == columns["b"] == ["inf"] * 3
    assert [row["b.grad"] for row in table] == [""] * 3
    assert columns["b.grad"] == [None] * 3
    assert columns["step"] == [1, 2, 3]


def test_the_option_is_for_experiments(program: Program, tmp_path: Path) -> None:
    done = program("run", "model.py:make", "--history", str(tmp_path / "history.csv"))
    assert done.status == 2
    assert "--history" in done.err


def test_a_file_that_cannot_be_written_is_said_before_the_run(
    program: Program, tmp_path: Path
) -> None:
    done = program("run", "line-fit", "--history", str(tmp_path / "gone" / "history.csv"))
    assert (done.status, done.out) == (2, "")
