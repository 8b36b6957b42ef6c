"""What no test may leave behind: a thread that runs, a window that is still there."""

import threading
from pathlib import Path

from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget

TASKS = Path("/proc/self/task")
# Qt names a thread after its class. Its own pool's threads end by themselves.
QT_THREADS = {"Worker", "QThread"}


def running_threads() -> set[str]:
    """Threads of Python and, where the system tells, of Qt."""
    named = {f"python {thread.name}" for thread in threading.enumerate() if _counts(thread)}
    if TASKS.is_dir():
        named |= {f"qt {task.name}" for task in TASKS.iterdir() if _name(task) in QT_THREADS}
    return named


def _counts(thread: threading.Thread) -> bool:
    # A dummy stands for a thread that Python did not start; Qt's are counted by name.
    return thread.is_alive() and not isinstance(thread, threading._DummyThread)


def _name(task: Path) -> str:
    try:
        return (task / "comm").read_text().strip()
    except OSError:
        # It has just ended.
        return ""


def windows() -> set[QWidget]:
    """Windows that are shown, and main windows and dialogs even if they are not.

    pyqtgraph's plots own menus and small widgets without a parent, in reference cycles
    that the garbage collector takes away some time later.
    """
    return {
        each
        for each in QApplication.topLevelWidgets()
        if each.isVisible() or isinstance(each, QMainWindow | QDialog)
    }
