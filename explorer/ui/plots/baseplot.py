"""What every plot of the window is, whatever it shows."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QTransform
from PySide6.QtWidgets import QApplication, QGraphicsItem

from explorer.experiment.plan import Plan
from explorer.live.frames import Frame
from explorer.ui.plots.axis import Axis
from explorer.ui.plots.boxitem import BoxItem
from explorer.ui.plots.curve import LiveCurves
from explorer.ui.plots.decorations import GridLines, Mark
from explorer.ui.plots.notice import Notice
from explorer.ui.plots.ranges import FARTHEST, Range
from explorer.ui.theme import Theme

# More letters than this do not fit over a plot.
TITLE_LETTERS = 34
WIDEST_TICK, AXIS_MARGIN_PX = "-0.001", 18


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
    """What all plots share: colours, grid, no menus of pyqtgraph's own.

    Subclasses say what they show: `begin` and `show_frame`.
    """

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
        # What will be here, as long as nothing is.
        self.promise = Notice(self.vb, theme)
        self.range: Range | None = None
        self.following = True
        self.vb.sigRangeChangedManually.connect(self._stop_following)
        self._color_axes(theme)

    def begin(self, experiment: Plan) -> None:
        """Show another experiment, or the same one from its start."""
        raise NotImplementedError

    def show_frame(self, frame: Frame, marks: Sequence[Mark]) -> None:
        """Move everything to where the frame says; `marks` are the changes on the time axis."""
        raise NotImplementedError

    def set_log(self, log: bool) -> None:
        """Powers of ten on the value axis, if it may have them."""

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
        self.setTitle("&nbsp;&nbsp;".join(parts), size=f"{title_size()}pt")

    def follow(self) -> None:
        """Show everything again after the user zoomed."""
        self.following = True
        if self.range is not None:
            self.setYRange(self.range.low, self.range.high, padding=0)

    def set_moving(self, moving: bool) -> None:
        """Hairlines while a run is on."""
        self.lines.set_moving(moving)

    def live(self) -> tuple[BoxItem, ...]:
        """What moves while a run is on, the lowest first; a plot may have nothing above it."""
        return (self.lines,)

    def stale(self) -> QRectF:
        """Where in the scene the curves are to be painted again.

        Asked for each painting (`PlotPanel.paint_now`): the next answer is about the next.
        """
        stale: QRectF = self.vb.mapRectToScene(self.lines.stale())
        self.lines.painted()
        return stale

    def paint_live(self, painter: QPainter, view: QTransform, part: QRect) -> None:
        """What moves, as far as it is in this part of the screen, where `view` puts the scene."""
        place = self.vb.sceneTransform() * view
        own = place.inverted()[0].mapRect(QRectF(part))
        painter.setTransform(place)
        painter.setClipRect(self.vb.rect())
        for item in self.live():
            painter.save()
            item.draw(painter, own)
            painter.restore()

    def still(self) -> tuple[object, ...]:
        """All that decides how the plot looks, beside its curves."""
        view, title = str(self.vb.viewRange()), self.titleLabel.text
        return view, self.vb.geometry(), title, self.promise.text

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
            # Below the curves: while a run is on, all that stands still is.
            axis.setZValue(self.vb.zValue() - 1)
        # A fixed width keeps the plots still while numbers grow.
        widest = QFontMetrics(QApplication.font()).horizontalAdvance(WIDEST_TICK)
        self.getAxis("left").setWidth(widest + AXIS_MARGIN_PX)
        self.titleLabel.setAttr("color", theme.text)


def title_size() -> int:
    """In points: somewhat larger than other texts."""
    return round(1.05 * QApplication.font().pointSizeF())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
