"""From which operation a NaN or an infinity comes, found out by trying.

Where an operation passed one back that it did not get, its inputs that are not finite are made
so, one at a time: the one without which nothing is broken was to blame, and the search goes on
at the operation that made it. What was absorbed on the way, as softmax does with -inf, is never
come to. Called by `explorer.engine.trace.assembly` while autograd's graph is still there;
`explorer.explain.nonfinite` reads what was found.
"""

from collections.abc import Callable, Iterable

import torch

from explorer.engine.trace.again import Again, Others, Tried
from explorer.engine.trace.capture import Capture, SeenOperation
from explorer.explain.trace_records import BrokenPart

# Any number that most functions take.
_FINITE = 0.5
# How much is broken with other values; None where that cannot be told.
_Count = Callable[[Again, Others], int | None]


def broken_part(capture: Capture, operation: SeenOperation, tried: Tried, slot: int) -> BrokenPart:
    """Where that comes from which the operation passed back to the input at `slot`."""
    gradients = [None if key is None else tried.gradients.get(key) for key in tried.outputs]

    def count(again: Again, others: Others) -> int | None:
        part = again.part((slot,), gradients, others)
        return None if part is None else _broken([part])

    source = _to_blame(capture, operation, count, slot)
    if source is not None:
        return _made(capture, source)
    return BrokenPart(operation.index, None, forward=_breaks(capture, operation))


def _breaks(capture: Capture, operation: SeenOperation) -> bool:
    """Whether its values are not finite, with inputs that are."""
    called = operation.called
    if called is not None and called.unchanged:
        again = Again(called)
        others = {slot: _mended(tensor) for slot, tensor in enumerate(again.tensors)}
        return _broken(again.outputs(others)) > 0
    return _broken(capture.tensors[index].tensor for index in operation.outputs) > 0


def _made(capture: Capture, tensor: int) -> BrokenPart:
    """The operation that made what is not finite in the tensor of inputs that are; or the leaf."""
    while (producer := capture.tensors[tensor].producer) is not None:
        operation = capture.operations[producer]
        source = _to_blame(capture, operation, _broken_outputs, None)
        if source is None:
            return BrokenPart(producer, None, forward=True)
        tensor = source
    return BrokenPart(None, tensor, forward=True)


def _broken_outputs(again: Again, others: Others) -> int | None:
    outputs = again.outputs(others)
    return _broken(outputs) if outputs else None


def _to_blame(
    capture: Capture, operation: SeenOperation, count: _Count, own: int | None
) -> int | None:
    """The input from which it comes; None where the operation makes it of what is finite.

    It is the one without whose NaN or infinity nothing is broken; another one than that at the
    place `own` if it can be, and that one if it takes several.
    """
    called = operation.called
    if called is None or not called.unchanged:
        return _first(capture, operation, own)
    again = Again(called)
    suspects = [slots for slots in again.places() if _broken([again.tensors[slots[0]]])]
    suspects.sort(key=lambda slots: own in slots)
    replaced = [dict.fromkeys(slots, _mended(again.tensors[slots[0]])) for slots in suspects]
    everything = {slot: tensor for others in replaced for slot, tensor in others.items()}
    ways = [
        *zip(suspects, replaced, strict=True),
        *((slots, everything) for slots in suspects[-1:]),
    ]
    for slots, others in ways:
        if count(again, others) == 0:
            return capture.edges[operation.inputs[slots[0]]].tensor
    return None


def _first(capture: Capture, operation: SeenOperation, own: int | None) -> int | None:
    """The first input that is not finite, for what cannot be called again."""
    edges = sorted(operation.inputs, key=lambda edge: capture.edges[edge].slot == own)
    tensors = (capture.edges[edge].tensor for edge in edges)
    return next((each for each in tensors if _broken([capture.tensors[each].tensor])), None)


def _mended(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach()
    return torch.where(tensor.isfinite(), tensor, _FINITE)


def _broken(tensors: Iterable[torch.Tensor]) -> int:
    """How many elements are NaN or infinite."""
    return sum(each.numel() - int(each.detach().isfinite().sum()) for each in tensors)
