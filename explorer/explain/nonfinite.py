"""Which operation, or which given tensor, a gradient's NaN or infinity comes from.

`TracedEdge.broken` has what trying the operation showed. Called by `explorer.explain.reasons`
and `explorer.explain.route`.
"""

from functools import partial
from typing import Any

from explorer.explain.queries import carries_broken, edges, followed, is_finite
from explorer.explain.reason import Reason
from explorer.explain.trace_records import BrokenPart, Trace


def nonfinite_origin(trace: Trace, number: int, known: dict[int, Reason]) -> Reason:
    """The reason for a gradient that is not finite, followed to where it became so.

    Facts: `direction` and `at`. FORWARD: `operation` made it of `inputs` that are finite, and
    `at` is its output. BACKWARD: it has finite values, but its derivative is not finite there.
    VALUE: the tensor `at`, which was given, is not finite itself. Without a direction the parts
    that meet at `at` are too large to be added up. `inputs` are labels and values.
    """
    return followed(number, known, partial(_step, trace))


FORWARD, BACKWARD, VALUE = "forward", "backward", "value"


def first_nonfinite(trace: Trace, number: int) -> int | None:
    """The operation that `nonfinite_origin` names, by its number; None where it names none."""
    while True:
        found = _broken_by(trace, number)
        if not isinstance(found, int):
            return None if found is None else found.operation
        number = found


def _step(trace: Trace, number: int) -> Reason | int:
    """The reason, or the tensor further on whose gradient was broken already."""
    found = _broken_by(trace, number)
    if found is None:
        return Reason("non-finite", {"at": trace.tensors[number].label})
    return found if isinstance(found, int) else _reason(trace, found)


def _broken_by(trace: Trace, number: int) -> BrokenPart | int | None:
    """Where it comes from, or the tensor further on; None: the sum of the parts is too large."""
    broken = next(filter(carries_broken, edges(trace, trace.uses[number])), None)
    if broken is None:
        return None
    outputs = trace.operations[broken.operation].outputs
    above = (each for each in outputs if _has_it(trace, each))
    return broken.broken or next(above, None)


def _reason(trace: Trace, found: BrokenPart) -> Reason:
    if found.operation is None:
        assert found.tensor is not None
        given = trace.tensors[found.tensor]
        facts: dict[str, Any] = {"at": given.label, "direction": VALUE}
        return Reason("non-finite", {**facts, "inputs": {given.label: given.value}})
    made = trace.operations[found.operation]
    inputs = {
        trace.tensors[edge.tensor].label: trace.tensors[edge.tensor].value
        for edge in edges(trace, made.inputs)
    }
    at = trace.tensors[made.outputs[0]].label
    direction = FORWARD if found.forward else BACKWARD
    facts = {"operation": made.name, "at": at, "direction": direction, "inputs": inputs}
    return Reason("non-finite", facts)


def _has_it(trace: Trace, number: int) -> bool:
    grad = trace.tensors[number].grad
    return grad is not None and not is_finite(grad)
