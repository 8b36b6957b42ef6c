"""Which operation made the first NaN or infinity. Called by `explorer.engine.reasons`."""

from collections.abc import Iterator

from explorer.engine.reason import Reason
from explorer.engine.trace.reading import is_finite
from explorer.engine.trace.records import Trace, TracedEdge, TracedOperation


def origin(trace: Trace, number: int, known: dict[int, Reason]) -> Reason:
    """The reason for a gradient that is not finite, followed to where it became so.

    Facts: `operation`, `at` (its output), `direction` ("forward" where the output itself is
    not finite, "backward" where only the derivative is), `inputs` (labels and values).
    """
    way: list[int] = []
    while number not in known:
        way.append(number)
        found = _step(trace, number)
        if isinstance(found, Reason):
            known[number] = found
        else:
            number = found
    known.update(dict.fromkeys(way, known[number]))
    return known[number]


def _step(trace: Trace, number: int) -> Reason | int:
    """The reason, or the tensor further on whose gradient was broken already."""
    broken = [edge for edge in _edges(trace, trace.uses[number]) if _carries_it(edge)]
    if not broken:
        return Reason("non-finite", {"at": trace.tensors[number].label})
    operation = trace.operations[broken[0].operation]
    above = [each for each in operation.outputs if _has_it(trace, each)]
    return above[0] if above else _made_by(trace, operation)


def _made_by(trace: Trace, operation: TracedOperation) -> Reason:
    """It came up in this operation's backward pass; perhaps its numbers were broken already."""
    first = next((each for each in _before(trace, operation) if _broke(trace, each)), None)
    made, direction = (operation, "backward") if first is None else (first, "forward")
    inputs = {
        trace.tensors[edge.tensor].label: trace.tensors[edge.tensor].value
        for edge in _edges(trace, made.inputs)
    }
    at = trace.tensors[made.outputs[0]].label
    facts = {"operation": made.name, "at": at, "direction": direction, "inputs": inputs}
    return Reason("non-finite", facts)


def _before(trace: Trace, operation: TracedOperation) -> Iterator[TracedOperation]:
    """The operation and all that its inputs come from, in the order of the forward pass."""
    found, pending = {operation.number}, [operation]
    while pending:
        for edge in _edges(trace, pending.pop().inputs):
            producer = trace.tensors[edge.tensor].producer
            if producer is not None and producer not in found:
                found.add(producer)
                pending.append(trace.operations[producer])
    return (trace.operations[each] for each in sorted(found))


def _broke(trace: Trace, operation: TracedOperation) -> bool:
    """Whether it made something that is not finite of inputs that are."""
    inputs = [trace.tensors[edge.tensor].value for edge in _edges(trace, operation.inputs)]
    outputs = [trace.tensors[number].value for number in operation.outputs]
    return all(map(is_finite, inputs)) and not all(map(is_finite, outputs))


def _edges(trace: Trace, numbers: tuple[int, ...]) -> Iterator[TracedEdge]:
    return (trace.edges[number] for number in numbers)


def _carries_it(edge: TracedEdge) -> bool:
    return edge.contribution is not None and not is_finite(edge.contribution)


def _has_it(trace: Trace, number: int) -> bool:
    grad = trace.tensors[number].grad
    return grad is not None and not is_finite(grad)
