"""Data and fit: the points, and the model's prediction moving among them."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from explorer.experiment.plan import Plan
from explorer.experiment.spec import Experiment
from explorer.i18n import Language
from explorer.live.frames import Fit, Frame
from explorer.live.history import Floats
from explorer.ui.plots.baseplot import BasePlot
from explorer.ui.plots.decorations import Mark
from explorer.ui.plots.entry import PlotEntry
from explorer.ui.plots.ranges import Range, around
from explorer.ui.theme import Theme

# Enough to see any cloud's shape; drawing more only costs time.
MOST_POINTS = 2_000


class FitPlot(BasePlot):
    """With one input: data and fitted curve. With more: prediction against target."""

    def __init__(self, entry: PlotEntry, theme: Theme, language: Language) -> None:
        super().__init__(theme)
        self._entry = entry
        self._language = language
        self._title = language.text(entry.title)
        self._title_against_target = language.text("Prediction against target")
        self._theme = theme
        self._points = pg.ScatterPlotItem(
            size=7, pen=None, brush=pg.mkBrush(theme.data), useCache=True
        )
        self._points_shown = 0
        self._against_target = False
        self._limits = self._across = Range(-1.0, 1.0)

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
        if self._against_target:
            self.promise.say(self._entry.empty(experiment, self._language))
            self._show_diagonal(target.reshape(-1))
        else:
            self._show_data(inputs[0], target)
            self.setLabel("bottom", experiment.inputs[0], color=self._theme.faint_text)

    def follow(self) -> None:
        """Show all data again."""
        super().follow()
        self.setXRange(self._across.low, self._across.high, padding=0)

    def still(self) -> tuple[object, ...]:
        """The points, too: they move with each frame if they are predictions."""
        return (*super().still(), self._points_shown)

    def show_frame(self, frame: Frame, _marks: Sequence[Mark]) -> None:
        """Its fitted curve, if it has one."""
        self.promise.say("")
        if frame.fit is not None:
            self.show_fit(frame.fit)

    def show_fit(self, fit: Fit) -> None:
        """Move the fitted curve."""
        x, y = fit.x, fit.y
        if self._against_target:
            self._show_points(x, y)
        else:
            self._show_line(x, y)
        finite = y[np.isfinite(y)]
        if finite.size and self.range is not None:
            # A fit that starts far away may be seen, but must not flatten the data.
            low, high = np.clip(
                [finite.min(), finite.max()], self._limits.low, self._limits.high
            ).tolist()
            self.set_y_range(self.range.grown_to(low, high))

    def _show_points(self, x: Floats, y: Floats) -> None:
        # pyqtgraph looks for the bounds of all points, and must find some or none.
        finite = np.isfinite(x) & np.isfinite(y)
        x, y = x[finite], y[finite]
        every = max(1, -(-len(x) // MOST_POINTS))
        self._points.setData(x[::every], y[::every])
        self._points_shown += 1

    def _show_line(self, x: Floats, y: Floats) -> None:
        self.lines.show_lines(x, y[np.newaxis], [self._theme.curve(0)])

    def _show_data(self, x: Floats, y: Floats) -> None:
        self.set_title(self._title)
        self.lines.clear()
        self._points.setBrush(pg.mkBrush(QColor(self._theme.data)))
        self._show_points(x, y)
        self._set_ranges(x, y)

    def _show_diagonal(self, target: Floats) -> None:
        self.set_title(self._title_against_target)
        ends = np.array(_ends(target))
        self._points.setBrush(pg.mkBrush(self._theme.curve(0)))
        self._points.setData([], [])
        self._show_line(ends, ends)
        self._set_ranges(target, target)

    def _set_ranges(self, x: Floats, y: Floats) -> None:
        self._across = around(*_ends(x))
        self.setXRange(self._across.low, self._across.high, padding=0)
        self.range = None
        up = around(*_ends(y), 0.15)
        self._limits = Range(up.low - up.size, up.high + up.size)
        self.set_y_range(up)


def _ends(values: Floats) -> tuple[float, float]:
    """The least and the greatest number; data may be NaN or infinite."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
