"""Named tensors to plain records: what the command line prints and the table shows."""

import math
from collections.abc import Iterable, Sequence

import torch

from explorer.engine.outlines import outlines
from explorer.engine.subject import Subject
from explorer.explain.figures import Nested, Summary
from explorer.explain.step_records import TensorState


def parameter_states(subject: Subject, limit: int | None = None) -> tuple[TensorState, ...]:
    """The parameters of the subject, with `.grad` as it stands."""
    return states(subject, subject.parameters.items(), limit)


def states(
    subject: Subject, named: Iterable[tuple[str, torch.Tensor]], limit: int | None = None
) -> tuple[TensorState, ...]:
    """A record for each tensor; those with more than `limit` elements are outlined."""
    leaves, pairs = subject.leaves, list(named)
    values = _figures([tensor.detach() for _, tensor in pairs], limit)
    grads = _figures([grad_of(tensor) for _, tensor in pairs], limit)
    return tuple(
        TensorState(
            name=name,
            shape=tuple(tensor.shape),
            value=value,
            grad=grad,
            requires_grad=tensor.requires_grad,
            detached=name in subject.cuts,
            leaf=name in leaves,
        )
        for (name, tensor), value, grad in zip(pairs, values, grads, strict=True)
    )


def grad_of(tensor: torch.Tensor) -> torch.Tensor | None:
    """Its `.grad`, if it is one that keeps it."""
    # .grad of an intermediate that retains none only warns; a leaf's is always there.
    return tensor.grad if tensor.is_leaf or tensor.retains_grad else None


def _figures(
    tensors: Sequence[torch.Tensor | None], limit: int | None
) -> list[Nested | Summary | None]:
    """The tensors as numbers or nested lists; all that are large are outlined together."""
    large = {
        place: tensor
        for place, tensor in enumerate(tensors)
        if limit is not None and tensor is not None and tensor.numel() > limit
    }
    found = dict(zip(large, outlines(list(large.values())), strict=True))
    return [
        found[place] if place in found else None if tensor is None else tensor.tolist()
        for place, tensor in enumerate(tensors)
    ]


def all_finite(tensor: torch.Tensor) -> bool:
    """Whether no number is NaN or infinite. A finite sum says so in a fifth of the time."""
    return math.isfinite(tensor.sum().item()) or bool(torch.isfinite(tensor).all())
