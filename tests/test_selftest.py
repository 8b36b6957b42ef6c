"""`--self-test`: passes here, and fails where something is broken (planted below)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ahead import Ahead

from explorer import i18n, load
from explorer.cli import main
from explorer.selftest import running
from explorer.selftest.checks import MISSING, Bench, Check, FaultError, expect

MAIN = "import sys\nfrom explorer.__main__ import main\nsys.exit(main())"
FAULTS = {
    "a missing experiment": (
        "from explorer import paths\n"
        "known = paths.builtin_experiments\n"
        "paths.builtin_experiments = lambda: {k: v for k, v in known().items() if k != 'line-fit'}",
        "the built-in experiments: line-fit is missing",
    ),
    "no source of the standard library": (
        "import torch, torch.func\n"
        "def broken(*_): raise OSError('could not get source code')\n"
        "torch.func.jacfwd = broken",
        "torch.func: jacfwd, jacrev, hessian, vmap: OSError: could not get source code",
    ),
    "a lost icon plugin": (
        "from PySide6.QtGui import QIcon, QPixmap\nQIcon.pixmap = lambda *_: QPixmap()",
        "every icon is drawn: add.svg cannot be drawn",
    ),
    "a program that cannot start itself": (
        "import sys\nsys.executable = '/bin/false'",
        "a graph is laid out by a process of its own: ChildProcessError",
    ),
    "other numbers": (
        "from explorer.engine.optimizers import Optimizer\nOptimizer.update = lambda self: None",
        "the line fit trains to the article's numbers: a is 1.0, not 1.5000202655792236",
    ),
}


# Leaves out what the check that sees the fault does not need: the whole takes long.
NEEDED = """
from explorer.selftest import running, window
[last] = [place for place, each in enumerate(running.CHECKS) if {said!r}.startswith(each.name)]
seeing = running.CHECKS[last]
first = running.CHECKS.index(window.CHECKS[0]) if seeing in window.CHECKS else last
running.run.__defaults__ = (running.CHECKS[first : last + 1],)
"""


def self_test(prelude: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run it in a process of its own: it opens a window, and ends when that is closed."""
    return subprocess.run(
        [sys.executable, "-c", f"{prelude}\n{MAIN}", "--self-test"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=280,
        env=os.environ | {"PYTHONUTF8": "1"} | environment,
    )


def test_everything_works_here(tmp_path: Path) -> None:
    outcome = self_test(HOME=str(tmp_path), TMPDIR=str(tmp_path))
    assert outcome.stderr == ""
    *lines, last = outcome.stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["ok"] * len(running.CHECKS)
    assert last == f"All {len(running.CHECKS)} checks passed."
    assert outcome.returncode == 0
    assert list(tmp_path.iterdir()) == []


def with_fault(fault: str) -> "subprocess.CompletedProcess[str]":
    prelude, said = FAULTS[fault]
    return self_test(f"{prelude}\n{NEEDED.format(said=said)}")


WITH_FAULT = Ahead(with_fault, FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault: str) -> None:
    said, outcome = FAULTS[fault][1], WITH_FAULT(fault)
    assert outcome.returncode == 1
    failed = [line for line in outcome.stdout.splitlines() if line.startswith("FAILED")]
    assert any(line.startswith(f"FAILED  {said}") for line in failed)
    assert "Traceback" not in outcome.stdout + outcome.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt always has a display")
def test_a_dead_display_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    dead = {"DISPLAY": ":4999", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "xcb"}
    outcome = self_test(NEEDED.format(said="the window opens"), TMPDIR=str(tmp_path), **dead)
    assert (outcome.returncode, outcome.stderr) == (1, "")
    last = outcome.stdout.splitlines()[-1]
    assert last.startswith("FAILED  the window opens: There is no display to open a window on")
    assert list(tmp_path.iterdir()) == []


def test_it_speaks_the_readers_language(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_bench: Bench) -> None:
        raise FaultError(MISSING, name="x.svg")

    def late(_bench: Bench) -> None:
        raise TimeoutError(3)

    checks = [Check("a switch is flipped", fail), Check("the window opens", late)]
    assert running.run(i18n.load("zh_CN"), main, checks) == 1
    first, second, last = capsys.readouterr().out.splitlines()[1:]
    assert re.fullmatch(r"FAILED  拨动一个开关: .*x\.svg", first)
    assert re.fullmatch(r"FAILED  窗口打开: .*3.*", second)
    assert "2" in last


def test_the_cause_is_told_rather_than_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_bench: Bench) -> None:
        cause = OSError("libopenblas.so: not page-aligned\nsecond line")
        raise ImportError("PLEASE READ THIS") from cause

    assert running.run(i18n.load("en"), main, [Check("the window opens", fail)]) == 1
    line = capsys.readouterr().out.splitlines()[1]
    assert line == "FAILED  the window opens: OSError: libopenblas.so: not page-aligned"


def test_without_a_display_qt_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    environment = {"HOME": "/home/somebody"}
    with running.isolated(environment) as folder:
        assert environment["QT_QPA_PLATFORM"] == "offscreen"
        assert environment["HOME"] == str(folder)
    assert environment == {"HOME": "/home/somebody"}
    shown = {"DISPLAY": ":7"}
    with running.isolated(shown):
        assert "QT_QPA_PLATFORM" not in shown


def test_bad_input_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_bench: Bench) -> None:
        load("line-fti")

    assert running.run(i18n.load("en"), main, [Check("the window opens", fail)]) == 1
    line = capsys.readouterr().out.splitlines()[1]
    assert re.fullmatch(r"FAILED  the window opens: There is no .*line-fti.*line-fit.*", line)


def test_a_wrong_value_names_both() -> None:
    with pytest.raises(FaultError) as caught:
        expect("a", 1.0, 2.0)
    assert caught.value.facts == {"what": "a", "got": 1.0, "wanted": 2.0}


def test_it_stands_alone_on_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    from explorer.__main__ import main

    assert main(["--self-test", "list"]) == 2
    assert "list" in capsys.readouterr().err
