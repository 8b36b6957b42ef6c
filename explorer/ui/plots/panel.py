"""The plots of the window in one view: one paint event draws them all.

`show_frame` moves the curves, `paint_now` draws. While a run is on, the view does
not repaint by itself (`set_moving`): after every `setData` the scene would post a
second paint, outside the turn that the frame exchange keeps.
"""

from collections.abc import Iterable, Sequence
from functools import partial

import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGraphicsView, QWidget

from explorer.experiment.spec import Experiment
from explorer.i18n import Language
from explorer.ui.frames import Frame
from explorer.ui.mailbox import FrameRequest
from explorer.ui.plots.decorations import Mark
from explorer.ui.plots.fitplot import FitPlot
from explorer.ui.plots.ranges import time_range
from explorer.ui.plots.timeplot import Series, TimePlot
from explorer.ui.theme import Theme
from explorer.words.changes import change_text

FIT, LOSS, PARAMETERS, GRADIENTS = PLOTS = ("fit", "loss", "parameters", "gradients")
# In per cent, for the elements of one tensor.
LIGHTNESS = (100, 125, 80, 145, 65)


class PlotPanel(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """Data and fit, loss, parameters, gradients."""

    view_changed = Signal()  # the user zoomed or wants everything: a new frame is due

    def __init__(self, theme: Theme, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language = language
        self._theme = theme
        _ = language.text
        self.setBackground(theme.base)
        self.setAccessibleName(_("Plots"))
        self.ci.layout.setContentsMargins(4, 4, 10, 4)
        titles = {"fit": _("Data and fit"), "target": _("Prediction against target")}
        self.fit = FitPlot(theme, titles)
        self.loss = TimePlot(theme, _("step"))
        self.parameters = TimePlot(theme, _("step"))
        self.gradients = TimePlot(theme, _("step"), most_of_it=True)
        self._times = (self.loss, self.parameters, self.gradients)
        self.hidden: frozenset[str] = frozenset()
        self._experiment: Experiment | None = None
        self._columns: tuple[str, ...] = ()
        self._last_step = 0
        self._follows_time = True
        for plot in (self.fit, *self._times):
            plot.vb.sigRangeChangedManually.connect(partial(self._zoomed, plot))

    # -- what is shown -----------------------------------------------------

    def set_experiment(self, experiment: Experiment, log_loss: bool) -> None:
        """Show another experiment, or the same one from its start."""
        self._experiment = experiment
        self._columns = ()
        self._last_step = time_range(0, experiment.training.steps, None)
        self._arrange()
        self.fit.set_experiment(experiment)
        self.loss.set_log(log_loss)
        self._set_columns(tuple(experiment.parameters), _start_values(experiment))
        self.show_everything()

    def set_log(self, log: bool) -> None:
        """Logarithmic or linear loss."""
        self.loss.set_log(log)
        if self._experiment is not None:
            self._set_loss_title(self._experiment)

    def set_hidden(self, hidden: Iterable[str]) -> None:
        """Leave out these plots; what is not shown costs nothing."""
        self.hidden = frozenset(hidden)
        self._arrange()

    def show_everything(self) -> None:
        """Undo all zooming."""
        self._follows_time = True
        for plot in (self.fit, *self._times):
            plot.follow()
        self._set_time_range(0, self._last_step)
        self.view_changed.emit()

    def request(self, tensors: bool) -> FrameRequest:
        """What a frame for the present view must hold."""
        low, high = self.loss.vb.viewRange()[0]
        zoomed = not self._follows_time
        return FrameRequest(
            buckets=max(50, int(self.loss.vb.width()) // 2),
            first=max(1, int(low)) if zoomed else 1,
            last=max(2, int(high) + 1) if zoomed else None,
            fit=FIT not in self.hidden,
            tensors=tensors,
        )

    def show_frame(self, frame: Frame) -> None:
        """Move everything to where the frame says."""
        marks = _marks(frame)
        if frame.columns != self._columns:
            self._set_columns(frame.columns, ())
        self._follow_time(frame.step)
        x, y, count = frame.curves.x, frame.curves.y, len(frame.columns)
        for name, plot, rows in (
            (LOSS, self.loss, y[:1]),
            (PARAMETERS, self.parameters, y[1 : 1 + count]),
            (GRADIENTS, self.gradients, y[1 + count :]),
        ):
            if name not in self.hidden:
                plot.show_curves(x, rows)
                plot.show_marks(marks)
        if frame.fit is not None and FIT not in self.hidden:
            self.fit.show_fit(frame.fit)

    # -- painting ----------------------------------------------------------

    def set_moving(self, moving: bool) -> None:
        """While a run is on: thin lines, and no repaint but `paint_now`."""
        mode = QGraphicsView.ViewportUpdateMode
        self.setViewportUpdateMode(mode.NoViewportUpdate if moving else mode.FullViewportUpdate)
        for plot in (self.fit, *self._times):
            plot.set_moving(moving)
        self.viewport().update()

    def paint_now(self) -> None:
        """Draw the present state before this call returns."""
        self.viewport().repaint()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """A double click shows everything again."""
        self.show_everything()
        event.accept()

    # -- inside ------------------------------------------------------------

    def _zoomed(self, zoomed: pg.PlotItem, *_ignored: object) -> None:
        """The user zoomed one plot: the others over time follow along the steps."""
        if zoomed in self._times:
            self._follows_time = False
            self._set_time_range(*zoomed.vb.viewRange()[0])
        self.view_changed.emit()

    def _set_time_range(self, low: float, high: float) -> None:
        # pyqtgraph's linked axes line up by place on the screen, which is not meant here.
        for plot in self._times:
            plot.setXRange(low, high, padding=0)

    def _follow_time(self, step: int) -> None:
        if self._experiment is None:
            return
        last = time_range(step, self._experiment.training.steps, self._last_step)
        if last != self._last_step:
            self._last_step = last
            if self._follows_time:
                self._set_time_range(0, last)

    def set_steps(self, experiment: Experiment) -> None:
        """The run became longer or shorter; nothing else about it changed."""
        self._experiment = experiment
        self._last_step = time_range(0, experiment.training.steps, None)
        if self._follows_time:
            self._set_time_range(0, self._last_step)

    def _arrange(self) -> None:
        """Lay out the plots that have something to show."""
        wanted = [name for name in PLOTS if name not in self.hidden and self._has(name)]
        for plot in (self.fit, *self._times):
            if plot.scene() is not None and plot in self.ci.items:
                self.ci.removeItem(plot)
        plots = {FIT: self.fit, LOSS: self.loss, PARAMETERS: self.parameters}
        plots[GRADIENTS] = self.gradients
        for place, name in enumerate(wanted):
            # An odd number of plots: the first has a row of its own.
            row, column = divmod(place + len(wanted) % 2, 2)
            wide = place == 0 and len(wanted) % 2 == 1
            self.ci.addItem(plots[name], row, 0 if wide else column, 1, 2 if wide else 1)

    def _has(self, name: str) -> bool:
        return name != FIT or (self._experiment is not None and bool(self._experiment.prediction))

    def _set_columns(self, columns: tuple[str, ...], start: Sequence[float]) -> None:
        if self._experiment is None:
            return
        _ = self._language.text
        self._columns = columns
        owners = list(self._experiment.parameters)
        series = [
            self._series(name, owners, [_owner(each) for each in columns[:place]])
            for place, name in enumerate(columns)
        ]
        self.parameters.set_series(_("Parameters"), series, start)
        self.gradients.set_series(_("Gradients"), series, ())
        self.loss.set_series("", [Series("", "", self._theme.curve(0))], ())
        self._set_loss_title(self._experiment)

    def _series(self, column: str, owners: list[str], before: list[str]) -> Series:
        """Elements of one tensor have its colour, in changing lightness."""
        owner = _owner(column)
        lightness = LIGHTNESS[before.count(owner) % len(LIGHTNESS)]
        color = self._theme.curve(owners.index(owner)).lighter(lightness)
        return Series(column, owner, color)

    def _set_loss_title(self, experiment: Experiment) -> None:
        _ = self._language.text
        name = _("Loss") if experiment.prediction else experiment.scalar_name
        self.loss.set_title(_("{name} (log scale)").format(name=name) if self.loss.log else name)


def _marks(frame: Frame) -> list[Mark]:
    # A change takes effect before its step, that is, on the axis, at the step before.
    return [Mark(change.step - 1, change_text(change)) for change in frame.changes]


def _owner(column: str) -> str:
    """The parameter that a column belongs to: `w` for `w[0,1]` and `|w|`."""
    return column.strip("|").partition("[")[0]


def _start_values(experiment: Experiment) -> list[float]:
    """The scalars among the parameters, so that the axis is right before the first step."""
    arrays = [parameter.array() for parameter in experiment.parameters.values()]
    return [float(array) for array in arrays if array.ndim == 0]
