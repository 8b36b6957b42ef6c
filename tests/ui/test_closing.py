"""Closing the window: at once, whatever is going on, and with nothing left over."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from explorer.live.frames import FrameMaker
from explorer.ui.workbench import RunState
from explorer.ui.worker import STOP_WAIT_MS

from .conftest import Seat, Write
from .desk import PATIENCE_MS

# The window is closed at a moment of its own life, in a process of its own, which says how
# the run stood then.
SCRIPT = """
import sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from explorer.__main__ import main
from explorer.live.frames import FrameMaker
from explorer.ui.workbench import RunState, Workbench

application = QApplication([])
started = []
begin = Workbench.start
Workbench.start = lambda workbench: (started.append(workbench), begin(workbench))

def state():
    return started[0].state if started else RunState.LOADING

def close_when_it_is_time():
    if {moment}:
        print(state().value, flush=True)
        application.closeAllWindows()
    else:
        QTimer.singleShot(1, close_when_it_is_time)

QTimer.singleShot(0, close_when_it_is_time)
{before}
status = main(sys.argv[1:])
sys.exit(status)
"""
# For each moment when it has come, and how the run stands then.
MOMENTS = {
    "before anything": ("True", "loading"),
    "while torch is loaded": ("'torch' in sys.modules", "loading"),
    "in mid-run": ("state() is RunState.RUNNING", "running"),
}
# Far longer than a loaded machine needs, and no end at all if the process waits for the step.
LONGEST_S = 200
ENDLESS_STEP = """
begun = threading.Event()
FrameMaker.record = lambda *_: (begun.set(), threading.Event().wait())
"""
SLOW = """
formula = "out = (W @ W @ W @ W).sum()"
objective = "out"
parameters.W = { shape = [2000, 2000], init = "normal" }
training.optimizer = { name = "sgd", lr = 0 }
"""


def close_when(moment: str, state: str, source: str, before: str = "") -> None:
    """Play in a process that closes its window at that moment; it must end, and quietly."""
    program = SCRIPT.format(moment=moment, before=before)
    command = [sys.executable, "-c", program, "open", source, "--play", "--steps", "100000000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{state}\n", "")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("slow", [False, True])
def test_the_process_ends_at_any_moment(write: Write, moment: str, slow: bool) -> None:
    close_when(*MOMENTS[moment], str(write(SLOW)) if slow else "line-fit")


def test_the_process_ends_in_the_midst_of_a_step_that_does_not() -> None:
    close_when(
        "begun.is_set() and state() is RunState.RUNNING", "running", "line-fit", ENDLESS_STEP
    )


def test_the_window_is_gone_within_a_second_though_the_step_goes_on(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert STOP_WAIT_MS < 1000
    desk = seat()
    begun, let_go = threading.Event(), threading.Event()

    def step_that_takes_long(*_facts: object) -> None:
        begun.set()
        let_go.wait(PATIENCE_MS / 1000)

    monkeypatch.setattr(FrameMaker, "record", step_that_takes_long)
    desk.click("play")
    assert begun.wait(PATIENCE_MS / 1000)
    desk.window.close()
    assert not desk.window.isVisible()
    assert not desk.workbench.has_stopped
    let_go.set()
    desk.until(lambda: desk.workbench.has_stopped)


@pytest.mark.parametrize("state", ["loading", "running", "paced", "failed"])
def test_closing_ends_the_worker(seat: Seat, state: str) -> None:
    desk = seat()
    if state == "loading":
        desk.click("reset")
    elif state == "failed":
        desk.type_rate("1e20")
        desk.play_to_rest()
    else:
        if state == "running":
            desk.full_speed()
        else:
            desk.window.bar.speed.slider.setValue(0)
        desk.click("play")
        desk.wait_for(RunState.RUNNING)
    desk.window.close()
    desk.until(lambda: desk.workbench.has_stopped)


def test_the_quit_key(seat: Seat) -> None:
    desk = seat()
    desk.press("Ctrl+Q")
    assert not desk.window.isVisible()


def test_a_window_that_was_never_started_closes(seat: Seat) -> None:
    desk = seat(start=False)
    desk.window.close()
    assert desk.workbench.stop()


def test_the_place_of_the_window_is_remembered(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    desk.window.resize(781, 503)
    desk.window.close()
    again = seat()
    assert (again.window.width(), again.window.height()) == (781, 503)


def test_wrong_settings_are_ignored(seat: Seat, tmp_path: Path) -> None:
    (tmp_path / "window.ini").write_text(
        "[General]\ngeometry=nonsense\nlanguage=tlh\nappearance=pink\nrate_hz=0\n"
        "hidden_plots=loss nothing\nlog_loss=perhaps\n[[[\n"
    )
    desk = seat()
    assert desk.state is RunState.READY
    assert desk.window.panel.plots["loss"].scene() is None
