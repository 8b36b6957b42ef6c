"""The real window, training at full speed with all four plots painting, against the bare loop.

Prints {"bare_us", "hz30": {...}, "hz60": {...}}; a `ratio` above 1 means that the
window trains faster than the article's loop does without any window. Bare loop and
window are measured in turns within one process. Painted frames are counted at the
view's paint event, so that speed cannot be bought by not painting.

Run it on a quiet machine: python tests/benchmarks/live_training.py
"""

import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from baseline import bare_loop, check_bits
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from explorer.experiment.file import read
from explorer.experiment.sources import experiment_path
from explorer.ui.program import Program
from explorer.ui.settings import RATES, Settings
from explorer.ui.speed import FULL_SPEED
from explorer.ui.workbench import RunState

TURNS = 5
TURN_S = 3.0
# Gaps between frames count after the first second of a turn.
SETTLING_S = 1.0
ENDLESS = "training.steps=1000000000"


@dataclass
class Turn:
    """What was seen in one stretch of live training."""

    us_per_step: float
    frames_per_second: float
    gaps_ms: list[float] = field(repr=False)
    share: float


class Bench(QObject):
    """The product's own window, driven without a person."""

    def __init__(self, application: QApplication, folder: Path) -> None:
        super().__init__()
        file = read(experiment_path("line-fit"), [ENDLESS])
        self.program = Program(application, file, settings=Settings(folder / "window.ini"))
        self.window = self.program.window
        self.window.resize(1280, 800)
        self.window.bar.speed.slider.setValue(FULL_SPEED)
        self.moments: list[tuple[float, int]] = []
        self.shares: list[float] = []
        for view in (self.window.panel, self.window.graph.view):
            view.viewport().installEventFilter(self)
        self.window.display_clock.pulse.connect(lambda pulse: self.shares.append(pulse.plots_share))
        self.program.show()
        self.program.workbench.start()
        self.wait_for(RunState.READY)

    def wait_for(self, state: RunState) -> None:
        """Run the event loop until the workbench is in that state."""
        while self.program.workbench.state is not state:
            spin(0.02)

    def turn(self, rate_hz: int, graph: bool) -> Turn:
        """Train for TURN_S seconds at this display rate, the plots or the graph in view."""
        workbench = self.program.workbench
        tabs = self.window.tabs
        if graph:
            self.window.show_graph()
        else:
            tabs.setCurrentWidget(self.window.panel)
        spin(SETTLING_S / 2)
        self.window.display_clock.set_rate(rate_hz)
        self.moments.clear()
        self.shares.clear()
        workbench.play()
        spin(TURN_S)
        workbench.pause()
        moments = list(self.moments)
        self.wait_for(RunState.PAUSED)
        (start_s, first), (end_s, last) = moments[0], moments[-1]
        settled = [at for at, _ in moments if at > start_s + SETTLING_S]
        return Turn(
            us_per_step=(end_s - start_s) / (last - first) * 1e6,
            frames_per_second=(len(moments) - 1) / (end_s - start_s),
            gaps_ms=[1000 * (after - before) for before, after in pairwise(settled)],
            share=statistics.median(self.shares),
        )

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Note when plots or graph are painted, and which step is on them."""
        workbench = self.program.workbench
        if event.type() == QEvent.Type.Paint and workbench.state is RunState.RUNNING:
            frame = workbench.frame
            self.moments.append((time.perf_counter(), frame.step if frame else 0))
        return False


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
        "gap_p99_ms": round(gaps[int(0.99 * (len(gaps) - 1))], 1),
        "gap_max_ms": round(gaps[-1], 1),
        "plots_share": round(statistics.median(turn.share for turn in turns), 3),
    }


def main() -> None:
    """Measure all rates in turns and print the report."""
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(application, Path(folder))
        bare_loop(500)
        bare_us: list[float] = []
        settings = {f"hz{rate}{tab}": (rate, bool(tab)) for tab in ("", "_graph") for rate in RATES}
        turns: dict[str, list[Turn]] = {name: [] for name in settings}
        for _ in range(TURNS):
            us, model = bare_loop()
            check_bits(model)
            bare_us.append(us)
            for name, seen in turns.items():
                seen.append(bench.turn(*settings[name]))
        bench.window.close()
    report: dict[str, object] = {"bare_us": round(statistics.median(bare_us), 1)}
    report |= {name: summary(bare_us, seen) for name, seen in turns.items()}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
