"""The plots of the window in one view: one paint event draws them all.

`show_frame` moves the curves, `paint_now` draws. While a run is on, the view does
not repaint by itself (`set_moving`): after every `setData` the scene would post a
second paint, outside the turn that the frame exchange keeps. Nor is the scene asked
for a frame then: see `explorer.ui.plots.stillpicture`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsView, QWidget

from explorer.experiment.plan import Plan
from explorer.i18n import Language
from explorer.live.curves import AUTOMATIC
from explorer.live.frames import Frame
from explorer.live.mailbox import FrameRequest
from explorer.ui.plots import table
from explorer.ui.plots.baseplot import BasePlot
from explorer.ui.plots.crosshair import nearest
from explorer.ui.plots.decorations import Mark
from explorer.ui.plots.entry import FIT, PlotEntry
from explorer.ui.plots.stillpicture import StillPicture, on_screen
from explorer.ui.plots.timeaxis import TimeAxis
from explorer.ui.plots.timeplot import TimePlot
from explorer.ui.theme import Theme
from explorer.words.changes import change_text

# Somebody who draws at the window's edge has come to rest.
RESIZED_MS = 150
WAYS: Mapping[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class PlotPanel(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """The plots of `explorer.ui.plots.table`, or `entries` instead, by their keys."""

    view_changed = Signal()  # the user zoomed or wants everything: a new frame is due
    linear_wanted = Signal()
    # The key of a plot, or an empty one if no plot is meant, and where on the screen.
    menu_wanted = Signal(str, QPoint)

    def __init__(
        self,
        theme: Theme,
        language: Language,
        parent: QWidget | None = None,
        *,
        entries: Sequence[PlotEntry] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setBackground(theme.base)
        self.setAccessibleName(language.text("Plots"))
        self.ci.layout.setContentsMargins(4, 4, 10, 4)
        self._entries = {entry.key: entry for entry in entries or table.PLOTS}
        self.plots: dict[str, BasePlot] = {
            key: entry.draw(entry, theme, language) for key, entry in self._entries.items()
        }
        self._over_time = [plot for plot in self.plots.values() if isinstance(plot, TimePlot)]
        self.hidden: frozenset[str] = frozenset()
        # Which curves of the parameters there are, and whose numbers have their own.
        self._curves = AUTOMATIC
        self.chosen: str | None = None
        self._experiment: Plan | None = None
        # Those that are laid out, in the order of the table.
        self._laid_out: tuple[BasePlot, ...] = ()
        self._time = TimeAxis()
        self._moving = False
        self._still = StillPicture(self)
        # Where the mouse is in the scene, if it is.
        self._pointer: QPointF | None = None
        # Whether `paint_now` paints, which has brought it up to date.
        self._in_time = False
        for plot in self.plots.values():
            plot.vb.sigRangeChangedManually.connect(partial(self._zoomed, plot))
        self.scene().sigMouseClicked.connect(self._clicked)
        for plot in self._over_time:
            plot.linear_wanted.connect(self.linear_wanted)
        self._resized = QTimer(self, interval=RESIZED_MS, singleShot=True)
        self._resized.setObjectName("plots resized")
        self._resized.timeout.connect(self.view_changed)

    # -- what is shown -----------------------------------------------------

    def set_experiment(self, experiment: Plan, log_loss: bool) -> None:
        """Show another experiment, or the same one from its start."""
        self._experiment = experiment
        self._time.begin(experiment.training.steps)
        self._arrange()
        for plot in self.plots.values():
            plot.set_log(log_loss)
            plot.begin(experiment)
        self.show_everything()

    def set_log(self, log: bool) -> None:
        """Logarithmic or linear axes, where there is the choice."""
        for plot in self.plots.values():
            plot.set_log(log)
        self.view_changed.emit()

    def set_hidden(self, hidden: Iterable[str]) -> None:
        """Leave out these plots; what is not shown costs nothing."""
        self.hidden = frozenset(hidden)
        self._arrange()
        self.view_changed.emit()

    def set_curves(self, curves: str) -> None:
        """Which curves of the parameters there are: one of `explorer.live.curves.CHOICES`."""
        self._curves = curves
        self.view_changed.emit()

    def show_everything(self) -> None:
        """Undo all zooming."""
        self._time.follow()
        for plot in self.plots.values():
            plot.follow()
        self._show_time()
        self.view_changed.emit()

    def set_whole_run(self, whole: bool) -> None:
        """Show the time axes to the end of the run, or as far as the curves need."""
        self._time.set_whole(whole)
        self.show_everything()

    def hide_curves_as(self, other: "PlotPanel") -> None:
        """Hide what is hidden in the panel that this one replaces."""
        for plot, before in zip(self._over_time, other._over_time, strict=True):
            plot.hide_curves(before.hidden_names)

    def request(self, tensors: bool) -> FrameRequest:
        """What a frame for the present view must hold."""
        part = self._time.part
        return FrameRequest(
            # There are half as many at least.
            buckets=max(50, int(self._over_time[0].vb.width())),
            first=max(1, int(part[0])) if part else 1,
            last=max(2, int(part[1]) + 1) if part else None,
            span=None if part else self._time.end,
            fit=any(entry.series == FIT for entry in self._shown()),
            tensors=tensors,
            curves=self._curves,
            chosen=self.chosen,
        )

    def show_frame(self, frame: Frame) -> None:
        """Move everything to where the frame says."""
        marks = _marks(frame)
        moved = self._follow_time(frame.step)
        for entry in self._shown():
            self.plots[entry.key].show_frame(frame, marks)
        if moved and self._pointer is not None:
            # Another step is under the mouse.
            self._point_at(self._pointer)

    # -- painting ----------------------------------------------------------

    def set_moving(self, moving: bool) -> None:
        """While a run is on: thin lines, and no repaint but `paint_now`."""
        self._moving = moving
        self._still.forget()
        mode = QGraphicsView.ViewportUpdateMode
        self.setViewportUpdateMode(mode.NoViewportUpdate if moving else mode.FullViewportUpdate)
        for plot in self.plots.values():
            plot.set_moving(moving)
        self.viewport().update()

    def set_thick(self, thick: bool) -> None:
        """Broad lines, for a projector."""
        for plot in self.plots.values():
            plot.set_thick(thick)

    def paint_now(self) -> None:
        """Draw the present state before this call returns, as far as it differs from before."""
        plots = self._laid_out
        region = self._still.renew(plots) if self._moving else QRegion(self.viewport().rect())
        for plot in plots:
            stale = plot.stale()
            if not stale.isEmpty():
                region |= QRegion(on_screen(self, stale))
        if region.isEmpty():
            # Where nothing differs by a pixel all is drawn again: who measures how often the
            # plots are painted must not take that for a stop.
            region = QRegion(self.viewport().rect())
        self._in_time = self._moving
        self.viewport().repaint(region)
        self._in_time = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """While a run is on, what stands still and over it what moves; else all by the scene.

        Qt may ask for any part at any time, as when another window was over it.
        """
        plots = self._laid_out
        if not self._in_time and (self._still.is_being_drawn or not self._still.is_of(plots)):
            super().paintEvent(event)
            return
        region = event.region()
        painter = QPainter(self.viewport())
        self._still.paint(painter, region)
        for plot, rect in zip(plots, self._still.rects, strict=True):
            part = region.intersected(rect).boundingRect()
            if not part.isEmpty():
                plot.paint_live(painter, self.viewportTransform(), part)
        painter.end()

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 (Qt's name)
        """Curves of as many points as there are pixels now, once nobody draws at the edge."""
        super().resizeEvent(event)
        # pyqtgraph calls this before there are plots.
        if event is not None and any(len(plot.steps) > 1 for plot in self._over_time):
            self._resized.start()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """The crosshair goes along."""
        super().mouseMoveEvent(event)
        self._point_at(self.mapToScene(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Without the mouse there is no crosshair."""
        super().leaveEvent(event)
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Left and right move the crosshair from point to point."""
        if event.key() in WAYS:
            self._move_crosshair(WAYS[event.key()])
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt's name)
        """Zoom about the pointer on the axes as they are, whether they were painted so or not."""
        for plot in self.plots.values():
            plot.vb.updateMatrix()
        super().wheelEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """A double click shows everything again, but on a name it is two clicks."""
        super().mouseDoubleClickEvent(event)
        if not event.isAccepted():
            self.show_everything()
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 (Qt's name)
        """From the keyboard; of the mouse a click is waited for, as pressed it may zoom."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.menu_wanted.emit("", self.mapToGlobal(self.rect().center()))
        event.accept()

    def picture_of(self, key: str) -> QPixmap:
        """A plot as it looks now."""
        self._point_at(None)
        rect = on_screen(self, self.plots[key].sceneBoundingRect())
        picture: QPixmap = self.viewport().grab(rect)
        return picture

    # -- inside ------------------------------------------------------------

    def _point_at(self, place: QPointF | None) -> None:
        """Show the crosshair there in the scene; those of the plots over time go together."""
        self._pointer = place
        over = place and self._plot_at(place)
        if over and not over.vb.sceneBoundingRect().contains(place):
            over = None
        at = over.vb.mapSceneToView(place) if over else QPointF()
        for plot in self._laid_out:
            if plot is over:
                plot.point_at(at.x(), at.y())
            elif isinstance(plot, TimePlot) and isinstance(over, TimePlot):
                plot.point_at(at.x())
            else:
                plot.point_at(None)

    def _move_crosshair(self, points: int) -> None:
        """So many points to the right, from the last one at first."""
        plots = [plot for plot in self._laid_out if isinstance(plot, TimePlot)]
        if not plots or not len(plots[0].steps):
            return
        steps = plots[0].steps
        shown = plots[0].crosshair.readings
        place = len(steps) - 1 if shown is None else nearest(steps, shown.x) + points
        x = float(steps[min(max(place, 0), len(steps) - 1)])
        box = plots[0].vb
        self._point_at(box.mapViewToScene(QPointF(x, sum(box.viewRange()[1]) / 2)))
        said = [plot.crosshair.readings.text for plot in plots if plot.crosshair.readings]
        self.setAccessibleDescription("; ".join(said))

    def _clicked(self, event: MouseClickEvent) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            plot = self._plot_at(event.scenePos())
            key = next((key for key, each in self.plots.items() if each is plot), "")
            self.menu_wanted.emit(key, event.screenPos().toPoint())

    def _plot_at(self, place: QPointF) -> BasePlot | None:
        plots = self._laid_out
        return next((plot for plot in plots if plot.sceneBoundingRect().contains(place)), None)

    def _zoomed(self, zoomed: BasePlot, *_ignored: object) -> None:
        """The user zoomed one plot: those over time go along, and keep their curves in sight."""
        if isinstance(zoomed, TimePlot):
            self._time.zoom(*zoomed.vb.viewRange()[0])
            self._show_time()
            for plot in self._over_time:
                plot.fit_values()
        self.view_changed.emit()

    def _show_time(self) -> None:
        # pyqtgraph's linked axes line up by place on the screen, which is not meant here.
        for plot in self._over_time:
            plot.setXRange(*self._time.shown, padding=0)

    def _follow_time(self, step: int) -> bool:
        """Whether the axes had to change."""
        before = self._time.shown
        self._time.come_to(step)
        moved = self._time.shown != before
        if moved:
            self._show_time()
        return moved

    def set_steps(self, experiment: Plan) -> None:
        """The run became longer or shorter; nothing else about it changed."""
        self._experiment = experiment
        self._time.set_steps(experiment.training.steps)
        self._show_time()

    def _arrange(self) -> None:
        """Lay out the plots that have something to show."""
        wanted = [entry for entry in self._shown() if self._applies(entry)]
        for plot in self.plots.values():
            if plot.scene() is not None and plot in self.ci.items:
                self.ci.removeItem(plot)
        for place, entry in enumerate(wanted):
            # An odd number of plots: the first has a row of its own.
            row, column = divmod(place + len(wanted) % 2, 2)
            wide = place == 0 and len(wanted) % 2 == 1
            self.ci.addItem(self.plots[entry.key], row, 0 if wide else column, 1, 2 if wide else 1)
        self._laid_out = tuple(self.plots[entry.key] for entry in wanted)

    def _shown(self) -> Iterator[PlotEntry]:
        return (entry for key, entry in self._entries.items() if key not in self.hidden)

    def shown_keys(self) -> list[str]:
        """The plots that are laid out."""
        return [key for key, plot in self.plots.items() if plot in self._laid_out]

    def _applies(self, entry: PlotEntry) -> bool:
        return self._experiment is not None and entry.applies(self._experiment)


def _marks(frame: Frame) -> list[Mark]:
    # A change takes effect before its step, that is, on the axis, at the step before.
    return [Mark(change.step - 1, change_text(change)) for change in frame.changes]
