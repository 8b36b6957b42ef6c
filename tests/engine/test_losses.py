"""The losses' kernels give the bits of torch.nn.functional, forward and backward."""

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (PyTorch's own abbreviation)

from explorer.engine import compiler

CASES: list[tuple[str, dict[str, float], Any]] = [
    ("mse", {}, F.mse_loss),
    ("l1", {}, F.l1_loss),
    ("huber", {}, F.huber_loss),
    ("huber", {"delta": 0.3}, F.huber_loss),
    ("smooth_l1", {}, F.smooth_l1_loss),
    ("smooth_l1", {"beta": 0.3}, F.smooth_l1_loss),
    ("smooth_l1", {"beta": 0.0}, F.smooth_l1_loss),
]
# Differences of zero, on the border of delta and beta, and none at all.
PREDICTION = (0.0, 0.3, -0.3, 1.0, 1.5, -2.0, math.nan, math.inf)
TARGET = (0.0, 0.0, 0.0, 0.0, 1.5, 1.0, 1.0, 1.0)


def value_and_gradient(loss: Any, chosen: slice) -> list[str]:
    prediction = torch.tensor(PREDICTION[chosen], requires_grad=True)
    value = loss(prediction, torch.tensor(TARGET[chosen]))
    value.backward()
    assert prediction.grad is not None
    return [number.hex() for number in (value.item(), *prediction.grad.tolist())]


@pytest.mark.parametrize("kernel", [True, False])
@pytest.mark.parametrize("chosen", [slice(0, 6), slice(0, 8)])
@pytest.mark.parametrize(("name", "options", "public"), CASES)
def test_bits_of_the_public_function(
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
    options: dict[str, float],
    public: Any,
    chosen: slice,
    kernel: bool,
) -> None:
    if not kernel:  # a PyTorch that has moved them
        monkeypatch.setattr(compiler, "_kernel", lambda _name: None)
    own = value_and_gradient(compiler.make_loss(name, options), chosen)
    assert own == value_and_gradient(lambda *pair: public(*pair, **options), chosen)
