"""What was seen forward and backward, put together into the plain records of a `Trace`.

Called by `explorer.engine.trace.tracing` once both passes are over, while autograd's graph
is still there for the local derivatives.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import torch

from explorer.engine.trace.again import Tried
from explorer.engine.trace.backward_hooks import Flow, Sent, contributions
from explorer.engine.trace.broken_parts import broken_part
from explorer.engine.trace.capture import (
    Capture,
    Key,
    Node,
    SeenEdge,
    SeenOperation,
    SeenTensor,
)
from explorer.engine.trace.derivatives import derivatives
from explorer.engine.trace.figures import figure
from explorer.engine.trace.functions import CUTS, FILLS, MAKES, READS
from explorer.engine.trace.zero_parts import Target, Use, Zeros
from explorer.experiment.problem import Failure
from explorer.experiment.tree import Position
from explorer.explain.figures import Figure, Nested
from explorer.explain.queries import is_finite, is_zero
from explorer.explain.trace_records import (
    BrokenPart,
    Mismatch,
    Trace,
    TracedEdge,
    TracedOperation,
    TracedTensor,
    ZeroPart,
)

# Sums of the same numbers in another order differ by this much at most, in parts of the sum.
SUM_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Note:
    """What the source says about an operation: its text, its place, the switch behind it.

    `within` as in `TracedOperation`.
    """

    text: str = ""
    position: Position | None = None
    switch: str | None = None
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notes:
    """What is known besides the two passes, of operations by index; the rest as in `Trace`."""

    operations: Mapping[int, Note] = field(default_factory=dict)
    objective_read_as: str | None = None
    cuts: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Carried:
    """What flowed over one edge."""

    contribution: torch.Tensor | None = None
    derivative: Nested | None = None
    connected: bool = False
    merged: bool = False
    zero: ZeroPart | None = None
    broken: BrokenPart | None = None


class Assembly:
    """Makes the records; `trace` is the way in."""

    def __init__(self, capture: Capture, flow: Flow, notes: Notes) -> None:
        self._capture = capture
        self._flow = flow
        self._notes = notes
        self._figures: dict[int, Figure] = {}
        dtypes = {seen.tensor.dtype for seen in capture.tensors}
        self._dtypes = {dtype: str(dtype).removeprefix("torch.") for dtype in dtypes}
        self._differentiable = {
            dtype for dtype in dtypes if dtype.is_floating_point or dtype.is_complex
        }
        self._keys: dict[int, Key] = {}
        for key, index in capture.by_key.items():
            self._keys.setdefault(index, key)
        self._order = {node: place for place, node in enumerate(flow.passed)}
        self._carried = [_Carried() for _ in capture.edges]
        self._zeros: Zeros | None = None
        uses = {each.index: self._distribute(each) for each in capture.operations if each.nodes}
        for index, used in reversed(uses.items()):
            self._explain(capture.operations[index], used)
        if self._zeros is not None:
            for edge in self._zeros.cancelled():
                self._carried[edge].zero = ZeroPart(cancels=True)

    def trace(self, objective: int | None) -> Trace:
        """The whole trace; `objective` is the index of a tensor."""
        return Trace(
            tensors=tuple(self._tensor(seen) for seen in self._capture.tensors),
            operations=tuple(self._operation(seen) for seen in self._capture.operations),
            edges=tuple(self._edges()),
            objective=objective,
            objective_read_as=self._notes.objective_read_as,
            backward=self._backward(),
            failure=self._failure(),
            mismatches=self._mismatches(objective),
            cuts=self._notes.cuts | self._capture.givers.cuts,
            givers=self._givers(objective),
            handing_on=frozenset(self._capture.givers.handing_on),
            written=self._notes.written,
            aliases=self._notes.aliases,
        )

    def _givers(self, objective: int | None) -> Mapping[int | None, tuple[str, ...]]:
        edges = enumerate(self._capture.edges)
        found: dict[int | None, tuple[str, ...]] = {
            index: edge.givers for index, edge in edges if edge.givers
        }
        of_objective = self._capture.givers.of.get(objective) if objective is not None else None
        return {**found, None: of_objective} if of_objective else found

    def _failure(self) -> Failure | None:
        """Why there was no backward pass; of a value overwritten in place with both places."""
        failure, found = self._flow.failure, self._flow.overwritten
        if failure is None or found is None:
            return failure
        told = Failure(
            "overwritten",
            failure.step,
            {
                "message": failure.facts["message"],
                "tensor": self._label(self._capture.tensors[found.tensor]),
                "operation": found.operation.name,
                "at": self._place(found.operation),
                "by": found.by.name,
                "by_at": self._place(found.by),
            },
        )
        sites = [each.site for each in (found.operation, found.by) if each.site is not None]
        return replace(told, facts={**told.facts, "sites": sites}) if sites else told

    def _place(self, operation: SeenOperation) -> str:
        """What the operation gave, or if it gave nothing new, what it was about."""
        edges = self._capture.edges
        tensors = operation.outputs or [edges[edge].tensor for edge in operation.inputs[:1]]
        return self._label(self._capture.tensors[tensors[0]]) if tensors else operation.name

    # -- edges -----------------------------------------------------------------

    def _distribute(self, operation: SeenOperation) -> Mapping[int, list[int]]:
        """Give each use of a tensor what the operation's backward functions sent there.

        Returned are the uses of each tensor to which they sent something.
        """
        sent: dict[int, list[Sent]] = {}
        for node in operation.nodes:
            for part in contributions(node, self._flow):
                index = self._capture.by_key.get(part.key)
                if index is not None:
                    sent.setdefault(index, []).append(part)
        uses: dict[int, list[int]] = {index: [] for index in sent}
        for edge in operation.inputs:
            tensor = self._capture.edges[edge].tensor
            if tensor in uses:
                uses[tensor].append(edge)
        for index, parts in sent.items():
            self._share(uses[index], parts, len(operation.nodes) == 1)
        self._differentiate(operation, uses)
        return uses

    def _ran(self, operation: SeenOperation) -> list[Node]:
        """Its backward functions in the order in which autograd ran them."""
        ran = [node for node in operation.nodes if node in self._order]
        if len(ran) > 1:
            ran.sort(key=self._order.__getitem__)
        return ran

    def _explain(self, operation: SeenOperation, uses: Mapping[int, list[int]]) -> None:
        """Of zeros, NaN and infinities that came up here: why.

        The last operations first: what a zero came from is known before what lies behind it.
        """
        zeros = {index: self._where(edges, is_zero) for index, edges in uses.items()}
        broken = [use for edges in uses.values() for use in self._where(edges, _is_broken)]
        if not (broken or any(zeros.values())):
            return
        tried = self._tried(operation)
        for index, asked in zeros.items():
            if asked:
                self._explain_zeros(tried, index, len(uses[index]), asked)
        if all(bool(grad.isfinite().all()) for grad in tried.gradients.values()):
            for use in broken:
                part = broken_part(self._capture, operation, tried, use.slot)
                self._carried[use.edge].broken = part

    def _explain_zeros(self, tried: Tried, index: int, uses: int, asked: list[Use]) -> None:
        key = self._keys[index]
        target = Target(key, self._capture.tensors[index].tensor.shape, uses)
        self._zeros = self._zeros or Zeros()
        for edge, found in self._zeros.parts(tried, target, asked).items():
            self._carried[edge].zero = found

    def _where(self, edges: list[int], holds: Callable[[Figure], bool]) -> list[Use]:
        """The uses over which something like that came back."""
        slots, carried = self._capture.edges, self._carried
        return [
            Use(edge, slots[edge].slot, part)
            for part, edge in enumerate(edges)
            if (grad := carried[edge].contribution) is not None and holds(self._figure(grad))
        ]

    def _tried(self, operation: SeenOperation) -> Tried:
        ran, totals = self._ran(operation), self._flow.totals
        outputs = [self._keys.get(output) for output in operation.outputs]
        grads = {key: totals[key] for key in outputs if key is not None and key in totals}
        return Tried(operation.name, operation.called, ran, outputs, grads, operation.inputs)

    def _share(self, uses: list[int], parts: list[Sent], single: bool) -> None:
        """One part for each use where they correspond, else the sum for the first."""
        carried = [self._carried[edge] for edge in uses]
        if len(parts) == len(uses) and single:
            for each, part in zip(carried, parts, strict=True):
                each.contribution, each.connected = part.grad, not part.refused
            return
        connected = not all(part.refused for part in parts)
        for each in carried:
            each.connected, each.merged = connected, len(uses) > 1
        if carried:
            grads = [part.grad for part in parts if part.grad is not None]
            carried[0].contribution = _sum(grads)

    def _differentiate(self, operation: SeenOperation, uses: Mapping[int, list[int]]) -> None:
        tensors = self._capture.tensors
        outputs = [tensors[index].tensor for index in operation.outputs]
        outputs = [tensor for tensor in outputs if tensor.grad_fn is not None]
        if len(outputs) != 1:
            return
        ran = self._ran(operation)
        counts = {self._keys[index]: len(edges) for index, edges in uses.items()}
        found = derivatives(operation.name, outputs[0], ran, counts)
        for index, edges in uses.items():
            for edge, derivative in zip(edges, found.get(self._keys[index], ()), strict=False):
                self._carried[edge].derivative = derivative

    def _edges(self) -> Iterator[TracedEdge]:
        for index, (seen, carried) in enumerate(
            zip(self._capture.edges, self._carried, strict=True)
        ):
            grad = carried.contribution
            yield TracedEdge(
                index,
                seen.tensor,
                seen.operation,
                seen.slot,
                seen.read_as,
                carried.connected or self._passes(seen),
                seen.depends,
                None if grad is None else self._figure(grad),
                carried.derivative,
                carried.merged,
                carried.zero,
                carried.broken,
            )

    def _passes(self, edge: SeenEdge) -> bool:
        """Of an edge that autograd did not go: whether it would, did the input require it."""
        operation = self._capture.operations[edge.operation]
        tensor = self._capture.tensors[edge.tensor]
        if not operation.grad_mode or not edge.depends or operation.name in CUTS:
            return False
        had_the_choice = tensor.requires_grad
        return not had_the_choice and self._could_pass(tensor, operation)

    def _could_pass(self, tensor: SeenTensor, operation: SeenOperation) -> bool:
        outputs = [self._capture.tensors[index].tensor for index in operation.outputs]
        differentiable = [each.dtype in self._differentiable for each in outputs]
        return tensor.tensor.dtype in self._differentiable and any(differentiable)

    # -- tensors and operations ------------------------------------------------

    def _tensor(self, seen: SeenTensor) -> TracedTensor:
        tensor = seen.tensor
        # By position: keywords would take as long as all the rest here.
        return TracedTensor(
            seen.index,
            tuple(seen.names),
            self._label(seen),
            seen.kind,
            tuple(tensor.shape),
            self._dtypes[tensor.dtype],
            tensor.dtype in self._differentiable,
            seen.requires_grad or _made_leaf(tensor),
            seen.value,
            self._grad(seen.index),
            seen.producer,
        )

    def _label(self, seen: SeenTensor) -> str:
        if seen.names:
            return seen.names[0]
        if seen.producer is None:
            return str(seen.value) if isinstance(seen.value, float | int) else seen.kind
        note = self._notes.operations.get(seen.producer)
        return (note and note.text) or self._capture.operations[seen.producer].name

    def _grad(self, index: int) -> Figure | None:
        key = self._keys.get(index)
        total = None if key is None else self._flow.totals.get(key)
        return None if total is None else self._figure(total)

    def _figure(self, tensor: torch.Tensor) -> Figure:
        """Most gradients stand in several places: read each only once."""
        found = self._figures.get(id(tensor))
        if found is None:
            found = self._figures[id(tensor)] = figure(tensor)
        return found

    def _operation(self, seen: SeenOperation) -> TracedOperation:
        note = self._notes.operations.get(seen.index, NO_NOTE)
        return TracedOperation(
            number=seen.index,
            name=seen.name,
            inputs=tuple(seen.inputs),
            outputs=tuple(seen.outputs),
            grad_mode=seen.grad_mode,
            grad_fn=self._grad_fn(seen),
            in_place=seen.in_place,
            cut=CUTS.get(seen.name),
            switch=note.switch or seen.switch,
            reads=seen.name in READS,
            makes=seen.name in MAKES or self._fills(seen),
            text=note.text,
            position=note.position,
            within=note.within,
            site=seen.site,
            module=seen.module,
        )

    def _fills(self, seen: SeenOperation) -> bool:
        """Whether it fills a tensor with a plain number."""
        edges = self._capture.edges
        return seen.name in FILLS and not any(edges[edge].depends for edge in seen.inputs)

    def _grad_fn(self, seen: SeenOperation) -> str | None:
        nodes = (self._capture.tensors[index].node for index in seen.outputs)
        return next((node.name() for node in nodes if node is not None), None)

    def _backward(self) -> tuple[int, ...]:
        owners = (self._capture.owners[node] for node in self._flow.passed)
        return tuple(dict.fromkeys(owners))

    def _mismatches(self, objective: int | None) -> tuple[Mismatch, ...]:
        seeded = None if objective is None else self._keys.get(objective)
        found = []
        for key, parts in self._flow.incoming.items():
            total = self._flow.totals.get(key)
            if total is None or key == seeded or key not in self._capture.by_key:
                continue
            summed = _sum(parts)
            if summed is not None and not _equal(summed, total):
                index = self._capture.by_key[key]
                found.append(Mismatch(index, self._figure(total), figure(summed)))
        return tuple(found)


NO_NOTE = Note()


def _is_broken(values: Figure) -> bool:
    return not is_finite(values)


def _made_leaf(tensor: torch.Tensor) -> bool:
    """`x.detach().requires_grad_()`: required only after it was made."""
    return tensor.is_leaf and tensor.requires_grad


def _sum(parts: list[torch.Tensor]) -> torch.Tensor | None:
    """In the order in which autograd adds them up."""
    if not parts:
        return None
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _equal(summed: torch.Tensor, total: torch.Tensor) -> bool:
    if summed is total or torch.equal(summed, total):
        return True
    size = float(torch.linalg.vector_norm(total))
    slack = SUM_TOLERANCE * size if math.isfinite(size) else 0.0
    return torch.allclose(summed, total, rtol=SUM_TOLERANCE, atol=slack, equal_nan=True)
