"""What can be told of a session's gradients at one moment: trace, reasons, picture, proof.

`Explainer` works in the worker's thread; the records it makes are plain and go to the window
with a frame. Everything comes from one trace, which is made again only when the session
has moved. Before a switch is flipped it predicts from the graph alone who will have a gradient,
and compares afterwards.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.experiment.spec import Change

if TYPE_CHECKING:
    from explorer.engine.proof.records import Proof
    from explorer.engine.session import Session
    from explorer.engine.trace.formula import Tracer
    from explorer.explain.prediction import Consequences
    from explorer.explain.reason import Reason
    from explorer.explain.trace_records import Trace
    from explorer.export.graph.layout import Layout

    Reasons = Mapping[str, Reason | None]

# A graph that takes longer to trace is not traced twice more for one click.
LONGEST_CHECK_S = 0.25


@dataclass(frozen=True)
class InsightRequest:
    """What somebody looks at.

    `follow`: somebody looks at it while a run is on, so that it should be kept fresh.
    `picture`: with the placed graph, its groups open as `expanded` says (None: as the picture
    finds fit), or all of them (`whole`). `proof`: the tensor whose gradient is to be proved.
    """

    follow: bool = False
    picture: bool = False
    expanded: frozenset[str] | None = None
    whole: bool = False
    proof: str | None = None


@dataclass(frozen=True)
class Check:
    """What a flipped switch was predicted to do, and where autograd did otherwise.

    `wrong` are the names of the tensors about which prediction and autograd differ.
    """

    change: Change
    foreseen: "Consequences"
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Insight:
    """The graph of step `step`, which the session would make next, and what it tells.

    `of_graph` are the reasons in that graph, `reasons` say why `.grad` is as it stands in the
    session. `check` is of the last switch that was flipped. `cost_s`: how long the worker took
    over all this; `followed` as it was asked for.
    """

    step: int
    trace: "Trace"
    of_graph: "Reasons"
    reasons: "Reasons"
    picture: "Layout | None"
    proof: "Proof | None"
    check: Check | None
    cost_s: float
    followed: bool


class Explainer:
    """Explains one session. `interrupted` says that its answers are not wanted any more."""

    def __init__(self, session: "Session", interrupted: Callable[[], bool] = bool) -> None:
        self._session = session
        self._interrupted = interrupted
        self._tracer: Tracer | None = None
        self._moment: tuple[int, int] | None = None
        self._trace: Trace | None = None
        self._trace_s = 0.0
        self._picture: Layout | None = None
        self._drawn_from: Trace | None = None
        self._opened: tuple[frozenset[str] | None, bool] | None = None
        self._proof: Proof | None = None
        self._check: Check | None = None

    def insight(self, request: InsightRequest) -> Insight:
        """What is asked for, as of now."""
        start = time.perf_counter()
        trace = self.trace()
        of_graph, standing = self._reasons(trace)
        return Insight(
            step=self._session.step + 1,
            trace=trace,
            of_graph=of_graph,
            reasons=standing,
            picture=self._drawn(trace, request) if request.picture else None,
            proof=self._proved(trace, request.proof),
            check=self._check,
            cost_s=time.perf_counter() - start,
            followed=request.follow,
        )

    def trace(self) -> "Trace":
        """The graph of the next step."""
        from explorer.engine.trace.formula import Tracer

        session = self._session
        if session.step < session.steps and session.failure is None:
            # There will be a next step: looked at is what it finds.
            session.settle()
        moment = (session.step, len(session.changes))
        if self._trace is None or moment != self._moment:
            start = time.perf_counter()
            self._tracer = self._tracer or Tracer(session.model)
            self._trace = self._tracer.trace(session.step + 1)
            self._moment, self._proof = moment, None
            self._trace_s = time.perf_counter() - start
        return self._trace

    def apply(self, change: Change) -> None:
        """Make the change; of a switch, tell beforehand what it will do."""
        session = self._session
        is_switch = change.requires_grad is not None or change.detach is not None
        if not is_switch or self._trace_s > LONGEST_CHECK_S:
            self._check = None
            session.apply(change)
            return
        before = self.trace()
        stamped = session.apply(change)
        self._check = self._compared(before, stamped)

    def _compared(self, before: "Trace", change: Change) -> Check | None:
        """None where PyTorch broke off before or after: there is nothing to compare."""
        from explorer.explain.prediction import consequences, disagreements, predict, switched

        assert change.tensor is not None
        after = self.trace()
        if _breaks_off(before) or _breaks_off(after):
            return None
        switches = switched(before, change.tensor, change.requires_grad, change.detach)
        wrong = disagreements(after, predict(before, *switches))
        return Check(change, consequences(before, *switches), wrong)

    def _reasons(self, trace: "Trace") -> "tuple[Reasons, Reasons]":
        """In the graph, and as `.grad` stands."""
        from explorer.explain.reasons import reasons
        from explorer.explain.session_reasons import Standing, standing_reasons

        session, found = self._session, reasons(trace)
        if session.step == 0 and not session.experiment.has_training:
            return found, found
        leaves = session.model.leaves.items()
        present = frozenset(name for name, leaf in leaves if leaf.grad is not None)
        standing = Standing(session.step, present, session.changes)
        return found, standing_reasons(trace, found, session.experiment, standing)

    def _drawn(self, trace: "Trace", request: InsightRequest) -> "Layout | None":
        """Laid out anew only if the old picture does not hold the new one's nodes and numbers.

        Where that was interrupted it is the old picture.
        """
        from explorer.export.graph.aside import layout_aside
        from explorer.export.graph.layout import refreshed
        from explorer.export.graph.scene import every_group, scene

        before, opened = self._picture, (request.expanded, request.whole)
        if before is not None and self._drawn_from is trace and self._opened == opened:
            return before
        drawn = scene(trace, every_group(trace) if request.whole else request.expanded)
        picture = None if before is None else refreshed(before, drawn)
        if picture is None:
            roomy = self._session.experiment.has_training
            picture = layout_aside(drawn, roomy=roomy, interrupted=self._interrupted)
        if picture is None:
            return before
        self._picture, self._drawn_from, self._opened = picture, trace, opened
        return picture

    def _proved(self, trace: "Trace", name: str | None) -> "Proof | None":
        from explorer.engine.proof.proving import prove

        if name is None or name not in trace.named:
            return None
        if self._proof is None or self._proof.name != name:
            self._proof = prove(self._session.model, trace, name)
        return self._proof


def _breaks_off(trace: "Trace") -> bool:
    """Whether PyTorch refused for another reason than that nothing requires a gradient."""
    return trace.failure is not None and trace.failure.code != "nothing-requires-grad"
