"""Which saved value backward() misses: whose it was, and what overwrote it.

An operation keeps values for its derivative. Where one was changed in place since, PyTorch
refuses, and names neither the place of the one nor of the other. Called by
`explorer.engine.trace.backward_hooks` after such a refusal.
"""

from typing import NamedTuple

import torch

from explorer.engine.trace.capture import Capture, Node, SeenOperation

_IN_PLACE = "modified by an inplace operation"


class Overwritten(NamedTuple):
    """The operation that kept the `tensor` (its place in the capture), and the later one."""

    operation: SeenOperation
    tensor: int
    by: SeenOperation


def overwritten(capture: Capture, objective: torch.Tensor, error: Exception) -> Overwritten | None:
    """The first that the backward pass comes to; None if the refusal is about something else."""
    if _IN_PLACE not in str(error):
        return None
    needed = _below(objective.grad_fn)
    for operation in reversed(capture.operations):
        for node in operation.nodes:
            if node in needed and _misses_something(node):
                return _found(capture, operation)
    return None


def _below(top: Node | None) -> set[Node]:
    """The backward functions that the pass goes through."""
    met: set[Node] = set()
    pending = [] if top is None else [top]
    while pending:
        node = pending.pop()
        if node not in met:
            met.add(node)
            pending += [below for below, _ in node.next_functions if below is not None]
    return met


def _misses_something(node: Node) -> bool:
    for name in dir(node):
        if name.startswith("_saved_"):
            try:
                getattr(node, name)
            except RuntimeError as error:
                if _IN_PLACE in str(error):
                    return True
    return False


def _found(capture: Capture, operation: SeenOperation) -> Overwritten | None:
    """With the first later change of something that the operation had or gave."""
    tensors = [*(capture.edges[edge].tensor for edge in operation.inputs), *operation.outputs]
    changes = [
        (change, tensor)
        for tensor in tensors
        for change in capture.changes_of(tensor)
        if change > operation.index
    ]
    if not changes:
        return None
    change, tensor = min(changes)
    return Overwritten(operation, tensor, capture.operations[change])
