"""What a figure of the trace says, whether its tensor was small or large. No torch here."""

import math
from collections.abc import Iterator

from explorer.engine.records import Summary
from explorer.engine.trace.records import Figure, Trace, TracedEdge


def numbers_in(values: Figure) -> Iterator[float]:
    """The numbers of a figure, flat; of a Summary its extremes, which show NaN and infinity."""
    pending: list[Figure] = [values]
    while pending:
        part = pending.pop()
        if isinstance(part, Summary):
            yield part.low
            yield part.high
        elif isinstance(part, list):
            pending.extend(reversed(part))
        else:
            yield part


def norm(values: Figure) -> float:
    """The Euclidean norm of the tensor a figure stands for."""
    if isinstance(values, Summary):
        return values.norm
    return math.hypot(*numbers_in(values))


def is_zero(values: Figure) -> bool:
    """Whether every number is zero."""
    return not any(numbers_in(values))


def is_finite(values: Figure) -> bool:
    """Whether no number is NaN or infinite."""
    return all(map(math.isfinite, numbers_in(values)))


def gain(trace: Trace, edge: TracedEdge) -> float | None:
    """By how much the operation stretched the gradient on its way back over this edge.

    The contribution's norm over that of the output's gradient; None without a flow, or where
    it comes from several outputs.
    """
    outputs = [trace.tensors[each].grad for each in trace.operations[edge.operation].outputs]
    upstream = [norm(grad) for grad in outputs if grad is not None]
    if edge.contribution is None or len(upstream) != 1 or not upstream[0]:
        return None
    return norm(edge.contribution) / upstream[0]
