"""What somebody looks at: the explanation of a moment, with picture and proof.

`InsightMaker` works in the worker's thread; the records it makes are plain and go to the window
with a frame. What is told comes from `explorer.engine.explainer`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.explain.explanation import Account, Explanation

if TYPE_CHECKING:
    from explorer.engine.explainer import Explainer
    from explorer.explain.proof_records import Proof
    from explorer.explain.trace_records import Trace
    from explorer.own.explainer import ModelExplainer
    from explorer.picture.layout import Layout


@dataclass(frozen=True)
class InsightRequest:
    """What somebody looks at.

    `follow`: somebody looks at it while a run is on, so that it should be kept fresh.
    `picture`: with the placed graph, its groups open as `expanded` says (None: as the picture
    finds fit), or all of them (`whole`). `proof`: the tensor whose gradient is to be proved,
    `selected`: the one of which there is to be an account.
    """

    follow: bool = False
    picture: bool = False
    expanded: frozenset[str] | None = None
    whole: bool = False
    proof: str | None = None
    selected: str | None = None


@dataclass(frozen=True)
class Insight:
    """The explanation, the account of the selected tensor, and what is shown with them.

    `cost_s`: how long the worker took over all this; `followed` as it was asked for.
    """

    explanation: Explanation
    account: Account | None
    picture: "Layout | None"
    proof: "Proof | None"
    cost_s: float
    followed: bool

    @property
    def trace(self) -> "Trace":
        """The graph that it is of."""
        return self.explanation.trace


class InsightMaker:
    """Makes insights of one session. `interrupted`: its pictures are not wanted any more."""

    def __init__(
        self, explainer: "Explainer | ModelExplainer", interrupted: Callable[[], bool] = bool
    ) -> None:
        self._explainer = explainer
        self._interrupted = interrupted
        self._picture: Layout | None = None
        self._drawn_from: Trace | None = None
        self._opened: tuple[frozenset[str] | None, bool] | None = None

    def insight(self, request: InsightRequest) -> Insight:
        """What is asked for, as of now."""
        start = time.perf_counter()
        explainer, selected, proof = self._explainer, request.selected, request.proof
        told = explainer.explanation()
        return Insight(
            explanation=told,
            account=None if selected is None else explainer.account(told, selected),
            picture=self._drawn(told.trace, request) if request.picture else None,
            proof=None if proof is None else explainer.proof(proof),
            cost_s=time.perf_counter() - start,
            followed=request.follow,
        )

    def _drawn(self, trace: "Trace", request: InsightRequest) -> "Layout | None":
        """Laid out anew only if the old picture does not hold the new one's nodes and numbers.

        Where that was interrupted it is the old picture.
        """
        from explorer.picture.layout import refreshed
        from explorer.picture.layout_process import layout_aside
        from explorer.picture.scene import every_group, scene

        before, opened = self._picture, (request.expanded, request.whole)
        if before is not None and self._drawn_from is trace and self._opened == opened:
            return before
        drawn = scene(trace, every_group(trace) if request.whole else request.expanded)
        picture = None if before is None else refreshed(before, drawn)
        if picture is None:
            roomy = self._explainer.roomy
            picture = layout_aside(drawn, roomy=roomy, interrupted=self._interrupted)
        if picture is None:
            return before
        self._picture, self._drawn_from, self._opened = picture, trace, opened
        return picture
