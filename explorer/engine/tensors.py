"""Named tensors to plain records: what the command line prints and the table shows."""

import math
from collections.abc import Iterable

import torch

from explorer.engine.subject import Subject
from explorer.explain.figures import Nested, Summary
from explorer.explain.step_records import TensorState


def parameter_states(subject: Subject, limit: int | None = None) -> tuple[TensorState, ...]:
    """The parameters of the subject, with `.grad` as it stands."""
    return states(subject, subject.parameters.items(), limit)


def states(
    subject: Subject, named: Iterable[tuple[str, torch.Tensor]], limit: int | None = None
) -> tuple[TensorState, ...]:
    """A record for each tensor; those with more than `limit` elements are summarised."""
    leaves = subject.leaves
    return tuple(
        _state(name, tensor, name in subject.cuts, name in leaves, limit) for name, tensor in named
    )


def _state(
    name: str, tensor: torch.Tensor, detached: bool, leaf: bool, limit: int | None
) -> TensorState:
    # .grad of an intermediate that retains none only warns; a leaf's is always there.
    grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
    return TensorState(
        name=name,
        shape=tuple(tensor.shape),
        value=plain(tensor.detach(), limit),
        grad=None if grad is None else plain(grad, limit),
        requires_grad=tensor.requires_grad,
        detached=detached,
        leaf=leaf,
    )


def all_finite(tensor: torch.Tensor) -> bool:
    """Whether no number is NaN or infinite. A finite sum says so in a fifth of the time."""
    return math.isfinite(tensor.sum().item()) or bool(torch.isfinite(tensor).all())


def plain(tensor: torch.Tensor, limit: int | None) -> Nested | Summary:
    """The tensor as numbers or nested lists, or summarised beyond `limit` elements."""
    if limit is None or tensor.numel() <= limit:
        numbers: Nested = tensor.tolist()
        return numbers
    return Summary(
        mean=tensor.mean().item(),
        norm=torch.linalg.vector_norm(tensor).item(),
        low=tensor.min().item(),
        high=tensor.max().item(),
    )
