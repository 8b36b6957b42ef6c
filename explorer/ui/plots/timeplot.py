"""A plot over the steps of a run: loss, parameters, gradients, whatever a frame's series has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor

from explorer.experiment.changes import MAX_STEPS
from explorer.experiment.plan import Plan
from explorer.i18n import Language
from explorer.live.frames import EPOCH, LOSS, Frame, expected_names
from explorer.live.history import Floats
from explorer.ui.plots.baseplot import BasePlot
from explorer.ui.plots.boxitem import BoxItem
from explorer.ui.plots.decorations import Mark, Marks
from explorer.ui.plots.entry import PlotEntry
from explorer.ui.plots.notice import Notice
from explorer.ui.plots.ranges import Range, around, spread_of
from explorer.ui.theme import Theme

# Before anything is known: three decades up and down, or minus one to one.
EMPTY, EMPTY_LOG = Range(-1.0, 1.0), Range(-3.0, 1.0)
# In per cent, for the elements of one tensor.
LIGHTNESS = (100, 125, 80, 145, 65)


@dataclass(frozen=True)
class Curve:
    """How a row of the series is drawn; `owner` is the parameter it belongs to, if any."""

    owner: str
    color: QColor


class TimePlot(BasePlot):
    """A series of the frames over the steps; the axes grow if need be (see `PlotEntry`)."""

    linear_wanted = Signal()

    def __init__(self, entry: PlotEntry, theme: Theme, language: Language) -> None:
        super().__init__(theme)
        self.log = False
        self._entry = entry
        self._theme = theme
        self._language = language
        self._experiment: Plan | None = None
        self._names: tuple[str, ...] = ()
        self._curves: Sequence[Curve] = ()
        self._colors: Sequence[QColor] = ()
        # What is drawn: steps, and values as they stand on the axis.
        self._points: tuple[Floats, Floats] = _nothing()
        self._started = False
        # Up and down the axis shows what the curves have there, also when somebody zoomed.
        self.setMouseEnabled(x=True, y=False)
        self.marks = Marks(self, QColor(theme.mark), QColor(theme.base))
        # No run is longer, and beyond that steps are no whole numbers any more.
        self.vb.setLimits(xMin=-2 * MAX_STEPS, xMax=2 * MAX_STEPS)
        # What has no place on a logarithmic axis.
        self.missing = Notice(self.vb, theme, low=True)
        self.setLabel("bottom", language.text("step"), color=theme.faint_text)

    def begin(self, experiment: Plan) -> None:
        """Empty, with an axis for what is known before the first step."""
        self._experiment = experiment
        names = expected_names(self._entry.series, experiment)
        self._set_names(names, self._entry.start(experiment))
        self.promise.say(self._entry.empty(experiment, self._language))

    def show_frame(self, frame: Frame, marks: Sequence[Mark]) -> None:
        """Its series, and the changes on the time axis."""
        series = frame.series[self._entry.series]
        if series.names != self._names:
            self._set_names(series.names, ())
        if len(frame.steps):
            self.promise.say("")
        self.show_curves(frame.steps, series.rows)
        self.marks.show_marks(marks)

    def live(self) -> tuple[BoxItem, ...]:
        """The changes on the time axis, too: they stand above the curves."""
        return (*super().live(), self.marks)

    def still(self) -> tuple[object, ...]:
        """The changes on the time axis, too, and what is said of values without a logarithm."""
        return (*super().still(), self.marks.shown, self.missing.text)

    def set_log(self, log: bool) -> None:
        """Draw common logarithms; numbers that have none become gaps."""
        if not self._entry.log:
            return
        if log != self.log:
            # Numbers of the one scale mean nothing on the other, zoomed or not.
            self.following = True
            self.set_y_range(Range(-1.0, 1.0))
        self.log = log
        self._started = False
        self.getAxis("left").setLogMode(log)
        self.missing.say("")
        self._show_title()

    def show_curves(self, x: Floats, y: Floats) -> None:
        """Points of all curves: x of shape (points,), y of shape (curves, points)."""
        if self.log:
            y = self._logarithms(y)
        self._points = x, y
        self.lines.show_lines(x, y, self._colors)
        self._make_room()

    def _logarithms(self, y: Floats) -> Floats:
        """Those that have none become gaps, which is said."""
        missing = bool((y <= 0).any())
        _ = self._language.text
        self.missing.say(
            _("Values that are 0 or negative have no logarithm.") if missing else "",
            _("Show all on a linear axis") if missing else "",
            self.linear_wanted.emit,
        )
        return np.log10(np.where(y > 0, y, np.nan)) if missing else np.log10(y)

    def fit_values(self) -> None:
        """Somebody zoomed: show what the curves have between these steps, and no more."""
        self._started = False
        self._make_room()

    def follow(self) -> None:
        """Show everything again."""
        super().follow()
        self.fit_values()

    def _stop_following(self, *_ignored: object) -> None:
        """Only the steps can be zoomed."""

    def _make_room(self) -> None:
        """Change the value axis if it is not right for what is to be seen."""
        spread = spread_of(self._visible(), self._entry.most_of_it)
        if spread is None:
            return
        if not self._started or self.range is None:
            self._started = True
            least = 1.0 if self.log else 0.0
            self.set_y_range(around(spread.low, spread.high, least=least))
            return
        wanted = self.range.grown_to(spread.low, spread.high)
        if self._entry.most_of_it and wanted.is_far_too_large_for(spread):
            wanted = around(spread.low, spread.high, share=0.5)
        self.set_y_range(wanted)

    def _visible(self) -> Floats:
        """The values at the steps of the axis, a row for each curve."""
        x, y = self._points
        low, high = self.vb.viewRange()[0]
        begin, end = x.searchsorted([low, high]).tolist()
        return y if (begin, end) == (0, len(x)) else y[:, begin : end + 1]

    def _set_names(self, names: tuple[str, ...], start: Sequence[float]) -> None:
        """One curve for each; `start` are the values known before the first step."""
        self._names = names
        self.missing.say("")
        self._curves = self._made_curves(names)
        self._colors = [curve.color for curve in self._curves]
        self.lines.clear()
        self._points = _nothing()
        self.marks.show_marks(())
        self._show_title()
        self._started = bool(start)
        self.range = None
        empty = EMPTY_LOG if self.log else EMPTY
        self.set_y_range(around(min(start), max(start)) if start else empty)

    def _made_curves(self, names: tuple[str, ...]) -> list[Curve]:
        """Elements of one tensor have its colour, in changing lightness."""
        parameters = list(self._experiment.coloured) if self._experiment else []
        seen: Counter[str] = Counter()
        curves = []
        for owner in map(_owner, names):
            if owner == EPOCH and self._entry.series == LOSS:
                mean = self._language.text("mean of the epoch")
                curves.append(Curve(mean, self._theme.curve(1)))
                continue
            if owner not in parameters:
                curves.append(Curve("", self._theme.curve(0)))
                continue
            lightness = LIGHTNESS[seen[owner] % len(LIGHTNESS)]
            seen[owner] += 1
            color = self._theme.curve(parameters.index(owner)).lighter(lightness)
            curves.append(Curve(owner, color))
        return curves

    def _show_title(self) -> None:
        if self._experiment is None:
            return
        _ = self._language.text
        entry = self._entry
        title = entry.heading(self._experiment, self._language) if entry.heading else ""
        title = title or _(entry.title)
        title = _("{name} (log scale)").format(name=title) if self.log else title
        owners = {each.owner: each.color for each in reversed(self._curves) if each.owner}
        self.set_title(title, list(reversed(owners.items())))


def _nothing() -> tuple[Floats, Floats]:
    return np.empty(0), np.empty((0, 0))


def _owner(column: str) -> str:
    """The parameter that a column belongs to: `w` for `w[0,1]` and `|w|`."""
    return column.strip("|").partition("[")[0]
