"""Broken experiment files: each says in its first line what must be said about it.

`# expect: CODE key=… line=… column=… file=… nearest=…`, with what matters of these.
The generated ones are too large, or no text at all, to be kept in the repository.
"""

import os
import time
from pathlib import Path

import pytest

from explorer.experiment import csvfile, textfile
from explorer.experiment.csvfile import MAX_ROW
from explorer.experiment.file import LIMITS, parse_text, read, text_of
from explorer.experiment.problem import BadInput
from explorer.experiment.textfile import read_text
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
        (b" " * (LIMITS.mib * 2**20 + 1), "file-too-large"),
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


def test_an_empty_folder_named_as_the_kernels_is_none_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a small container nothing is mounted on /sys."""
    (tmp_path / "sys").mkdir()
    monkeypatch.setattr(textfile, "_KERNELS", (str(tmp_path / "sys"),))
    (tmp_path / "mine.toml").write_text("formula", encoding="utf-8")
    assert text_of(tmp_path / "mine.toml") == "formula"


@pytest.mark.parametrize("name", ["/proc/kmsg", "/proc/self/environ", "/sys/kernel/notes"])
def test_what_the_kernel_makes_up_is_no_file(tmp_path: Path, name: str) -> None:
    if not Path(name).is_file():
        pytest.skip("not on this system")
    (tmp_path / "link").symlink_to(name)
    for path in (Path(name), tmp_path / "link"):
        assert refused(path).code == "not-a-file"


def test_an_endless_device_is_no_file() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("not on this system")
    assert refused(Path("/dev/zero")).code == "not-a-file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_what_says_it_is_empty_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As a file of the kernel's that this program does not know for one: it would wait.
    empty = tmp_path / "empty"
    empty.touch()
    ordinary = empty.stat()
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(Path, "stat", lambda *_, **__: ordinary)
    monkeypatch.setattr(os, "fstat", lambda _: ordinary)
    assert read_text(tmp_path / "pipe", LIMITS) == ""


# Of such files only as much as the limit is made: what is larger is not looked into.
JUNK = ["\n", "\r", "\r\n", " ", "\t", ",", ";", '"', "'", "[", "{", "#", "=", "a", "1\n", '"a",\n']


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("kind", ["toml", "csv", "csv with a header"])
def test_files_of_one_sign_are_refused(tmp_path: Path, junk: str, kind: str) -> None:
    suffix = kind[:4].strip(" ")
    path = tmp_path / f"file.{suffix}"
    limits = LIMITS if suffix == "toml" else csvfile.LIMITS
    # Lines up to their own limit, and as much as is read of what has none.
    size = 4 * 2**20
    count = min(size, limits.lines // 4 * len(junk)) if "\n" in junk or "\r" in junk else size
    start = "x,y\n" if "header" in kind else ""
    path.write_bytes((start + junk * (count // len(junk))).encode())
    if suffix == "toml":
        refused(path)
        return
    if junk == "1\n" and not start:
        # A column without a header.
        assert csvfile.read_columns(path).columns.keys() == {"c1"}
        return
    with pytest.raises(BadInput):
        csvfile.read_columns(path)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_too_many_lines_are_counted_and_not_read(tmp_path: Path, end: str) -> None:
    assert refused(written(tmp_path, end * (LIMITS.lines + 1))).code == "too-many-lines"
    path = tmp_path / "points.csv"
    path.write_text("x\n" + end * (csvfile.LIMITS.lines + 1), newline="")
    with pytest.raises(BadInput, match="too-many-lines"):
        csvfile.read_columns(path)


ROWS = ["1," * MAX_ROW, '"\n",' * MAX_ROW, '"' + "1" * MAX_ROW, "1" * MAX_ROW]


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_a_row_has_a_longest_length(tmp_path: Path, row: str) -> None:
    path = tmp_path / "points.csv"
    path.write_text("x,y\n1,2\n" + row[: MAX_ROW + 1])
    with pytest.raises(BadInput) as caught:
        csvfile.read_columns(path)
    # The reader itself gives up a cell that is far shorter.
    assert caught.value.code in ("csv-row-too-long", "csv-malformed", "csv-quote-open")
    assert (caught.value.place.line or 0) >= 3


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
