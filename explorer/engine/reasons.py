"""Why a gradient is None, zero, stale or not a number: a code and its facts, never a sentence.

Read from the records of a trace alone. `explorer.words.reasons` has the sentences; the command
`gradients` and the window's Why panel are the callers. The codes:

    frozen                 a leaf whose requires_grad is off
    nothing-requires-grad  computed from nothing that requires a gradient
    integer                whole numbers and truth values have no derivative
    detached               cut by detach() or a detach switch
    data-access            cut by reading or assigning .data
    no-grad                used inside torch.no_grad()
    rewrapped              its numbers were taken out, and a new tensor made from them
    no-derivative          an operation that passes no gradient on
    unused                 the objective does not depend on it
    flat, inactive, zero-factor, cancels       a gradient of zero (`explorer.engine.zeros`)
    non-finite             NaN or infinity (`explorer.engine.nonfinite`)
    not-yet, not-leaf, stale                   of a running session (`explorer.engine.standing`)

Facts: `cuts` are the names of the tensors that were cut; with several ways to the objective, the
first cut on each. Every code that speaks of a cut has them, and `integer` where it is not the
tensor itself that holds integers. `also` maps other codes to their cuts where not all ways are
cut alike.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from explorer.engine.nonfinite import origin
from explorer.engine.prediction import Connection, connect
from explorer.engine.reason import Reason
from explorer.engine.trace.reading import is_finite, is_zero
from explorer.engine.trace.records import Trace, TracedEdge, TracedOperation, TracedTensor
from explorer.engine.zeros import swallowed

__all__ = ["Reason", "reasons"]


def reasons(trace: Trace) -> dict[str, Reason | None]:
    """For every named tensor its reason; None where the gradient is there and not zero."""
    reader = _Reader(trace)
    found = {number: reader.reason(number) for number in set(trace.named.values())}
    return {name: found[number] for name, number in trace.named.items()}


@dataclass
class _Cuts:
    """Where ways are cut: for each code the names, in the order in which they were met."""

    found: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, code: str, name: str) -> None:
        self.found.setdefault(code, {})[name] = None

    def reason(self) -> Reason | None:
        """The weightiest code, with its cuts; the others beside it."""
        codes = [code for code, _ in CUT_CODES if code in self.found]
        if not codes:
            return None
        facts: dict[str, object] = {"cuts": list(self.found[codes[0]])}
        if codes[1:]:
            facts["also"] = {code: list(self.found[code]) for code in codes[1:]}
        return Reason(codes[0], facts)


class _Reader:
    """Answers for one trace, whose connections are worked out once."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._connection: Connection = connect(trace)
        self._matters = _matters(trace)

    def reason(self, number: int) -> Reason | None:
        tensor = self._trace.tensors[number]
        if tensor.grad is None:
            return self._reason_for_none(tensor)
        if not is_finite(tensor.grad):
            return origin(self._trace, number)
        return swallowed(self._trace, number) if is_zero(tensor.grad) else None

    def _reason_for_none(self, tensor: TracedTensor) -> Reason:
        if not tensor.differentiable_type:
            return Reason("integer")
        if not self._connection.requires[tensor.number]:
            if tensor.leaf:
                return Reason("frozen")
            return self._cuts_before(tensor.number).reason() or Reason("nothing-requires-grad")
        cuts = self._cuts_after(tensor.number).reason()
        if cuts is None and self._matters[tensor.number]:
            return Reason("no-derivative", {"cuts": [tensor.label]})
        return cuts or Reason("unused")

    def _cuts_after(self, number: int) -> _Cuts:
        """The first cut on each way from the tensor to the objective."""
        cuts = _Cuts()
        seen, pending = {number}, [number]
        while pending:
            for edge in self._edges(self._trace.uses[pending.pop(0)]):
                if not self._leads_on(edge):
                    continue
                if self._connection.passing[edge.number]:
                    outputs = self._trace.operations[edge.operation].outputs
                    fresh = [output for output in outputs if output not in seen]
                    seen.update(fresh)
                    pending.extend(fresh)
                else:
                    self._add(cuts, edge)
        return cuts

    def _cuts_before(self, number: int) -> _Cuts:
        """The last cut on each way to the tensor from something that requires a gradient."""
        cuts = _Cuts()
        seen, pending = {number}, [number]
        while pending:
            producer = self._trace.tensors[pending.pop(0)].producer
            inputs = () if producer is None else self._trace.operations[producer].inputs
            for edge in self._edges(inputs):
                if edge.tensor in seen or not edge.depends:
                    continue
                if self._connection.requires[edge.tensor]:
                    self._add(cuts, edge)
                else:
                    seen.add(edge.tensor)
                    pending.append(edge.tensor)
        return cuts

    def _edges(self, numbers: tuple[int, ...]) -> Iterator[TracedEdge]:
        return (self._trace.edges[number] for number in numbers)

    def _leads_on(self, edge: TracedEdge) -> bool:
        """Whether the objective's number depends on this use."""
        operation = self._trace.operations[edge.operation]
        matters = any(self._matters[output] for output in operation.outputs)
        return edge.depends and (matters or _is_read_and_made(operation, self._trace))

    def _add(self, cuts: _Cuts, edge: TracedEdge) -> None:
        cut = _Cut(edge, self._trace.operations[edge.operation], self._trace)
        code = next(code for code, applies in CUT_CODES if applies(cut))
        cuts.add(code, cut.name)


@dataclass(frozen=True)
class _Cut:
    """An edge over which no gradient goes back."""

    edge: TracedEdge
    operation: TracedOperation
    trace: Trace

    @property
    def name(self) -> str:
        """The tensor that was cut, as the program calls it."""
        if self.operation.switch is not None:
            return self.operation.switch
        switched = [name for name in self.edge.read_as if name in self.trace.cuts]
        names = (*switched, *self.edge.read_as, self.trace.tensors[self.edge.tensor].label)
        return names[0]

    @property
    def gives_whole_numbers(self) -> bool:
        outputs = [self.trace.tensors[number] for number in self.operation.outputs]
        return bool(outputs) and not any(output.differentiable_type for output in outputs)

    @property
    def is_switched(self) -> bool:
        return not self.trace.cuts.isdisjoint(self.edge.read_as)


# In the order of weight: what somebody wrote or switched on purpose stands first.
CUT_CODES: tuple[tuple[str, Callable[[_Cut], bool]], ...] = (
    ("detached", lambda cut: cut.is_switched or cut.operation.cut == "detached"),
    ("data-access", lambda cut: cut.operation.cut == "data-access"),
    ("rewrapped", lambda cut: cut.operation.reads or cut.operation.makes),
    ("integer", lambda cut: cut.gives_whole_numbers),
    ("no-grad", lambda cut: not cut.operation.grad_mode),
    ("no-derivative", lambda cut: True),  # noqa: ARG005 (the others look at it)
)


def _matters(trace: Trace) -> list[bool]:
    """For every tensor, whether the objective's number depends on it, cuts or no cuts."""
    matters = [False] * len(trace.tensors)
    if trace.objective is not None:
        matters[trace.objective] = True
    remade = False
    for operation in reversed(trace.operations):
        used = any(matters[output] for output in operation.outputs)
        remade = remade or (used and _is_made_from_nowhere(operation))
        if used or (operation.reads and remade):
            for edge in operation.inputs:
                if trace.edges[edge].depends:
                    matters[trace.edges[edge].tensor] = True
    return matters


def _is_made_from_nowhere(operation: TracedOperation) -> bool:
    return operation.makes and not operation.inputs


def _is_read_and_made(operation: TracedOperation, trace: Trace) -> bool:
    """Numbers taken out here may be those from which a later operation made a tensor."""
    later = trace.operations[operation.number + 1 :]
    return operation.reads and any(map(_is_made_from_nowhere, later))
