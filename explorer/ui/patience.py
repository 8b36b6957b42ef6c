"""Reading an experiment's file beside the window, which says so if it takes long.

A million rows of numbers take seconds. Most files are read before anybody would see a dialog,
so none is made for them. Called by `explorer.ui.app` and `explorer.ui.files`.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

from PySide6.QtCore import QEventLoop, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QProgressDialog

from explorer.experiment.file import ExperimentFile
from explorer.experiment.names import shortened_path
from explorer.i18n import Language

# What is done by then comes as if at once.
AT_ONCE_S = 0.4


class _Job(QObject):
    """Reads in a thread of its own; what comes of it is `found` or `problem`."""

    done = Signal()

    def __init__(self, read: Callable[[], ExperimentFile]) -> None:
        # Somebody may have given up waiting: then it is Qt's, and goes when it is done.
        super().__init__(QApplication.instance())
        self.done.connect(self.deleteLater)
        self._read = read
        self.found: ExperimentFile | None = None
        self.problem: Exception | None = None
        self.thread_ = Thread(target=self._run, name="reading", daemon=True)

    def _run(self) -> None:
        try:
            self.found = self._read()
        except Exception as problem:
            # Raised again where it was asked for.
            self.problem = problem
        self.done.emit()


def read_patiently(
    path: Path, read: Callable[[], ExperimentFile], language: Language
) -> ExperimentFile | None:
    """What `read` gives; None if somebody did not want to wait. Raises what `read` raises."""
    job = _Job(read)
    loop = QEventLoop()
    job.done.connect(loop.quit)
    job.thread_.start()
    job.thread_.join(AT_ONCE_S)
    if job.thread_.is_alive():
        _wait(path, job, loop, language)
    if job.problem is not None:
        raise job.problem
    return job.found


def _wait(path: Path, job: _Job, loop: QEventLoop, language: Language) -> None:
    """Show that it is read, and let it be given up."""
    said = language.text("Reading {file} …").format(file=shortened_path(path.name))
    dialog = QProgressDialog(said, language.text("Cancel"), 0, 0, QApplication.activeWindow())
    dialog.setWindowTitle("Gradient Explorer")
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.setMinimumDuration(0)
    dialog.canceled.connect(loop.quit)
    dialog.show()
    loop.exec()
    dialog.canceled.disconnect(loop.quit)
    dialog.close()
    dialog.deleteLater()
    if job.found is not None or job.problem is not None:
        job.thread_.join()
