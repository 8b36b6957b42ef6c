"""The state of a run at one moment, as a value: what `Session.snapshot` gives.

Numbers are read-only NumPy copies, bit for bit, so that no later step reaches them: a
snapshot can be restored as often as one likes, also into other sessions of the same
experiment. Taken and restored by `explorer.engine.session`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray

from explorer.engine.batches import BatchState
from explorer.engine.subject import Subject
from explorer.experiment.problem import Failure
from explorer.experiment.spec import Change, Experiment, UpdateOptions

Numbers = NDArray[Any]
# For each parameter in order, what torch.optim's `state_dict()["state"]` has for it, by the
# same names; empty where the optimizer has not met a gradient of it yet.
OptimizerState = tuple[Mapping[str, Numbers], ...]


def numbers(tensor: torch.Tensor) -> Numbers:
    """A read-only copy of the tensor's numbers."""
    copied: Numbers = tensor.detach().numpy().copy()
    copied.setflags(write=False)
    return copied


@dataclass(frozen=True, slots=True)
class LeafState:
    """A leaf: its value, its `.grad` (None stays None) and its switch."""

    value: Numbers
    grad: Numbers | None
    requires_grad: bool


@dataclass(frozen=True, slots=True)
class SubjectState:
    """The leaves by name, and the tensors that are detached."""

    leaves: Mapping[str, LeafState]
    cuts: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything that decides how a run goes on.

    `options` are what the update reads at the moment, `norm` is that of the gradients when they
    were last clipped, `waiting` are the changes still to come, `applied` those made, `by_hand`
    the ones among both that the file has not; `batches` is where the batches are, `random` the
    state of PyTorch's generator.
    """

    experiment: Experiment
    step: int
    loss: float | None
    failure: Failure | None
    subject: SubjectState
    options: UpdateOptions
    norm: float | None
    optimizer_state: OptimizerState
    waiting: tuple[Change, ...]
    applied: tuple[Change, ...]
    by_hand: tuple[Change, ...]
    batches: BatchState | None
    random: Numbers


def take_subject(subject: Subject) -> SubjectState:
    """The subject's tensors and switches as they stand."""
    leaves = {
        name: LeafState(
            value=numbers(leaf),
            grad=None if leaf.grad is None else numbers(leaf.grad),
            requires_grad=leaf.requires_grad,
        )
        for name, leaf in subject.leaves.items()
    }
    return SubjectState(leaves, frozenset(subject.cuts))


def put_subject(subject: Subject, state: SubjectState) -> None:
    """Make the subject what it was. Its tensors stay the same objects: only numbers move."""
    for name, leaf in subject.leaves.items():
        was = state.leaves[name]
        leaf.requires_grad_(was.requires_grad)
        with torch.no_grad():
            leaf.copy_(torch.tensor(was.value))
        leaf.grad = None if was.grad is None else torch.tensor(was.grad)
    subject.set_cuts(state.cuts)
