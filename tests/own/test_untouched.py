"""Looking changes nothing of the user's: every model, traced, trained and given back."""

import random
from typing import Any

import numpy as np
import pytest
import torch
from own_models import MODELS, differences, everything
from torch import nn

from explorer.own.setup import Setup
from explorer.own.tracing import every_module, traced
from explorer.own.untouched import Untouched


def made(name: str) -> Setup:
    """With gradients and a state of the optimizers there, as in mid-training."""
    torch.manual_seed(3)
    setup = MODELS[name]()
    train(setup, 1)
    return setup


def train(setup: Setup, steps: int) -> None:
    for _step, batch in zip(range(steps), setup.endless(), strict=False):
        loss = setup.objective(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        for each in setup.optimizers:
            each.step()


@pytest.mark.parametrize("name", MODELS)
def test_a_trace_changes_nothing(name: str) -> None:
    setup = made(name)
    before = everything(setup)
    trace = traced(setup, setup.first_batch())
    assert trace.failure is None
    assert differences(before, everything(setup)) == []


@pytest.mark.parametrize("name", MODELS)
def test_steps_are_taken_back(name: str) -> None:
    setup = made(name)
    before = everything(setup)
    with Untouched(every_module(setup), setup.optimizers):
        train(setup, 3)
        for each in setup.optimizers:
            each.param_groups[0]["lr"] = 7.0
        setup.model.requires_grad_(False).eval()
        assert differences(before, everything(setup)) != []
    assert differences(before, everything(setup)) == []


def test_a_state_that_was_not_there_is_gone_again() -> None:
    setup = MODELS["mlp"]()
    with Untouched([setup.model], setup.optimizers):
        train(setup, 2)
        assert setup.optimizers[0].state
    assert not setup.optimizers[0].state
    assert all(each.grad is None for each in setup.model.parameters())


def fail(setup: Setup) -> None:
    train(setup, 1)
    raise ZeroDivisionError


def test_it_is_taken_back_where_something_raises() -> None:
    setup = made("convolutional")
    before = everything(setup)
    with pytest.raises(ZeroDivisionError), Untouched([setup.model], setup.optimizers):
        fail(setup)
    assert differences(before, everything(setup)) == []


def test_random_numbers_of_python_and_numpy_too() -> None:
    with Untouched([nn.Linear(1, 1)]):
        drawn = random.random(), np.random.rand(), torch.rand(1)
    assert drawn == (random.random(), np.random.rand(), torch.rand(1))


def test_a_graph_of_the_users_can_still_go_backward() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.BatchNorm1d(3), nn.Linear(3, 1))
    x = torch.randn(4, 3)
    loss = model(x).mean()

    def again(model: nn.Module, batch: Any) -> torch.Tensor:
        found: torch.Tensor = model(batch).mean()
        return found

    with Untouched([model]):
        traced(Setup(model, [x], again), x)
    loss.backward()
    assert model[0].weight.grad is not None


def test_a_batch_that_the_model_writes_to_is_as_it_was() -> None:
    class Writes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(2, 1)

        def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
            batch["more"] = batch["x"].add_(1)
            return self.fc(batch["more"]).mean()  # type: ignore[no-any-return]

    batch = {"x": torch.zeros(3, 2)}
    model = Writes()
    traced(Setup(model, [batch], lambda model, batch: model(batch)), batch)
    assert list(batch) == ["x"]
    assert not batch["x"].any()


def test_nothing_is_left_of_the_hooks_for_all_modules() -> None:
    from torch.nn.modules import module

    before = len(module._global_forward_hooks), len(module._global_forward_pre_hooks)
    setup = MODELS["keeps state"]()
    traced(setup, setup.first_batch())
    assert (len(module._global_forward_hooks), len(module._global_forward_pre_hooks)) == before
