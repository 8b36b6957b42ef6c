"""What a trace costs, against a plain forward and backward pass of the same model.

Prints {"line_fit_ratio", "network_ratio"}: the time of one trace divided by that of one
plain pass, each the fastest of rounds measured in turns, which is what the two cost when
nothing else disturbs them (the documentation of `timeit` says why). Run it on a quiet
machine: python tests/benchmarks/trace.py
"""

import json
import time
from collections.abc import Callable

import torch
from baseline import LineFit
from torch import nn

import explorer
from explorer.engine.model import Model
from explorer.engine.trace import Tracer, trace_module

ROUNDS = 30
REPEATS = 50
UNITS = 64
ROWS = 32

Work = Callable[[], object]


def line_fit() -> tuple[Work, Work]:
    """The plain pass of the article's model, and the trace of the built-in experiment."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    y = torch.tensor([3.0, 5.0, 7.0, 9.0, 11.0])
    model = LineFit()
    criterion = nn.MSELoss()

    def plain() -> None:
        model.zero_grad()
        criterion(model(x), y).backward()

    return plain, Tracer(Model(explorer.load("line-fit"))).trace


def network() -> tuple[Work, Work]:
    """Two layers of 64 units on 32 rows."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(UNITS, UNITS), nn.Tanh(), nn.Linear(UNITS, UNITS))
    x, y = torch.randn(ROWS, UNITS), torch.randn(ROWS, UNITS)
    criterion = nn.MSELoss()

    def plain() -> None:
        model.zero_grad()
        criterion(model(x), y).backward()

    return plain, lambda: trace_module(model, x, objective=lambda out: criterion(out, y))


def seconds(work: Work) -> float:
    """The time of one call, over REPEATS of them."""
    start = time.perf_counter()
    for _ in range(REPEATS):
        work()
    return (time.perf_counter() - start) / REPEATS


def ratio(plain: Work, traced: Work) -> float:
    """How many plain passes one trace takes."""
    seconds(plain)
    seconds(traced)
    rounds = [(seconds(plain), seconds(traced)) for _ in range(ROUNDS)]
    plain_s = min(each for each, _ in rounds)
    return round(min(each for _, each in rounds) / plain_s, 2)


def main() -> None:
    """Measure in turns and print the ratios."""
    torch.set_num_threads(1)
    report = {
        "line_fit_ratio": ratio(*line_fit()),
        "network_ratio": ratio(*network()),
        # The time to lay out 3,000 operations is measured here too, once there is a layout.
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
