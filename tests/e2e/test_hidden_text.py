"""Control characters and direction marks of a file are shown escaped wherever it is printed."""

import json
import os
import re
from pathlib import Path

import pytest
from calling import Program

HIDDEN = "\x1b]0;pwned\x07\x1b[2J\x9b31mRED \u202eevil\u202c \u200b\u2066x\u2069"
SHOWN = r"\x1b]0;pwned\x07\x1b[2J\x9b31mRED \u202eevil\u202c \u200b\u2066x\u2069"
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TITLED = """title = {title}
formula = "y = a*x + b"
parameters = {{ a = 1.0, b = 0.5 }}
data = {{ x = [1, 2, 3], y = [3, 5, 7] }}
training = {{ optimizer = "sgd", steps = 5 }}
"""
CSV = """formula = "y = a*x"
parameters = {{ a = 1.0 }}
data = {{ file = "points.csv"{columns} }}
"""


@pytest.fixture
def titled(tmp_path: Path) -> str:
    path = tmp_path / "titled.toml"
    path.write_text(TITLED.format(title=json.dumps(HIDDEN)), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("command", ["run", "gradients", "graph", "check"])
def test_a_title_does_not_command_the_terminal(program: Program, titled: str, command: str) -> None:
    outcome = program(command, titled)
    assert outcome.status == 0
    assert not UNSEEN.search(outcome.out + outcome.err)
    if command == "run":
        assert outcome.out.splitlines()[0] == SHOWN


def test_json_has_the_title_as_it_is(program: Program, titled: str) -> None:
    assert program("run", titled, "--json").document["title"] == HIDDEN


def test_a_picture_shows_it_escaped(program: Program, titled: str, tmp_path: Path) -> None:
    picture = tmp_path / "graph.svg"
    assert program("graph", titled, "--svg", str(picture)).status == 0
    text = picture.read_text(encoding="utf-8")
    assert not UNSEEN.search(text)
    assert text.count(SHOWN) == 2


@pytest.mark.parametrize("table", ["x,y\n1,{}\n", "x,{}\n1,2\n", "x,y\n1,2\n{}\n"])
def test_cells_and_headers_are_said_escaped(program: Program, tmp_path: Path, table: str) -> None:
    (tmp_path / "points.csv").write_text(table.format(HIDDEN), encoding="utf-8")
    file = tmp_path / "experiment.toml"
    file.write_text(CSV.format(columns=""), encoding="utf-8")
    outcome = program("check", str(file))
    assert outcome.status == 2
    assert not UNSEEN.search(outcome.err)


@pytest.mark.parametrize(
    "name", [HIDDEN.replace("\x00", ""), os.fsdecode(b"\xff\xfe"), "k" * 200, "k" * 5000]
)
def test_names_of_files_are_said_escaped_and_short(
    program: Program, tmp_path: Path, name: str
) -> None:
    for outcome in (
        program("check", str(tmp_path / f"{name}.toml")),
        program("run", "line-fit", "--steps", "2", "--csv", str(tmp_path / "no" / name)),
        program("check", name),
    ):
        assert outcome.status == 2
        assert not UNSEEN.search(outcome.err)
        outcome.err.encode("utf-8")
        assert len(outcome.err) < 400


def test_a_name_that_is_not_utf8_can_be_drawn(program: Program, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"\xff.toml")
    file.write_text('formula = "z = a"\nobjective = "z"\n[parameters]\na = 1.0\n')
    picture = tmp_path / "graph.svg"
    assert program("graph", str(file), "--svg", str(picture)).status == 0
    assert r"\udcff" in picture.read_text(encoding="utf-8")
