"""The state of a run after some of its steps: what `gradients --after` shows.

Parameters and inputs are as they stand, with `.grad`. An intermediate has none between two
steps: its value, gradient and reason are those of a pass from where the parameters are now.
"""

from collections.abc import Mapping
from dataclasses import replace

import torch

from explorer.engine.explainer import Explainer
from explorer.engine.gradients import GradientReport, report
from explorer.engine.movement import Update, moved_by, parts, same
from explorer.engine.session import Session
from explorer.engine.tensors import states
from explorer.engine.updates import State
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.spec import Experiment
from explorer.explain.figures import Nested
from explorer.explain.queries import is_zero
from explorer.explain.reason import Reason
from explorer.explain.remedies import with_remedies
from explorer.explain.trace_records import Trace

# What moved a parameter, and its part of the move; None: not split.
_Parts = Mapping[str, Nested | None]


def state_after(experiment: Experiment, steps: int) -> GradientReport:
    """Make so many steps of the run, with the file's changes. Raises BadInput.

    With a `failure` it is the state after the last step before the run stopped by itself.
    """
    most = experiment.training.steps
    if steps > most:
        raise BadInput("after-beyond-run", Place(key="training.steps"), after=steps, steps=most)
    return _state_after(experiment, steps)


def _state_after(experiment: Experiment, steps: int) -> GradientReport:
    # The steps that make one update together, up to the last.
    accumulate = experiment.training.accumulate
    updates = steps > 0 and steps % accumulate == 0
    session = Session(experiment, steps=steps - accumulate if updates else max(steps - 1, 0))
    explainer = Explainer(session)
    for _ in session:
        pass
    kept = _kept(session) if updates else None
    session.steps = max(steps - 1, 0)
    if session.failure is None:
        for _ in session:
            pass
    moved: Mapping[str, _Parts] = {name: {} for name in session.subject.parameters}
    if steps and session.failure is None:
        moved = _last_step(explainer, steps, kept)
    if session.failure is not None and (steps, session.step) != (session.failure.step,) * 2:
        # The state is that of the last step that came to its end.
        return replace(_state_after(experiment, session.step), failure=session.failure)
    return _told(explainer, moved)


def _kept(session: Session) -> Mapping[str, torch.Tensor]:
    """The gradients that the next step finds, where none is ever cleared."""
    if session.experiment.training.zero_grad != "never":
        return {}
    held = session.held.items()
    return {name: leaf.grad.clone() for name, leaf in held if leaf.grad is not None}


def _last_step(
    explainer: Explainer, steps: int, kept: Mapping[str, torch.Tensor] | None
) -> Mapping[str, _Parts]:
    """Make it, and look what moved the parameters.

    `kept` are the gradients that the first of the steps of this update found; None where it
    makes no update.
    """
    session = explainer.session
    session.steps = steps
    # Makes the changes of this step.
    trace = explainer.trace()
    reached, old = _reached(trace), kept or {}
    found = {
        name: _Found(session, leaf, name in reached, old.get(name))
        for name, leaf in session.held.items()
    }
    for _ in session:
        pass
    moved: dict[str, _Parts] = {name: {} for name in session.subject.parameters}
    if kept is not None:
        moved.update({name: each.parts() for name, each in found.items()})
    return moved


def _reached(trace: Trace) -> frozenset[str]:
    """The tensors to whose gradients the step adds something."""
    grads = {name: trace.tensors[number].grad for name, number in trace.named.items()}
    return frozenset(name for name, grad in grads.items() if grad is not None and not is_zero(grad))


class _Found:
    """A parameter as the last step found it."""

    def __init__(
        self, session: Session, leaf: torch.Tensor, reached: bool, first: torch.Tensor | None
    ) -> None:
        self._session = session
        self._leaf = leaf
        self._reached = reached
        self._values = leaf.detach().clone()
        self._old = None if leaf.grad is None else leaf.grad.clone()
        # By a step of this update before the last one; else what is there will be cleared.
        self._written = self._old is not None and (first is None or not same(first, self._old))
        self._state: tuple[State, int] = session.optimizer.before_update(leaf)
        self._options = session.optimizer.options_of(leaf)

    def parts(self) -> _Parts:
        """What moved it in the step that was made since, and by how much if that is known."""
        grad, (state, count) = self._leaf.grad, self._state
        if grad is None:
            return {}
        # A step that adds nothing to an old gradient has not written it.
        # What is added may be clipped away again: then it was there all the same.
        old = None if self._session.options.clips else self._old
        adds = self._reached and (old is None or not same(old, grad))
        written = adds or self._written
        update = Update(self._values, grad, written, state, count, self._options)
        rule = self._session.optimizer.rule
        causes = moved_by(rule, update)
        split = parts(rule, update, causes)
        return {cause: split[cause].tolist() if split else None for cause in causes}


def _told(explainer: Explainer, moved: Mapping[str, _Parts]) -> GradientReport:
    session = explainer.session
    subject = session.subject
    trace, in_graph = explainer.trace(), explainer.reasons()
    passed = report(subject, step=session.step + 1)
    leaves = states(subject, subject.leaves.items())
    moved_by = {name: tuple(parts) for name, parts in moved.items()}
    of_grads = explainer.of_grads(trace, in_graph, moved_by)
    return GradientReport(
        objective_name=passed.objective_name,
        objective_value=passed.objective_value,
        tensors=(*leaves, *passed.tensors[len(leaves) :]),
        failure=session.failure,
        reasons=with_remedies(
            trace,
            {
                name: of_grads.get(name) if name in subject.leaves else _of_pass(session, reason)
                for name, reason in in_graph.items()
            },
        ),
        step=session.step,
        moved_by=moved_by,
        batch=passed.batch,
        parts={name: _known(parts) for name, parts in moved.items()},
    )


def _known(parts: _Parts) -> dict[str, Nested]:
    return {cause: part for cause, part in parts.items() if part is not None}


def _of_pass(session: Session, reason: Reason | None) -> Reason | None:
    """A gradient that is not finite may come from what broke in an earlier step."""
    if reason is None or reason.code != "non-finite":
        return reason
    broke = session.breakdown()
    if broke is None or broke.tensor not in broke.spread:
        return reason
    found = broke.broken_by(broke.tensor)
    return reason if found is None else Reason(found.code, {**found.facts, "since": broke.step})
