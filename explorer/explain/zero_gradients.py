"""Where a gradient became zero, told from a trace's records.

Called by `explorer.explain.reasons` and `explorer.explain.route`.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from explorer.experiment.operations import Slope, find
from explorer.explain.queries import carries_zero, edges, followed, is_zero
from explorer.explain.reason import Reason
from explorer.explain.trace_records import Trace, TracedEdge, TracedOperation

# How the slope behaves of functions of torch that no formula has: in a module's trace.
_SLOPES: Mapping[str, Slope] = {
    **dict.fromkeys(("sgn", "heaviside"), Slope.FLAT),
    **dict.fromkeys(
        (
            "cat",
            "chunk",
            "clamp_max",
            "clamp_min",
            "concat",
            "dropout",
            "fmax",
            "fmin",
            "gather",
            "index",
            "index_put_",
            "index_select",
            "masked_fill",
            "masked_select",
            "max",
            "max_pool1d",
            "max_pool2d",
            "max_pool3d",
            "min",
            "narrow",
            "select",
            "split",
            "stack",
            "threshold",
            "topk",
            "unbind",
        ),
        Slope.PARTIAL,
    ),
}
_CODES: Mapping[Slope, str] = {Slope.FLAT: "flat", Slope.PARTIAL: "inactive"}

# A product with one input alone has a plain number for the other.
_PRODUCTS = frozenset({"mul", "mul_", "multiply", "multiply_"})
_PLAIN = re.compile(r"-?\d[\d.]*(e[+-]?\d+)?")


def zero_origin(trace: Trace, number: int, known: dict[int, Reason]) -> Reason:
    """The reason for a gradient that is there and zero, followed to where it became so.

    Facts: `operation` and `at`, the operation's output; of a zero-factor `factor`, the input
    that is zero, or the number as the formula has it (None where the derivative itself is
    zero); of cancels only `at`.
    """
    return followed(number, known, partial(_step, trace))


class ZeroUse(NamedTuple):
    """The use of a tensor over which its gradient of zero came back.

    The outputs of the operation whose gradient is not zero (the zero came up in this operation
    then), and those whose gradient was zero already.
    """

    edge: TracedEdge
    alive: tuple[int, ...]
    zeros: tuple[int, ...]


def zero_use(trace: Trace, number: int) -> ZeroUse | None:
    """Of a tensor whose gradient is zero; None where contributions that are not cancel out."""
    parts = [edge for edge in edges(trace, trace.uses[number]) if edge.contribution is not None]
    if not parts or not all(map(carries_zero, parts)):
        return None
    outputs = trace.operations[parts[0].operation].outputs
    grads = [(each, grad) for each in outputs if (grad := trace.tensors[each].grad) is not None]
    alive = tuple(each for each, grad in grads if not is_zero(grad))
    return ZeroUse(parts[0], alive, tuple(each for each, _ in grads if each not in alive))


def _step(trace: Trace, number: int) -> Reason | int:
    """The reason, or the tensor further on whose gradient was zero already."""
    use = zero_use(trace, number)
    if use is None:
        return Reason("cancels", {"at": trace.tensors[number].label})
    if use.alive or not use.zeros:
        return _at(trace, trace.operations[use.edge.operation], use.edge)
    return use.zeros[0]


def _at(trace: Trace, operation: TracedOperation, edge: TracedEdge) -> Reason:
    """The operation whose output has a gradient, and which gave back zero."""
    at = trace.tensors[operation.outputs[0]].label
    code = _code(operation.name)
    facts: dict[str, str | None] = {"operation": operation.name, "at": at}
    if code == "zero-factor":
        facts["factor"] = _factor(trace, operation, edge)
    return Reason(code, facts)


def _code(name: str) -> str:
    known = find(name)
    slope = _SLOPES.get(name, Slope.REGULAR) if known is None else known.slope
    return _CODES.get(slope, "zero-factor")


def _factor(trace: Trace, operation: TracedOperation, edge: TracedEdge) -> str | None:
    """The zero it was multiplied by: another input, or (x ** 2 at 0) the tensor itself."""
    others = [each for each in edges(trace, operation.inputs) if each.slot != edge.slot]
    if not others and operation.name in _PRODUCTS:
        return _number(operation.text)
    for each in (*others, edge):
        tensor = trace.tensors[each.tensor]
        if is_zero(tensor.value):
            return tensor.label
    return None


def _number(text: str) -> str:
    """The plain number of a product, as its text has it; 0 where it has no text."""
    ends = (text.partition(" * ")[0], text.rpartition(" * ")[2])
    return next(filter(is_number, ends), "0")


def is_number(factor: str) -> bool:
    """Whether the factor of a zero-factor is a plain number, and no tensor's label."""
    return _PLAIN.fullmatch(factor) is not None
