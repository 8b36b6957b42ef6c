"""The backward pass step by step, told from a trace's records alone.

`backward_steps` is the whole pass: what every operation was given, what it gave back, and how
the gradients add up on the way. A `Walk` stands at one step of it and moves, for the graph
view. No torch here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from explorer.explain.figures import Figure, Nested, Summary
from explorer.explain.trace_records import Trace, TracedEdge


class Part(NamedTuple):
    """What one use of a tensor adds to its gradient.

    `derivative`, `contribution` and `merged` as in `TracedEdge`; of the merged uses of a tensor
    by one operation the first has the contribution, the others None. `before` is the sum
    without this part, `total` with it; None where it is not known, since large tensors come as
    summaries. `first`: nothing came before. `complete`: nothing more will, and `total` is the
    tensor's gradient.
    """

    edge: int
    tensor: int
    derivative: Nested | None
    contribution: Figure | None
    merged: bool
    before: Figure | None
    total: Figure | None
    first: bool
    complete: bool


class BackwardStep(NamedTuple):
    """One operation on the way back; step 0 (`operation` None) is the seed at the objective.

    `upstream` has the gradients of the operation's outputs, each with its tensor; of the
    seed the objective with its gradient by itself.
    """

    number: int
    operation: int | None
    upstream: tuple[tuple[int, Figure], ...]
    parts: tuple[Part, ...]


def backward_steps(trace: Trace) -> tuple[BackwardStep, ...]:
    """The seed, then one step for each operation autograd went through, in its order.

    Empty if there was no backward pass.
    """
    if trace.failure is not None or trace.objective is None:
        return ()
    return tuple(_steps(trace, trace.objective))


def _steps(trace: Trace, objective: int) -> Iterator[BackwardStep]:
    grad = trace.tensors[objective].grad
    yield BackwardStep(0, None, ((objective, 1.0 if grad is None else grad),), ())
    sums = _Sums(trace)
    for number, operation in enumerate(trace.backward, start=1):
        grads = ((each, trace.tensors[each].grad) for each in trace.operations[operation].outputs)
        upstream = tuple((tensor, grad) for tensor, grad in grads if grad is not None)
        yield BackwardStep(number, operation, upstream, sums.add(operation))


class _Sums:
    """The gradients as they add up."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._totals: dict[int, Figure | None] = {}
        self._to_come = Counter(
            trace.edges[edge].tensor
            for operation in trace.backward
            for edge in trace.operations[operation].inputs
            if trace.edges[edge].contribution is not None
        )

    def add(self, operation: int) -> tuple[Part, ...]:
        """What the operation gives back, added to what was there."""
        edges = [self._trace.edges[each] for each in self._trace.operations[operation].inputs]
        given = {edge.tensor for edge in edges if edge.contribution is not None}
        return tuple(self._part(edge) for edge in edges if _carries(edge, given))

    def _part(self, edge: TracedEdge) -> Part:
        tensor, contribution = edge.tensor, edge.contribution
        first = tensor not in self._totals
        before = total = self._totals.get(tensor)
        if contribution is not None:
            self._to_come[tensor] -= 1
            total = contribution if first else _plus(before, contribution)
        complete = not self._to_come[tensor]
        if complete:
            total = self._trace.tensors[tensor].grad
        self._totals[tensor] = total
        return Part(
            edge.number,
            tensor,
            edge.derivative,
            contribution,
            edge.merged,
            before,
            total,
            first,
            complete,
        )


def _carries(edge: TracedEdge, given: set[int]) -> bool:
    return edge.contribution is not None or (edge.merged and edge.tensor in given)


def _plus(left: Figure | None, right: Figure | None) -> Figure | None:
    """The sum of two tensors of one shape; None where one is only known by its summary."""
    if left is None or right is None or isinstance(left, Summary) or isinstance(right, Summary):
        return None
    return _added(left, right)


def _added(left: Nested, right: Nested) -> Nested:
    """Element by element; as deep as a tensor has dimensions."""
    if isinstance(left, list) and isinstance(right, list):
        return [_added(one, other) for one, other in zip(left, right, strict=True)]
    assert not isinstance(left, list)
    assert not isinstance(right, list)
    return left + right


@dataclass(frozen=True)
class Reached:
    """How far the pass has come: by the numbers of operations, edges and tensors.

    `totals` are the gradients so far (None: not known), `complete` those of them that are whole.
    """

    operations: frozenset[int]
    edges: frozenset[int]
    totals: Mapping[int, Figure | None]
    complete: frozenset[int]


def reached(trace: Trace, number: int) -> Reached:
    """How far the pass has come after the step with this number."""
    walk = Walk(trace)
    walk.go_to(number)
    return walk.reached()


class Walk:
    """Stands at one step of the backward pass, at first at the seed.

    `operations`, `edges`, `totals` and `complete` as in `Reached`, to be read only: they move
    along. Without a backward pass there are no `steps`, and all of them stay empty.
    """

    def __init__(self, trace: Trace) -> None:
        self.steps = backward_steps(trace)
        self.number = 0
        self.operations: set[int] = set()
        self.edges: set[int] = set()
        self.totals: dict[int, Figure | None] = {}
        self.complete: set[int] = set()
        self._plant()

    @property
    def last(self) -> int:
        """The number of the last step."""
        return max(0, len(self.steps) - 1)

    def reached(self) -> Reached:
        """What there is now, to be kept."""
        return Reached(
            frozenset(self.operations),
            frozenset(self.edges),
            dict(self.totals),
            frozenset(self.complete),
        )

    def forward(self) -> BackwardStep | None:
        """One step on; None at the end."""
        if self.number >= self.last:
            return None
        self.number += 1
        step = self.steps[self.number]
        assert step.operation is not None
        self.operations.add(step.operation)
        for part in step.parts:
            self.edges.add(part.edge)
            self.totals[part.tensor] = part.total
            if part.complete:
                self.complete.add(part.tensor)
        return step

    def back(self) -> None:
        """One step less; nothing at the seed."""
        if not self.number:
            return
        step = self.steps[self.number]
        self.number -= 1
        assert step.operation is not None
        self.operations.discard(step.operation)
        for part in reversed(step.parts):
            self.edges.discard(part.edge)
            self.complete.discard(part.tensor)
            self.totals[part.tensor] = part.before
            if part.first:
                del self.totals[part.tensor]

    def go_to(self, number: int) -> None:
        """To the step with this number, or to the nearest there is."""
        number = min(max(0, number), self.last)
        if number < self.number - number:
            self._plant()
        while self.number < number:
            self.forward()
        while self.number > number:
            self.back()

    def _plant(self) -> None:
        """Back to the seed, in one go."""
        self.number = 0
        for each in (self.operations, self.edges, self.totals, self.complete):
            each.clear()
        if self.steps:
            self.totals.update(self.steps[0].upstream)
            self.complete.update(self.totals)
