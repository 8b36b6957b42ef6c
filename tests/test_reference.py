"""The pages of the reference say what is: their examples are read, run and compared.

They are in `resources/help/<language>/`; the code on them is the same in every language.
"""

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest

import explorer
from explorer import paths
from explorer.__main__ import main
from explorer.cli.app import command
from explorer.experiment.spec import Experiment, Training
from explorer.i18n import AVAILABLE

FOLDER = paths.resources() / "help"
CODES = [code for code, _name in AVAILABLE]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What makes a page: headings, items, code, and the places that the program fills in.
_SHAPE = re.compile(r"^(?:#+ |- |\| |```)|\{\w+\}|\]\([^)]*\)", re.MULTILINE)


def page(name: str, code: str = "en") -> str:
    return (FOLDER / code / f"{name}.md").read_text(encoding="utf-8")


def examples(name: str, kind: str) -> list[str]:
    return [text for language, text in _BLOCK.findall(page(name)) if language == kind]


def item(name: str, begin: str, code: str = "en") -> str:
    """The item of a list on that page that begins so."""
    found = re.search(rf"^- {re.escape(begin)}.*$", page(name, code), re.MULTILINE)
    assert found, f"{name} has no item {begin}"
    return found[0]


NAMES = sorted(path.stem for path in (FOLDER / "en").iterdir())
TOML = [(name, text) for name in ("experiment", "formula") for text in examples(name, "toml")]


@pytest.mark.parametrize("code", CODES[1:])
def test_every_language_has_the_same_pages_with_the_same_code(code: str) -> None:
    assert sorted(path.stem for path in (FOLDER / code).iterdir()) == NAMES
    for name in NAMES:
        assert _BLOCK.findall(page(name, code)) == _BLOCK.findall(page(name))
        assert _SHAPE.findall(page(name, code)) == _SHAPE.findall(page(name)), name


@pytest.mark.parametrize(("name", "text"), TOML)
def test_every_experiment_runs(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(text, encoding="utf-8")
    session = explorer.Session(explorer.load(path), steps=8)
    assert len(list(session)) == 8
    assert session.failure is None


def test_the_first_is_the_line_fit_with_a_change(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(examples("experiment", "toml")[0], encoding="utf-8")
    shown, built_in = explorer.load(path), explorer.load("line-fit")
    assert [change.step for change in shown.changes] == [2000]
    for key in ("title", "formula", "parameters", "data", "training"):
        assert getattr(shown, key) == getattr(built_in, key)


@pytest.mark.parametrize("code", CODES)
def test_every_key_of_a_file_is_told_of(code: str) -> None:
    text = page("experiment", code)
    for key in Training.model_fields:
        assert f"`{key}" in text, key
    for key in Experiment.model_fields:
        assert re.search(rf"`{key}`|^\[+{key}\b", text, re.MULTILINE), key


# -- commands --------------------------------------------------------------------------


def calls(name: str) -> list[tuple[str, str]]:
    """What is typed on that page, and what it shows of the answer."""
    consoles = [text for text in examples(name, "") if text.startswith("$ ")]
    typed = [each for text in consoles for each in re.split(r"^\$ ", text, flags=re.MULTILINE)]
    return [(line, shown) for line, _, shown in (each.partition("\n") for each in typed) if line]


@pytest.mark.parametrize(("line", "shown"), calls("commands"))
def test_a_command_answers_so(line: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, *arguments = shlex.split(line)
    assert program == "gradient-explorer"
    assert main(arguments) == 0
    said = capsys.readouterr().out.splitlines()
    wanted = shown.rstrip().splitlines()
    assert len(said) == len(wanted)
    for real, told in zip(said, wanted, strict=True):
        begin, cut, _ = told.partition("…")
        assert real.rstrip() == begin.rstrip() or (cut and real.startswith(begin))


@pytest.mark.parametrize("code", CODES)
def test_every_command_is_there_with_every_option(code: str) -> None:
    known = command()
    for name, each in known.commands.items():
        options = [opt for part in each.params for opt in part.opts if opt.startswith("-")]
        begin = f"`{name}"
        assert set(re.findall(r"`(--?[a-z]+(?:-[a-z]+)*)", item("commands", begin, code))) == {
            opt for opt in options if opt != "--help"
        }, name
    for option in (opt for part in known.params for opt in part.opts):
        assert option == "--help" or f"`{option}" in page("commands", code)


@pytest.mark.parametrize("text", examples("commands", "python"))
def test_the_program_in_python_runs(text: str) -> None:
    said = io.StringIO()
    with redirect_stdout(said):
        exec(text, {})
    lines = said.getvalue().splitlines()
    assert lines[0].startswith("500 0.00379")
    assert lines[-1].startswith("formula='loss = a * a'")
