"""The pages of the reference say what is: their examples are read, run and compared.

They are in `resources/help/<language>/`; the code on them is the same in every language.
"""

import io
import json
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import torch

import explorer
from explorer import paths
from explorer.__main__ import main
from explorer.cli.app import command
from explorer.experiment.spec import Experiment, Training
from explorer.explain.reason import REASONS
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


# -- documents -------------------------------------------------------------------------

LEFT_OUT = "…"


def parsed(shape: str) -> Any:
    """A document in which `…` stands for a value, or for what is not shown of a list or table."""
    text, brackets = "", ""
    for place, letter in enumerate(shape):
        brackets += letter if letter in "[{" else ""
        brackets = brackets[:-1] if letter in "]}" else brackets
        member = brackets.endswith("{") and not shape[:place].endswith(": ")
        shown = f'"{LEFT_OUT}": 0' if member else f'"{LEFT_OUT}"'
        text += shown if letter == LEFT_OUT else letter
    return json.loads(text)


def fits(shape: Any, document: Any) -> bool:
    """Whether the document is of that shape, and has the values that are shown."""
    if isinstance(shape, dict) and isinstance(document, dict):
        shown = {key: each for key, each in shape.items() if key != LEFT_OUT}
        missing = shown.keys() - document.keys()
        complete = LEFT_OUT in shape or shown.keys() == document.keys()
        return complete and not missing and all(fits(shown[key], document[key]) for key in shown)
    if isinstance(shape, list) and isinstance(document, list):
        shown_items = [each for each in shape if each != LEFT_OUT]
        left = iter(document)
        in_order = all(any(fits(each, real) for real in left) for each in shown_items)
        return in_order and (LEFT_OUT in shape or len(shown_items) == len(document))
    return bool(shape == LEFT_OUT or (shape == document and type(shape) is type(document)))


@pytest.mark.parametrize(
    ("shape", "document", "fitting"),
    [
        ('{"a": …, "b": 1}', {"a": [2], "b": 1}, True),
        ('{"a": …}', {"a": 2, "b": 1}, False),
        ('{"a": 2, …}', {"a": 2, "b": 1}, True),
        ('{"a": 2, …}', {"b": 1}, False),
        ("[…, 2, …, 3]", [1, 2, 4, 3], True),
        ("[…, 3, …, 2]", [1, 2, 4, 3], False),
        ("[1, 2]", [1, 2, 3], False),
        ("[…, [0], …]", [[1], [0]], True),
        ('{"a": true}', {"a": 1}, False),
    ],
)
def test_shapes_are_compared(shape: str, document: object, fitting: bool) -> None:
    assert fits(parsed(shape), document) is fitting


@pytest.mark.parametrize(("line", "shown"), calls("json"))
def test_a_document_is_so(line: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, *arguments = shlex.split(line)
    assert program == "gradient-explorer"
    assert main(arguments) == 0
    assert fits(parsed(shown), json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("code", CODES)
def test_every_reason_is_told_of(code: str) -> None:
    for reason in REASONS:
        item("json", f"`{reason}`", code)


def test_the_audit_gives_such_a_document() -> None:
    shape = next(text for text in examples("json", "") if "findings" in text)
    model = torch.nn.Linear(2, 1)
    report = explorer.audit(
        model,
        [torch.ones(3, 2)],
        lambda model, batch: model(batch).sum(),
        torch.optim.SGD([model.weight], lr=0.1),
    )
    found = json.loads(report.written("json"))
    assert parsed(shape).keys() == found.keys()
    assert parsed(shape)["checked"].keys() == found["checked"].keys()
    assert parsed(shape)["findings"][0].keys() == found["findings"][0].keys()
