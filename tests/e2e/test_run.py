"""`run`: the shapes other programs read, the article's numbers, and how a run may fail."""

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from calling import Program

File = Callable[[str], str]

DIVERGING = """
title = "Too fast"
objective = "out"
formula = "out = x**4"
parameters = { x = 3.0 }
training = { optimizer = { name = "sgd", lr = 10.0 }, steps = 100 }
"""

FROZEN_LATER = """
title = "Everything frozen"
objective = "out"
formula = "out = x**2"
parameters = { x = 3.0 }
training = { steps = 10 }
changes = [{ step = 4, tensor = "x", requires_grad = false }]
"""

MATRICES = """
title = "Matrices"
objective = "out"
formula = "out = (W @ v + b).sum()"
[parameters]
W = [[1.0, 2.0], [3.0, 4.0]]
v = [1.0, 0.5]
b = 0.25
[training]
steps = 3
optimizer = { name = "sgd", lr = 0.5 }
"""


def test_the_article_comes_out_bit_for_bit(program: Program) -> None:
    document = program("run", "line-fit", "--json").document
    assert list(document) == ["title", "steps", "loss", "tensors", "changes"]
    assert document["steps"] == 5000
    assert document["loss"] == 9.540258583129457e-10
    assert {name: part["value"] for name, part in document["tensors"].items()} == {
        "a": 1.5000202655792236,
        "b": 0.5,
        "c": 0.4999275505542755,
        "d": 0.5,
    }
    for part in document["tensors"].values():
        assert list(part) == ["value", "grad", "requires_grad", "detached"]
    assert document["tensors"]["b"] == {
        "value": 0.5,
        "grad": None,
        "requires_grad": False,
        "detached": False,
    }
    assert document["changes"] == []


def test_the_articles_table(program: Program) -> None:
    outcome = program("run", "line-fit")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert outcome.status == 0
    assert ["step", "loss", "a", "b", "c", "d"] in lines
    assert ["500", "0.0038", "1.5399", "0.5000", "0.3559", "0.5000"] in lines
    assert ["1000", "0.0007", "1.5171", "0.5000", "0.4382", "0.5000"] in lines
    assert ["5000", "9.5403e-10", "1.5000", "0.5000", "0.4999", "0.5000"] in lines
    assert len(lines) == 2 + 1 + 10
    assert outcome.err == ""


def test_rows_come_only_when_asked_for(program: Program) -> None:
    document = program("run", "line-fit", "--steps", "2000", "--every", "500", "--json").document
    assert list(document) == ["title", "steps", "loss", "tensors", "rows", "changes"]
    assert [row["step"] for row in document["rows"]] == [500, 1000, 1500, 2000]
    assert list(document["rows"][0]) == ["step", "loss", "a", "b", "c", "d"]
    assert document["rows"][0]["loss"] == 0.0037916165310889482
    assert document["rows"][3]["a"] == document["tensors"]["a"]["value"]


def test_steps_may_shorten_and_lengthen(program: Program, experiment: File) -> None:
    source = experiment(FROZEN_LATER)
    shortened = program("run", source, "--steps", "3", "--json").document
    assert (shortened["steps"], shortened["changes"]) == (3, [])
    assert program("run", "line-fit", "--steps", "5001", "--json").document["steps"] == 5001


def test_set_changes_the_experiment(program: Program) -> None:
    document = program(
        "run", "line-fit", "--steps", "5", "--json",
        "--set", "parameters.b.requires_grad=true", "--set", "training.optimizer.lr=0.01",
    ).document  # fmt: skip
    assert document["tensors"]["b"]["requires_grad"] is True
    assert document["tensors"]["b"]["grad"] is not None
    slower = program(
        "run", "line-fit", "--steps", "5", "--json", "--set", "parameters.b.requires_grad=true"
    )
    assert slower.document["tensors"]["a"]["value"] != document["tensors"]["a"]["value"]


def test_changes_are_reported_as_the_file_has_them(program: Program) -> None:
    change = '[{ step = 2, tensor = "b", requires_grad = true }, { step = 3, lr = 0.001 }]'
    document = program("run", "line-fit", "--steps", "4", "--json", "--set", f"changes={change}")
    assert document.document["changes"] == [
        {"step": 2, "tensor": "b", "requires_grad": True},
        {"step": 3, "lr": 0.001},
    ]


def test_vectors_are_nested_lists(program: Program, experiment: File) -> None:
    document = program("run", experiment(MATRICES), "--every", "1", "--json").document
    assert document["tensors"]["W"]["grad"] == [[1.0, 0.5], [1.0, 0.5]] or isinstance(
        document["tensors"]["W"]["grad"][0][0], float
    )
    assert document["rows"][2]["W"] == document["tensors"]["W"]["value"]
    assert document["rows"][2]["b"] == document["tensors"]["b"]["value"] == -2.75


def test_csv_holds_every_step(program: Program, tmp_path: Path) -> None:
    target = tmp_path / "run.csv"
    document = program("run", "line-fit", "--steps", "20", "--csv", str(target), "--json").document
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    assert list(rows[0]) == ["step", "loss", "a", "b", "c", "d"]
    assert [row["step"] for row in rows] == [str(step) for step in range(1, 21)]
    assert float(rows[-1]["a"]) == document["tensors"]["a"]["value"]
    assert list(tmp_path.iterdir()) == [target]


def test_csv_holds_every_nth_step_and_spreads_vectors(
    program: Program, experiment: File, tmp_path: Path
) -> None:
    target = tmp_path / "run.csv"
    program("run", experiment(MATRICES), "--every", "2", "--csv", str(target))
    header, *rows = csv.reader(io.StringIO(target.read_text(encoding="utf-8")))
    assert header == [
        "step", "loss", "W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]", "v[0]", "v[1]", "b",
    ]  # fmt: skip
    assert [row[0] for row in rows] == ["2"]


def test_an_old_csv_file_survives_a_refusal(program: Program, tmp_path: Path) -> None:
    target = tmp_path / "run.csv"
    target.write_text("old", encoding="utf-8")
    outcome = program("run", "line-fit", "--set", "formula=y = ", "--csv", str(target))
    assert outcome.status == 2
    assert target.read_text(encoding="utf-8") == "old"


def test_a_csv_file_that_cannot_be_written_is_bad_input(program: Program, tmp_path: Path) -> None:
    outcome = program("run", "line-fit", "--csv", str(tmp_path / "no" / "run.csv"), "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert "run.csv" in outcome.err


def test_a_diverging_run_ends_with_status_1_and_its_document(
    program: Program, experiment: File
) -> None:
    outcome = program("run", experiment(DIVERGING), "--every", "1", "--json")
    document = json.loads(outcome.out)
    failure = document["failure"]
    assert outcome.status == 1
    assert list(document)[-1] == "failure"
    assert failure == {
        "code": "non-finite",
        "step": document["steps"],
        "message": failure["message"],
    }
    assert outcome.err.strip() == failure["message"]
    assert document["loss"] in ("nan", "inf", "-inf")
    assert document["rows"][-1]["loss"] == document["loss"]


def test_a_run_with_nothing_to_train_ends_with_status_1(program: Program, experiment: File) -> None:
    outcome = program("run", experiment(FROZEN_LATER), "--json")
    document = json.loads(outcome.out)
    assert outcome.status == 1
    assert document["steps"] == 3
    assert document["failure"]["code"] == "nothing-requires-grad"
    assert document["failure"]["step"] == 4
    assert document["tensors"]["x"]["requires_grad"] is False


def test_a_run_that_never_started_has_no_loss(program: Program) -> None:
    frozen = [f"--set=parameters.{name}.requires_grad=false" for name in "ac"]
    outcome = program("run", "line-fit", "--json", *frozen)
    document = json.loads(outcome.out)
    assert (outcome.status, document["steps"], document["loss"]) == (1, 0, None)


def test_a_failed_run_says_so_under_its_table(program: Program, experiment: File) -> None:
    outcome = program("run", experiment(FROZEN_LATER))
    assert outcome.status == 1
    assert outcome.out.splitlines()[-1].split()[0] == "3"
    assert "requires_grad" in outcome.err


def test_the_same_file_gives_the_same_document(program: Program, experiment: File) -> None:
    source = experiment(
        MATRICES.replace("[1.0, 0.5]", '{ shape = [2], init = "normal", seed = 3 }')
    )
    first, second = (program("run", source, "--json").out for _ in range(2))
    assert first == second


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_has_no_word_for_is_a_text(number: float) -> None:
    from explorer.export.tables import plain

    assert plain([number, 1.0]) == [str(number), 1.0]
