"""Training somebody's own model with their batches and their optimizers, as their loop would.

The same bits as a loop written by hand: forward, zero_grad, backward, step. Called by the command
`run`. What their code raises comes through as it is.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from explorer.engine.refusals import REFUSALS, failure
from explorer.experiment.problem import Failure
from explorer.explain.step_records import Trained
from explorer.own.setup import Setup

DEFAULT_STEPS = 100

OnStep = Callable[[int, float], None]


@dataclass(frozen=True)
class Outcome:
    """What came out: the `steps` made, the loss of the last, and why it stopped before the end."""

    steps: int
    loss: float | None
    parameters: tuple[Trained, ...]
    failure: Failure | None = None


def train(setup: Setup, steps: int, on_step: OnStep) -> Outcome:
    """Make the steps; `on_step` is called after each with its number and its loss.

    Norms are taken at the end alone: after every step they would cost as much as a small model.
    """
    before = {name: each.detach().clone() for name, each in setup.model.named_parameters()}
    step, value, refused = 0, None, None
    for step, batch in zip(range(1, steps + 1), setup.endless(), strict=False):
        value, refused = train_once(setup, batch, step)
        if refused is not None:
            break
        on_step(step, value)
    made = step if refused is None else step - 1
    return Outcome(made, value, _trained(setup, before), refused)


def train_once(setup: Setup, batch: Any, step: int) -> tuple[float, Failure | None]:
    """The step of this number: its loss, and why nothing was updated, if nothing was."""
    loss = setup.objective(batch)
    for each in setup.optimizers:
        each.zero_grad()
    value = loss.item()
    refused = _refusal(loss, value, step)
    if refused is None:
        for each in setup.optimizers:
            each.step()
    return value, refused


def _refusal(loss: torch.Tensor, value: float, step: int) -> Failure | None:
    """Go backward; why that was not done."""
    if not math.isfinite(value):
        return Failure("non-finite", step, {"loss": value})
    try:
        loss.backward()  # type: ignore[no-untyped-call]
    except REFUSALS as error:
        return failure(error, step, loss)
    return None


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
