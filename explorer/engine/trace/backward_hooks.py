"""The backward pass, listened to: what every backward function was given and gave.

A hook on each backward function (`torch.autograd.graph.Node.register_hook`) sees the very
tensors that autograd passes on, so a contribution is PyTorch's own number and no operation
is computed twice: random ones, in-place ones and custom functions need no special care. The
pass is `torch.autograd.grad`, which writes to no `.grad`. Used by
`explorer.engine.trace.tracing`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import torch

from explorer.engine.refusals import REFUSALS, failure
from explorer.engine.trace.capture import Capture, Key, Node
from explorer.engine.trace.overwritten import Overwritten, overwritten
from explorer.experiment.problem import Failure

Gradients = tuple[torch.Tensor | None, ...]


@dataclass(slots=True)
class Flow:
    """What went back. Per backward function, in autograd's order: what it gave and was given.

    `totals` are the gradients of tensors by their place in autograd's graph, `incoming` the
    contributions each is the sum of. `overwritten` is what backward() missed, if that is why it
    failed.
    """

    passed: dict[Node, tuple[Gradients, Gradients]] = field(default_factory=dict)
    totals: dict[Key, torch.Tensor] = field(default_factory=dict)
    incoming: dict[Key, list[torch.Tensor]] = field(default_factory=dict)
    failure: Failure | None = None
    overwritten: Overwritten | None = None


def run_backward(capture: Capture, objective: torch.Tensor | None, step: int) -> Flow:
    """Gradients of the objective (a tensor of one element); the graph is kept.

    A refusal of PyTorch's comes back as `failure`, stamped with `step`.
    """
    flow = Flow()
    if objective is None:
        flow.failure = Failure("torch-error", step, {"message": "not a single tensor"})
        return flow
    if objective.requires_grad and objective.grad_fn is None:
        # No operation uses it: it is met here or nowhere.
        node, place = torch.autograd.graph.get_gradient_edge(objective)[:2]
        capture.meet_leaf((node, place))
    leaves = capture.leaf_keys
    handles = [
        node.register_hook(_listener(flow.passed, node))
        for node, owner in capture.owners.items()
        if owner >= 0
    ]
    try:
        totals = _differentiate(objective, list(leaves.values()))
    except REFUSALS as error:
        flow.failure = failure(error, step, objective)
        flow.overwritten = overwritten(capture, objective, error)
        flow.passed.clear()
        return flow
    finally:
        for handle in handles:
            handle.remove()
    flow.totals.update(
        (key, grad) for key, grad in zip(leaves, totals, strict=True) if grad is not None
    )
    _sort(flow)
    return flow


def _differentiate(objective: torch.Tensor, leaves: list[torch.Tensor]) -> Gradients:
    if not leaves or not objective.requires_grad:
        # PyTorch's own words for why it refuses.
        objective.backward()  # type: ignore[no-untyped-call]
        return ()
    return torch.autograd.grad(objective, leaves, retain_graph=True, allow_unused=True)


def _listener(
    passed: dict[Node, tuple[Gradients, Gradients]], node: Node
) -> Callable[[Gradients, Gradients], None]:
    def listen(gave: Gradients, given: Gradients) -> None:
        passed[node] = (gave, given)

    return listen


def _sort(flow: Flow) -> None:
    """Totals of everything that has a backward function, and contributions by their target."""
    for node, (gave, given) in flow.passed.items():
        for place, grad in enumerate(given):
            if grad is not None:
                flow.totals[node, place] = grad
        for key, grad in zip(node.next_functions, gave, strict=True):
            if grad is not None and key[0] is not None:
                flow.incoming.setdefault(key, []).append(grad)


class Sent(NamedTuple):
    """What a backward function sent to one of its inputs.

    `refused`: it was given a gradient and gave none, as a function written in Python may.
    """

    key: Key
    grad: torch.Tensor | None
    refused: bool


def contributions(node: Node, flow: Flow) -> list[Sent]:
    """What the backward function sent to each of its inputs, in order; nothing if it never ran."""
    targets = node.next_functions
    gave, given = flow.passed.get(node, ((None,) * len(targets), ()))
    asked = any(grad is not None for grad in given)
    return [
        Sent(key, grad, asked and grad is None) for key, grad in zip(targets, gave, strict=True)
    ]
