"""Broken experiment files: each says in its first line what must be said about it.

`# expect: CODE key=… line=… column=… file=… nearest=…`, with what matters of these.
The generated ones are too large, or no text at all, to be kept in the repository.
"""

import os
import time
from pathlib import Path

import pytest

from explorer.experiment.file import parse_text, read
from explorer.experiment.problem import BadInput
from explorer.experiment.textfile import MAX_FILE_BYTES
from explorer.i18n import load
from explorer.words.errors import sentence

FILES = sorted((Path(__file__).parent / "files").glob("*.toml"))
# Seconds, for what must not hang; a loaded machine needs some for what takes a tenth.
LONGEST_S = 30
VALID = 'formula = "z = a"\nobjective = "z"\nparameters = { a = 1.0 }\n'


def refused(path: Path) -> BadInput:
    started = time.perf_counter()
    with pytest.raises(BadInput) as caught:
        read(path)
    assert time.perf_counter() - started < LONGEST_S
    for code in ("en", "zh_CN"):
        said = sentence(caught.value, load(code))
        # Of a very long one only the end.
        assert Path(caught.value.place.file or "").name[-60:] in said
    return caught.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_refused_with_its_place(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    code, *places = first.removeprefix("# expect: ").split()
    problem = refused(path)
    found = {
        "key": problem.place.key,
        "line": problem.place.line,
        "column": problem.place.column,
        "file": Path(problem.place.file or "").name,
        "nearest": problem.facts.get("nearest"),
    }
    wanted = dict(each.split("=", 1) for each in places)
    assert problem.code == code
    assert {name: str(found[name]) for name in wanted} == wanted


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "experiment.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


DEEP = 10_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"formula = '\xff'", "not-utf8"),
        (b"\xff\xfef\x00o\x00", "not-utf8"),
        (b"\0", "not-toml"),
        ("formula = '''\n" + "z" * 10_000_000 + "'''", "formula-too-long"),
        (b" " * (MAX_FILE_BYTES + 1), "file-too-large"),
        ("a = " + "[" * DEEP + "]" * DEEP, "toml-too-deep"),
        ("a = " + "{ a = " * DEEP + "1" + "}" * DEEP, "toml-too-deep"),
        ("a." * DEEP + "a = 1", "toml-too-deep"),
        ("[" + "a." * DEEP + "a]", "toml-too-deep"),
        ("[" + '"a" . ' * DEEP + "a]", "toml-too-deep"),
        ("x = { " + "a." * DEEP + "a = 1 }", "toml-too-deep"),
        ("x = { b = 1, " + "a . " * 1_000_000 + "a = 1 }", "toml-too-deep"),
        ("x = { b = 1, " + "a." * DEEP + "a = 1 }", "toml-too-deep"),
        (VALID + f"title = {'9' * 100_000}", "not-toml"),
        (VALID + f"{'k' * 1_000_000} = 1", "unknown-key"),
        (VALID + "parameters." + "k" * 1_000_000 + " = 1", "not-toml"),
        ('formula = "z = 1"\n[parameters]\n' + "k" * 1_000_000 + " = 1", "name-too-long"),
        (VALID + 'detach = ["' + "k" * 1_000_000 + '"]', "unknown-tensor"),
        (VALID + 'dtype = "' + "k" * 1_000_000 + '"', "unknown-choice"),
    ],
    ids=range(19),
)
def test_huge_and_deep_files_are_refused(tmp_path: Path, content: str | bytes, code: str) -> None:
    problem = refused(written(tmp_path, content))
    assert problem.code == code
    assert len(sentence(problem, load("en"))) < 1000


def test_no_such_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere.toml").code == "no-such-file"
    assert refused(tmp_path / "no" / "where.toml").code == "no-such-file"


def test_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "is-a-folder"


def test_a_name_the_system_cannot_have(tmp_path: Path) -> None:
    assert refused(tmp_path / ("k" * 5000)).code == "cannot-read"
    with pytest.raises(BadInput, match="cannot-read"):
        read(Path("a\0b"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").code == "not-a-file"


@pytest.mark.parametrize(
    ("override", "code"),
    [
        ("training.steps", "override-malformed"),
        ("=3", "override-malformed"),
        ("training..steps=3", "override-malformed"),
        ("title.x=3", "override-inside-value"),
        ("formula.x.y=3", "override-inside-value"),
        ("changes.0.step=3", "override-inside-value"),
        ("training.steps=many", "wrong-type"),
        ("training.optimiser.lr=3", "unknown-key"),
        ("parameters.q.requires_grad=true", "parameter-without-value"),
    ],
)
def test_override_is_refused(tmp_path: Path, override: str, code: str) -> None:
    text = VALID + 'title = "t"\nchanges = "none"\n' if "changes" in override else VALID
    if "title" in override:
        text = VALID + 'title = "t"\n'
    with pytest.raises(BadInput) as caught:
        parse_text(text, "x.toml", tmp_path, [override])
    assert caught.value.code == code


@pytest.mark.parametrize("index", ["2", "-1", "x", "²", "9" * 5000])
def test_override_index_is_refused(tmp_path: Path, index: str) -> None:
    text = VALID + "changes = [{ step = 1, lr = 0.1 }]\n"
    with pytest.raises(BadInput, match="override-index"):
        parse_text(text, "x.toml", tmp_path, [f"changes.{index}.step=2"])
