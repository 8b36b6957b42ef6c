"""What the window shows: one document, one run of it, and the way to the worker.

The views take a Workbench, call its verbs and listen to its signals; they do not
know one another. It owns the worker thread and is the only one to post to it. What a
document and a run are is said in `explorer.live`; this holds one of each.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.experiment.file import ExperimentFile
from explorer.experiment.problem import BadInput, Failure
from explorer.experiment.spec import Change, Experiment
from explorer.live import mailbox as messages
from explorer.live import reports
from explorer.live.document import Document
from explorer.live.frames import Frame
from explorer.live.insight import Insight
from explorer.live.mailbox import FrameExchange, FrameRequest, Mailbox
from explorer.live.run import Run, RunState
from explorer.live.work import Work
from explorer.ui.worker import STOP_WAIT_MS, Worker

__all__ = ["RunState", "Workbench"]


class Workbench(QObject):
    """The document, the run and the way to the worker.

    Edits change the document; switches, values and options set by hand are the run's
    changes (`changes_by_hand`).
    """

    experiment_changed = Signal()  # another experiment, or a fresh start of this one
    steps_changed = Signal()
    document_changed = Signal()  # title, path, unsaved or not
    work_changed = Signal()  # what was done by hand, the number of steps
    state_changed = Signal()
    frame_arrived = Signal(object)  # Frame
    frame_wanted = Signal()  # something happened that a frame should show
    problem_arose = Signal(object)  # BadInput
    crashed = Signal(str)  # traceback

    def __init__(self, file: ExperimentFile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = Document.of(file)
        self.run = Run()
        self.frame: Frame | None = None
        self.insight: Insight | None = None
        self._mail = Mailbox()
        self._exchange = FrameExchange()
        self._worker = Worker(self._mail, self._exchange, self)
        self._worker.reported.connect(self._on_report)
        self._worker.frame_ready.connect(self._on_frame)

    # -- the document ------------------------------------------------------

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
    def unsaved_changes(self) -> tuple[Change, ...]:
        """Changes made by hand that no file holds yet, as far as the run reaches."""
        return self.run.unsaved(self.experiment.training.steps)

    @property
    def is_modified(self) -> bool:
        """Whether something would be lost by leaving."""
        return bool(self.unsaved_changes) or self.document.is_edited

    @property
    def work(self) -> Work:
        """The document as it stands."""
        return self.document.work(self.unsaved_changes)

    def open(self, file: ExperimentFile) -> None:
        """Show another experiment."""
        self._show(Document.of(file))

    def recover(self, file: ExperimentFile, experiment: Experiment) -> None:
        """Show an experiment that is in no file, as what became of that file's."""
        self._show(Document(file, experiment, recovered=True))

    def _show(self, document: Document) -> None:
        self.document = document
        self._begin(())
        self.document_changed.emit()

    def save(self, path: Path, with_changes: bool) -> None:
        """Write the file, whole or not at all. Raises BadInput."""
        self.document = self.document.saved(path, self.unsaved_changes if with_changes else ())
        if with_changes:
            self.run = self.run.kept(self.experiment.training.steps)
        self.document_changed.emit()

    # -- the run -----------------------------------------------------------

    @property
    def state(self) -> RunState:
        """Where the run stands."""
        return self.run.state

    @property
    def failure(self) -> Failure | None:
        """Why the run stopped by itself."""
        return self.run.failure

    @property
    def problem(self) -> BadInput | None:
        """Why the run could not begin."""
        return self.run.problem

    @property
    def changes_by_hand(self) -> tuple[Change, ...]:
        """What was done to the run by hand."""
        return self.run.by_hand

    def start(self) -> None:
        """Start the worker; the window is on the screen by now, with the experiment in it."""
        self._worker.start()
        self._load(())

    def play(self) -> None:
        """Step until paused, done or failed."""
        self._ask(messages.Play())

    def pause(self) -> None:
        """Stop after the present step."""
        self._ask(messages.Pause())

    def toggle(self) -> None:
        """Play or pause; a finished run starts again from the beginning."""
        if self.state is RunState.RUNNING:
            self.pause()
            return
        if self.state is RunState.FINISHED:
            self.reset()
        self.play()

    def step(self) -> None:
        """One step; a finished run is made longer by it."""
        if self.state is RunState.FINISHED:
            self.set_steps(self.experiment.training.steps + 1)
        self._ask(messages.StepOnce())

    def reset(self) -> None:
        """Back to the start. What was set before the first step stays set."""
        self._begin(self.run.set_up(self.experiment.training.steps))

    def change(self, **parts: Any) -> None:
        """Make a change now: `tensor` with a switch or a value, or an optimizer's option."""
        step = 1 if self.frame is None else self.frame.step + 1
        try:
            change = Change.checked(step=step, **parts)
            self.experiment.check_change(change)
        except BadInput as problem:
            self.problem_arose.emit(problem)
            return
        self._ask(messages.Apply(change))
        self.frame_wanted.emit()

    def set_speed(self, steps_per_second: float | None) -> None:
        """At most so many steps a second; None: as fast as it goes."""
        self._mail.post(messages.SetSpeed(steps_per_second))

    def set_steps(self, steps: int) -> None:
        """Let the run end after this step."""
        try:
            self.document = self.document.edited("training.steps", steps)
        except BadInput as problem:
            self.problem_arose.emit(problem)
            self.steps_changed.emit()
            return
        self._ask(messages.SetSteps(steps))
        self._set_run(self.run.prolonged())
        self.steps_changed.emit()
        self.document_changed.emit()

    def request_frame(self, request: FrameRequest) -> None:
        """Ask the worker for a frame; it comes with `frame_arrived`."""
        self._ask(request)

    def frame_painted(self) -> None:
        """Let the worker go on."""
        self._exchange.painted()

    def stop(self, wait_ms: int = STOP_WAIT_MS) -> bool:
        """End the worker thread; False if it did not end in time."""
        return self._worker.stop(wait_ms)

    @property
    def has_stopped(self) -> bool:
        """Whether no worker thread is running: it ended, or never began."""
        return not self._worker.isRunning()

    def _begin(self, set_up: tuple[Change, ...]) -> None:
        self._load(set_up)
        self.experiment_changed.emit()

    def _load(self, set_up: tuple[Change, ...]) -> None:
        self.frame = None
        self.insight = None
        run = Run(by_hand=set_up)
        self._mail.post(messages.Load(run.identity, self.experiment, set_up))
        self._set_run(run)

    def _ask(self, request: messages.Request) -> None:
        self._mail.post(messages.Asked(self.run.identity, request))

    # -- what the worker says ----------------------------------------------

    def _on_report(self, report: reports.Report) -> None:
        if isinstance(report, reports.Crashed):
            # Whatever run it was in.
            self._set_run(self.run.after(report))
            self.crashed.emit(report.details)
        elif report.run == self.run.identity:
            self._take(report)

    def _take(self, report: reports.Report) -> None:
        """Something happened to the present run."""
        if isinstance(report, reports.ChangeRefused):
            self.problem_arose.emit(report.problem)
            return
        if isinstance(report, reports.Refused):
            report = replace(report, problem=self.document.located(report.problem))
        self._set_run(self.run.after(report))
        if isinstance(report, reports.Refused):
            self.problem_arose.emit(report.problem)
        else:
            self.frame_wanted.emit()

    def _on_frame(self, frame: Frame) -> None:
        if frame.run != self.run.identity:
            self.frame_painted()
            return
        was_modified = self.is_modified
        if frame.tensors is None and self.frame is not None:
            frame = replace(frame, tensors=self.frame.tensors)
        if frame.insight is not None:
            self.insight = frame.insight
        self.frame = frame
        more_by_hand = frame.by_hand != self.changes_by_hand
        self.run = self.run.shown(frame.step, frame.by_hand)
        self.frame_arrived.emit(frame)
        if more_by_hand:
            self.work_changed.emit()
        if was_modified != self.is_modified:
            self.document_changed.emit()

    def _set_run(self, run: Run) -> None:
        """Where nothing became of a report, nothing is told."""
        if run is not self.run:
            self.run = run
            self.state_changed.emit()
