"""The window with isolated settings, and guards that no test leaves anything behind."""

import gc
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.experiment.file import ExperimentFile, read
from explorer.experiment.sources import experiment_path
from explorer.ui.files import as_template, is_builtin
from explorer.ui.program import Program
from explorer.ui.settings import Settings
from explorer.ui.speed import notch_at
from explorer.ui.window import FIRST_SIZE
from explorer.ui.workbench import RunState

from .desk import PATIENCE_MS, Answers, Desk, delete_later_now
from .guards import running_threads, windows
from .subject_desk import Sit, sitting

Seat = Callable[..., Desk]
Write = Callable[[str], Path]


@pytest.fixture(scope="session", autouse=True)
def _little_to_collect(qapp: QApplication) -> Iterator[None]:
    """Keep what was imported out of each window's collections, and of its count of what is kept.

    The program does so once; here there are hundreds of windows, and modules of all tests.
    """
    importlib.import_module("torch")
    importlib.import_module("sympy")
    gc.freeze()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "get_freeze_count", lambda: 1)
        yield


@pytest.fixture(autouse=True)
def _nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """No thread still runs and no window is left when a test is over."""
    threads, shown = running_threads(), windows()
    yield
    delete_later_now()
    left = sorted(running_threads() - threads)
    assert not left, f"threads still running: {left}"
    open_ = [f"{type(each).__name__} {each.windowTitle()!r}" for each in windows() - shown]
    assert not open_, f"windows left: {open_}"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test keeps (a recovery file) another must not find."""
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "user"))


@pytest.fixture
def seat(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Seat]:
    """Opens the window on a built-in experiment's name or a file, ready to play.

    `settings`: overrides as on the command line; `start=False`: as before torch is there.
    """
    desks: list[Desk] = []

    def sit_down(source: str | Path = "line-fit", *settings: str, start: bool = True) -> Desk:
        answers = Answers()
        store = Settings(tmp_path / "window.ini")
        if store.notch is None:
            # Nobody waits here for what a first visit is to see.
            store.notch = notch_at(500)
        file = experiment_file(source, *settings)
        program = Program(qapp, file, settings=store, choosers=answers.choosers)
        desk = Desk(qtbot, program, answers)
        desks.append(desk)
        with qtbot.waitExposed(program.window, timeout=PATIENCE_MS):
            program.show()
        if store.geometry is None:
            # As on a usual screen: the one that is drawn on unseen is smaller.
            program.window.resize(*FIRST_SIZE)
        if start:
            program.workbench.start()
            desk.until(lambda: desk.state in (RunState.READY, RunState.REFUSED))
            if desk.state is RunState.READY:
                desk.look()
        return desk

    yield sit_down
    # pytest still holds `sit_down`: what it opened must not live as long.
    ended = [leave(desks.pop()) for _ in range(len(desks))]
    delete_later_now()
    # Here, where Qt does nothing, and not in the midst of the next test.
    gc.collect()
    gc.enable()
    assert all(ended), "a worker did not end in time"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an experiment file."""

    def to_file(text: str) -> Path:
        path = tmp_path / "experiment.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def leave(desk: Desk) -> bool:
    """Close the window; whether the worker has ended.

    It gets more time than a user would wait: `test_closing.py` is about that.
    """
    desk.window.close()
    ended = desk.workbench.stop(PATIENCE_MS)
    desk.window.deleteLater()
    desk.program.deleteLater()
    return ended


def experiment_file(source: str | Path, *settings: str) -> ExperimentFile:
    """As the program reads it: the built-in ones have no path of their own."""
    path = experiment_path(str(source))
    file = read(path, settings)
    return as_template(file) if is_builtin(path) else file


@pytest.fixture
def sit(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Sit]:
    """Opens the window on somebody's own model."""
    yield from sitting(qapp, qtbot, tmp_path)
