"""Where a gradient became zero, and of what, told from a trace's records.

`TracedEdge.zero` has what trying the operation showed; here it is followed from a tensor to the
place where the zero came up. Called by `explorer.explain.reasons` and `explorer.explain.route`.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from explorer.experiment.operations import Slope, find
from explorer.explain.queries import carries_zero, edges, is_zero
from explorer.explain.reason import Reason
from explorer.explain.trace_records import Trace, TracedEdge, TracedOperation, ZeroPart

# How the slope behaves of functions of torch that no formula has, in a module's trace, and of
# those of whose results, or of the parts of a result, some may lead nowhere.
_SLOPES: Mapping[str, Slope] = {
    **dict.fromkeys(("sgn", "heaviside"), Slope.FLAT),
    **dict.fromkeys(("fmax", "fmin", "index_put_"), Slope.PARTIAL),
    **dict.fromkeys(("max_pool3d", "dropout"), Slope.PARTIAL),
    **dict.fromkeys(("cat", "concat", "stack", "hstack", "vstack"), Slope.PARTIAL),
    **dict.fromkeys(("chunk", "split", "unbind", "unfold", "pad", "diag"), Slope.PARTIAL),
}
_CODES: Mapping[Slope, str] = {Slope.FLAT: "flat", Slope.PARTIAL: "inactive"}

# What parts add up to 0 over: the ways from one tensor, the rows of the data, the elements that
# a smaller tensor is spread over, or an operation's own outputs.
WAYS = "ways"
ROWS = "rows"
ELEMENTS = "elements"
OUTPUTS = "outputs"

# Nobody mends more than these to see one gradient.
MOST_BEHIND = 3
_PLAIN = re.compile(r"-?\d[\d.]*(e[+-]?\d+)?")
_UNTRIED = ZeroPart()

# The code, the operation and its output: something else that lets no gradient through.
Blocked = Mapping[str, str]


def zero_origin(ways: "ZeroWays", number: int, known: dict[int, Reason]) -> Reason:
    """The reason for a gradient that is there and zero, followed to where it became so.

    Facts: `operation` and `at`, the operation's output; of cancels `over` what the parts add up
    to 0, and where that is WAYS only `at`, the tensor at which they meet. Of a zero-factor
    `factor`, the label of the input that the gradient is multiplied by, or the number (None:
    there is none), `factor_value`, and `values`, the labels of those of which another value
    makes it something else. `behind`: what would pass on no gradient even then, nearest to the
    cause first, at most MOST_BEHIND. `known` has the reasons found before, and gets those of all
    tensors on the way.
    """
    way: list[tuple[int, TracedEdge]] = []
    while number not in known:
        use = ways.use(number)
        if use is None or use.alive or not use.zeros:
            known[number] = _at(ways.trace, number, use)
        else:
            way.append((number, use.edge))
            number = use.zeros[0]
    reason = known[number]
    for number, edge in reversed(way):
        reason = known[number] = _behind(reason, ways.trace, edge)
    return reason


class ZeroUse(NamedTuple):
    """The use of a tensor over which its gradient of zero came back.

    The outputs of the operation whose gradient is not zero (the zero came up in this operation
    then), and those whose gradient was zero already. `blocked` is how much stands in the way
    even then, from the tensor to where the zero came up.
    """

    edge: TracedEdge
    alive: tuple[int, ...]
    zeros: tuple[int, ...]
    blocked: int


class ZeroWays:
    """For every tensor of a trace whose gradient is zero the way on which the least stands."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._uses: dict[int, ZeroUse] | None = None

    def use(self, number: int) -> ZeroUse | None:
        """The first use on that way; None where contributions that are not zero cancel out."""
        if self._uses is None:
            self._uses = {}
            for tensor in reversed(self.trace.tensors):
                if tensor.grad is not None and is_zero(tensor.grad):
                    self._find(tensor.number, self._uses)
        return self._uses.get(number)

    def _find(self, number: int, found: dict[int, ZeroUse]) -> None:
        uses = edges(self.trace, self.trace.uses[number])
        parts = [edge for edge in uses if edge.contribution is not None]
        if parts and all(map(carries_zero, parts)):
            ways = (self._use(edge, found) for edge in parts)
            found[number] = min(ways, key=lambda way: way.blocked)

    def _use(self, edge: TracedEdge, found: dict[int, ZeroUse]) -> ZeroUse:
        tensors = self.trace.tensors
        outputs = self.trace.operations[edge.operation].outputs
        grads = [(each, grad) for each in outputs if (grad := tensors[each].grad) is not None]
        alive = tuple(each for each, grad in grads if not is_zero(grad))
        if alive:
            return ZeroUse(edge, alive, tuple(each for each, _ in grads if each not in alive), 0)
        further = {each: found[each].blocked if each in found else 0 for each, _ in grads}
        zeros = tuple(sorted(further, key=further.__getitem__))
        blocked = (edge.zero is not None) + min(further.values(), default=0)
        return ZeroUse(edge, (), zeros, blocked)


def _at(trace: Trace, number: int, use: ZeroUse | None) -> Reason:
    """Where the zero came up: in an operation, or where several ways meet."""
    if use is None:
        return Reason("cancels", {"at": trace.tensors[number].label, "over": WAYS})
    operation, zero = trace.operations[use.edge.operation], use.edge.zero or _UNTRIED
    facts = _place(trace, operation)
    if zero.cancels:
        return Reason("cancels", {**facts, "over": _over(trace, operation, number)})
    code = _code(operation.name)
    return Reason(code, {**facts, **(_factor(trace, zero) if code == "zero-factor" else {})})


def _place(trace: Trace, operation: TracedOperation) -> dict[str, Any]:
    return {"operation": operation.name, "at": trace.tensors[operation.outputs[0]].label}


def _code(name: str) -> str:
    known = find(name)
    slope = Slope.REGULAR if known is None else known.slope
    return _CODES.get(_SLOPES.get(name, slope), "zero-factor")


def _factor(trace: Trace, zero: ZeroPart) -> dict[str, Any]:
    values = [trace.tensors[edge.tensor].label for edge in edges(trace, zero.values)]
    facts: dict[str, Any] = {"factor": None, "factor_value": zero.number, "values": values}
    if zero.factor is not None:
        tensor = trace.tensors[trace.edges[zero.factor].tensor]
        facts.update(factor=tensor.label, factor_value=tensor.value)
    elif zero.number is not None:
        facts["factor"] = str(zero.number)
    return facts


def _over(trace: Trace, operation: TracedOperation, number: int) -> str:
    """What the parts belong to that came back to the tensor from one operation."""
    tensor, output = trace.tensors[number].shape, trace.tensors[operation.outputs[0]].shape
    data = (each.shape for each in trace.tensors if each.kind in ("input", "target"))
    if output and tensor[:1] != output[:1] and output[:1] in {shape[:1] for shape in data}:
        return ROWS
    return ELEMENTS if math.prod(output) > math.prod(tensor) else OUTPUTS


def _behind(reason: Reason, trace: Trace, edge: TracedEdge) -> Reason:
    """The reason further on, and the operation here, if that lets nothing through either."""
    before: tuple[Blocked, ...] = tuple(reason.facts.get("behind", ()))
    if edge.zero is None or len(before) == MOST_BEHIND:
        return reason
    operation = trace.operations[edge.operation]
    code = "cancels" if edge.zero.cancels else _code(operation.name)
    blocked = {"code": code, **_place(trace, operation)}
    return Reason(reason.code, {**reason.facts, "behind": [*before, blocked]})


def is_number(factor: str) -> bool:
    """Whether the factor of a zero-factor is a plain number, and no tensor's label."""
    return _PLAIN.fullmatch(factor) is not None
