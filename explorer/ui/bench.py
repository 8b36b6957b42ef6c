"""What a window shows: one document, one run of it, and the way to the worker.

The views take a Bench, call its verbs and listen to its signals; they do not
know one another. It owns the worker thread and is the only one to post to it. What a
document and a run are is said in `explorer.live`; this holds one of each. Whether the document is
an experiment (`explorer.ui.workbench`) or somebody's model (`explorer.ui.subject.bench`) makes no
difference here.
"""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.experiment.plan import Plan
from explorer.experiment.problem import BadInput, Failure
from explorer.experiment.spec import Change
from explorer.live import mailbox as messages
from explorer.live import reports
from explorer.live.document import AnyDocument
from explorer.live.frames import Frame
from explorer.live.insight import Insight
from explorer.live.mailbox import FrameExchange, FrameRequest, Mailbox
from explorer.live.run import Run, RunState
from explorer.live.undo import Changed, Edited, Restarted, Typed, Undo
from explorer.ui.worker import STOP_WAIT_MS, Worker

__all__ = ["Bench", "RunState"]

STEPS = "training.steps"


class Bench(QObject):
    """The document, the run and the way to the worker.

    Edits change the document; switches, values and options set by hand are the run's
    changes (`changes_by_hand`). Both are undone and done again in one order (`undo`, `redo`).
    """

    experiment_changed = Signal()  # another experiment, or a fresh start of this one
    steps_changed = Signal()
    document_changed = Signal()  # title, path, unsaved or not
    work_changed = Signal()  # what was done by hand, the number of steps
    history_changed = Signal()  # what can be undone or done again
    state_changed = Signal()
    frame_arrived = Signal(object)  # Frame
    frame_wanted = Signal()  # something happened that a frame should show
    problem_arose = Signal(object)  # BadInput
    crashed = Signal(str)  # traceback
    # Whether earlier runs are kept, to be gone back to as they stood.
    keeps_runs = True

    def __init__(self, document: AnyDocument, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.run = Run()
        self.history = Undo()
        self.frame: Frame | None = None
        self.insight: Insight | None = None
        self._mail = Mailbox()
        self._exchange = FrameExchange()
        self._worker = Worker(self._mail, self._exchange, self)
        self._worker.reported.connect(self._on_report)
        self._worker.frame_ready.connect(self._on_frame)

    # -- the document ------------------------------------------------------

    @property
    def experiment(self) -> Plan:
        """As the document's edits have left it."""
        return self.document.experiment

    @property
    def unsaved_changes(self) -> tuple[Change, ...]:
        """Changes made by hand that no file holds yet, as far as the run reaches."""
        return self.run.unsaved(self.experiment.training.steps)

    @property
    def _repeated(self) -> tuple[Change, ...]:
        """The changes by hand that a run from the start makes again."""
        return self.run.repeated(self.experiment.training.steps)

    @property
    def is_modified(self) -> bool:
        """Whether something would be lost by leaving."""
        return bool(self.run.left) or self.document.is_edited

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
        """Play or pause; a finished run starts again, with what was set."""
        if self.state is RunState.RUNNING:
            self.pause()
            return
        if self.state is RunState.FINISHED:
            self._restart("again", self.document, self._repeated)
        self.play()

    def step(self) -> None:
        """One step; a finished run is made longer by it."""
        if self.state is RunState.FINISHED:
            self._edit(STEPS, self.experiment.training.steps + 1)
        self._ask(messages.StepOnce())

    def reset(self) -> None:
        """Back to the start. What was done by hand is done again at its steps."""
        self._restart("reset", self.document, self._repeated)

    def start_over(self) -> None:
        """Back to what the file says: without edits, and without what was done by hand."""
        self._restart("start_over", self.document.as_in_file(), ())
        self.document_changed.emit()

    def go_to(self, step: int) -> None:
        """Come to where this many steps are made: ahead, or again from the start."""
        if self.run.step > step:
            self._restart("go_to", self.document, self._repeated)
        if step:
            self._ask(messages.GoTo(step))

    def remove(self, change: Change) -> None:
        """Make the run anew without this change, up to where it is."""
        step, then_play = self.run.step, self.state is RunState.RUNNING
        document, run = self.document, self.run
        if change in run.left:
            run = run.without(change)
        else:
            left = [each for each in self.experiment.changes if each != change]
            document = document.edited("changes", tuple(left))
        by_hand = run.repeated(self.experiment.training.steps)
        self._restart("remove", document, by_hand)
        if step:
            self._ask(messages.GoTo(step, then_play))
        self.document_changed.emit()

    def change(self, **parts: Any) -> None:
        """Make a change now: `tensor` with a switch or a value, or an optimizer's option."""
        if self.state is RunState.REFUSED:
            return
        step = 1 if self.frame is None else self.frame.step + 1
        try:
            change = Change.checked(step=step, **parts)
            self.experiment.check_change(change)
        except BadInput as problem:
            self.problem_arose.emit(_of_tensor(problem, parts.get("tensor")))
            return
        self._apply(change, again=False)

    def set_speed(self, steps_per_second: float | None) -> None:
        """At most so many steps a second; None: as fast as it goes."""
        self._mail.post(messages.SetSpeed(steps_per_second))

    def set_steps(self, steps: int) -> None:
        """Let the run end after this step."""
        edited = Edited(STEPS, self.document.value(STEPS), steps)
        try:
            self._edit(edited.key, edited.new)
        except BadInput as problem:
            self.problem_arose.emit(problem)
            self.steps_changed.emit()
        else:
            self._remember(self.history.did(edited))

    def _edit(self, key: str, value: object) -> None:
        """Change the document's number of steps, and have the run go along with it."""
        self.document = self.document.edited(key, value)
        self._ask(messages.SetSteps(self.experiment.training.steps))
        self._set_run(self.run.prolonged())
        self.steps_changed.emit()
        self.document_changed.emit()

    # -- undo and redo -------------------------------------------------------

    def undo(self) -> None:
        """Take back the last thing done; nothing, if there is none."""
        if not self.history.done:
            return
        entry, history = self.history.taken()
        if isinstance(entry, Changed):
            erase = entry.change not in self.run.saved
            self._ask(messages.TakeBack(entry.change, entry.inverse, erase))
            self.frame_wanted.emit()
        elif isinstance(entry, Edited):
            self._edit(entry.key, entry.old)
        elif isinstance(entry, Typed):
            self._retype(entry.old)
        else:
            entry = self._return(entry)
        self._remember(history.did_undo(entry))

    def redo(self) -> None:
        """Do the last thing undone again; nothing, if there is none."""
        if not self.history.undone:
            return
        entry, history = self.history.taken_undone()
        if isinstance(entry, Changed):
            # It is in the history again when it was made.
            self._remember(history)
            self._apply(entry.change, again=True)
            return
        if isinstance(entry, Edited):
            self._edit(entry.key, entry.new)
        elif isinstance(entry, Typed):
            self._retype(entry.new)
        else:
            entry = self._return(entry)
        self._remember(history.did_again(entry))

    def _retype(self, formula: str | None) -> None:
        """Let this be the formula's text, of what has a formula."""

    def _apply(self, change: Change, *, again: bool) -> None:
        self._follow(self.run.asked(change))
        self._ask(messages.Apply(change, again))
        self.frame_wanted.emit()

    def _restart(
        self,
        way: str,
        document: AnyDocument,
        by_hand: tuple[Change, ...],
        run: Run | None = None,
    ) -> None:
        """Another run in the place of the present one, which can be gone back to."""
        left = Restarted(way, self.document, self.run.stopped())
        self.document = document
        self._begin(by_hand, way, run)
        self._remember(self.history.did(left))

    def _return(self, entry: Restarted) -> Restarted:
        """Go to the entry's run; gives the entry by which one comes back from it."""
        left = Restarted(entry.way, self.document, self.run.stopped())
        self.document = entry.document.with_file_of(self.document)
        self.frame = self.insight = None
        if entry.kept:
            self._resume(entry.run)
        else:
            self._load(entry.run.repeated(self.experiment.training.steps))
        self.experiment_changed.emit()
        self.document_changed.emit()
        self.frame_wanted.emit()
        return left

    def _resume(self, run: Run) -> None:
        self._mail.post(messages.Return(run.identity))
        self._set_run(run)

    def _remember(self, history: Undo) -> None:
        self.history = history
        if self.keeps_runs:
            # The present one is remembered by being there.
            self._mail.post(messages.Keep(frozenset(run.identity for run in history.runs)))
        self.history_changed.emit()

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

    def _begin(self, by_hand: tuple[Change, ...], way: str = "", run: Run | None = None) -> None:
        self._load(by_hand, way, run)
        self.experiment_changed.emit()

    def _load(self, by_hand: tuple[Change, ...], way: str = "", run: Run | None = None) -> None:
        self.frame = None
        self.insight = None
        run = replace(run or Run(), by_hand=by_hand, began=way, planned=len(by_hand))
        start = self.document.start(by_hand)
        self._mail.post(messages.Load(run.identity, start, alone=not self.keeps_runs))
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
        if isinstance(report, reports.Changed):
            self._take_change(report)
            return
        if isinstance(report, reports.ChangeRefused | reports.UndoRefused):
            self._follow(self.run.after(report))
            self.problem_arose.emit(report.problem)
            return
        if isinstance(report, reports.Refused):
            report = replace(report, problem=self.document.located(report.problem))
        self._set_run(self.run.after(report))
        if isinstance(report, reports.Refused):
            self.problem_arose.emit(report.problem)
        else:
            self.frame_wanted.emit()

    def _take_change(self, report: reports.Changed) -> None:
        self._follow(self.run.after(report))
        entry = Changed(report.change, report.inverse)
        history = self.history
        self._remember(history.did_again(entry) if report.again else history.did(entry))

    def _on_frame(self, frame: Frame) -> None:
        if frame.run != self.run.identity:
            self.frame_painted()
            return
        if frame.tensors is None and self.frame is not None:
            frame = replace(frame, tensors=self.frame.tensors)
        if frame.insight is not None:
            self.insight = frame.insight
        self.frame = frame
        self._follow(self.run.shown(frame.step, frame.by_hand), frame)

    def _follow(self, run: Run, frame: Frame | None = None) -> None:
        """The run as it is by now: what was done by hand may be different."""
        was_modified, left = self.is_modified, self.run.left
        self.run = run
        if frame is not None:
            self.frame_arrived.emit(frame)
        if left != run.left:
            self.work_changed.emit()
        if was_modified != self.is_modified:
            self.document_changed.emit()

    def _set_run(self, run: Run) -> None:
        """Where nothing became of a report, nothing is told."""
        if run is not self.run:
            self.run = run
            self.state_changed.emit()


def _of_tensor(problem: BadInput, tensor: str | None) -> BadInput:
    """The problem of a change, with the tensor in its place: there are several in the table."""
    place = problem.place
    if tensor is None or place.key is None:
        return problem
    named = replace(place, key=f"{tensor}.{place.key}")
    return BadInput(problem.code, named, **problem.facts)
