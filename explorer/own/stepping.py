"""One step of somebody's own model: forward, zero_grad, backward, step.

The same bits as in a loop written by hand. What their code raises comes through as it is.
"""

import math
from typing import Any

import torch

from explorer.engine.refusals import REFUSALS, failure
from explorer.experiment.problem import Failure
from explorer.own.setup import Setup


def train_once(setup: Setup, batch: Any, step: int) -> tuple[float, Failure | None]:
    """The step of this number: its loss, and why nothing was updated, if nothing was."""
    if setup.asks_for_closure:
        return _by_closure(setup, batch, step)
    loss = setup.objective(batch)
    for each in setup.optimizers:
        each.zero_grad()
    value = loss.item()
    refused = _refusal(loss, value, step)
    if refused is None:
        for each in setup.optimizers:
            each.step()
    return value, refused


class _RefusedError(Exception):
    """PyTorch went not backward in a closure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


def _by_closure(setup: Setup, batch: Any, step: int) -> tuple[float, Failure | None]:
    """The same with optimizers such as LBFGS; the loss is the one that the step began with."""
    values: list[float] = []

    def closure() -> torch.Tensor:
        for each in setup.optimizers:
            each.zero_grad()
        loss = setup.objective(batch)
        values.append(loss.item())
        refused = _refusal(loss, values[-1], step)
        if refused is not None:
            raise _RefusedError(refused)
        return loss

    try:
        for each in setup.optimizers:
            each.step(closure)  # type: ignore[arg-type]
    except _RefusedError as refused:
        return values[0], refused.failure
    return values[0], None


def _refusal(loss: torch.Tensor, value: float, step: int) -> Failure | None:
    """Go backward; why that was not done."""
    if not math.isfinite(value):
        return Failure("non-finite", step, {"loss": value})
    try:
        loss.backward()  # type: ignore[no-untyped-call]
    except REFUSALS as error:
        return failure(error, step, loss)
    return None
