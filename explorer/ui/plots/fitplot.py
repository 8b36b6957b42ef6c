"""Data and fit: the points, and the model's prediction moving among them."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from explorer.experiment.plan import Plan
from explorer.experiment.spec import Experiment
from explorer.i18n import Language
from explorer.live.frames import Fit, Frame
from explorer.live.history import Floats
from explorer.ui.plots.baseplot import BasePlot
from explorer.ui.plots.boxitem import BoxItem
from explorer.ui.plots.crosshair import Reading, Readings
from explorer.ui.plots.curve import Look
from explorer.ui.plots.decorations import Mark
from explorer.ui.plots.edges import edges
from explorer.ui.plots.entry import PlotEntry
from explorer.ui.plots.notice import Notice
from explorer.ui.plots.ranges import Range, around, spread_of
from explorer.ui.theme import Theme
from explorer.words.numbers import Form, number_text

# Enough to see any cloud's shape; drawing more only costs time.
MOST_POINTS = 2_000
# More than a few are smaller, so that one still sees how they lie.
POINT_PX, SMALL_POINT_PX, FEW_POINTS = 7, 4, 300


class FitPlot(BasePlot):
    """With one input: data and fitted curve. With more: prediction against target."""

    def __init__(self, entry: PlotEntry, theme: Theme, language: Language) -> None:
        super().__init__(theme, language)
        self._entry = entry
        self._language = language
        self._title = language.text(entry.title)
        self._title_against_target = language.text("Prediction against target")
        self._theme = theme
        self._points = pg.ScatterPlotItem(
            size=POINT_PX, pen=None, brush=pg.mkBrush(theme.data), useCache=True
        )
        self._points_shown = 0
        # How many of the points are drawn, if not all.
        self.sampled = Notice(self.vb, theme, low=True)
        self._against_target = False
        self._fit: Fit | None = None
        # Whether axes or curve have changed since it was looked where the curve leaves the plot.
        self._look_due = True
        self._looks = [Look(theme.curve(0))]
        self._across_name = ""
        self._limits = self._across = Range(-1.0, 1.0)
        self.vb.sigRangeChanged.connect(self._look_soon)

    def begin(self, experiment: Plan) -> None:
        """Show another experiment's data."""
        self.clear()
        self.addItem(self._points)
        prediction = experiment.prediction
        if prediction is None or not isinstance(experiment, Experiment):
            return
        target = np.asarray(experiment.columns[prediction], dtype=float)
        inputs = [np.asarray(experiment.columns[name]) for name in experiment.inputs]
        self._against_target = len(inputs) != 1 or inputs[0].ndim != 1 or target.ndim != 1
        self.promise.say("")
        self._fit = None
        self.edges.show_edges(())
        target_name = self._language.text("target")
        self._across_name = target_name if self._against_target else experiment.inputs[0]
        if self._against_target:
            self.promise.say(self._entry.empty(experiment, self._language))
            self._show_diagonal(target.reshape(-1))
        else:
            self._show_data(inputs[0], target)
            self.setLabel("bottom", experiment.inputs[0], color=self._theme.faint_text)

    def readings(self, x: float, y: float | None) -> Readings | None:
        """The fitted curve's value there; of predictions and targets, where the mouse is."""
        across = Reading(f"{self._across_name} {number_text(x, Form.SHORT)}")
        if not self._against_target:
            if self._fit is None:
                return None
            y = float(np.interp(x, self._fit.x, self._fit.y))
        if y is None:
            return None
        text = f"{self._language.text('prediction')} {number_text(y, Form.SHORT)}"
        return Readings(x, (across, Reading(text, self._theme.curve(0).rgba())))

    def follow(self) -> None:
        """Show all data again."""
        super().follow()
        self.setXRange(self._across.low, self._across.high, padding=0)

    def above(self) -> tuple[BoxItem, ...]:
        """The marks where the curve leaves the plot: they move with it."""
        return (self.edges,)

    def still(self) -> tuple[object, ...]:
        """The points, too: they move with each frame if they are predictions."""
        return (*super().still(), self._points_shown, self.sampled.text)

    def show_frame(self, frame: Frame, _marks: Sequence[Mark]) -> None:
        """Its fitted curve, if it has one."""
        self.promise.say("")
        if frame.fit is not None:
            self.show_fit(frame.fit)

    def show_fit(self, fit: Fit) -> None:
        """Move the fitted curve."""
        before, self._fit = self._fit, fit
        if before is None or not _are_same(before, fit):
            self._look_due = True
            if self._against_target:
                self._show_points(fit.x, fit.y)
            else:
                self._show_line(fit.x, fit.y)
        if self._look_due:
            self._make_room(fit)
        self.refresh_crosshair()

    def _make_room(self, fit: Fit) -> None:
        spread = spread_of(fit.y, most_of_it=False)
        if spread is not None and self.range is not None:
            # A fit that starts far away may be seen, but must not flatten the data.
            low, high = np.clip(
                [spread.low, spread.high], self._limits.low, self._limits.high
            ).tolist()
            self.set_y_range(self.range.grown_to(low, high))
            self._mark_edges(fit.x, fit.y)
        self._look_due = False

    def _look_soon(self, *_ignored: object) -> None:
        self._look_due = True

    def _mark_edges(self, x: Floats, y: Floats) -> None:
        left, right, *values = self.lines.extent[:4]
        seen = (x >= left) & (x <= right)
        beyond = not self._against_target and seen.any()
        colors = [look.color for look in self._looks]
        self.edges.show_edges(edges(x[seen], y[np.newaxis, seen], values, colors) if beyond else ())

    def _show_points(self, x: Floats, y: Floats) -> None:
        there = len(x)
        if there > MOST_POINTS:
            chosen = sample(there)
            x, y = x[chosen], y[chosen]
        # pyqtgraph looks for the bounds of all points, and must find some or none.
        finite = np.isfinite(x) & np.isfinite(y)
        self._points.setSize(POINT_PX if there <= FEW_POINTS else SMALL_POINT_PX, update=False)
        self._points.setData(x[finite], y[finite])
        self._points_shown += 1
        self._say_how_many(len(x), there)

    def _say_how_many(self, drawn: int, there: int) -> None:
        text = self._language.text("A sample: {drawn} of {count} points")
        counts = (number_text(count, Form.COUNT) for count in (drawn, there))
        words = text.format(**dict(zip(("drawn", "count"), counts, strict=True)))
        self.sampled.say(words if drawn < there else "")

    def _show_line(self, x: Floats, y: Floats) -> None:
        self.lines.show_lines(x, y[np.newaxis], self._looks)

    def _show_data(self, x: Floats, y: Floats) -> None:
        self.heading.say(self._title)
        self.lines.clear()
        self._points.setBrush(pg.mkBrush(QColor(self._theme.data)))
        self._show_points(x, y)
        self._set_ranges(x, y)

    def _show_diagonal(self, target: Floats) -> None:
        self.heading.say(self._title_against_target)
        ends = np.array(_ends(target))
        self._points.setBrush(pg.mkBrush(self._theme.curve(0)))
        self._points.setData([], [])
        self.sampled.say("")
        self._show_line(ends, ends)
        self._set_ranges(target, target)

    def _set_ranges(self, x: Floats, y: Floats) -> None:
        self._across = around(*_ends(x))
        self.setXRange(self._across.low, self._across.high, padding=0)
        self.range = None
        up = around(*_ends(y), 0.15)
        self._limits = Range(up.low - up.size, up.high + up.size)
        self.set_y_range(up)


@lru_cache(maxsize=4)
def sample(count: int) -> NDArray[np.intp]:
    """The numbers of MOST_POINTS of so many points, in ascending order; always the same.

    Drawn at random: of data with a rhythm evenly spaced ones would show something else.
    """
    rng = np.random.default_rng(count)
    # Of a few points more than are wanted, as some are drawn twice.
    found = np.unique(rng.integers(0, count, size=2 * MOST_POINTS))
    return np.sort(rng.permutation(found)[:MOST_POINTS])


def _are_same(one: Fit, other: Fit) -> bool:
    """As bits: NaN is NaN."""
    return one.x.tobytes() == other.x.tobytes() and one.y.tobytes() == other.y.tobytes()


def _ends(values: Floats) -> tuple[float, float]:
    """The least and the greatest number; data may be NaN or infinite."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
