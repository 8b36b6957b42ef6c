"""What the window of an experiment shows: the bench with an experiment's document on it.

It opens, saves and recovers; what is done to a run is in `explorer.ui.bench`.
"""

from pathlib import Path

from PySide6.QtCore import QObject

from explorer.experiment.file import ExperimentFile
from explorer.experiment.spec import Experiment
from explorer.live.document import Document
from explorer.live.undo import Undo
from explorer.live.work import Work
from explorer.ui.bench import Bench, RunState

__all__ = ["RunState", "Workbench"]


class Workbench(Bench):
    """An experiment, its run, and the way to the worker."""

    document: Document

    def __init__(self, file: ExperimentFile, parent: QObject | None = None) -> None:
        super().__init__(Document.of(file), parent)

    @property
    def file(self) -> ExperimentFile:
        """The document's file."""
        return self.document.file

    @property
    def experiment(self) -> Experiment:
        """As the document's edits have left it."""
        return self.document.experiment

    @property
    def title(self) -> str:
        """The experiment's own title, or its file's name."""
        return self.work.title

    @property
    def work(self) -> Work:
        """The document as it stands."""
        return self.document.work(self.unsaved_changes)

    @property
    def work_to_keep(self) -> Work:
        """The same with what was set after the end, which the next run has from its start."""
        return self.document.work(self._repeated)

    def open(self, file: ExperimentFile) -> None:
        """Show another experiment."""
        self._show(Document.of(file))

    def recover(self, file: ExperimentFile, experiment: Experiment) -> None:
        """Show an experiment that is in no file, as what became of that file's."""
        self._show(Document(file, experiment, recovered=True))

    def _show(self, document: Document) -> None:
        self.document = document
        self._begin(())
        self._remember(Undo())
        self.document_changed.emit()

    def save(self, path: Path, with_changes: bool) -> None:
        """Write the file, whole or not at all. Raises BadInput."""
        self.document = self.document.saved(path, self.unsaved_changes if with_changes else ())
        if with_changes:
            self.run = self.run.kept(self.experiment.training.steps)
        self.document_changed.emit()
