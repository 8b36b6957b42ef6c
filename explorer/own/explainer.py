"""Explains a run of somebody's own model: the graph of its next step, reasons, and their lines.

As `explorer.engine.explainer` does for an experiment. A trace is made anew only when the run
has moved; what a flipped switch does is predicted from the graph before, and compared after.
"""

import time
from collections.abc import Sequence

from explorer.experiment.changes import Change
from explorer.explain.explanation import Account, Check, Explanation, account
from explorer.explain.prediction import consequences, disagreements, predict, switched_part
from explorer.explain.trace_records import Trace
from explorer.own.explaining import Told, told
from explorer.own.session import ModelSession
from explorer.own.theirs import their_code
from explorer.own.tracing import traced

# A graph that takes longer to trace is not traced twice more for one click.
LONGEST_CHECK_S = 0.25


class ModelExplainer:
    """Explains one session, as it stands whenever it is asked."""

    roomy = True

    def __init__(self, session: ModelSession) -> None:
        self.session = session
        self._moment: tuple[int, int] | None = None
        self._told: Told | None = None
        self._trace_s = 0.0
        self._check: Check | None = None

    def explanation(self) -> Explanation:
        """All that is told of the run. Raises BadInput where their code raised."""
        found = self._now()
        return Explanation(
            step=self.session.step + 1,
            trace=found.trace,
            of_graph=found.reasons,
            reasons=found.reasons,
            check=self._check,
            sites=found.sites,
        )

    def account(self, explanation: Explanation, name: str) -> Account | None:
        """What is told of one parameter; None where there is nothing to explain."""
        reason = explanation.reasons.get(name)
        known = name in explanation.trace.named
        return account(explanation.trace, name, reason) if reason and known else None

    def proof(self, name: str) -> None:  # noqa: ARG002 (as the other explainer has it)
        """There is none of a program that cannot be read as a formula."""
        return

    def apply(self, change: Change) -> Change:
        """As `ModelSession.apply`; of a switch, tell beforehand what it will do."""
        self._check = None
        is_switch = change.requires_grad is not None or change.detach is not None
        looked_at = self._told is not None and self._trace_s <= LONGEST_CHECK_S
        if change.tensor is None or not is_switch or not looked_at:
            return self.session.apply(change)
        before = self._now().trace
        stamped = self.session.apply(change)
        self._check = self._compared(before, stamped, change.tensor)
        return stamped

    def take_back(self, change: Change, inverse: Sequence[Change]) -> bool:
        """As `ModelSession.take_back`: False where something came since the change."""
        if not self.session.take_back(change, inverse):
            return False
        self._check, self._moment = None, None
        return True

    def _now(self) -> Told:
        session = self.session
        if session.step < session.steps:
            session.settle()
        moment = session.step, len(session.changes)
        if self._told is None or moment != self._moment:
            start = time.perf_counter()
            with their_code(session.setup.file):
                batch, cuts = session.next_batch(), session.switches.cuts
                trace = traced(session.setup, batch, session.step + 1, cuts)
            self._told = told(session.setup.model, trace)
            self._moment = moment
            self._trace_s = time.perf_counter() - start
        return self._told

    def _compared(self, before: Trace, change: Change, part: str) -> Check | None:
        """None where PyTorch broke off before or after: there is nothing to compare."""
        after = self._now().trace
        name = self.session.switches.known(part)
        switches = switched_part(before, name, change.requires_grad, change.detach)
        if before.broke_off or after.broke_off or switches is None:
            return None
        wrong = disagreements(after, predict(before, *switches))
        return Check(change, consequences(before, *switches), wrong)
