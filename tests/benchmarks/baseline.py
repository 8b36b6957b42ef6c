"""The article's own loop, as the benchmarks' unit of time.

Written as its readers write it: nn.Module, nn.MSELoss, torch.optim.SGD, 5,000
steps, nothing printed. One PyTorch thread, as in the product.
"""

import time

import torch
from torch import nn

STEPS = 5_000


class LineFit(nn.Module):
    """y = a*x + b*x + c + d with b and d frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor(1.0))
        self.b = nn.Parameter(torch.tensor(0.5), requires_grad=False)
        self.c = nn.Parameter(torch.tensor(0.0))
        self.d = nn.Parameter(torch.tensor(0.5), requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.a * x + self.b * x + self.c + self.d


def bare_loop(steps: int = STEPS) -> tuple[float, LineFit]:
    """Train once; returns microseconds a step and the trained model."""
    torch.set_num_threads(1)
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    y = torch.tensor([3.0, 5.0, 7.0, 9.0, 11.0])
    model = LineFit()
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.005)
    start = time.perf_counter()
    for _ in range(steps):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (time.perf_counter() - start) / steps * 1e6, model


def check_bits(model: LineFit) -> None:
    """The article's final numbers, to the last bit."""
    assert (model.a.item(), model.c.item()) == (1.5000202655792236, 0.4999275505542755)
