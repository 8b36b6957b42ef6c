"""Which operation made the first NaN or infinity.

Called by `explorer.explain.reasons` and `explorer.explain.route`.
"""

from collections.abc import Iterator
from functools import partial

from explorer.explain.queries import carries_broken, edges, followed, is_finite
from explorer.explain.reason import Reason
from explorer.explain.trace_records import Trace, TracedOperation


def nonfinite_origin(trace: Trace, number: int, known: dict[int, Reason]) -> Reason:
    """The reason for a gradient that is not finite, followed to where it became so.

    Facts: `operation`, `at` (its output), `direction` ("forward" where the output itself is
    not finite, "backward" where only the derivative is), `inputs` (labels and values).
    """
    return followed(number, known, partial(_step, trace))


def first_nonfinite(trace: Trace, number: int) -> int | None:
    """The operation that produced the first NaN or infinity; None where only a sum is too large.

    By its number; it is the one that `nonfinite_origin` names.
    """
    while True:
        found = _broken_by(trace, number)
        if not isinstance(found, int):
            return None if found is None else _made(trace, found)[0].number
        number = found


def _step(trace: Trace, number: int) -> Reason | int:
    """The reason, or the tensor further on whose gradient was broken already."""
    found = _broken_by(trace, number)
    if found is None:
        return Reason("non-finite", {"at": trace.tensors[number].label})
    return found if isinstance(found, int) else _reason(trace, *_made(trace, found))


def _broken_by(trace: Trace, number: int) -> TracedOperation | int | None:
    """The operation whose backward pass broke it, or the tensor further on; None: the sum did."""
    broken = next(filter(carries_broken, edges(trace, trace.uses[number])), None)
    if broken is None:
        return None
    operation = trace.operations[broken.operation]
    above = (each for each in operation.outputs if _has_it(trace, each))
    return next(above, operation)


def _made(trace: Trace, operation: TracedOperation) -> tuple[TracedOperation, str]:
    """It came up in this operation's backward pass; perhaps its numbers were broken already."""
    first = next((each for each in _before(trace, operation) if _broke(trace, each)), None)
    return (operation, "backward") if first is None else (first, "forward")


def _reason(trace: Trace, made: TracedOperation, direction: str) -> Reason:
    inputs = {
        trace.tensors[edge.tensor].label: trace.tensors[edge.tensor].value
        for edge in edges(trace, made.inputs)
    }
    at = trace.tensors[made.outputs[0]].label
    facts = {"operation": made.name, "at": at, "direction": direction, "inputs": inputs}
    return Reason("non-finite", facts)


def _before(trace: Trace, operation: TracedOperation) -> Iterator[TracedOperation]:
    """The operation and all that its inputs come from, in the order of the forward pass."""
    found, pending = {operation.number}, [operation]
    while pending:
        for edge in edges(trace, pending.pop().inputs):
            producer = trace.tensors[edge.tensor].producer
            if producer is not None and producer not in found:
                found.add(producer)
                pending.append(trace.operations[producer])
    return (trace.operations[each] for each in sorted(found))


def _broke(trace: Trace, operation: TracedOperation) -> bool:
    """Whether it made something that is not finite of inputs that are."""
    inputs = [trace.tensors[edge.tensor].value for edge in edges(trace, operation.inputs)]
    outputs = [trace.tensors[number].value for number in operation.outputs]
    return all(map(is_finite, inputs)) and not all(map(is_finite, outputs))


def _has_it(trace: Trace, number: int) -> bool:
    grad = trace.tensors[number].grad
    return grad is not None and not is_finite(grad)
