"""Why a gradient is None, zero, stale or not a number: a code and its facts, never a sentence.

Read from the records of a trace alone. `explorer.explain.reason` lists the codes,
`explorer.words.reasons` has the sentences; the command `gradients` and the window's Why panel
are the callers.

Facts: `cuts` are the names of the tensors that were cut; with several ways to the objective, the
first cut on each. Every code that speaks of a cut has them, and `integer` where it is not the
tensor itself that holds integers. `also` maps other codes to their cuts where not all ways are
cut alike. `behind` lists what would stand in the way even then, each with its `code`: of a
None on the way where the least does.
"""

from collections.abc import Iterator
from functools import cached_property

from explorer.explain.cuts import CUT_CODES, NO_SLOPE, cut_code
from explorer.explain.nonfinite import nonfinite_origin
from explorer.explain.obstacles import Obstacle, Obstacles, as_facts
from explorer.explain.prediction import Connection, connect
from explorer.explain.queries import edges, from_numbers, is_finite, is_zero, kept, results
from explorer.explain.reason import Reason
from explorer.explain.trace_records import Trace, TracedEdge, TracedOperation, TracedTensor
from explorer.explain.zero_gradients import ZeroWays, zero_origin

__all__ = ["Reason", "reasons"]


def reasons(trace: Trace) -> dict[str, Reason | None]:
    """For every named tensor its reason; None where its whole gradient is there, and not zero."""
    reader = _Reader(trace)
    found = {number: reader.reason(number) for number in set(trace.named.values())}
    return {name: found[number] for name, number in trace.named.items()}


# Where ways are cut: codes with the names that were cut, in the order in which they were met.
_Cuts = tuple[Obstacle, ...]


def _merged(parts: list[_Cuts]) -> _Cuts:
    """All of them, each once. A long chain shares one tuple."""
    if all(part is parts[0] for part in parts):
        return parts[0] if parts else ()
    return tuple(dict.fromkeys(cut for part in parts for cut in part))


def _reason(cuts: _Cuts) -> Reason | None:
    """The weightiest code, with its cuts; the others beside it."""
    found = {code: [name for each, name in cuts if each == code] for code in CUT_CODES}
    codes = [code for code, names in found.items() if names]
    if not codes:
        return None
    facts: dict[str, object] = {"cuts": found[codes[0]]}
    if codes[1:]:
        facts["also"] = {code: found[code] for code in codes[1:]}
    return Reason(codes[0], facts)


class _Reader:
    """Answers for one trace, whose connections are worked out once for all its tensors."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._connection: Connection = connect(trace)
        self._matters, self._leading = _matters(trace)
        self._without_cuts = all(self._connection.passing)
        self._cut_by: dict[int, Obstacle] = {}
        self._zeros: dict[int, Reason] = {}
        self._broken: dict[int, Reason] = {}

    @cached_property
    def _zero_ways(self) -> ZeroWays:
        return ZeroWays(self._trace)

    def reason(self, number: int) -> Reason | None:
        tensor = self._trace.tensors[number]
        if tensor.grad is None:
            return self._reason_for_none(tensor)
        if not is_finite(tensor.grad):
            return nonfinite_origin(self._trace, number, self._broken)
        if is_zero(tensor.grad):
            return zero_origin(self._zero_ways, number, self._zeros)
        if self._without_cuts:
            return None
        # A comparison has no slope that could be missed.
        cuts = [name for code, name in self._cuts_after[number] if code not in NO_SLOPE]
        return Reason("partly-cut", {"cuts": list(dict.fromkeys(cuts))}) if cuts else None

    def _reason_for_none(self, tensor: TracedTensor) -> Reason | None:
        if not tensor.differentiable_type:
            return Reason("integer")
        if self._trace.objective is None:
            # The forward pass did not come to its end: nobody can say what leads there.
            return None if self._connection.requires[tensor.number] else self._own(tensor)
        if not self._connection.requires[tensor.number]:
            return self._with_behind(self._own(tensor), tensor.number)
        cuts = _reason(self._cuts_after[tensor.number])
        if cuts is not None:
            return self._with_behind(cuts, tensor.number)
        if not self._matters[tensor.number]:
            return Reason("unused")
        if self._trace.broke_off:
            # There was no backward pass: the failure says why.
            return None
        return Reason("no-derivative", {"cuts": [tensor.label]})

    def _own(self, tensor: TracedTensor) -> Reason:
        """Of one that requires no gradient."""
        if tensor.leaf:
            return Reason("frozen", {"kind": "buffer"} if tensor.kind == "buffer" else {})
        return _reason(self._cuts_before[tensor.number]) or Reason("nothing-requires-grad")

    def _with_behind(self, reason: Reason, number: int) -> Reason:
        """With what stands in the way once the reason is undone."""
        thawed = reason.code in ("frozen", "nothing-requires-grad")
        if thawed and self._without_cuts and self._matters[number]:
            return reason
        before = self._obstacles.before(number, thawed)
        if thawed:
            # The first on the way is what the reason is about.
            before = before[1:]
        cuts = {reason.code: reason.facts.get("cuts", ()), **reason.facts.get("also", {})}
        known = {(code, name) for code, names in cuts.items() for name in names}
        on_the_way = dict.fromkeys((*before, *self._obstacles.after(number)))
        behind = [each for each in on_the_way if each not in known]
        facts = {"behind": as_facts(behind)} if behind else {}
        return Reason(reason.code, {**reason.facts, **facts})

    @cached_property
    def _obstacles(self) -> Obstacles:
        return Obstacles(self._trace, self._connection, self._leads_on, self._cut)

    @cached_property
    def _cuts_after(self) -> list[_Cuts]:
        """For every tensor the first cut on each way from it to the objective."""
        trace = self._trace
        found: list[_Cuts] = [()] * len(trace.tensors)
        for tensor in sorted(trace.tensors, key=_made_at, reverse=True):
            parts: list[_Cuts] = []
            for edge in filter(self._leads_on, edges(trace, trace.uses[tensor.number])):
                if self._connection.passing[edge.number]:
                    parts += self._further_on(edge, found)
                else:
                    parts.append((self._cut(edge),))
            found[tensor.number] = _merged([part for part in parts if part])
        return found

    def _further_on(self, edge: TracedEdge, found: list[_Cuts]) -> Iterator[_Cuts]:
        """Behind an operation that passes a gradient on."""
        trace, operation = self._trace, self._trace.operations[edge.operation]
        for output in operation.outputs:
            if trace.tensors[output].differentiable_type:
                yield found[output]
            elif self._matters[output]:
                yield (("integer", _name(trace, edge)),)
        for number in kept(trace, operation):
            yield ((_behind(trace, operation), trace.tensors[number].label),)

    @cached_property
    def _cuts_before(self) -> list[_Cuts]:
        """For every tensor the last cut on each way to it from what requires a gradient."""
        trace = self._trace
        found: list[_Cuts] = [()] * len(trace.tensors)
        for operation in trace.operations:
            parts = [
                (self._cut(edge),) if self._connection.requires[edge.tensor] else found[edge.tensor]
                for edge in edges(trace, operation.inputs)
                if edge.depends
            ]
            cuts = _merged([part for part in parts if part])
            for output in operation.outputs:
                found[output] = cuts
        return found

    def _leads_on(self, edge: TracedEdge) -> bool:
        """Whether the objective's number depends on this use."""
        return edge.depends and self._leading[edge.operation]

    def _cut(self, edge: TracedEdge) -> Obstacle:
        if edge.number not in self._cut_by:
            self._cut_by[edge.number] = cut_code(self._trace, edge), _name(self._trace, edge)
        return self._cut_by[edge.number]


def _behind(trace: Trace, operation: TracedOperation) -> str:
    """How the operation came to change a tensor behind autograd's back: the code of that cut."""
    place = trace.edges[operation.inputs[0]].tensor
    while (maker := trace.tensors[place].producer) is not None:
        operation = trace.operations[maker]
        if operation.cut is not None or not operation.inputs:
            break
        place = trace.edges[operation.inputs[0]].tensor
    return operation.cut or "no-grad"


def _made_at(tensor: TracedTensor) -> int:
    return -1 if tensor.producer is None else tensor.producer


def _name(trace: Trace, edge: TracedEdge) -> str:
    """The tensor that was cut, as the program calls it."""
    return edge.read_as or trace.tensors[edge.tensor].label


def _matters(trace: Trace) -> tuple[list[bool], list[bool]]:
    """For every tensor, whether the objective's number depends on it, cuts or no cuts.

    And the same for what every operation did.
    """
    matters = [False] * len(trace.tensors)
    leading = [False] * len(trace.operations)
    made = False
    if trace.objective is not None:
        matters[trace.objective] = True
    for operation in reversed(trace.operations):
        used = any(matters[each] for each in results(trace, operation))
        # Numbers taken out may be those from which a later operation made a tensor.
        leading[operation.number] = used or (operation.reads and made)
        made = made or (used and from_numbers(trace, operation))
        if leading[operation.number]:
            for edge in edges(trace, operation.inputs):
                if edge.depends:
                    matters[edge.tensor] = True
    return matters, leading
