"""The real window, training at full speed with all four plots painting, against the bare loop.

Prints one JSON object, {"bare_us": {...}, "hz30": {...}, ...}; a `ratio` above 1 means that
the window trains faster than the bare loop does without any window. Bare loop and window are
measured in turns within one process. Painted frames are counted at the view's paint event,
so that speed cannot be bought by not painting; frames and gaps count after the first second
of a turn.

Its parts are `line-fit`, `graph` (the same with the graph in view, not the plots) and
`network` (Adam, with 49 curves and as many of gradients, and with 200); all, if none is named.
Run it on a quiet machine: python tests/benchmarks/live_training.py [PART...]
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from baseline import bare_loop, check_bits
from optimizers import Pair
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from explorer.experiment.file import ExperimentFile, read
from explorer.experiment.sources import experiment_path
from explorer.ui.program import Program
from explorer.ui.settings import Settings
from explorer.ui.speed import FULL_SPEED
from explorer.ui.workbench import RunState

TURNS = 3
TURN_S = 2.4
# What is counted begins so long after the start of a turn.
SETTLING_S = 1.0
# A turn goes on until so many count, however slow the machine is.
FEWEST_FRAMES = 4
# For a tab to be laid out.
ARRIVING_S = 0.2
ENDLESS_STEPS = 1_000_000_000
ENDLESS = f"training.steps={ENDLESS_STEPS}"


@dataclass(frozen=True)
class Setting:
    """What is measured under one name: a model, shown in one of the tabs, at a display rate."""

    part: str
    model: str
    rate_hz: int
    graph: bool = False


SETTINGS = {
    "hz30": Setting("line-fit", "line_fit", 30),
    "hz60": Setting("line-fit", "line_fit", 60),
    "hz30_graph": Setting("graph", "line_fit", 30, graph=True),
    "hz60_graph": Setting("graph", "line_fit", 60, graph=True),
    "network": Setting("network", "network", 30),
    "network_200": Setting("network", "branches", 30),
}
PARTS = list(dict.fromkeys(setting.part for setting in SETTINGS.values()))


@dataclass
class Turn:
    """What was seen in one stretch of live training."""

    us_per_step: float
    frames_per_second: float
    numbers_per_second: float
    gaps_ms: list[float] = field(repr=False)
    share: float


class Bench(QObject):
    """The product's own window on one model, driven without a person."""

    def __init__(self, application: QApplication, folder: Path, model: str) -> None:
        super().__init__()
        settings = Settings(folder / "window.ini")
        self.program = Program(application, experiment_file(model), settings=settings)
        self.window = self.program.window
        self.window.resize(1280, 800)
        self.window.bar.speed.slider.setValue(FULL_SPEED)
        self.moments: list[tuple[float, int]] = []
        self.shares: list[tuple[float, float]] = []
        for view in (self.window.panel, self.window.graph.view):
            view.viewport().installEventFilter(self)
        self.window.display_clock.pulse.connect(
            lambda pulse: self.shares.append((time.perf_counter(), pulse.plots_share))
        )
        self.program.show()
        self.program.workbench.start()
        self.wait_for(RunState.READY)

    def wait_for(self, state: RunState) -> None:
        """Run the event loop until the workbench is in that state."""
        while self.program.workbench.state is not state:
            spin(0.02)

    def turn(self, setting: Setting) -> Turn:
        """Train for TURN_S seconds."""
        workbench = self.program.workbench
        if setting.graph:
            self.window.show_graph()
        else:
            self.window.show_training()
        self.window.display_clock.set_rate(setting.rate_hz)
        spin(ARRIVING_S)
        self.moments.clear()
        self.shares.clear()
        workbench.play()
        spin(TURN_S)
        while len(self.moments) < FEWEST_FRAMES or not self._settled():
            spin(ARRIVING_S)
        workbench.pause()
        moments, shares = list(self.moments), list(self.shares)
        self.wait_for(RunState.PAUSED)
        settled_s = moments[0][0] + SETTLING_S
        return seen(
            [moment for moment in moments if moment[0] > settled_s],
            [share for at, share in shares if at > settled_s],
        )

    def _settled(self) -> bool:
        """Whether there are frames enough that count, and steps between them."""
        settled_s, last = self.moments[0][0] + SETTLING_S, self.moments[-1][1]
        counted = [step for at, step in self.moments if at > settled_s]
        told = any(at > settled_s for at, _ in self.shares)
        return len(counted) >= FEWEST_FRAMES and last > counted[0] and told

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Note when plots or graph are painted, and which step is on them."""
        workbench = self.program.workbench
        if event.type() == QEvent.Type.Paint and workbench.state is RunState.RUNNING:
            frame = workbench.frame
            self.moments.append((time.perf_counter(), frame.step if frame else 0))
        return False


def seen(moments: list[tuple[float, int]], shares: list[float]) -> Turn:
    """From the paintings (time, step) and the shares of the time that were told."""
    (start_s, first), (end_s, last) = moments[0], moments[-1]
    return Turn(
        us_per_step=(end_s - start_s) / (last - first) * 1e6,
        frames_per_second=(len(moments) - 1) / (end_s - start_s),
        # The status bar changes with the numbers of the table.
        numbers_per_second=len(shares) / (end_s - start_s),
        gaps_ms=[1000 * (after[0] - before[0]) for before, after in pairwise(moments)],
        share=statistics.median(shares),
    )


def experiment_file(model: str) -> ExperimentFile:
    """The model's experiment, with steps without end."""
    if model == "line_fit":
        return read(experiment_path("line-fit"), [ENDLESS])
    experiment = Pair(model, "adam").experiment
    training = experiment.training.model_copy(update={"steps": ENDLESS_STEPS})
    return ExperimentFile(experiment.replace(training=training))


def line_fit_us() -> float:
    """Microseconds a step of the bare loop, which ends where it should."""
    us, model = bare_loop()
    check_bits(model)
    return us


def bare(model: str) -> Callable[[], float]:
    """What measures a bare loop of the model."""
    if model == "line_fit":
        return line_fit_us
    pair = Pair(model, "adam")
    pair.steps = 2_000
    return lambda: pair.bare()[0]


def spin(seconds: float) -> None:
    """Run Qt's event loop for a while."""
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()


def summary(bare_us: list[float], turns: list[Turn]) -> dict[str, float]:
    """Medians over the turns; gaps over all of them."""
    gaps = sorted(gap for turn in turns for gap in turn.gaps_ms)
    ratios = [bare / turn.us_per_step for bare, turn in zip(bare_us, turns, strict=True)]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "us_per_step": round(statistics.median(turn.us_per_step for turn in turns), 1),
        "fps": round(statistics.median(turn.frames_per_second for turn in turns), 1),
        "numbers_per_s": round(statistics.median(turn.numbers_per_second for turn in turns), 1),
        "gap_p99_ms": round(gaps[int(0.99 * (len(gaps) - 1))], 1),
        "gap_max_ms": round(gaps[-1], 1),
        "plots_share": round(statistics.median(turn.share for turn in turns), 3),
    }


def measured(
    application: QApplication, folder: Path, model: str, names: list[str]
) -> dict[str, object]:
    """The summaries of these settings, all of one model, measured in turns."""
    bench, loop = Bench(application, folder, model), bare(model)
    loop()
    bare_us: list[float] = []
    turns: dict[str, list[Turn]] = {name: [] for name in names}
    for _ in range(TURNS):
        bare_us.append(loop())
        for name, each in turns.items():
            each.append(bench.turn(SETTINGS[name]))
    bench.window.close()
    report: dict[str, object] = {name: summary(bare_us, each) for name, each in turns.items()}
    return {f"bare_us_{model}": round(statistics.median(bare_us), 1), **report}


def main(parts: list[str]) -> None:
    """Measure the parts and print the report."""
    if not set(parts) <= set(PARTS):
        sys.exit(f"usage: live_training.py [{'|'.join(PARTS)}]...")
    application = QApplication([])
    names = [name for name, each in SETTINGS.items() if each.part in (parts or PARTS)]
    report: dict[str, object] = {}
    for model in dict.fromkeys(SETTINGS[name].model for name in names):
        own = [name for name in names if SETTINGS[name].model == model]
        with tempfile.TemporaryDirectory() as folder:
            report |= measured(application, Path(folder), model, own)
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1:])
