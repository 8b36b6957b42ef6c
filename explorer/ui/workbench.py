"""What the window shows: one experiment file, one run of it, and what was done by hand.

The views take a Workbench, call its verbs and listen to its signals; they do not
know one another. It owns the worker thread and is the only one to post to it.
"""

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.experiment.file import ExperimentFile, as_saved, updated_text, write
from explorer.experiment.problem import BadInput, Failure
from explorer.experiment.spec import Change, Experiment
from explorer.live.work import Work
from explorer.ui import mailbox as messages
from explorer.ui.frames import Frame
from explorer.ui.insight import Insight
from explorer.ui.mailbox import FrameExchange, FrameRequest, Mailbox
from explorer.ui.worker import STOP_WAIT_MS, Worker


class RunState(Enum):
    """Where the run stands."""

    LOADING = "loading"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    REFUSED = "refused"


class Workbench(QObject):
    """The document, the run and the way to the worker.

    `experiment` is the file's, with edits to its number of steps; switches, values
    and options set by hand are the run's changes (`changes_by_hand`).
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
        self.file = file
        self.experiment = file.experiment
        self.state = RunState.LOADING
        self.failure: Failure | None = None
        self.problem: BadInput | None = None
        self.frame: Frame | None = None
        self.insight: Insight | None = None
        self.changes_by_hand: tuple[Change, ...] = ()
        self._saved_by_hand = 0
        self._recovered = False
        self._run = 0
        self._mail = Mailbox()
        self._exchange = FrameExchange()
        self._worker = Worker(self._mail, self._exchange, self)
        self._connect(self._worker)

    # -- the document ------------------------------------------------------

    @property
    def title(self) -> str:
        """The experiment's own title, or its file's name."""
        return self.work.title

    @property
    def unsaved_changes(self) -> tuple[Change, ...]:
        """Changes made by hand that no file holds yet, as far as the run reaches."""
        steps = self.experiment.training.steps
        new = self.changes_by_hand[self._saved_by_hand :]
        return tuple(change for change in new if change.step <= steps)

    @property
    def is_modified(self) -> bool:
        """Whether something would be lost by leaving."""
        by_hand = bool(self.unsaved_changes) or self.experiment != self.file.experiment
        return by_hand or self._recovered

    @property
    def work(self) -> Work:
        """The document as it stands."""
        return Work(self.file, self.experiment, self.unsaved_changes)

    def open(self, file: ExperimentFile) -> None:
        """Show another experiment."""
        self._show(file, file.experiment, recovered=False)

    def recover(self, file: ExperimentFile, experiment: Experiment) -> None:
        """Show an experiment that is in no file, as what became of that file's."""
        self._show(file, experiment, recovered=True)

    def _show(self, file: ExperimentFile, experiment: Experiment, recovered: bool) -> None:
        self.file = file
        self.experiment = experiment
        self._recovered = recovered
        self._begin(())
        self.document_changed.emit()

    def save(self, path: Path, with_changes: bool) -> None:
        """Write the file, whole or not at all. Raises BadInput."""
        experiment = self._to_save(with_changes)
        if not path.parent.is_dir():
            raise BadInput("folder-gone")
        text = updated_text(self.file, experiment, path.parent)
        write(path, text)
        if with_changes:
            self._saved_by_hand += len(self.unsaved_changes)
        self.experiment = as_saved(experiment, text)
        self.file = ExperimentFile(self.experiment, text, path)
        self._recovered = False
        self.document_changed.emit()

    def _to_save(self, with_changes: bool) -> Experiment:
        return self.work.whole if with_changes else self.experiment

    # -- the run -----------------------------------------------------------

    def start(self) -> None:
        """Start the worker; the window is on the screen by now, with the experiment in it."""
        self._worker.start()
        self._load(())

    def play(self) -> None:
        """Step until paused, done or failed."""
        self._mail.post(messages.Play())

    def pause(self) -> None:
        """Stop after the present step."""
        self._mail.post(messages.Pause())

    def toggle(self) -> None:
        """Play or pause; a finished run starts again from the beginning."""
        if self.state is RunState.RUNNING:
            self.pause()
            return
        if self.state is RunState.FINISHED:
            self.reset()
        self.play()

    def step(self) -> None:
        """One step."""
        self._mail.post(messages.StepOnce())

    def reset(self) -> None:
        """Back to the start. What was set before the first step stays set."""
        self._begin(tuple(change for change in self.unsaved_changes if change.step == 1))

    def change(self, **parts: Any) -> None:
        """Make a change now: `tensor` with a switch or a value, or an optimiser's option."""
        step = 1 if self.frame is None else self.frame.step + 1
        try:
            change = Change.checked(step=step, **parts)
            self.experiment.check_change(change)
        except BadInput as problem:
            self.problem_arose.emit(problem)
            return
        self._mail.post(messages.Apply(change))
        self.frame_wanted.emit()

    def set_speed(self, steps_per_second: float | None) -> None:
        """At most so many steps a second; None: as fast as it goes."""
        self._mail.post(messages.SetSpeed(steps_per_second))

    def set_steps(self, steps: int) -> None:
        """Let the run end after this step."""
        training = self.experiment.training
        try:
            changed = training.model_copy(update={"steps": steps})
            self.experiment = self.experiment.replace(training=changed)
        except BadInput as problem:
            self.problem_arose.emit(problem)
            self.steps_changed.emit()
            return
        self._mail.post(messages.SetSteps(steps))
        if self.state is RunState.FINISHED:
            self._set_state(RunState.PAUSED)
        self.steps_changed.emit()
        self.document_changed.emit()

    def request_frame(self, request: FrameRequest) -> None:
        """Ask the worker for a frame; it comes with `frame_arrived`."""
        self._mail.post(request)

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
        self._run += 1
        self.frame = None
        self.insight = None
        self.failure = None
        self.problem = None
        self.changes_by_hand = set_up
        self._saved_by_hand = 0
        self._mail.post(messages.Load(self.experiment, self._run, set_up))
        self._set_state(RunState.LOADING)

    # -- what the worker says ----------------------------------------------

    def _connect(self, worker: Worker) -> None:
        worker.ready.connect(self._on_ready)
        worker.refused.connect(self._on_refused)
        worker.frame_ready.connect(self._on_frame)
        worker.playing_changed.connect(self._on_playing)
        worker.stepped.connect(self._on_stepped)
        worker.finished_run.connect(self._on_finished)
        worker.failed.connect(self._on_failed)
        worker.change_refused.connect(self.problem_arose)
        worker.crashed.connect(self._on_crashed)

    def _on_ready(self, run: int) -> None:
        if run == self._run:
            self._set_state(RunState.READY)
            self.frame_wanted.emit()

    def _on_refused(self, run: int, problem: BadInput) -> None:
        if run == self._run:
            path = self.file.path
            self.problem = problem.at(file=str(path)) if path else problem
            self._set_state(RunState.REFUSED)
            self.problem_arose.emit(self.problem)

    def _on_frame(self, frame: Frame) -> None:
        if frame.run != self._run:
            self.frame_painted()
            return
        was_modified = self.is_modified
        if frame.tensors is None and self.frame is not None:
            frame = replace(frame, tensors=self.frame.tensors)
        if frame.insight is not None:
            self.insight = frame.insight
        self.frame = frame
        more_by_hand = frame.by_hand != self.changes_by_hand
        self.changes_by_hand = frame.by_hand
        self.frame_arrived.emit(frame)
        if more_by_hand:
            self.work_changed.emit()
        if was_modified != self.is_modified:
            self.document_changed.emit()

    def _on_playing(self, run: int, playing: bool) -> None:
        if run != self._run:
            return
        if playing:
            self.failure = None
            self._set_state(RunState.RUNNING)
        elif self.state is RunState.RUNNING:
            self._set_state(RunState.PAUSED)
        self.frame_wanted.emit()

    def _on_stepped(self, run: int) -> None:
        if run == self._run:
            self.failure = None
            self._set_state(RunState.PAUSED)
            self.frame_wanted.emit()

    def _on_finished(self, run: int) -> None:
        if run == self._run:
            self._set_state(RunState.FINISHED)
            self.frame_wanted.emit()

    def _on_failed(self, run: int, failure: Failure) -> None:
        if run == self._run:
            self.failure = failure
            self._set_state(RunState.FAILED)
            self.frame_wanted.emit()

    def _on_crashed(self, details: str) -> None:
        if self.state is RunState.LOADING:
            # Nothing will come of it any more: PyTorch could not be imported, say.
            self._set_state(RunState.REFUSED)
        self.crashed.emit(details)

    def _set_state(self, state: RunState) -> None:
        self.state = state
        self.state_changed.emit()
