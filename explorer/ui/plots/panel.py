"""The plots of the window in one view: one paint event draws them all.

`show_frame` moves the curves, `paint_now` draws. While a run is on, the view does
not repaint by itself (`set_moving`): after every `setData` the scene would post a
second paint, outside the turn that the frame exchange keeps. Nor is the scene asked
for a frame then: see `explorer.ui.plots.stillpicture`.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QGraphicsView, QWidget

from explorer.experiment.plan import Plan
from explorer.i18n import Language
from explorer.live.frames import Frame
from explorer.live.mailbox import FrameRequest
from explorer.ui.plots import table
from explorer.ui.plots.baseplot import BasePlot
from explorer.ui.plots.decorations import Mark
from explorer.ui.plots.entry import FIT, PlotEntry
from explorer.ui.plots.stillpicture import StillPicture, on_screen
from explorer.ui.plots.timeaxis import TimeAxis
from explorer.ui.plots.timeplot import TimePlot
from explorer.ui.theme import Theme
from explorer.words.changes import change_text


class PlotPanel(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """The plots of `explorer.ui.plots.table`, or `entries` instead, by their keys."""

    view_changed = Signal()  # the user zoomed or wants everything: a new frame is due
    linear_wanted = Signal()

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
        self._experiment: Plan | None = None
        self._time = TimeAxis()
        self._moving = False
        self._still = StillPicture(self)
        # Whether `paint_now` paints, which has brought it up to date.
        self._in_time = False
        for plot in self.plots.values():
            plot.vb.sigRangeChangedManually.connect(partial(self._zoomed, plot))
        for plot in self._over_time:
            plot.linear_wanted.connect(self.linear_wanted)

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
        )

    def show_frame(self, frame: Frame) -> None:
        """Move everything to where the frame says."""
        marks = _marks(frame)
        self._follow_time(frame.step)
        for entry in self._shown():
            self.plots[entry.key].show_frame(frame, marks)

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

    def paint_now(self) -> None:
        """Draw the present state before this call returns, as far as it differs from before."""
        plots = list(self._laid_out())
        # pyqtgraph brings its items up to date before they are painted.
        self.scene().prepareForPaint()
        region = self._still.renew(plots) if self._moving else QRegion(self.viewport().rect())
        for plot in plots:
            region |= QRegion(on_screen(self, plot.stale()))
        self._in_time = self._moving
        self.viewport().repaint(region)
        self._in_time = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """While a run is on, what stands still and over it what moves; else all by the scene.

        Qt may ask for any part at any time, as when another window was over it.
        """
        plots = list(self._laid_out())
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

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """A double click shows everything again."""
        self.show_everything()
        event.accept()

    # -- inside ------------------------------------------------------------

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

    def _follow_time(self, step: int) -> None:
        before = self._time.shown
        self._time.come_to(step)
        if self._time.shown != before:
            self._show_time()

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

    def _shown(self) -> Iterator[PlotEntry]:
        return (entry for key, entry in self._entries.items() if key not in self.hidden)

    def _laid_out(self) -> Iterator[BasePlot]:
        plots = (self.plots[entry.key] for entry in self._shown())
        return (plot for plot in plots if plot.scene() is not None)

    def _applies(self, entry: PlotEntry) -> bool:
        return self._experiment is not None and entry.applies(self._experiment)


def _marks(frame: Frame) -> list[Mark]:
    # A change takes effect before its step, that is, on the axis, at the step before.
    return [Mark(change.step - 1, change_text(change)) for change in frame.changes]
