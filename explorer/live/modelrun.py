"""A run of somebody's own model in the window's worker: how it begins, and its frames.

The loss is recorded at every step. Norms cost about as much as a small model's step: they are
taken for every frame, and between frames as often as costs little; the curves go straight from
one to the next.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from explorer.experiment.problem import BadInput
from explorer.explain.step_records import StepRecord
from explorer.live import reports
from explorer.live.frames import GRADIENTS, LOSS, VALUES, Frame, Series
from explorer.live.history import Floats, History
from explorer.live.insight import Insight, InsightMaker, InsightRequest
from explorer.own.plan import Anatomy, ModelPlan
from explorer.own.reference import referred

if TYPE_CHECKING:
    from explorer.experiment.changes import Change
    from explorer.live.mailbox import FrameRequest
    from explorer.own.norms import Norms
    from explorer.own.session import ModelSession
    from explorer.own.setup import Setup

# Of the time, at most, for norms that no frame needs.
NORMS_SHARE = 0.015


@dataclass(frozen=True)
class ModelState:
    """How a model stands: of every tensor among its parameters, as in `Anatomy.distinct`.

    `grads` are NaN where there is none; `cuts` are the modules whose output is detached.
    """

    norms: tuple[float, ...]
    grads: tuple[float, ...]
    requires_grad: tuple[bool, ...]
    cuts: frozenset[str]


@dataclass(frozen=True)
class ModelFrame(Frame):
    """A moment of a model's run; `state` is None when the request did not want it."""

    state: ModelState | None = None


@dataclass(frozen=True)
class ModelReady(reports.Ready):
    """The model is loaded."""

    anatomy: Anatomy


@dataclass(frozen=True)
class ModelStart:
    """Begins a run: loads the model anew. `file` is what stands before the factory, if a path.

    `by_hand` are changes of an earlier run, to be made again at their steps.
    """

    plan: ModelPlan
    by_hand: "tuple[Change, ...]" = ()

    def begin(self, run: UUID, interrupted: Callable[[], bool]) -> "ModelMaker":
        """Import, call, check. Raises BadInput."""
        from explorer.own.anatomy import anatomy
        from explorer.own.loading import Given, load
        from explorer.own.random import start_afresh
        from explorer.own.session import ModelSession

        start_afresh()
        plan = self.plan
        setup = load(referred(plan.subject), Given(plan.shape, plan.batch), anew=True)
        session = ModelSession(setup, plan.training.steps, plan.changes, self.by_hand)
        return ModelMaker(session, anatomy(setup), run, interrupted)


class ModelMaker:
    """Keeps a run's history and makes frames of it. Lives in the worker thread."""

    def __init__(
        self,
        session: "ModelSession",
        anatomy: Anatomy,
        run: UUID,
        interrupted: Callable[[], bool] = bool,
    ) -> None:
        from explorer.own.explainer import ModelExplainer

        self.session = session
        self.run = run
        self.anatomy = anatomy
        self.explainer = ModelExplainer(session)
        self._insights = InsightMaker(self.explainer, interrupted)
        self._curves = _Curves(session.setup, anatomy)
        self._given_up: tuple[int, int] | None = None

    def ready(self) -> ModelReady:
        """With what the model is made of."""
        return ModelReady(self.run, self.anatomy)

    def record(self, record: StepRecord) -> None:
        """Add a step to the history."""
        self._curves.record(record.loss)

    def give_up(self) -> None:
        """Nothing is told of this moment: a trace would run the same code again."""
        self._given_up = self._moment

    @property
    def _moment(self) -> tuple[int, int]:
        return self.session.step, len(self.session.changes)

    def make(self, request: "FrameRequest") -> ModelFrame:
        """The frame of this moment."""
        session = self.session
        # First: the trace makes the changes that the file has for the next step.
        insight = self._insight(request.insight) if request.insight else None
        norms = self._curves.norms_now()
        steps, series = self._curves.read(request)
        return ModelFrame(
            run=self.run,
            step=session.step,
            loss=session.loss,
            steps=steps,
            series=series,
            fit=None,
            tensors=(),
            insight=insight,
            inspection=None,
            changes=session.changes,
            by_hand=session.changes_by_hand,
            failure=session.failure,
            state=self._state(norms) if request.tensors else None,
        )

    def _insight(self, request: InsightRequest) -> Insight | None:
        """None where their code raises, or did not come back: the next step will say so."""
        if self._given_up == self._moment:
            return None
        try:
            return self._insights.insight(request)
        except BadInput:
            return None

    def _state(self, norms: "Norms") -> ModelState:
        switches = self.session.switches
        flags = switches.flags
        distinct = tuple(flags[each.name] for each in self.anatomy.distinct)
        return ModelState(norms.values, norms.grads, distinct, switches.cuts)


class _Curves:
    """The loss of every step, and the norms of the parts as often as they are taken."""

    def __init__(self, setup: "Setup", anatomy: Anatomy) -> None:
        from explorer.own.norms import NormMeter

        self._meter = NormMeter(setup, anatomy)
        self._names = anatomy.parts
        self._history = History(1 + 2 * len(self._names))
        # Of the steps since norms were taken last.
        self._losses: list[float] = []
        self._last: Floats | None = None
        self._norms: Norms | None = None
        self._due_s = 0.0

    def record(self, loss: float) -> None:
        """A step was made."""
        self._losses.append(loss)
        if time.perf_counter() >= self._due_s:
            self._take()

    def norms_now(self) -> "Norms":
        """Those of this moment."""
        if self._norms is None or self._losses:
            return self._take()
        # Between two steps only somebody's own code could change them.
        return self._norms

    def read(self, request: "FrameRequest") -> tuple[Floats, Mapping[str, Series]]:
        """The steps, and the curves over them."""
        curves = self._history.read(request.buckets, request.first, request.last, request.span)
        count = len(self._names)
        rows = curves.y
        return curves.x, {
            LOSS: Series((LOSS,), rows[:1]),
            VALUES: Series(self._names, rows[1 : 1 + count]),
            GRADIENTS: Series(self._names, rows[1 + count :]),
        }

    def _take(self) -> "Norms":
        start = time.perf_counter()
        norms = self._norms = self._meter.take()
        parts = [self._meter.by_part(each) for each in (norms.values, norms.grads)]
        row = np.array([*parts[0], *parts[1]])
        if self._losses:
            self._append(row)
        self._last = row
        end = time.perf_counter()
        self._due_s = end + (end - start) / NORMS_SHARE
        return norms

    def _append(self, row: Floats) -> None:
        """The steps since the last time, the norms on the way from those to these."""
        count = len(self._losses)
        before = row if self._last is None else self._last
        share = np.arange(1, count + 1)[:, np.newaxis] / count
        rows = np.empty((count, 1 + len(row)))
        rows[:, 0] = self._losses
        # Not by adding a share of the difference: what is not finite stays at its own step.
        with np.errstate(invalid="ignore"):
            rows[:, 1:] = np.where(share == 1, row, before * (1 - share) + row * share)
        self._losses.clear()
        self._history.append(rows.ravel())
