"""One run of a document's experiment: which it is, what happened to it, what was done by hand.

A value: every report of the worker makes a new one. Everything that is asked of the worker
and everything it says carries the run's identity, which no other run ever has, so that
nothing of an earlier run can be taken for one of the present. Held by
`explorer.ui.workbench`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from uuid import UUID, uuid4

from explorer.experiment.problem import BadInput, Failure
from explorer.experiment.spec import Change
from explorer.live import reports
from explorer.live.reports import Report


class RunState(Enum):
    """Where the run stands."""

    LOADING = "loading"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    REFUSED = "refused"


_STATES: Mapping[type[Report], RunState] = MappingProxyType(
    {
        reports.Ready: RunState.READY,
        reports.Refused: RunState.REFUSED,
        reports.Stepped: RunState.PAUSED,
        reports.Finished: RunState.FINISHED,
        reports.Failed: RunState.FAILED,
    }
)


@dataclass(frozen=True)
class Event:
    """The run came into a state when `step` was the last step that was shown.

    `failure` says why it stopped by itself, `problem` why it could not begin; `at_s` is the time
    of it by time.perf_counter(), in the worker.
    """

    state: RunState
    step: int = 0
    failure: Failure | None = None
    problem: BadInput | None = None
    at_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Run:
    """`history` has an event for each change of state, the present one last.

    `by_hand` are the changes made by hand, by their steps; those that are `saved` are in the
    file by now. Those that are `pending` were asked for and not answered yet. `began` is the
    command by which it took the place of another run, empty for the first; `planned` of
    that one's changes by hand are made again.
    """

    by_hand: tuple[Change, ...] = ()
    pending: tuple[Change, ...] = ()
    identity: UUID = field(default_factory=uuid4)
    history: tuple[Event, ...] = (Event(RunState.LOADING),)
    step: int = 0
    saved: tuple[Change, ...] = ()
    began: str = ""
    planned: int = 0

    @property
    def state(self) -> RunState:
        """Where it stands."""
        return self.history[-1].state

    @property
    def failure(self) -> Failure | None:
        """Why it stopped by itself, as long as it stands there."""
        return self.history[-1].failure

    @property
    def problem(self) -> BadInput | None:
        """Why it could not begin."""
        return self.history[-1].problem

    def unsaved(self, steps: int) -> tuple[Change, ...]:
        """Those of `left` that a file can hold: up to the last of `steps` steps."""
        return tuple(change for change in self.left if change.step <= steps)

    def repeated(self, steps: int) -> tuple[Change, ...]:
        """The changes by hand that a run from the start makes again, the pending ones too.

        What was set after the last of `steps` steps is set from the start of the next run.
        """
        made = (*self.by_hand, *self.pending)
        return tuple(
            change if change.step <= steps else change.model_copy(update={"step": 1})
            for change in made
            if change not in self.saved
        )

    @property
    def left(self) -> tuple[Change, ...]:
        """The changes by hand that no file holds, at the steps at which they were made."""
        return tuple(change for change in self.by_hand if change not in self.saved)

    def without(self, change: Change) -> "Run":
        """Where this change by hand had not been made."""
        return replace(
            self,
            by_hand=tuple(each for each in self.by_hand if each != change),
            pending=tuple(each for each in self.pending if each != change),
        )

    # -- what happens to it ----------------------------------------------------

    def shown(self, step: int, by_hand: tuple[Change, ...]) -> "Run":
        """A frame of it told how far it is and what was done by hand."""
        return replace(self, step=step, by_hand=by_hand)

    def kept(self, steps: int) -> "Run":
        """What was done by hand up to this step is in a file by now."""
        return replace(self, saved=(*self.saved, *self.unsaved(steps)))

    def asked(self, change: Change) -> "Run":
        """The worker was asked to make a change."""
        return replace(self, pending=(*self.pending, change))

    def stopped(self) -> "Run":
        """Another run takes its place: it steps no more."""
        return self._at(RunState.PAUSED) if self.state is RunState.RUNNING else self

    def prolonged(self) -> "Run":
        """It may make more steps, or fewer: one that was done is paused."""
        return self._at(RunState.PAUSED) if self.state is RunState.FINISHED else self

    def after(self, report: Report) -> "Run":
        """What the report makes of it; itself, if nothing, or if another run is meant."""
        if report.run != self.identity:
            return self
        if isinstance(report, reports.Playing):
            return self._played(report)
        if isinstance(report, reports.Changed | reports.ChangeRefused):
            return self._answered(report)
        if isinstance(report, reports.Crashed):
            # Nothing will come of it any more: PyTorch could not be imported, say.
            loading = self.state is RunState.LOADING
            return self._at(RunState.REFUSED, at_s=report.at_s) if loading else self
        state = next((each for kind, each in _STATES.items() if isinstance(report, kind)), None)
        failure = report.failure if isinstance(report, reports.Failed) else None
        problem = report.problem if isinstance(report, reports.Refused) else None
        return self if state is None else self._at(state, failure, problem, report.at_s)

    def _answered(self, report: reports.Changed | reports.ChangeRefused) -> "Run":
        """In the order in which they were asked for."""
        made = (report.change,) if isinstance(report, reports.Changed) else ()
        return replace(self, pending=self.pending[1:], by_hand=(*self.by_hand, *made))

    def _played(self, report: reports.Playing) -> "Run":
        if report.playing:
            return self._at(RunState.RUNNING, at_s=report.at_s)
        running = self.state is RunState.RUNNING
        return self._at(RunState.PAUSED, at_s=report.at_s) if running else self

    def _at(
        self,
        state: RunState,
        failure: Failure | None = None,
        problem: BadInput | None = None,
        at_s: float = 0.0,
    ) -> "Run":
        event = Event(state, self.step, failure, problem, at_s)
        return replace(self, history=(*self.history, event))
