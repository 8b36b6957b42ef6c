"""Training somebody's own model with their batches and their optimizers, as their loop would.

The same bits as a loop written by hand: forward, zero_grad, backward, step. Called by the command
`run`. What their code raises comes through as it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook
from torch.nn.parameter import is_lazy
from torch.utils.hooks import RemovableHandle

from explorer.experiment.changes import Change
from explorer.experiment.problem import Failure
from explorer.explain.step_records import Trained
from explorer.own.session import ModelSession
from explorer.own.setup import Setup
from explorer.own.switches import Switches

OnStep = Callable[[int, float], None]


@dataclass(frozen=True)
class Outcome:
    """What came out: the `steps` made, the loss of the last, and why it stopped before the end."""

    steps: int
    loss: float | None
    parameters: tuple[Trained, ...]
    failure: Failure | None = None


def train(
    setup: Setup,
    steps: int,
    on_step: OnStep,
    changes: Sequence[Change] = (),
    switches: Switches | None = None,
) -> Outcome:
    """Make the steps; `on_step` is called after each with its number and its loss.

    `changes` are made at their steps; `switches` are those that were flipped before.

    Norms are taken at the end alone: after every step they would cost as much as a small model.
    """
    session = ModelSession(setup, steps, changes, switches=switches, guarded=False)
    with _beginnings(setup.model) as before:
        for record in session.records():
            on_step(record.step, record.loss)
    return Outcome(session.step, session.loss, _trained(setup, before), session.failure)


@contextmanager
def _beginnings(model: nn.Module) -> Iterator[Mapping[str, torch.Tensor]]:
    """Copies of the parameters as they begin: of lazy ones when the first forward pass makes them.

    None can be taken of one that was not made.
    """
    before: dict[str, torch.Tensor] = {}
    waiting = dict(model.named_parameters())

    def note(*_call: Any) -> None:
        for name, each in list(waiting.items()):
            if not is_lazy(each):
                before[name] = waiting.pop(name).detach().clone()
        if not waiting and listening:
            listening.pop().remove()

    listening: list[RemovableHandle] = []
    note()
    if waiting:
        listening.append(register_module_forward_hook(note))
    try:
        yield before
    finally:
        for handle in listening:
            handle.remove()


def _trained(setup: Setup, before: Mapping[str, torch.Tensor]) -> tuple[Trained, ...]:
    return tuple(
        Trained(
            name,
            tuple(each.shape),
            each.requires_grad,
            float(each.detach().norm()),
            float((each.detach() - before[name]).norm()),
            None if each.grad is None else float(each.grad.norm()),
        )
        for name, each in setup.model.named_parameters()
        if name in before and each.shape == before[name].shape
    )
