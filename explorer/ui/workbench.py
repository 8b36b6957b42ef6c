"""What the window of an experiment shows: the bench with an experiment's document on it.

It opens, saves, recovers and edits; what is done to a run is in `explorer.ui.bench`. What is
edited runs once PyTorch has taken it (`explorer.live.revision`): until then the last one goes on.
"""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.experiment.edits import Edit
from explorer.experiment.file import ExperimentFile
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change, Experiment
from explorer.live import mailbox as messages
from explorer.live import reports
from explorer.live.carrying import fitting
from explorer.live.document import Document
from explorer.live.frames import ExperimentStart
from explorer.live.revision import Revision
from explorer.live.undo import Typed, Undo
from explorer.live.work import Work
from explorer.ui.bench import Bench, RunState

__all__ = ["RunState", "Workbench"]


class Workbench(Bench):
    """An experiment, its run, and the way to the worker."""

    document: Document
    typed = Signal()  # more of the formula
    draft_changed = Signal()  # the formula's text is another one, and no run follows it yet
    revision_ended = Signal(object)  # BadInput why it was refused; None: it does not fit any more

    def __init__(self, file: ExperimentFile, parent: QObject | None = None) -> None:
        super().__init__(Document.of(file), parent)
        # Whether a run of a formula that was edited begins with the values of the one before.
        self.goes_on = False
        self._typed: Typed | None = None
        self._revision: Revision | None = None

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

    def recover(self, work: Work) -> None:
        """Show an experiment that is in no file, as what became of that file's."""
        document = Document(work.file, work.experiment, recovered=True)
        self._show(document.drafted(work.draft) if work.draft is not None else document)

    def _show(self, document: Document) -> None:
        self.document = document
        self._typed = self._revision = None
        self._begin(())
        self._remember(Undo())
        self.document_changed.emit()

    def save(self, path: Path, with_changes: bool) -> None:
        """Write the file, whole or not at all. Raises BadInput."""
        self.document = self.document.saved(path, self.unsaved_changes if with_changes else ())
        if with_changes:
            self.run = self.run.kept(self.experiment.training.steps)
        self.document_changed.emit()

    # -- the formula ---------------------------------------------------------

    def type_formula(self, text: str) -> None:
        """The formula's text is being typed; no run follows it yet."""
        old, was_modified = self.document.draft, self.is_modified
        self.document = self.document.drafted(text)
        if old == self.document.draft:
            return
        count, undone = len(self.history.done), self.history.undone
        entry = Typed(old, self.document.draft)
        self.history, self._typed = self.history.typed(entry, self._typed)
        # A key stroke has to be answered at once: most are more of the same.
        if undone or count != len(self.history.done):
            self._remember(self.history)
        if was_modified != self.is_modified:
            self.document_changed.emit()
        self.typed.emit()

    def rest(self) -> None:
        """What is typed from now on is undone by itself."""
        self._typed = None

    def revise(self, revision: Revision) -> None:
        """Let this take the place of its base, if PyTorch takes it; until then that goes on."""
        self._revision = revision
        made = self._repeated
        if revision.edit is not None:
            made = tuple(map(revision.edit.of_change, made))
        start = ExperimentStart(revision.experiment, fitting(made, revision.experiment))
        self._mail.post(messages.Try(revision.run.identity, start, self.goes_on))

    def edit(self, edit: Edit) -> None:
        """Edit the document, and run what comes of it; what does not fit is refused."""
        try:
            experiment = edit.of(self.experiment)
        except BadInput as problem:
            self.problem_arose.emit(problem)
        else:
            if experiment != self.experiment:
                self.revise(Revision(edit.way, self.experiment, experiment, edit))

    def _on_report(self, report: reports.Report) -> None:
        if isinstance(report, reports.Tried):
            self._take_tried(report)
        else:
            super()._on_report(report)

    def _take_tried(self, report: reports.Tried) -> None:
        revision = self._revision
        if revision is None or report.run != revision.run.identity:
            return
        self._revision = None
        if report.problem is not None:
            # What is typed is told of where it stands.
            told = self.revision_ended if revision.edit is None else self.problem_arose
            told.emit(report.problem)
        elif revision.fits(self.document):
            self._take_revision(revision, report.by_hand)
        else:
            self.revision_ended.emit(None)

    def _take_revision(self, revision: Revision, by_hand: tuple[Change, ...]) -> None:
        """Run it. What was typed for it is undone with it."""
        plays = self.state in (RunState.RUNNING, RunState.FINISHED)
        document, history = revision.of(self.document), self.history
        if document.draft is None and self._typed is not None:
            self.document = replace(self.document, draft=self._typed.old)
            self.history, self._typed = history.without(self._typed), None
        self._restart(revision.way, document, by_hand, revision.run)
        self.document_changed.emit()
        if plays:
            self.play()

    def _retype(self, formula: str | None) -> None:
        self._typed = None
        self.document = self.document.drafted(formula)
        self.draft_changed.emit()
        self.document_changed.emit()
