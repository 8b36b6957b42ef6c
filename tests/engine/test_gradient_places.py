"""Gradients that autograd adds up in one buffer have the bits of those that it would make.

Random parameters of which others are reached at every step, gradients with zeros of both signs,
and between the steps all that somebody may do to them: the values, every `.grad` and all that
the optimizer keeps are those of torch.optim's class after `zero_grad()`.
"""

from collections.abc import Callable
from random import Random

import pytest
import torch
from cases import OPTIONS, make_optimizer
from handwritten import OPTIMIZERS
from test_flat import SHAPES, bits, state_bits

from explorer.engine import flat
from explorer.engine.optimizers import Optimizer
from explorer.experiment import optimizers

STEPS = 10
ODD = torch.tensor([-0.0, 0.0, 1e-45, float("inf"), float("nan")])


class Runs:
    """The same parameters twice, with an optimizer of each kind."""

    def __init__(self, rng: Random, name: str) -> None:
        self.rng = rng
        dtype = rng.choice([torch.float32, torch.float64])
        self.drawn = torch.Generator().manual_seed(rng.randint(0, 10**9))
        shapes = [rng.choice(SHAPES) for _ in range(rng.randint(1, 6))]
        start = [torch.randn(shape, dtype=dtype, generator=self.drawn) for shape in shapes]
        self.theirs, self.ours = (
            [each.clone().requires_grad_() for each in start] for _ in range(2)
        )
        table = make_optimizer(rng, name)
        del table["name"]
        options = dict(optimizers.Optimizer(name, table).options)
        self.real = OPTIMIZERS[name](self.theirs, **options)
        self.own = Optimizer(name, self.ours, options)
        self.reached = [True for _ in shapes]

    def step(self) -> None:
        """Clear, go backward and update; every now and then something else is done."""
        rng = self.rng
        if rng.random() < 0.2:
            self._set_grads()
        if rng.random() < 0.9:
            self.own.clear()
            self.real.zero_grad()
        if rng.random() < 0.3:
            self.reached = [rng.random() < 0.7 for _ in self.ours]
        self._backward()
        if rng.random() < 0.2 and any(each.grad is not None for each in self.theirs):
            self.own.take_back()
            for side in (self.ours, self.theirs):
                torch.nn.utils.clip_grad_value_(side, 0.5)
        if rng.random() < 0.2:
            self.own.gather()
            self._backward()
        if rng.random() < 0.1:
            self.own.set_state(self.own.state())
        self.real.step()
        self.own.update()

    def check(self) -> None:
        """Values and gradients are the same."""
        for mine, other in zip(self.ours, self.theirs, strict=True):
            assert bits(mine) == bits(other)
            assert (mine.grad is None) == (other.grad is None)
            assert mine.grad is None or bits(mine.grad) == bits(other.grad)

    def check_state(self) -> None:
        """What the optimizers keep is; asked for it, ours makes its groups anew."""
        kept = [self.real.state.get(each, {}) for each in self.theirs]
        assert state_bits(self.own.state()) == state_bits(kept)

    def _set_grads(self) -> None:
        for mine, other in zip(self.ours, self.theirs, strict=True):
            grad = torch.ones_like(mine) if self.rng.random() < 0.5 else None
            mine.grad, other.grad = grad, None if grad is None else grad.clone()

    def _backward(self) -> None:
        for side, drawn in ((self.ours, self.drawn.get_state()), (self.theirs, None)):
            if drawn is not None:
                before = drawn
            self.drawn.set_state(before)
            reached = [each for each, is_in in zip(side, self.reached, strict=True) if is_in]
            losses = [(each * self._factors(each)).sum() for each in reached]
            if losses:
                torch.autograd.backward(sum(losses[1:], losses[0]))

    def _factors(self, like: torch.Tensor) -> torch.Tensor:
        factors = torch.randn(like.shape, dtype=like.dtype, generator=self.drawn)
        odd = ODD.to(like.dtype)[torch.randint(0, len(ODD), like.shape, generator=self.drawn)]
        return torch.where(torch.rand(like.shape, generator=self.drawn) < 0.1, odd, factors)


def compare(rng: Random, name: str) -> None:
    runs = Runs(rng, name)
    for _ in range(STEPS):
        runs.step()
        runs.check()
        if rng.random() < 0.1:
            runs.check_state()
    runs.check_state()


def compare_often(rng: Random, name: str, runs: int) -> None:
    for _ in range(runs):
        compare(rng, name)


@pytest.mark.parametrize("name", OPTIONS)
def test_random_steps_have_the_bits_of_the_classes(name: str) -> None:
    compare_often(Random(name), name, 12)


DEFECTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "a zero that changes the sign of another": lambda patch: patch.setattr(flat, "NOTHING", 0.0),
    "a zero where there is no gradient": lambda patch: patch.setattr(
        flat.Arena, "take_back", lambda _arena: None
    ),
    "nobody looks who was reached": lambda patch: patch.setattr(flat, "ne", lambda _a, _b: True),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_seen(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    DEFECTS[defect](monkeypatch)
    with pytest.raises(AssertionError):
        compare_often(Random(1), "sgd", 12)


def test_without_versions_gradients_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat, "HAS_VERSIONS", False)
    compare_often(Random(2), "adam", 3)


def test_the_same_places_are_used_again() -> None:
    ours = [torch.ones(3, requires_grad=True), torch.ones((), requires_grad=True)]
    own = Optimizer("sgd", ours, optimizers.Optimizer("sgd").options)
    places = []
    for _ in range(3):
        own.clear()
        torch.autograd.backward(ours[0].sum() * ours[1])
        own.update()
        places.append([each.grad.data_ptr() for each in ours if each.grad is not None])
    assert len(places[0]) == 2
    assert places[1] == places[2]
    own.clear()
    own.take_back()
    assert [each.grad for each in ours] == [None, None]
