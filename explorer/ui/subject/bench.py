"""What the window of somebody's own model shows: the bench with a model's document on it.

Each run loads the model anew, from its sources as they are by then. An earlier run is not kept,
for a model may be all that fits into memory: whoever goes back to it has it made again.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.experiment.spec import Change
from explorer.live import reports
from explorer.live.document import AnyDocument
from explorer.live.frames import Frame
from explorer.live.mailbox import FrameRequest, GoTo
from explorer.live.modeldocument import ModelDocument
from explorer.live.modelrun import ModelReady
from explorer.live.run import Run
from explorer.live.undo import Entry, Restarted
from explorer.own.modelfile import ModelFile
from explorer.own.plan import ModelPlan
from explorer.own.reference import reference
from explorer.ui.bench import Bench, RunState
from explorer.ui.worker import STOP_WAIT_MS

_BUSY = {RunState.LOADING, RunState.RUNNING}


class SubjectBench(Bench):
    """A model, its run, and the way to the worker."""

    document: ModelDocument
    asked = Signal()
    keeps_runs = False

    def __init__(self, file: ModelFile, parent: QObject | None = None) -> None:
        super().__init__(ModelDocument.of(file), parent)
        self._awaits = False
        # Asked before the model's code is run again, and set by the window that can ask.
        self.may_run: Callable[[], bool] = lambda: True

    @property
    def experiment(self) -> ModelPlan:
        """What is run, as the document's edits have left it."""
        return self.document.experiment

    @property
    def file(self) -> ModelFile:
        """Where it is written, if it is."""
        return self.document.file

    @property
    def title(self) -> str:
        """The factory, and the name of the file that it is in."""
        subject = self.experiment.subject
        named = reference(subject)
        return subject if named is None else f"{Path(named.home).name}:{named.factory}"

    @property
    def source(self) -> Path | None:
        """The file that the factory is in; None where a module is named."""
        named = reference(self.experiment.subject)
        return Path(named.home) if named is not None and named.is_file else None

    def save(self, path: Path) -> None:
        """Write the file, with what was changed by hand. Raises BadInput."""
        self.document = self.document.saved(path, self.unsaved_changes)
        self.run = self.run.kept(self.experiment.training.steps)
        self.document_changed.emit()
        self.work_changed.emit()

    def give_up(self) -> None:
        """Do not wait any longer for what the model's code does."""
        if self.is_busy:
            self._worker.interrupt()

    @property
    def is_busy(self) -> bool:
        """Whether the model's code is at work, or may be."""
        return not self.has_stopped and (self.state in _BUSY or self._awaits)

    def request_frame(self, request: FrameRequest) -> None:
        """Ask the worker for a frame, for which it may have to run the model's code."""
        self._awaits = True
        super().request_frame(request)
        self.asked.emit()

    def step(self) -> None:
        """One step."""
        self._awaits = True
        super().step()
        self.asked.emit()

    def undo(self) -> None:
        """As of any bench, if its code may be run where that needs another run."""
        if self._may_return(self.history.done):
            super().undo()

    def redo(self) -> None:
        """As `undo`."""
        if self._may_return(self.history.undone):
            super().redo()

    def stop(self, wait_ms: int = STOP_WAIT_MS) -> bool:
        """End the worker thread, and what the model's code does in it; False if it goes on."""
        if super().stop(wait_ms // 2):
            return True
        self._worker.interrupt()
        return super().stop(wait_ms - wait_ms // 2)

    def _restart(
        self,
        way: str,
        document: AnyDocument,
        by_hand: tuple[Change, ...],
        run: Run | None = None,
    ) -> None:
        """Its code may be another than before: nothing is done if it may not be run."""
        if self.may_run():
            super()._restart(way, document, by_hand, run)

    def _resume(self, run: Run) -> None:
        """Make the run again, with what was done to it, up to where it was."""
        made = (*run.by_hand, *run.pending)
        self._load(tuple(each for each in made if each not in run.saved), run.began)
        if run.step:
            self._ask(GoTo(run.step))

    def _may_return(self, entries: tuple[Entry, ...]) -> bool:
        """Whether the last of them needs no other run, or its code may be run for that."""
        return not entries or not isinstance(entries[-1], Restarted) or self.may_run()

    def _on_frame(self, frame: Frame) -> None:
        self._awaits = False
        super()._on_frame(frame)

    def _take(self, report: reports.Report) -> None:
        if isinstance(report, ModelReady):
            self.document = self.document.known(report.anatomy)
            self.experiment_changed.emit()
        if isinstance(report, reports.Refused | reports.Failed):
            # Whatever was asked of it is not on its way any more.
            self._awaits = False
        super()._take(report)
