"""What every plot of the window is, whatever it shows."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QTransform
from PySide6.QtWidgets import QApplication

from explorer.experiment.plan import Plan
from explorer.i18n import Language
from explorer.live.frames import Frame
from explorer.ui.plots.axis import Axis
from explorer.ui.plots.boxitem import BoxItem
from explorer.ui.plots.crosshair import Crosshair, Readings
from explorer.ui.plots.curve import LiveCurves
from explorer.ui.plots.decorations import GridLines, Mark
from explorer.ui.plots.edges import EdgeMarks
from explorer.ui.plots.legend import Legend
from explorer.ui.plots.notice import Notice
from explorer.ui.plots.ranges import FARTHEST, Range
from explorer.ui.plots.view import View
from explorer.ui.theme import Theme

WIDEST_TICK, AXIS_MARGIN_PX = "-0.001", 18


class BasePlot(pg.PlotItem):  # type: ignore[misc]
    """What all plots share: colours, grid, no menus of pyqtgraph's own.

    Subclasses say what they show: `begin` and `show_frame`.
    """

    def __init__(self, theme: Theme, language: Language) -> None:
        sides = ("left", "bottom", "right", "top")
        axes = {side: Axis(side) for side in sides}
        super().__init__(viewBox=View(enableMenu=False), enableMenu=False, axisItems=axes)
        for side in sides[2:]:
            self.hideAxis(side)
        self._color_axes(theme)
        self.heading = Legend(theme, language, self.getAxis("left").width())
        self._replace_heading()
        self.hideButtons()
        self.disableAutoRange()
        self.vb.setDefaultPadding(0.0)
        # Nobody shall zoom out beyond what floating point can tell.
        self.vb.setLimits(xMin=-FARTHEST, xMax=FARTHEST, yMin=-FARTHEST, yMax=FARTHEST)
        self.grid = GridLines(self, QColor(theme.line))
        self.lines = LiveCurves(self.vb)
        self.edges = EdgeMarks(self.vb, theme)
        # What will be here, as long as nothing is.
        self.promise = Notice(self.vb, theme)
        self.crosshair = Crosshair(self.vb, theme)
        # Where it is wanted, on the axes.
        self._pointed: tuple[float, float | None] | None = None
        self.range: Range | None = None
        self.following = True
        self.vb.sigRangeChangedManually.connect(self._stop_following)

    def begin(self, experiment: Plan) -> None:
        """Show another experiment, or the same one from its start."""
        raise NotImplementedError

    def show_frame(self, frame: Frame, marks: Sequence[Mark]) -> None:
        """Move everything to where the frame says; `marks` are the changes on the time axis."""
        raise NotImplementedError

    def readings(self, x: float, y: float | None) -> Readings | None:
        """What the crosshair says there; `y` is known of the plot that the mouse is over."""
        raise NotImplementedError

    def point_at(self, x: float | None, y: float | None = None) -> None:
        """Show the crosshair there; None: nowhere."""
        self._pointed = None if x is None else (x, y)
        self.crosshair.show_readings(None if x is None else self.readings(x, y))

    def refresh_crosshair(self) -> None:
        """The numbers may be others by now."""
        if self._pointed is not None:
            self.crosshair.show_readings(self.readings(*self._pointed))

    def set_log(self, log: bool) -> None:
        """Powers of ten on the value axis, if it may have them."""

    def follow(self) -> None:
        """Show everything again after the user zoomed."""
        self.following = True
        if self.range is not None:
            self.setYRange(self.range.low, self.range.high, padding=0)

    def set_moving(self, moving: bool) -> None:
        """Hairlines while a run is on."""
        self.lines.set_moving(moving)

    def set_thick(self, thick: bool) -> None:
        """Broad lines, to be seen from afar."""
        self.lines.set_thick(thick)

    def live(self) -> tuple[BoxItem, ...]:
        """What moves while a run is on, the lowest first; a plot may have nothing above it."""
        return (self.lines, *self.above(), self.crosshair)

    def above(self) -> tuple[BoxItem, ...]:
        """What lies between the curves and the crosshair."""
        return ()

    def stale(self) -> QRectF:
        """Where in the scene curves and crosshair are to be painted again.

        Asked for each painting (`PlotPanel.paint_now`): the next answer is about the next.
        """
        stale = self.lines.stale() | self.crosshair.stale()
        self.lines.painted()
        return stale if stale.isEmpty() else self.vb.mapRectToScene(stale)

    def paint_live(self, painter: QPainter, view: QTransform, part: QRect) -> None:
        """What moves, as far as it is in this part of the screen, where `view` puts the scene."""
        place = self.vb.sceneTransform() * view
        own = place.inverted()[0].mapRect(QRectF(part))
        painter.setTransform(place)
        painter.setClipRect(self.vb.rect())
        for item in self.live():
            if not item.is_empty:
                painter.save()
                item.draw(painter, own)
                painter.restore()

    def still(self) -> tuple[object, ...]:
        """All that decides how the plot looks, beside its curves."""
        return self.lines.extent, self.vb.geometry(), self.heading.look, self.promise.text

    def set_y_range(self, wanted: Range) -> None:
        """Change the value axis, if it is not that already and the user did not zoom."""
        if wanted != self.range:
            self.range = wanted
            if self.following:
                self.setYRange(wanted.low, wanted.high, padding=0)

    def _stop_following(self, *_ignored: object) -> None:
        self.following = False

    def _replace_heading(self) -> None:
        """In the place of pyqtgraph's title, which is no part of the plot any more.

        In it, without a place in the layout, it would still be resized with the application's
        last font, when Python has ended: that crashes.
        """
        self.layout.removeItem(self.titleLabel)
        self.titleLabel.setParentItem(None)
        self.heading.setParentItem(self)
        self.layout.addItem(self.heading, 0, 0, 1, 2)
        self.layout.setRowFixedHeight(0, self.heading.preferredHeight())

    def _color_axes(self, theme: Theme) -> None:
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.faint_text))
            axis.setStyle(tickLength=-4)
            # Below the curves: while a run is on, all that stands still is.
            axis.setZValue(self.vb.zValue() - 1)
        # A fixed width keeps the plots still while numbers grow.
        widest = QFontMetrics(QApplication.font()).horizontalAdvance(WIDEST_TICK)
        self.getAxis("left").setWidth(widest + AXIS_MARGIN_PX)
