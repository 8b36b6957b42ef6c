"""Training somebody's own model headless and in the window, against their own loop.

    python tests/benchmarks/subject.py

Prints for a small network, a convolutional one and (where transformers is installed) a two-layer
GPT-2 how long a step takes by hand and by the command's loop: the shortest of runs in turns, since
other programs only ever make one longer. Then the same in the window, while it paints 30 frames a
second with all its plots, the tree and the recording of norms.
"""

import json
import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import torch
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "own"))

from healthy import HEALTHY
from healthy_libraries import gpt2, installed

from explorer.experiment.changes import Change
from explorer.live.modeldocument import ModelDocument
from explorer.live.modelrun import ModelMaker
from explorer.own.anatomy import anatomy
from explorer.own.modelfile import ModelFile
from explorer.own.plan import Length, ModelPlan
from explorer.own.session import ModelSession
from explorer.own.setup import Setup
from explorer.own.training import train
from explorer.ui.bench import RunState
from explorer.ui.settings import Settings
from explorer.ui.speed import FULL_SPEED
from explorer.ui.subject.program import SubjectProgram

PAIRS = 15
SECONDS = 0.3
TURNS = 7
TURN_S = 1.5
SETTLING_S = 0.7
ENDLESS_STEPS = 1_000_000_000


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


@dataclass(frozen=True)
class Given:
    """Begins a run of a setup that is there already, so that both loops train the same."""

    setup: Setup

    def begin(self, run: UUID, interrupted: Callable[[], bool]) -> ModelMaker:
        """Its session, with all that the window records."""
        session = ModelSession(self.setup, ENDLESS_STEPS)
        return ModelMaker(session, anatomy(self.setup), run, interrupted)


class GivenDocument(ModelDocument):
    """A document of such a setup."""

    def start(self, by_hand: tuple[Change, ...]) -> Any:
        """The one that is measured."""
        return Given(measured[0])


measured: list[Setup] = []


class Window:
    """The product's own window on one model, driven without a person."""

    def __init__(self, application: QApplication, folder: Path, setup: Setup) -> None:
        measured[:] = [setup]
        plan = ModelPlan("", Length(ENDLESS_STEPS))
        settings = Settings(folder / "window.ini")
        self.program = SubjectProgram(application, ModelFile(plan), settings=settings)
        self.bench = self.program.workbench
        self.bench.document = GivenDocument(ModelFile(plan), plan)
        self.program.window.resize(1280, 800)
        self.program.window.bar.speed.slider.setValue(FULL_SPEED)
        self.program.show()
        self.bench.start()
        while self.bench.state is not RunState.READY:
            spin(0.02)

    def turn(self, seconds: float) -> tuple[float, float]:
        """Microseconds a step, and frames a second, while it trains and paints."""
        frames = 0

        def count(_frame: object) -> None:
            nonlocal frames
            frames += 1

        self.bench.play()
        spin(SETTLING_S)
        session: Any = self.bench._worker._maker
        self.program.window.display_clock.shown.connect(count)
        start, first = time.perf_counter(), session.session.step
        spin(seconds)
        passed, made = time.perf_counter() - start, session.session.step - first
        self.program.window.display_clock.shown.disconnect(count)
        self.bench.pause()
        while self.bench.state is RunState.RUNNING:
            spin(0.02)
        return passed / made * 1e6, frames / passed

    def close(self) -> None:
        """Let the next model have the machine."""
        self.program.window.close()
        self.bench.stop(60_000)


def spin(seconds: float) -> None:
    """Run the event loop."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def in_window(application: QApplication, make: Callable[[], Setup]) -> tuple[float, float, float]:
    """By hand and in the window, µs a step, in turns; and the frames painted in a second."""
    with tempfile.TemporaryDirectory() as folder:
        setup = make()
        window = Window(application, Path(folder), setup)
        steps = max(10, int(TURN_S * 1e6 / timed(by_hand, setup, 10)))
        hand, mine, frames = [], [], []
        for _ in range(TURNS):
            hand.append(timed(by_hand, setup, steps))
            each, painted = window.turn(TURN_S)
            mine.append(each)
            frames.append(painted)
        window.close()
    return min(hand), min(mine), statistics.median(frames)


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
    application = QApplication([])
    print(f"\n{'model':10}{'by hand, µs':>14}{'window, µs':>12}{'ratio':>8}{'frames/s':>10}")
    for name, make in chosen.items():
        hand, mine, frames = in_window(application, make)
        print(f"{name:10}{hand:14.0f}{mine:12.0f}{mine / hand:8.3f}{frames:10.1f}")
        report[f"{name} in the window"] = round(mine / hand, 3)
    print(json.dumps(report))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    torch.set_num_threads(1)
    main()
