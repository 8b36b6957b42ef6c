"""Where the numbers of a run ceased to be finite, found by making its steps again.

A step looks for nothing of this, so that it costs nothing. A run is an experiment plus its
changes: made again from the start it has the same bits, and can be looked at where it broke.
Called by `explorer.engine.session` after a loss that is not finite, and by
`explorer.engine.explainer` for gradients that are not.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from explorer.engine.tensors import all_finite
from explorer.explain.queries import edges, is_finite
from explorer.explain.reason import Reason
from explorer.explain.reasons import reasons
from explorer.explain.trace_records import Trace

if TYPE_CHECKING:
    from explorer.engine.snapshot import Snapshot
    from explorer.engine.subject import Subject
    from explorer.explain.step_records import StepRecord

# Some seconds of a small model. What broke in a longer run is not looked for.
MOST_STEPS = 50_000
KEPT_EVERY = 200


@dataclass(frozen=True)
class Breakdown:
    """`since`: for the leaves whose gradient is not finite, the first step of which that holds.

    `tensor` is the one that was the first, `reasons` where the gradients of that step came from
    that were not finite; both are empty where all gradients are finite and only the objective is
    not, of which `reason` tells. `spread` are the leaves whose values are not finite by now.
    """

    since: Mapping[str, int]
    tensor: str | None
    reasons: Mapping[str, Reason]
    reason: Reason | None
    spread: frozenset[str]

    @property
    def step(self) -> int | None:
        """The step of the first gradient that was not finite."""
        return min(self.since.values(), default=None)

    def broken_by(self, name: str) -> Reason | None:
        """Where the gradient of that tensor came from, by its own way or by that of the first."""
        first = name if name in self.reasons else self.tensor
        found = None if first is None else self.reasons.get(first)
        if found is None or first not in self.spread:
            return found
        return Reason(found.code, {**found.facts, "tensor": first})


class Run(Protocol):
    """What makes the steps again; see `explorer.engine.session.Session`."""

    @property
    def step(self) -> int:
        """The last completed step."""

    @property
    def subject(self) -> "Subject":
        """What is trained."""

    def threads(self) -> AbstractContextManager[None]:
        """While steps are made."""

    def advance(self) -> "StepRecord | None":
        """One step; None if PyTorch refused."""

    def settle(self) -> None:
        """Make the changes of the next step."""

    def snapshot(self) -> "Snapshot":
        """The state between two steps."""

    def restore(self, snapshot: "Snapshot") -> None:
        """Back to that state."""


def breakdown(again: Run, steps: int, interrupted: Callable[[], bool]) -> Breakdown | None:
    """What broke in a run of so many steps, which `again` is from its start.

    None if nothing can be told of it, or where nobody waits any more.
    """
    if steps > MOST_STEPS:
        return None
    with again.threads():
        found = _Search(again, steps)
        found.run(interrupted)
        if again.step < steps:
            # Nobody waits for it, or it was moved by other hands than its changes.
            return None
        spread = frozenset(broken_leaves(again.subject, values=True))
        since = found.since
        first = min(since.values(), default=steps)
        trace = found.trace(first)
    reasons_of_first = _first(trace, since, first)
    objective = None if since else _objective_reason(trace)
    return Breakdown(since, next(iter(reasons_of_first), None), reasons_of_first, objective, spread)


class _Search:
    """Makes the `steps` of a run once more in `again`, and goes back to the one that broke.

    `since` says for every leaf whose gradient is not finite in the end, since which step.
    """

    def __init__(self, again: Run, steps: int) -> None:
        self.since: dict[str, int] = {}
        self._steps = steps
        self._again = again
        self._kept = [again.snapshot()]

    def run(self, interrupted: Callable[[], bool]) -> None:
        """Make the steps; where nobody waits any more, or PyTorch refuses, not all of them."""
        again = self._again
        while again.step < self._steps and (record := again.advance()) is not None:
            broken = not all(each is None or math.isfinite(each) for each in record.grads)
            if broken or self.since:
                self._note(record.step)
            if record.step % KEPT_EVERY == 0:
                if interrupted():
                    return
                self._keep()

    def trace(self, step: int) -> Trace:
        """The graph of that step, which was made."""
        again = self._again
        again.restore(next(each for each in reversed(self._kept) if each.step < step))
        while again.step < step - 1:
            again.advance()
        again.settle()
        return again.subject.trace(step)

    def _note(self, step: int) -> None:
        # In the order of the leaves: parameters first.
        broken = broken_leaves(self._again.subject)
        self.since = {name: self.since.get(name, step) for name in broken}

    def _keep(self) -> None:
        # Of what came before the first that broke, only the latest is of use.
        if self.since:
            return
        self._kept = [self._kept[0], self._again.snapshot()]


def broken_leaves(subject: "Subject", values: bool = False) -> Iterator[str]:
    """The leaves whose gradients, or whose values, are not all finite."""
    for name, leaf in subject.leaves.items():
        numbers = leaf.detach() if values else leaf.grad
        if numbers is not None and not all_finite(numbers):
            yield name


def _first(trace: Trace, since: Mapping[str, int], first: int) -> dict[str, Reason]:
    """Of the leaves that broke in that step why; parameters come first."""
    told = reasons(trace)
    found = ((name, told.get(name)) for name, step in since.items() if step == first)
    return {
        name: reason for name, reason in found if reason is not None and reason.code == "non-finite"
    }


def _objective_reason(trace: Trace) -> Reason | None:
    """The operation that gave the first NaN or infinity, of finite numbers."""
    for operation in trace.operations:
        inputs = {
            trace.tensors[edge.tensor].label: trace.tensors[edge.tensor].value
            for edge in edges(trace, operation.inputs)
        }
        outputs = [trace.tensors[number] for number in operation.outputs]
        finite = all(map(is_finite, inputs.values()))
        if finite and not all(is_finite(each.value) for each in outputs):
            facts = {"operation": operation.name, "at": outputs[0].label, "inputs": inputs}
            return Reason("non-finite", {**facts, "direction": "forward"})
    return None
