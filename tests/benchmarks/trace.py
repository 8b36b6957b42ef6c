"""What a trace costs, against a plain forward and backward pass, and what its layout costs.

Prints {"line_fit_ratio", "network_ratio", "layout_3000_s"}. The ratios are the time of one
trace divided by that of one plain pass, each the fastest of rounds measured in turns, which
is what the two cost when nothing else disturbs them (the documentation of `timeit` says
why). `layout_3000_s` is the time in seconds from the trace of 3,000 operations to a placed
picture of every one of them, each third with a name, the weight shared by all. Run it on a
quiet machine: python tests/benchmarks/trace.py
"""

import json
import time
from collections.abc import Callable

import torch
from baseline import LineFit
from torch import nn

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.trace import Outcome, trace, trace_module
from explorer.picture.layout import layout
from explorer.picture.scene import every_group, scene

ROUNDS = 30
REPEATS = 50
UNITS = 64
ROWS = 32
OPERATIONS = 3000
LAYOUT_ROUNDS = 3

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

    return plain, FormulaSubject(explorer.load("line-fit")).trace


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


def deep(x: torch.Tensor, w: torch.Tensor) -> Outcome:
    """OPERATIONS operations one after the other."""
    named = {}
    for step in range(OPERATIONS // 3):
        x = torch.sin(x * w + 0.1)
        named[f"z{step}"] = x
    return Outcome(x, named)


def layout_3000_s() -> float:
    """Seconds for scene and layout of the whole graph, the fastest of LAYOUT_ROUNDS."""
    leaves = {"x": torch.tensor(1.0, requires_grad=True), "w": torch.tensor(0.9)}
    traced = trace(deep, leaves)
    taken = []
    for _ in range(LAYOUT_ROUNDS):
        start = time.perf_counter()
        placed = layout(scene(traced, every_group(traced)))
        taken.append(time.perf_counter() - start)
        assert len(placed.nodes) > OPERATIONS
    return round(min(taken), 2)


def main() -> None:
    """Measure in turns and print the ratios."""
    torch.set_num_threads(1)
    report = {
        "line_fit_ratio": ratio(*line_fit()),
        "network_ratio": ratio(*network()),
        "layout_3000_s": layout_3000_s(),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
