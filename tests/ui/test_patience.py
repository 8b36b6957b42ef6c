"""A file that takes long to read: that it is read is said, and nobody has to wait."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QProgressDialog, QPushButton

from explorer.experiment.file import ExperimentFile, read
from explorer.ui import files, patience

from .conftest import Seat, Write
from .desk import Desk
from .test_opening import GOOD, open_file, ready

BROKEN = 'formula = "y = a*q"'


@contextmanager
def slow_reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """As long as the event is not set, no file is read."""
    go_on = threading.Event()

    def read_slowly(path: Path) -> ExperimentFile:
        go_on.wait(60)
        return read(path)

    monkeypatch.setattr(patience, "AT_ONCE_S", 0.0)
    monkeypatch.setattr(files, "read", read_slowly)
    yield go_on
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "reading":
            thread.join(60)


def while_reading(desk: Desk, action: Callable[[QProgressDialog], object]) -> list[str]:
    """Do something as soon as the dialog is there; what it says."""
    said: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QProgressDialog):
            QTimer.singleShot(10, desk.window, look)
            return
        said.extend(label.text() for label in dialog.findChildren(QLabel))
        action(dialog)

    QTimer.singleShot(0, desk.window, look)
    return said


def test_it_is_said_that_a_large_file_is_read(
    seat: Seat, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = seat()
    with slow_reading(monkeypatch) as go_on:
        said = while_reading(desk, lambda _dialog: go_on.set())
        open_file(desk, write(GOOD))
        assert said == ["Reading experiment.toml …"]
        ready(desk)
        assert desk.window.formula.toPlainText() == "y = a*x"
        go_on.clear()
        while_reading(desk, lambda _dialog: go_on.set())
        desk.window.files.open_path(write(BROKEN))
        assert "“a”" in desk.message


def test_nobody_has_to_wait_for_it(
    seat: Seat, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = seat()
    with slow_reading(monkeypatch):
        while_reading(desk, lambda dialog: dialog.findChildren(QPushButton)[0].click())
        open_file(desk, write(GOOD))
        assert desk.window.windowTitle().startswith("Line fit")
