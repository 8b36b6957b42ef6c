"""Signals of the system end the program in order, whatever it is doing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from explorer import paths
from explorer.live.recovery import Recovery

from .conftest import Write
from .test_closing import ENDLESS_STEP, LONGEST_S

pytestmark = pytest.mark.skipif(os.name == "nt", reason="these signals are not sent there")

# A window that sends a signal to itself at a moment of its own life.
SCRIPT = """
import os, signal, sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from explorer.__main__ import main
from explorer.live.frames import FrameMaker
from explorer.ui.program import Program
from explorer.ui.workbench import RunState

programs = []
show = Program.show
Program.show = lambda program: (programs.append(program), show(program))

def state():
    return programs[0].workbench.state if programs else None

def signal_when_it_is_time():
    if {moment}:
        programs[0].workbench.set_steps(4321)
        if {dialog!r}:
            QTimer.singleShot(0, send)
            {dialog}
            return
        send()
    else:
        QTimer.singleShot(1, signal_when_it_is_time)

def send():
    threading.Timer(0.2, os.kill, (os.getpid(), {number})).start()

QApplication([])
QTimer.singleShot(0, signal_when_it_is_time)
{before}
sys.exit(main(sys.argv[1:]))
"""
MOMENTS = {
    "while torch is loaded": "programs and 'torch' in sys.modules",
    "in mid-run": "state() is RunState.RUNNING",
    "at rest": "state() is RunState.READY",
}


def end_by(number: int, moment: str, before: str = "", dialog: str = "", play: bool = True) -> None:
    """The process ends quietly with the signal's status, and its work is offered."""
    program = SCRIPT.format(moment=moment, before=before, number=int(number), dialog=dialog)
    arguments = ["open", "line-fit", "--steps", "100000000", *(["--play"] if play else [])]
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    # The offscreen platform has this to say of every dialog.
    said = done.stderr.replace("This plugin does not support propagateSizeHints()\n", "")
    assert (done.returncode, done.stdout, said) == (128 + number, "", "")
    recovery = Recovery(paths.data_folder() / "recovery")
    [offer] = recovery.offers()
    slot, work = recovery.claim(offer)
    assert work.experiment.training.steps == 4321
    slot.discard()


# The signals differ only in how they begin.
CASES = [*(("SIGTERM", moment) for moment in MOMENTS), ("SIGHUP", "at rest"), ("SIGINT", "at rest")]


@pytest.mark.parametrize(("name", "moment"), CASES)
def test_a_signal_ends_the_program_in_order(name: str, moment: str) -> None:
    end_by(getattr(signal, name), MOMENTS[moment], play=moment != "at rest")


def test_in_the_midst_of_a_step_that_does_not_end() -> None:
    moment = "begun.is_set() and state() is RunState.RUNNING"
    end_by(signal.SIGTERM, moment, before=ENDLESS_STEP)


def test_with_a_dialog_open() -> None:
    end_by(signal.SIGTERM, MOMENTS["in mid-run"], dialog="QMessageBox(programs[0].window).exec()")


def test_with_the_question_open_what_becomes_of_unsaved_work() -> None:
    end_by(signal.SIGTERM, MOMENTS["in mid-run"], dialog="programs[0].window._quit()")


def test_a_signal_that_was_ignored_stays_ignored(write: Write, tmp_path: Path) -> None:
    """Under nohup a window outlives the terminal it was started from."""
    before = "signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    program = SCRIPT.format(
        moment="state() is RunState.READY", before=before, number=int(signal.SIGHUP), dialog=""
    ).replace(
        "    threading.Timer(0.2",
        "    QTimer.singleShot(600, lambda: os.kill(os.getpid(), signal.SIGTERM))\n"
        "    threading.Timer(0.2",
    )
    command = [sys.executable, "-c", program, "open", "line-fit"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "")
