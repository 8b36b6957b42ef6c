"""What a long run costs: a frame with a million steps behind it, and ten million in memory.

Prints {"frame_ratio", "rss_mb"}. `frame_ratio`: making a frame (reading the
history), showing it in the real plots and painting them, with 1,000,000 steps behind it
against 1,000, measured in turns; medians. Both histories are
of the line fit, with as many steps on their axes as they have.
`rss_mb`: growth of the whole process while 10,000,000 synthetic steps are appended.

Run it on a quiet machine: python tests/benchmarks/history.py
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from itertools import count, cycle, islice
from math import exp, sin
from uuid import uuid4

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

from explorer.engine.session import Session
from explorer.experiment.file import read
from explorer.experiment.sources import experiment_path
from explorer.i18n import load
from explorer.live.frames import FrameMaker
from explorer.live.history import History
from explorer.ui import theme
from explorer.ui.plots.panel import PlotPanel

# The loss, four values, four gradients.
COLUMNS = 9
SHORT, LONG, VERY_LONG = 1_000, 1_000_000, 10_000_000
TURNS = 60
# Long enough that no pattern of the thinning repeats with it, short enough to be made once.
PERIOD = 9_973


class CountedPanel(PlotPanel):
    """The window's plots; frames that are painted are counted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """One more."""
        self.painted += 1
        super().paintEvent(event)


class Plots:
    """The window's plots with one history behind them."""

    def __init__(self, steps: int) -> None:
        file = read(experiment_path("line-fit"), [f"training.steps={steps}"])
        self.panel = CountedPanel(theme.LIGHT, load("en"))
        self.panel.resize(800, 720)
        self.panel.set_experiment(file.experiment, log_loss=True)
        self.panel.show()
        self.panel.set_moving(True)
        # The worker's own frames, with synthetic steps behind them.
        self.session = Session(file.experiment)
        self.maker = FrameMaker(self.session, uuid4())
        self.rows = rows(steps)
        self.advance(steps - TURNS)

    def advance(self, steps: int) -> None:
        """Append the next steps."""
        append = self.maker.history.append
        for row in islice(self.rows, steps):
            append(row)
        self.session.step += steps

    def frame_s(self) -> float:
        """One more step, and seconds for the frame that shows it."""
        self.advance(1)
        request = self.panel.request(tensors=False)
        start = time.perf_counter()
        self.panel.show_frame(self.maker.make(request))
        self.panel.paint_now()
        return time.perf_counter() - start


def rows(steps: int) -> Iterator[tuple[float, ...]]:
    """Rows that look alike however long the run: a falling loss with noise, b and d frozen."""
    none = float("nan")
    for k in count():
        done = k / steps
        noise = sin(k)
        yield (
            exp(-5 * done) * (1 + 0.1 * noise),
            *(1.5 + sin(6 * done) + 0.02 * noise, 0.5, 0.5 * exp(-3 * done), 0.5),
            *(sin(9 * done) + 0.05 * noise, none, 0.3 * exp(-done) * noise, none),
        )


def frame_ratio(application: QApplication) -> dict[str, float]:
    """Frames of both in turns; the first few warm up."""
    plots = {SHORT: Plots(SHORT), LONG: Plots(LONG)}
    application.processEvents()
    seconds: dict[int, list[float]] = {SHORT: [], LONG: []}
    for _ in range(TURNS):
        for steps, each in plots.items():
            seconds[steps].append(each.frame_s())
    medians = {steps: statistics.median(taken[5:]) for steps, taken in seconds.items()}
    assert all(each.panel.painted > TURNS for each in plots.values())
    for each in plots.values():
        each.panel.close()
        each.panel.deleteLater()
    application.processEvents()
    return {
        "frame_ratio": round(medians[LONG] / medians[SHORT], 3),
        "short_ms": round(1000 * medians[SHORT], 2),
        "long_ms": round(1000 * medians[LONG], 2),
    }


def growth_mb() -> float:
    """Memory of a history of ten million steps, the largest it ever took."""
    source = cycle(list(islice(rows(PERIOD), PERIOD)))
    before = peak_mb()
    history = History(COLUMNS)
    for row in islice(source, VERY_LONG):
        history.append(row)
    assert history.steps == VERY_LONG
    history.read(400)
    return round(peak_mb() - before, 1)


def peak_mb() -> float:
    """The most memory that this process ever held, in megabytes."""
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_000_000 if sys.platform == "darwin" else 1_000)


def main() -> None:
    """Memory first, in a process that has held nothing larger; then frames."""
    memory = growth_mb()
    application = QApplication([])
    report = {**frame_ratio(application), "rss_mb": memory}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
