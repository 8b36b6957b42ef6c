"""A plot over the steps of a run: loss, parameters or gradients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from explorer.engine.history import Floats
from explorer.ui.plots.curve import Line, LiveCurves
from explorer.ui.plots.decorations import GridLines, Mark, Marks
from explorer.ui.plots.ranges import Range, around
from explorer.ui.theme import Theme

# More names than this would not fit over a plot.
NAMES_SHOWN = 8


@dataclass(frozen=True)
class Series:
    """What a curve stands for."""

    name: str
    color: QColor


class BasePlot(pg.PlotItem):  # type: ignore[misc]
    """What all four plots share: colours, grid, no menus of pyqtgraph's own."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(enableMenu=False)
        self.hideButtons()
        self.disableAutoRange()
        self.vb.setDefaultPadding(0.0)
        self.grid = GridLines(self, QColor(theme.line))
        self.lines = LiveCurves(self.vb)
        self.range: Range | None = None
        self.following = True
        self.vb.sigRangeChangedManually.connect(self._stop_following)
        self._color_axes(theme)

    def set_title(self, title: str, series: Sequence[Series] = ()) -> None:
        """The heading; curves are named in it, each in its colour."""
        names = [
            f'<span style="color:{each.color.name()}">&#9632;&nbsp;{_escaped(each.name)}</span>'
            for each in series[:NAMES_SHOWN]
        ]
        if len(series) > NAMES_SHOWN:
            names.append("…")
        self.setTitle("&nbsp;&nbsp;".join([f"<b>{_escaped(title)}</b>", *names]), size="9.5pt")

    def follow(self) -> None:
        """Show everything again after the user zoomed."""
        self.following = True
        self.range = None

    def set_moving(self, moving: bool) -> None:
        """Hairlines while a run is on."""
        self.lines.set_moving(moving)

    def set_y_range(self, wanted: Range) -> None:
        """Change the value axis, if it is not that already and the user did not zoom."""
        if wanted != self.range:
            self.range = wanted
            if self.following:
                self.setYRange(wanted.low, wanted.high, padding=0)

    def _stop_following(self, *_ignored: object) -> None:
        self.following = False

    def _color_axes(self, theme: Theme) -> None:
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.faint_text))
            axis.setStyle(tickLength=-4)
        # A fixed width keeps the plots still while numbers grow.
        self.getAxis("left").setWidth(52)
        self.titleLabel.setAttr("color", theme.text)


class TimePlot(BasePlot):
    """Curves over steps; `show_curves` moves them and grows the axes if need be."""

    def __init__(self, theme: Theme, step_label: str) -> None:
        super().__init__(theme)
        self.log = False
        self._series: Sequence[Series] = ()
        self.marks = Marks(self, QColor(theme.mark))
        self.setLabel("bottom", step_label, color=theme.faint_text)

    def set_series(self, title: str, series: Sequence[Series], start: Sequence[float]) -> None:
        """One curve for each; `start` are the values known before the first step."""
        self._series = series
        self.lines.show_lines(())
        self.set_title(title, series)
        self.range = None
        self.set_y_range(around(min(start), max(start)) if start else Range(-1.0, 1.0))
        self._started = bool(start)

    def set_log(self, log: bool) -> None:
        """Draw common logarithms; numbers that have none become gaps."""
        self.log = log
        self._started = False
        self.getAxis("left").setLogMode(log)

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """The changes on the time axis."""
        self.marks.show_marks(marks)

    def show_curves(self, x: Floats, y: Floats) -> None:
        """Points of all curves: x of shape (points,), y of shape (curves, points)."""
        if self.log:
            y = np.log10(np.where(y > 0, y, np.nan))
        each = zip(self._series, y, strict=True)
        self.lines.show_lines([Line(series.color, x, values) for series, values in each])
        finite = y[np.isfinite(y)]
        if finite.size:
            self._make_room(float(finite.min()), float(finite.max()))

    def _make_room(self, low: float, high: float) -> None:
        if self._started and self.range is not None:
            self.set_y_range(self.range.grown_to(low, high))
        else:
            self._started = True
            self.set_y_range(around(low, high))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
