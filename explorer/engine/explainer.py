"""Explains a session's gradients: the one entry for the commands and for the window.

Everything comes from one trace, which is made again only when the session has moved, and what
is told of it is worked out once. Before a switch is flipped it is predicted from the graph
alone who will have a gradient, and compared afterwards. The window's worker keeps one
`Explainer` for its session.
"""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from explorer.experiment.spec import Change
from explorer.explain.explanation import Account, Check, Explanation, account
from explorer.explain.prediction import consequences, disagreements, predict, switched
from explorer.explain.reason import Reason
from explorer.explain.reasons import reasons
from explorer.explain.remedies import Remedy, remedies, with_remedies
from explorer.explain.session_reasons import SessionMoment, session_reasons
from explorer.explain.trace_records import Trace

if TYPE_CHECKING:
    from explorer.engine.session import Session
    from explorer.experiment.spec import Experiment
    from explorer.explain.proof_records import Proof

    Reasons = Mapping[str, Reason | None]

# A graph that takes longer to trace is not traced twice more for one click.
LONGEST_CHECK_S = 0.25


class Explainer:
    """Explains one session, as it stands whenever it is asked."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._moment: tuple[int, int] | None = None
        self._told: _Told | None = None
        # Of the last step that was made, if its graph was looked at.
        self._before: _Told | None = None
        self._trace_s = 0.0
        self._check: Check | None = None

    @classmethod
    def of(cls, experiment: "Experiment") -> "Explainer":
        """Of the experiment's first step, with the changes that its file has for it."""
        from explorer.engine.session import Session

        session = Session(experiment)
        session.settle()
        return cls(session)

    @property
    def session(self) -> "Session":
        """What is explained."""
        return self._session

    @property
    def roomy(self) -> bool:
        """Whether its picture has room for what training changes."""
        return self._session.experiment.has_training

    def trace(self) -> Trace:
        """The graph of the next step."""
        return self._now().trace

    def reasons(self) -> "Reasons":
        """Why the gradients in that graph are as they are."""
        return self._now().reasons

    def reasons_with_remedies(self) -> "Reasons":
        """The same, each with the switches that help: for whoever reads them by program."""
        return with_remedies(self.trace(), self.reasons())

    def explanation(self) -> Explanation:
        """All that is told of the session as a whole."""
        told = self._now()
        return Explanation(
            step=self._session.step + 1,
            trace=told.trace,
            of_graph=told.reasons,
            reasons=self._of_session(told),
            remedies=self._way_back(told),
            check=self._check,
        )

    def account(self, explanation: Explanation, name: str) -> Account | None:
        """What is told of one tensor; None where there is nothing to explain."""
        reason = explanation.reasons.get(name)
        return None if reason is None else self._now().account(name, reason)

    def proof(self, name: str) -> "Proof | None":
        """The gradient of the tensor, worked out in three ways; None if the graph has it not."""
        told = self._now()
        if name not in told.trace.named:
            return None
        if told.proof is None or told.proof.name != name:
            told.proof = self._session.subject.proof(told.trace, name)
        return told.proof

    def proofs(self) -> "Mapping[str, Proof]":
        """The proofs of all gradients that can be proved."""
        return self._session.subject.proofs(self.trace())

    def apply(self, change: Change) -> Change:
        """As `Session.apply`; of a switch, tell beforehand what it will do."""
        session = self._session
        is_switch = change.requires_grad is not None or change.detach is not None
        if not is_switch or self._trace_s > LONGEST_CHECK_S:
            self._check = None
            return session.apply(change)
        before = self.trace()
        stamped = session.apply(change)
        self._check = self._compared(before, stamped)
        return stamped

    def take_back(self, change: Change, inverse: Sequence[Change]) -> bool:
        """As `Session.take_back`: False where something came since the change."""
        session = self._session
        last = self._of_last_step()
        if not session.take_back(change, inverse):
            return False
        # What was told is of the change; how many there were does not tell them apart.
        self._check, self._before, self._told = None, last, None
        self._moment = session.step, len(session.changes)
        return True

    # -- inside --------------------------------------------------------------------

    def _now(self) -> "_Told":
        """What is told of the session's present moment."""
        session = self._session
        if session.step < session.steps and session.failure is None:
            # There will be a next step: looked at is what it finds.
            session.settle()
        moment = (session.step, len(session.changes))
        if self._told is None or moment != self._moment:
            self._before = self._of_last_step()
            start = time.perf_counter()
            self._told = _Told(session.subject.trace(session.step + 1))
            self._moment = moment
            self._trace_s = time.perf_counter() - start
        return self._told

    def _of_last_step(self) -> "_Told | None":
        """What was told of the graph that the last step had, once it is made."""
        if self._moment is None:
            return None
        step, changes = self._moment
        session = self._session
        if step == session.step:
            return self._before
        made = sum(change.step <= session.step for change in session.changes)
        return self._told if (step + 1, changes) == (session.step, made) else None

    def _compared(self, before: Trace, change: Change) -> Check | None:
        """None where PyTorch broke off before or after: there is nothing to compare."""
        assert change.tensor is not None
        after = self.trace()
        if before.broke_off or after.broke_off:
            return None
        switches = switched(before, change.tensor, change.requires_grad, change.detach)
        wrong = disagreements(after, predict(before, *switches))
        return Check(change, consequences(before, *switches), wrong)

    def _of_session(self, told: "_Told") -> "Reasons":
        """As `.grad` stands. A step that failed may have changed that, so not once for all."""
        standing, session = self.of_grads(told.trace, told.reasons), self._session
        if session.step or session.failure:
            return standing
        # What is shown is what the first step will bring: that is explained, if it needs to be.
        return {name: told.reasons.get(name) or _ahead(found) for name, found in standing.items()}

    def of_grads(
        self,
        trace: Trace,
        in_graph: "Reasons",
        moved: "Mapping[str, tuple[str, ...]] | None" = None,
    ) -> "Reasons":
        """Why every `.grad` is as it stands; `moved` is what moved the parameters.

        Without it that is what the next step will move them by, where no gradient reaches them.
        """
        # Needs torch, which the window is painted without.
        from explorer.engine.kept_grads import kept_grads

        session = self._session
        if trace.objective is None and self._before is not None:
            # The next forward pass breaks off: the last one did not.
            trace, in_graph = self._before.trace, self._before.reasons
        moment = SessionMoment(
            session.step,
            kept_grads(session, trace, moved),
            session.subject.first_switches,
            session.changes,
            session.experiment.training.zero_grad,
            session.experiment.training.accumulate,
            None if self._before is None else self._before.reasons,
        )
        return session_reasons(trace, in_graph, moment)

    def _way_back(self, told: "_Told") -> tuple[Remedy, ...]:
        """Where `backward()` has nothing to do: what would let something require a gradient."""
        trace = told.trace
        if trace.failure is None or trace.broke_off:
            return ()
        name = self._session.subject.output_name
        return told.remedies(name, told.reasons.get(name))


class _Told:
    """A trace, and what was told of it so far: each thing is worked out once, when asked for."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.proof: Proof | None = None
        self._reasons: Reasons | None = None
        self._accounts: dict[tuple[str, str], Account] = {}
        self._remedies: dict[str, tuple[Remedy, ...]] = {}

    @property
    def reasons(self) -> "Reasons":
        if self._reasons is None:
            self._reasons = reasons(self.trace)
        return self._reasons

    def account(self, name: str, reason: Reason) -> Account | None:
        if name not in self.trace.named:
            return None
        key = name, reason.code
        if key not in self._accounts:
            self._accounts[key] = account(self.trace, name, reason)
        return self._accounts[key]

    def remedies(self, name: str, reason: Reason | None) -> tuple[Remedy, ...]:
        if name not in self._remedies:
            self._remedies[name] = remedies(self.trace, reason, name)
        return self._remedies[name]


def _ahead(reason: Reason | None) -> Reason | None:
    """Before the first step: what is shown in the place of a gradient that is not there yet."""
    is_first = reason is not None and reason.code == "not-yet"
    return Reason("not-yet", {"step": 1}) if is_first else reason
