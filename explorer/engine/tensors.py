"""The state of named tensors as plain data: what the command line prints and the table shows.

No torch tensor leaves the engine; these records may cross threads.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union

import torch

from explorer.engine.model import Model

Nested = Union[float, list["Nested"]]  # noqa: UP007 (a recursive alias needs a string)


@dataclass(frozen=True)
class Summary:
    """A tensor too large to show whole."""

    mean: float
    norm: float
    low: float
    high: float


@dataclass(frozen=True)
class TensorState:
    """One named tensor. `value` and `grad` are numbers or nested lists of `shape`.

    `grad` is None where PyTorch's is. With a limit, larger tensors come as a
    Summary. `leaf`: a parameter or an input rather than the formula's own result.
    """

    name: str
    shape: tuple[int, ...]
    value: Nested | Summary
    grad: Nested | Summary | None
    requires_grad: bool
    detached: bool
    leaf: bool


def parameter_states(model: Model, limit: int | None = None) -> tuple[TensorState, ...]:
    """The parameters of the model, with `.grad` as it stands."""
    return states(model, model.parameters.items(), limit)


def states(
    model: Model, named: Iterable[tuple[str, torch.Tensor]], limit: int | None = None
) -> tuple[TensorState, ...]:
    """A record for each tensor; those with more than `limit` elements are summarised."""
    leaves = model.leaves
    return tuple(
        _state(name, tensor, name in model.cuts, name in leaves, limit) for name, tensor in named
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
