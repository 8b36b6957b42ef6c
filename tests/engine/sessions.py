"""A run by hand that notes what a session's words are judged by: a loop of plain PyTorch.

`run_by_hand` says who wrote which gradient when, and keeps what the last update was given, so
that causes can be taken away from torch.optim's own classes.
"""

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import torch
from cases import Case
from handwritten import OPTIMIZERS, HandWritten


@dataclass
class ByHand:
    """What came of the steps. `refused` is the step at which backward() raised, `broke` the first
    whose loss was not finite. `written` has for each leaf the steps in which backward() wrote its
    gradient, `broken` those after which its `.grad` was not finite.
    """

    side: HandWritten
    step: int = 0
    refused: int | None = None
    broke: int | None = None
    written: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    broken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    given: dict[str, "Given"] = field(default_factory=dict)
    # What the first step of the present update found, where nothing is ever cleared.
    found: dict[str, torch.Tensor] = field(default_factory=dict)

    @property
    def accumulate(self) -> int:
        return int(self.side.training["accumulate"])

    @property
    def window(self) -> range:
        """The steps up to the last one that the present update is made of."""
        return range(self.step - (self.step - 1) % self.accumulate, self.step + 1)

    @property
    def leaves(self) -> dict[str, torch.Tensor]:
        return {**self.side.parameters, **self.side.inputs}


@dataclass
class Given:
    """What torch.optim was given for a parameter, and what it made of it."""

    optimizer: str
    options: dict[str, Any]
    value: torch.Tensor
    grad: torch.Tensor | None
    old_grad: torch.Tensor | None
    unclipped: torch.Tensor | None
    state: dict[str, Any]
    after: torch.Tensor

    def result(self, **instead: Any) -> torch.Tensor:
        """The value after an update with these things instead, by the class of torch.optim."""
        parameter = self.value.clone().requires_grad_()
        grad = instead.get("grad", self.grad)
        parameter.grad = None if grad is None else grad.clone()
        made = OPTIMIZERS[self.optimizer]([parameter])
        made.param_groups[0].update({**self.options, **instead.get("options", {})})
        state = {**self.state, **instead.get("state", {})}
        made.state[parameter] = copy.deepcopy(state)
        made.step()
        return parameter.detach()


def run_by_hand(case: Case, steps: int, **training: Any) -> ByHand:
    """So many steps, or as many as come before PyTorch refuses or the loss is not finite."""
    table = {**case.table, "training": {**case.table["training"], **training}}
    run = ByHand(HandWritten(table, case.values, case.prediction))
    while run.step < steps and run.refused is None and run.broke is None:
        _step(run, run.step + 1)
    return run


def _step(run: ByHand, step: int) -> None:
    side = run.side
    while side.changes and side.changes[0]["step"] == step:
        side.change(side.changes.pop(0))
    side.take_rows()
    loss = side.forward()
    if (step - 1) % run.accumulate == 0:
        grads = {name: leaf.grad for name, leaf in run.leaves.items()}
        run.found = {name: grad.clone() for name, grad in grads.items() if grad is not None}
    side.zero_grad(step)
    handles = [
        leaf.register_post_accumulate_grad_hook(  # type: ignore[no-untyped-call]
            lambda _, name=name: run.written[name].append(step)
        )
        for name, leaf in run.leaves.items()
        if leaf.requires_grad
    ]
    try:
        loss.backward()  # type: ignore[no-untyped-call]
    except RuntimeError:
        run.refused = step
        return
    finally:
        for handle in handles:
            handle.remove()
    run.given = {}
    if step % run.accumulate == 0:
        unclipped = {
            name: None if leaf.grad is None else leaf.grad.clone()
            for name, leaf in side.held.items()
        }
        side.clip()
        run.given = {
            name: _given(side, leaf, run.found.get(name), unclipped[name])
            for name, leaf in side.held.items()
        }
        side.optimizer.step()
    for name, given in run.given.items():
        given.after = side.parameters[name].detach().clone()
    run.step = step
    for name, leaf in run.leaves.items():
        if leaf.grad is not None and not leaf.grad.isfinite().all():
            run.broken[name].append(step)
    if not loss.isfinite().all():
        run.broke = step


def _given(
    side: HandWritten,
    leaf: torch.Tensor,
    old: torch.Tensor | None,
    unclipped: torch.Tensor | None,
) -> Given:
    groups = side.optimizer.param_groups
    group = next(each for each in groups if any(leaf is one for one in each["params"]))
    return Given(
        optimizer=side.training["optimizer"]["name"],
        options={key: each for key, each in group.items() if key != "params"},
        value=leaf.detach().clone(),
        grad=None if leaf.grad is None else leaf.grad.clone(),
        old_grad=old if side.training["zero_grad"] == "never" else None,
        unclipped=unclipped,
        state=copy.deepcopy(dict(side.optimizer.state.get(leaf, {}))),
        after=leaf.detach(),
    )
