"""The command `import`, `explorer.read_program`, and programs that are known by heart."""

import ast
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import explorer
from explorer.__main__ import main
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Experiment
from explorer.reading.program import read_program

PROGRAMS = Path(__file__).parent / "programs"
TWO = "import torch\nw = torch.tensor(2.0, requires_grad=True)\n"
SMALL = f"{TWO}print(w)\ny = w ** 3\ny.backward()\n"


def parts(experiment: Experiment) -> dict[str, Any]:
    """All of it but title and comments."""
    return {
        "formula": ast.dump(ast.parse(experiment.formula)),
        **{
            key: getattr(experiment, key)
            for key in ("objective", "dtype", "parameters", "detach", "data", "training", "changes")
        },
        "trains": experiment.has_training,
    }


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("article_detached", "detached-branch"),
        ("article_connected", "connected-branch"),
        ("article_line", "line-fit"),
    ],
)
def test_the_articles_programs_are_the_built_in_experiments(program: str, name: str) -> None:
    text = (PROGRAMS / f"{program}.py").read_text(encoding="utf-8")
    assert parts(explorer.read_program(text)) == parts(explorer.load(name))


def test_the_command_prints_the_experiment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "cube.py"
    program.write_text(SMALL, encoding="utf-8")
    assert main(["import", str(program)]) == 0
    printed = capsys.readouterr()
    assert 'title = "cube"' in printed.out
    assert 'formula = "y = w ** 3"' in printed.out
    assert "line 3: print(w) (left out: only shows something)" in printed.err
    place = tmp_path / "cube.gx.toml"
    assert main(["import", str(program), "-o", str(place)]) == 0
    assert place.read_text(encoding="utf-8") == printed.out
    assert main(["check", str(place)]) == 0
    assert main(["import", str(program), "-o", str(tmp_path / "no" / "cube.toml")]) == 2


def test_the_json_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "cube.py"
    program.write_text(SMALL, encoding="utf-8")
    assert main(["import", str(program), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"experiment", "used", "left_out", "unseeded"}
    assert [each["line"] for each in document["used"]] == [1, 2, 4, 5]
    (left,) = document["left_out"]
    assert left == {
        "line": 3,
        "last": 3,
        "text": "print(w)",
        "code": "print",
        "message": "only shows something",
    }
    assert not document["unseeded"]


def test_what_becomes_of_the_lines_of_a_function_that_trains() -> None:
    reading = read_program((PROGRAMS / "forum_trainer.py").read_text(encoding="utf-8"))
    why = {each.line: each.why for each in reading.lines if each.outcome != "used"}
    assert why == {
        1: "import",
        6: "text",
        7: "not-needed",
        14: "bookkeeping",
        **dict.fromkeys((15, 16), "print"),
        **dict.fromkeys((17, 18), "after"),
    }


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def give(content: bytes) -> int:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return main(["import", "-"])

    assert give(SMALL.encode()) == 0
    assert "y = w ** 3" in capsys.readouterr().out
    assert give(b"\xff\xfe\x00") == 2
    assert "UTF-8" in capsys.readouterr().err
    assert give(SMALL.replace("\n", "\r\n").encode("utf-8-sig")) == 0


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "program-no-backward", 1),
        ("# nothing\n", "program-no-backward", 1),
        ("x = (1,\n", "program-not-python", 1),
        ("x = 1\n\0", "program-not-text", 2),
        ("x = 1\n" * 200_000, "program-too-long", 87382),
        ("x = 1\n" * 50_000, "program-no-backward", 50_000),
        ("x = " + "(" * 300 + "1" + ")" * 300, "program-too-deep", 1),
        ("x = " + "f(" * 180 + "1" + ")" * 180, "program-too-deep", 1),
        ("x = 1\ny = " + "9" * 5000, "number-too-large", 2),
        ("break\n", "program-not-python", 1),
        ("return 1\n", "program-not-python", 1),
        ("import torch\nfor i in range(3):\n  x = 1\n y = 2\n", "program-not-python", 4),
    ],
)
def test_bad_texts(text: str, code: str, line: int | None) -> None:
    problem = read_program(text).problem
    assert problem is not None
    assert (problem.code, problem.place.line) == (code, line)
    assert problem.place.column
    with pytest.raises(BadInput):
        explorer.read_program(text)


def test_bad_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "latin.py"
    program.write_bytes("x = 1  # \xe9\n".encode("latin-1"))
    assert main(["import", str(program)]) == 2
    assert "line 1" in capsys.readouterr().err
    assert main(["import", str(tmp_path)]) == 2
    assert main(["import", str(tmp_path / "none.py")]) == 2
    program.write_text(TWO + "while True:\n    pass\n")
    assert main(["import", str(program)]) == 2
    assert "latin.py, line 3, column 1: while goes on" in capsys.readouterr().err


def test_random_numbers_without_a_seed_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "random.py"
    program.write_text("import torch\nw = torch.randn(2, requires_grad=True)\nw.sum().backward()\n")
    assert main(["import", str(program)]) == 0
    assert "sets no seed" in capsys.readouterr().err


def test_the_title_is_what_the_program_says() -> None:
    assert explorer.read_program(f'"""Cube."""\n{SMALL}').title == "Cube."
    assert explorer.read_program(f"# A cube\n{SMALL}").title == "A cube"
    assert explorer.read_program(f"#!/usr/bin/python\n{SMALL}").title == ""


def test_random_numbers_of_the_process_stay_as_they_are() -> None:
    import torch

    before = torch.random.get_rng_state()
    explorer.read_program(
        "import torch\ntorch.manual_seed(3)\ntorch.set_default_dtype(torch.float64)\n"
        "w = torch.randn(2, requires_grad=True)\nw.sum().backward()\n"
    )
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.get_default_dtype() == torch.float32
