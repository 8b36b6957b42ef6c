"""What a trace's records say: its figures, of small tensors and large, and its edges.

For everything that explains or draws a trace. No torch here.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from explorer.explain.figures import Figure, Summary
from explorer.explain.reason import Reason
from explorer.explain.trace_records import Trace, TracedEdge, TracedOperation

# They make a new version of their first argument of which nothing of the old one is left.
OVERWRITES = frozenset({"fill_", "zero_"})


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


def edges(trace: Trace, numbers: Iterable[int]) -> Iterator[TracedEdge]:
    """The edges of these numbers, such as a tensor's uses or an operation's inputs."""
    return (trace.edges[number] for number in numbers)


def carries_zero(edge: TracedEdge) -> bool:
    """Whether nothing but zeros came back over the edge."""
    return edge.contribution is None or is_zero(edge.contribution)


def carries_broken(edge: TracedEdge) -> bool:
    """Whether NaN or infinity came back over the edge."""
    return edge.contribution is not None and not is_finite(edge.contribution)


def kept(trace: Trace, operation: TracedOperation) -> list[int]:
    """The tensors that the operation changed and that stayed what they are to autograd.

    A leaf changed under no_grad, or an assigned .data: on its old numbers nothing depends.
    """
    if not operation.in_place:
        return []
    replaced = 0 if operation.name in OVERWRITES and operation.outputs else None
    return [
        edge.tensor
        for edge in edges(trace, operation.inputs)
        if not edge.depends and edge.slot != replaced
    ]


def results(trace: Trace, operation: TracedOperation) -> Sequence[int]:
    """All tensors whose numbers come of the operation: what it made, and what it changed."""
    return (
        (*operation.outputs, *kept(trace, operation)) if operation.in_place else operation.outputs
    )


def from_numbers(trace: Trace, operation: TracedOperation) -> bool:
    """Whether it made a tensor of plain numbers alone."""
    return operation.makes and not any(edge.depends for edge in edges(trace, operation.inputs))


def followed(number: int, known: dict[int, Reason], step: Callable[[int], Reason | int]) -> Reason:
    """The reason at the end of the way that `step` leads, from tensor to tensor.

    `known` has those found before, and gets those of all tensors on the way.
    """
    way: list[int] = []
    while number not in known:
        way.append(number)
        found = step(number)
        if isinstance(found, Reason):
            known[number] = found
        else:
            number = found
    known.update(dict.fromkeys(way, known[number]))
    return known[number]
