"""Where a gradient became zero. Called by `explorer.engine.reasons` with a trace's records."""

from collections.abc import Mapping

from explorer.engine.reason import Reason
from explorer.engine.trace.reading import is_zero
from explorer.engine.trace.records import Trace, TracedEdge, TracedOperation

# Operations whose derivative is zero wherever it exists.
_FLAT = frozenset({"round", "floor", "ceil", "trunc", "fix", "sign", "sgn", "heaviside"})

# Operations that pass a gradient on to the part or side that was taken, and zero to the rest.
_CHOOSING = frozenset(
    {
        "amax",
        "amin",
        "cat",
        "chunk",
        "clamp",
        "clamp_max",
        "clamp_min",
        "clip",
        "concat",
        "dropout",
        "fmax",
        "fmin",
        "gather",
        "hardshrink",
        "hardsigmoid",
        "hardswish",
        "hardtanh",
        "index",
        "index_put_",
        "index_select",
        "leaky_relu",
        "masked_fill",
        "masked_select",
        "max",
        "max_pool1d",
        "max_pool2d",
        "max_pool3d",
        "maximum",
        "min",
        "minimum",
        "narrow",
        "relu",
        "relu6",
        "select",
        "softshrink",
        "split",
        "stack",
        "threshold",
        "topk",
        "unbind",
        "where",
    }
)

CODES: Mapping[str, str] = {
    **dict.fromkeys(sorted(_FLAT), "flat"),
    **dict.fromkeys(sorted(_CHOOSING), "inactive"),
}


def swallowed(trace: Trace, number: int, known: dict[int, Reason]) -> Reason:
    """The reason for a gradient that is there and zero, followed to where it became so.

    Facts: `operation` and `at`, the operation's output; of a zero-factor `factor`, the input
    that is zero (None where the derivative itself is); of cancels only `at`.
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
    """The reason, or the tensor further on whose gradient was zero already."""
    edges = [trace.edges[edge] for edge in trace.uses[number]]
    parts = [edge for edge in edges if edge.contribution is not None]
    if not parts or not all(map(_carries_zero, parts)):
        return Reason("cancels", {"at": trace.tensors[number].label})
    operation = trace.operations[parts[0].operation]
    grads = {each: trace.tensors[each].grad for each in operation.outputs}
    zeros = [each for each, grad in grads.items() if grad is not None and is_zero(grad)]
    if not zeros or any(grad is not None and not is_zero(grad) for grad in grads.values()):
        return _at(trace, operation, parts[0])
    return zeros[0]


def _carries_zero(edge: TracedEdge) -> bool:
    return edge.contribution is None or is_zero(edge.contribution)


def _at(trace: Trace, operation: TracedOperation, edge: TracedEdge) -> Reason:
    """The operation whose output has a gradient, and which gave back zero."""
    at = trace.tensors[operation.outputs[0]].label
    code = CODES.get(operation.name, "zero-factor")
    facts: dict[str, str | None] = {"operation": operation.name, "at": at}
    if code == "zero-factor":
        facts["factor"] = _factor(trace, operation, edge)
    return Reason(code, facts)


def _factor(trace: Trace, operation: TracedOperation, edge: TracedEdge) -> str | None:
    """The zero it was multiplied by: another input, or (x ** 2 at 0) the tensor itself."""
    edges = [trace.edges[each] for each in operation.inputs]
    others = [each for each in edges if each.slot != edge.slot]
    for each in (*others, edge):
        tensor = trace.tensors[each.tensor]
        if is_zero(tensor.value):
            return tensor.label
    return None
