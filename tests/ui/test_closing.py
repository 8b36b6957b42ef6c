"""Closing the window: at once, whatever is going on, and with nothing left over."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from explorer.ui.workbench import RunState

from .conftest import Seat, Write

# The window is closed at a moment of its own life, in a process of its own.
SCRIPT = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from explorer.__main__ import main

application = QApplication([])

def close():
    print(time.time(), flush=True)
    application.closeAllWindows()

{moment}
status = main(sys.argv[1:])
print(status, flush=True)
sys.exit(status)
"""
SLOW = """
formula = "out = (W @ W @ W @ W).sum()"
objective = "out"
parameters.W = { shape = [3000, 3000], init = "normal" }
training.optimizer = { name = "sgd", lr = 0 }
"""
MOMENTS = {
    "before anything": "QTimer.singleShot(0, close)",
    "while torch is loaded": "QTimer.singleShot(700, close)",
    "in mid-run": "QTimer.singleShot(4000, close)",
}


def closed(moment: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The process that closed itself at that moment, with the time it took in `args`."""
    command = [sys.executable, "-c", SCRIPT.format(moment=moment), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    done.args = time.time() - float(done.stdout.split()[0])
    return done


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("slow", [False, True])
def test_the_process_ends_within_a_second(write: Write, moment: str, slow: bool) -> None:
    source = str(write(SLOW)) if slow else "line-fit"
    done = closed(MOMENTS[moment], "open", source, "--play")
    assert (done.returncode, done.stderr) == (0, "")
    # The interpreter's own end, with torch in it, takes a moment more.


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
    start = time.perf_counter()
    desk.window.close()
    assert time.perf_counter() - start < 0.8
    assert desk.workbench.stop()


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
    assert desk.window.panel.loss.scene() is None
