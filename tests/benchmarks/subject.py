"""Training somebody's own model headless, against their own loop.

    python tests/benchmarks/subject.py

Prints for a small network, a convolutional one and (where transformers is installed) a two-layer
GPT-2 how long a step takes by hand and by the command's loop: the shortest of runs in turns, since
other programs only ever make one longer.
"""

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "own"))

from healthy import HEALTHY
from healthy_libraries import gpt2, installed

from explorer.own.setup import Setup
from explorer.own.training import train

PAIRS = 15
SECONDS = 0.3


def by_hand(setup: Setup, steps: int) -> None:
    """As people write it; the loss is read each step, as for a progress bar."""
    batches: Any = setup.batches
    for step in range(steps):
        loss = setup.objective(batches[step % len(batches)])
        for each in setup.optimizers:
            each.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for each in setup.optimizers:
            each.step()
        loss.item()


def ours(setup: Setup, steps: int) -> None:
    """The loop of `gradient-explorer run`."""
    train(setup, steps, lambda step, loss: None)


def timed(loop: Callable[[Setup, int], None], setup: Setup, steps: int) -> float:
    """Microseconds a step."""
    start = time.perf_counter()
    loop(setup, steps)
    return (time.perf_counter() - start) / steps * 1e6


def main() -> None:
    """The table."""
    chosen = {"MLP": HEALTHY["mlp"], "CNN": HEALTHY["batch norm"]}
    if installed("transformers"):
        chosen["GPT-2"] = gpt2
    print(f"{'model':10}{'by hand, µs':>14}{'ours, µs':>12}{'ratio':>8}")
    report = {}
    for name, make in chosen.items():
        setup = make()
        steps = max(10, int(SECONDS * 1e6 / timed(by_hand, setup, 10)))
        pairs = [(timed(by_hand, setup, steps), timed(ours, setup, steps)) for _ in range(PAIRS)]
        hand, mine = (min(each) for each in zip(*pairs, strict=True))
        print(f"{name:10}{hand:14.0f}{mine:12.0f}{mine / hand:8.3f}")
        report[name] = round(mine / hand, 3)
    print(json.dumps(report))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    torch.set_num_threads(1)
    main()
