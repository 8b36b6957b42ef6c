"""What a frame says of large tensors, made for all of them at once."""

import math

import pytest
import torch

from explorer.engine.outlines import outlines
from explorer.explain.figures import STRIP_PARTS, flat_numbers, strip_of


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.bool])
def test_each_is_outlined_as_it_would_be_alone(dtype: torch.dtype) -> None:
    torch.manual_seed(3)
    tensors = [torch.randn(shape).mul(3).to(dtype) for shape in [(16, 16), (7,), (1,), (5, 20, 3)]]
    for tensor, found in zip(tensors, outlines(tensors), strict=True):
        real = tensor.double()
        assert found.mean == pytest.approx(real.mean().item(), rel=1e-6, abs=1e-9)
        assert found.norm == pytest.approx(real.norm().item(), rel=1e-6)
        assert (found.low, found.high) == (real.min().item(), real.max().item())
        assert len(found.strip) == min(tensor.numel(), STRIP_PARTS)
        alone = strip_of(real.flatten().tolist())
        assert list(map(abs, found.strip)) == list(map(abs, alone))


def test_types_may_differ_and_a_view_may_be_transposed() -> None:
    tensors = [torch.arange(100.0).view(10, 10).t(), torch.ones(3, dtype=torch.float64)]
    first, second = outlines(tensors)
    assert first.strip[0] == 50.0
    assert second.norm == pytest.approx(math.sqrt(3))


def test_what_is_not_finite_shows() -> None:
    numbers = torch.zeros(240)
    numbers[5], numbers[100] = math.nan, -math.inf
    (found,) = outlines([numbers])
    assert math.isnan(found.strip[0])
    assert found.strip[6] == -math.inf
    assert math.isnan(found.low)
    assert math.isnan(found.norm)


def test_none_are_none() -> None:
    assert outlines([]) == []


@pytest.mark.parametrize("shape", [(), (3,), (0,), (2, 3), (2, 0), (2, 1, 3)])
def test_numbers_come_in_the_order_of_the_memory(shape: tuple[int, ...]) -> None:
    tensor = torch.arange(math.prod(shape), dtype=torch.float64).reshape(shape)
    assert list(flat_numbers(tensor.tolist())) == tensor.flatten().tolist()
