"""A plot over the steps of a run: loss, parameters or gradients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem

from explorer.engine.history import Floats
from explorer.experiment.changes import MAX_STEPS
from explorer.ui.plots.axis import Axis
from explorer.ui.plots.curve import LiveCurves
from explorer.ui.plots.decorations import GridLines, Mark, Marks
from explorer.ui.plots.ranges import FARTHEST, Range, around, spread_of
from explorer.ui.theme import Theme

# More letters than this do not fit over a plot.
TITLE_LETTERS = 34
LEFT_AXIS_PX = 56
# Before anything is known: three decades up and down, or minus one to one.
EMPTY, EMPTY_LOG = Range(-1.0, 1.0), Range(-3.0, 1.0)


@dataclass(frozen=True)
class Series:
    """What a curve stands for; `owner` is the tensor it belongs to."""

    name: str
    owner: str
    color: QColor


class Heading(pg.LabelItem):  # type: ignore[misc]
    """A plot's title, which must not decide how wide the plot is."""

    def updateMin(self) -> None:  # noqa: N802 (pyqtgraph's name)
        """As high as the text, and no wider than there is room."""
        hint = Qt.SizeHint
        height = self.itemRect().height()
        self.setMinimumHeight(height)
        self._sizeHint = {
            hint.MinimumSize: (0, height),
            hint.PreferredSize: (0, height),
            hint.MaximumSize: (-1, -1),
        }
        self.updateGeometry()

    def resizeEvent(self, event: object) -> None:  # noqa: N802 (Qt's name)
        """In the middle if there is room, else from its beginning."""
        fits = self.itemRect().width() <= self.rect().width()
        self.opts["justify"] = "center" if fits else "left"
        super().resizeEvent(event)


class BasePlot(pg.PlotItem):  # type: ignore[misc]
    """What all four plots share: colours, grid, no menus of pyqtgraph's own."""

    titleLabel: pg.LabelItem  # noqa: N815 (pyqtgraph's name)

    def __init__(self, theme: Theme) -> None:
        sides = ("left", "bottom", "right", "top")
        super().__init__(enableMenu=False, axisItems={side: Axis(side) for side in sides})
        for side in sides[2:]:
            self.hideAxis(side)
        self._replace_heading()
        self.hideButtons()
        self.disableAutoRange()
        self.vb.setDefaultPadding(0.0)
        # Nobody shall zoom out beyond what floating point can tell.
        self.vb.setLimits(xMin=-FARTHEST, xMax=FARTHEST, yMin=-FARTHEST, yMax=FARTHEST)
        self.grid = GridLines(self, QColor(theme.line))
        self.lines = LiveCurves(self.vb)
        self.range: Range | None = None
        self.following = True
        self.vb.sigRangeChangedManually.connect(self._stop_following)
        self._color_axes(theme)

    def set_title(self, title: str, names: Sequence[tuple[str, QColor]] = ()) -> None:
        """The heading; tensors are named in it, each in its colour, as far as there is room."""
        parts = [f"<b>{_escaped(title)}</b>"]
        room = TITLE_LETTERS - len(title)
        for name, color in names:
            room -= len(name) + 3
            if room < 0:
                parts.append("…")
                break
            parts.append(f'<span style="color:{color.name()}">&#9632;&nbsp;{_escaped(name)}</span>')
        self.setTitle("&nbsp;&nbsp;".join(parts), size="9.5pt")

    def follow(self) -> None:
        """Show everything again after the user zoomed."""
        self.following = True
        if self.range is not None:
            self.setYRange(self.range.low, self.range.high, padding=0)

    def set_moving(self, moving: bool) -> None:
        """Hairlines while a run is on."""
        self.lines.set_moving(moving)
        # What stands still is kept as a picture; drawing its texts takes longer than the curves.
        mode = QGraphicsItem.CacheMode
        still = (self.getAxis("left"), self.getAxis("bottom"), self.titleLabel, self.grid)
        for item in still:
            item.setCacheMode(mode.DeviceCoordinateCache if moving else mode.NoCache)

    def set_y_range(self, wanted: Range) -> None:
        """Change the value axis, if it is not that already and the user did not zoom."""
        if wanted != self.range:
            self.range = wanted
            if self.following:
                self.setYRange(wanted.low, wanted.high, padding=0)

    def _stop_following(self, *_ignored: object) -> None:
        self.following = False

    def _replace_heading(self) -> None:
        self.layout.removeItem(self.titleLabel)
        self.titleLabel.setParentItem(None)
        self.titleLabel = Heading("", parent=self)
        self.titleLabel.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self.layout.addItem(self.titleLabel, 0, 1)

    def _color_axes(self, theme: Theme) -> None:
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.faint_text))
            axis.setStyle(tickLength=-4)
        # A fixed width keeps the plots still while numbers grow.
        self.getAxis("left").setWidth(LEFT_AXIS_PX)
        self.titleLabel.setAttr("color", theme.text)


class TimePlot(BasePlot):
    """Curves over steps; `show_curves` moves them and grows the axes if need be.

    `most_of_it`: the axis shows nearly all points, and a spike at the start may leave
    the picture once the rest would be flat beside it.
    """

    def __init__(self, theme: Theme, step_label: str, most_of_it: bool = False) -> None:
        super().__init__(theme)
        self.log = False
        self._most_of_it = most_of_it
        self._series: Sequence[Series] = ()
        self._started = False
        self.marks = Marks(self, QColor(theme.mark), QColor(theme.base))
        # No run is longer, and beyond that steps are no whole numbers any more.
        self.vb.setLimits(xMin=-2 * MAX_STEPS, xMax=2 * MAX_STEPS)
        self.setLabel("bottom", step_label, color=theme.faint_text)

    def set_series(self, title: str, series: Sequence[Series], start: Sequence[float]) -> None:
        """One curve for each; `start` are the values known before the first step."""
        self._series = series
        self.lines.clear()
        self.marks.show_marks(())
        owners = {each.owner: each.color for each in reversed(series) if each.owner}
        self.set_title(title, list(reversed(owners.items())))
        self._started = bool(start)
        self.range = None
        empty = EMPTY_LOG if self.log else EMPTY
        self.set_y_range(around(min(start), max(start)) if start else empty)

    def set_log(self, log: bool) -> None:
        """Draw common logarithms; numbers that have none become gaps."""
        if log != self.log:
            # Numbers of the one scale mean nothing on the other, zoomed or not.
            self.following = True
            self.set_y_range(Range(-1.0, 1.0))
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
        self.lines.show_lines(x, y, [series.color for series in self._series])
        finite = y[np.isfinite(y)]
        if finite.size:
            self._make_room(spread_of(finite, self._most_of_it))

    def _make_room(self, spread: Range) -> None:
        if not self._started or self.range is None:
            self._started = True
            least = 1.0 if self.log else 0.0
            self.set_y_range(around(spread.low, spread.high, least=least))
            return
        wanted = self.range.grown_to(spread.low, spread.high)
        if self._most_of_it and wanted.is_far_too_large_for(spread):
            wanted = around(spread.low, spread.high, share=0.5)
        self.set_y_range(wanted)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
