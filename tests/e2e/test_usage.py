"""Wrong calls, broken surroundings, and help: never a traceback, always a sentence.

The Chinese texts also hold typer's own sentences to `explorer.words.commandline`:
one that it no longer recognises comes out in English.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from calling import Program

from explorer import __version__, i18n
from explorer.cli import commands
from explorer.cli.guard import guarded
from explorer.experiment.problem import BadInput

CHINESE = re.compile(r"[\u4e00-\u9fff]")

WRONG_CALLS = {
    "no file or name": ["run"],
    "too much": ["run", "line-fit", "more"],
    "unknown command": ["rnu"],
    "unknown command like no other": ["qqqqqq"],
    "unknown option": ["run", "line-fit", "--stepss", "3"],
    "unknown short option": ["-x"],
    "option without its value": ["run", "line-fit", "--steps"],
    "switch with a value": ["run", "line-fit", "--json=3"],
    "no steps": ["run", "line-fit", "--steps", "0"],
    "steps that are no number": ["run", "line-fit", "--steps", "many"],
    "steps beyond all bounds": ["run", "line-fit", "--steps", "9" * 5000],
    "half a step": ["run", "line-fit", "--every", "0.5"],
    "a negative number": ["run", "line-fit", "--every", "-3"],
    "a window without a height": ["open", "--size", "1280"],
    "a window that is too small": ["open", "--size", "80x60"],
    "a window beyond all screens": ["open", "--size", "999999x800"],
    "a scale that is no number": ["open", "--scale", "large"],
    "a scale of nothing": ["open", "--scale", "0"],
    "a scale that is not finite": ["open", "--scale", "nan"],
    "an unknown theme": ["open", "--theme", "blue"],
    "an unknown language": ["--language", "tlh", "list"],
    "an override without a value": ["run", "line-fit", "--set", "training"],
    "an unknown experiment": ["run", "line-fitt"],
    "a file that is not there": ["check", "nowhere.toml"],
    "a folder": ["gradients", "."],
    "a null byte": ["run", "a\0b.toml"],
    "an empty name": ["run", ""],
}


@pytest.mark.parametrize("call", WRONG_CALLS)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_wrong_call_is_refused_in_the_readers_language(
    program: Program, monkeypatch: pytest.MonkeyPatch, call: str, language: str
) -> None:
    monkeypatch.setenv("GRADIENT_EXPLORER_LANGUAGE", language)
    outcome = program(*WRONG_CALLS[call])
    assert (outcome.status, outcome.out) == (2, "")
    first = outcome.err.splitlines()[0]
    assert bool(CHINESE.search(first)) == (language == "zh_CN")
    assert "Traceback" not in outcome.err


def test_the_language_option_may_stand_anywhere(program: Program) -> None:
    for call in (["--language", "zh", "list"], ["list", "--language=zh_CN"]):
        assert CHINESE.search(program(*call).out)
    outcome = program("list", "--language")
    assert outcome.status == 2


@pytest.mark.parametrize(
    "call",
    [["--help"], *([name, "--help"] for name in ("list", "run", "gradients", "check", "open"))],
)
def test_help_is_wholly_in_the_readers_language(program: Program, call: list[str]) -> None:
    english = program(*call)
    chinese = program(*call, "--language", "zh_CN")
    assert english.status == chinese.status == 0
    assert not CHINESE.search(english.out)
    for line in filter(str.strip, chinese.out.splitlines()[1:]):
        assert CHINESE.search(line) or line.startswith("   "), line
    # A whole sentence of the English help would be three words in a row.
    left = re.findall(r"[A-Z]?[a-z]+ [a-z]+ [a-z]+", chinese.out)
    assert left == []


def test_version(program: Program) -> None:
    outcome = program("--version")
    assert (outcome.status, outcome.out) == (0, f"gradient-explorer {__version__}\n")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What the window was opened with, instead of a window."""
    sources: list[str | None] = []

    def open_window(source: str | None, _language: i18n.Language, **_options: object) -> int:
        sources.append(source)
        return 0

    monkeypatch.setattr(commands, "open_window", open_window)
    return sources


CALLS = [[], ["line-fit"], ["--language", "en"], ["open"], ["open", "line-fit", "--play"]]


@pytest.mark.parametrize("call", CALLS)
def test_the_window_is_opened(program: Program, opened: list[str | None], call: list[str]) -> None:
    assert program(*call).status == 0
    assert opened == ["line-fit" if "line-fit" in call else None]


def test_a_file_from_the_desktop_opens_the_window(
    program: Program, opened: list[str | None], tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.touch()
    assert program(str(path)).status == 0
    assert opened == [str(path)]


# -- the guard ---------------------------------------------------------------------


def _raise(error: BaseException) -> int:
    raise error


def test_an_interrupt_is_said_and_has_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: _raise(KeyboardInterrupt()), i18n.load("en")) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_mistake_of_ours_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    english = i18n.load("en")
    assert guarded(lambda: _raise(ZeroDivisionError("x")), english) == 70
    said = capsys.readouterr().err
    assert said.startswith("Internal error: ZeroDivisionError.")
    assert "GRADIENT_EXPLORER_DEBUG=1" in said
    assert "Traceback" not in said
    monkeypatch.setenv("GRADIENT_EXPLORER_DEBUG", "1")
    assert guarded(lambda: _raise(ZeroDivisionError("x")), english) == 70
    assert "Traceback" in capsys.readouterr().err


def test_a_sentence_that_is_missing_is_a_mistake_of_ours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert guarded(lambda: _raise(BadInput("no-such-code")), i18n.load("en")) == 70
    assert capsys.readouterr().err.startswith("Internal error")


def test_a_library_the_system_lacks_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    english = i18n.load("en")
    lost = "libGL.so.1: cannot open shared object file: No such file or directory"
    assert guarded(lambda: _raise(ImportError(lost)), english) == 74
    assert capsys.readouterr().err.startswith("This system lacks the library libGL.so.1.")
    # A module that we forgot to pack is our mistake.
    assert guarded(lambda: _raise(ImportError("No module named 'torch'")), english) == 70


# -- real processes ------------------------------------------------------------------


def start(*arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "explorer", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )


@pytest.mark.skipif(os.name == "nt", reason="pipes break in another way")
def test_a_reader_that_leaves_is_no_error() -> None:
    process = start("run", "line-fit", "--every", "1", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(timeout=200) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp936", "utf-8"])
@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["rnu"], ["list", "--json"]])
def test_no_encoding_breaks_the_output(encoding: str, arguments: list[str]) -> None:
    process = start(
        *arguments, PYTHONIOENCODING=encoding, PYTHONUTF8="0", GRADIENT_EXPLORER_LANGUAGE="zh_CN"
    )
    out, err = process.communicate(timeout=200)
    assert process.returncode == (2 if arguments == ["rnu"] else 0)
    assert out or err
    assert b"Error" not in err


@pytest.mark.skipif(os.name == "nt", reason="no such device")
def test_a_full_disk_is_said() -> None:
    with open("/dev/full", "wb") as full:
        outcome = subprocess.run(
            [sys.executable, "-m", "explorer", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=200,
        )
    assert outcome.returncode == 74
    assert outcome.stderr.startswith(b"The operating system refused")
    assert len(outcome.stderr.splitlines()) == 1


OPENING = """
import sys
from explorer.cli import commands
commands.open_window = lambda *arguments, **options: 0
from explorer.__main__ import main
status = main(sys.argv[1:])
heavy = {"typer", "rich", "torch"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else status)
"""


@pytest.mark.parametrize("arguments", [[], ["line-fit"], ["--language", "zh_CN"]])
def test_opening_the_window_waits_for_no_command_line(arguments: list[str]) -> None:
    command = [sys.executable, "-c", OPENING, *arguments]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert (outcome.returncode, outcome.stderr) == (0, "")
