"""The guards of this folder see what they are there to see."""

import threading

from PySide6.QtCore import QThread
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from .guards import running_threads, windows


class Worker(QThread):
    """Runs until it is told to end."""

    def __init__(self) -> None:
        super().__init__()
        self.running = threading.Event()
        self.told = threading.Event()

    def run(self) -> None:
        self.running.set()
        self.told.wait(10)


def test_a_running_qt_thread_is_seen() -> None:
    before = running_threads()
    worker = Worker()
    worker.start()
    assert worker.running.wait(5)
    seen = running_threads() - before
    worker.told.set()
    assert worker.wait(5000)
    assert len(seen) == 1
    assert running_threads() == before


def test_a_running_python_thread_is_seen() -> None:
    before = running_threads()
    told = threading.Event()
    thread = threading.Thread(target=told.wait, args=(10,), name="forgotten")
    thread.start()
    seen = running_threads() - before
    told.set()
    thread.join()
    assert seen == {"python forgotten"}


def test_a_window_that_is_left_is_seen(qtbot: QtBot) -> None:
    before = windows()
    shown, hidden = QWidget(), QDialog()
    qtbot.addWidget(shown)
    qtbot.addWidget(hidden)
    shown.show()
    assert windows() - before == {shown, hidden}
