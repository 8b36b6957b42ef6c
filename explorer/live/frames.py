"""The frame: everything one repaint of the window needs, as plain data.

Made by the worker between two steps (`FrameMaker`), shown by the plots, the table
and the status bar. Without Qt, and without torch until a session is there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from explorer.engine.explainer import Explainer
from explorer.experiment.plan import Plan
from explorer.experiment.problem import Failure
from explorer.experiment.spec import Change, Experiment
from explorer.explain.step_records import StepRecord, TensorState
from explorer.live import reports
from explorer.live.carrying import carried
from explorer.live.curves import Columns
from explorer.live.history import Floats, History
from explorer.live.insight import Insight, InsightMaker
from explorer.live.inspection import Inspection, inspection
from explorer.live.tabled import Sight

if TYPE_CHECKING:
    from explorer.engine.session import Session
    from explorer.live.mailbox import FrameRequest
    from explorer.live.maker import Maker

# The series of a frame: of the parameters their values and their gradients.
LOSS, VALUES, GRADIENTS = "loss", "values", "gradients"
# Beside the loss where there are batches: the mean of the last complete epoch.
EPOCH = "epoch"


@dataclass(frozen=True)
class Fit:
    """The fitted curve: `y` at `x`, or the predictions of all rows if `x` is their targets."""

    x: Floats
    y: Floats


@dataclass(frozen=True)
class Series:
    """Numbers over the steps of a frame, a row for each name: shape (names, steps)."""

    names: tuple[str, ...]
    rows: Floats


def expected_names(series: str, plan: Plan) -> tuple[str, ...]:
    """The names in a series before there is a frame; of a vector there may be more."""
    if series == LOSS:
        return (LOSS, EPOCH) if plan.has_epochs else (LOSS,)
    return tuple(plan.coloured)


@dataclass(frozen=True)
class Frame:
    """A moment of the run of this identity.

    `series` has the numbers over `steps`, by the name of the series: LOSS, VALUES, GRADIENTS.
    `tensors`, `insight` and `inspection` are None when the request did not want them.
    `changes` are all that took effect, `by_hand` those made in the window.
    """

    run: UUID
    step: int
    loss: float | None
    steps: Floats
    series: Mapping[str, Series]
    fit: Fit | None
    tensors: tuple[TensorState, ...] | None
    insight: Insight | None
    inspection: Inspection | None
    changes: tuple[Change, ...]
    by_hand: tuple[Change, ...]
    failure: Failure | None


@dataclass(frozen=True)
class ExperimentStart:
    """Begins a run of an experiment; `by_hand` are changes of an earlier one, made again."""

    experiment: Experiment
    by_hand: tuple[Change, ...] = ()

    def begin(self, run: UUID, interrupted: Callable[[], bool]) -> "FrameMaker":
        """The session with its history. Raises BadInput."""
        from explorer.engine.session import Session

        session = Session(self.experiment, by_hand=self.by_hand)
        session.interrupted = interrupted
        return FrameMaker(session, run, interrupted)

    def going_on(self, maker: "Maker") -> "ExperimentStart":
        """The same from the values that the parameters of a run have by now."""
        if not isinstance(maker, FrameMaker):
            return self
        leaves = maker.session.subject.parameters.items()
        values = {name: leaf.tolist() for name, leaf in leaves}
        return replace(self, by_hand=carried(self.by_hand, values, self.experiment))


class FrameMaker:
    """Keeps a session's history and makes frames of it. Lives in the worker thread."""

    def __init__(
        self, session: "Session", run: UUID, interrupted: Callable[[], bool] = bool
    ) -> None:
        self.session = session
        self.run = run
        self._has_epochs = session.subject.batches is not None
        recorded = 1 + 2 * len(session.columns) + self._has_epochs
        self._columns = Columns(session.columns, recorded)
        self._losses = (0, recorded - 1) if self._has_epochs else (0,)
        self.history = History(recorded, norms=self._columns.norms)
        self._fit = session.subject.fitted_curve()
        self.explainer = Explainer(session)
        self._insights = InsightMaker(self.explainer, interrupted)

    def ready(self) -> reports.Report:
        """The session is built."""
        return reports.Ready(self.run)

    def record(self, record: StepRecord) -> None:
        """Add a step to the history."""
        if not self._has_epochs:
            self.history.append_record(record.loss, record.values, record.grads)
            return
        # The epoch's loss stands behind the gradients, and may be missing as they may.
        last = (*record.grads, record.epoch_loss)
        self.history.append_record(record.loss, record.values, last)

    def give_up(self) -> None:
        """Nothing of an experiment's runs so long."""

    def make(self, request: "FrameRequest") -> Frame:
        """The frame of this moment."""
        session = self.session
        # First: the trace makes the changes that the file has for the next step.
        insight = self._insights.insight(request.insight) if request.insight else None
        sight = Sight(session) if request.tensors or request.inspect else None
        wanted = request.inspect
        looked_at = inspection(sight, wanted, session.step) if sight and wanted else None
        steps, series = self._series(request)
        return Frame(
            run=self.run,
            step=session.step,
            loss=session.loss,
            steps=steps,
            series=series,
            fit=self._drawn() if request.fit else None,
            tensors=sight.states() if sight and request.tensors else None,
            insight=insight,
            inspection=looked_at,
            changes=session.changes,
            by_hand=session.changes_by_hand,
            failure=session.failure,
        )

    def _drawn(self) -> Fit | None:
        points = self._fit.points() if self._fit else None
        return None if points is None else Fit(*points)

    def _series(self, request: "FrameRequest") -> tuple[Floats, Mapping[str, Series]]:
        """Steps, and what the history has of them by name; views, without a copy."""
        drawn = self._columns.drawn(request.curves, request.chosen)
        wanted = (*self._losses, *drawn.values, *drawn.grads)
        part = request.first, request.last, request.span
        curves = self.history.read(request.buckets, *part, columns=wanted)
        losses, rows = len(self._losses), curves.y
        grads = losses + len(drawn.names)
        return curves.x, {
            LOSS: Series((LOSS, EPOCH)[:losses], rows[:losses]),
            VALUES: Series(drawn.names, rows[losses:grads]),
            GRADIENTS: Series(drawn.names, rows[grads:]),
        }
