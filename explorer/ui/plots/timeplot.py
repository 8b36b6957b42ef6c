"""A plot over the steps of a run: loss, parameters, gradients, whatever a frame's series has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor

from explorer.experiment.changes import MAX_STEPS
from explorer.experiment.plan import Plan
from explorer.i18n import Language
from explorer.live.curves import is_norm, owner_of
from explorer.live.frames import EPOCH, LOSS, Frame, expected_names
from explorer.live.history import Floats
from explorer.ui.plots.baseplot import BasePlot
from explorer.ui.plots.boxitem import BoxItem
from explorer.ui.plots.crosshair import Reading, Readings, nearest
from explorer.ui.plots.curve import Look
from explorer.ui.plots.dashes import Dashes, overlapping
from explorer.ui.plots.decorations import Mark, Marks
from explorer.ui.plots.edges import edges
from explorer.ui.plots.entry import PlotEntry
from explorer.ui.plots.legend import Entry
from explorer.ui.plots.notice import Notice
from explorer.ui.plots.ranges import Range, around, spread_of
from explorer.ui.theme import Theme
from explorer.words.numbers import Form, number_text

# Before anything is known: three decades up and down, or minus one to one.
EMPTY, EMPTY_LOG = Range(-1.0, 1.0), Range(-3.0, 1.0)
# In per cent, for the elements of one tensor.
LIGHTNESS = (100, 125, 80, 145, 65)

# Of a curve that begins it is soon known where it goes.
MANY_POINTS = 20
# Of an axis: a curve that goes no farther is as good as marked.
FARTHER = 0.1
# Frames between two looks: curves part while their axis stays as it is.
SELDOM = 30
# More points than a frame brings.
NEWEST = 64


@dataclass(frozen=True)
class Curve:
    """How a row of the series is drawn; `owner` is the parameter it belongs to, if any."""

    owner: str
    color: QColor


class TimePlot(BasePlot):
    """A series of the frames over the steps; the axes grow if need be (see `PlotEntry`)."""

    linear_wanted = Signal()

    def __init__(self, entry: PlotEntry, theme: Theme, language: Language) -> None:
        super().__init__(theme, language)
        self.log = False
        self._entry = entry
        self._theme = theme
        self._language = language
        self._experiment: Plan | None = None
        self._names: tuple[str, ...] = ()
        self._curves: Sequence[Curve] = ()
        # Names of the legend: whose curves are not drawn, and whose lie above the others.
        self.hidden_names: frozenset[str] = frozenset()
        self._lifted = ""
        # The rows that are drawn, and how.
        self._rows: Sequence[int] = ()
        self._dashes: Mapping[int, Dashes] = {}
        # Whether it is time to look which curves lie on each other or leave the plot; and how
        # far each went that was marked.
        self._look_due = True
        # In how many frames nobody looked.
        self._unlooked = 0
        self._marked: tuple[Floats, Floats] = _nothing()
        self._looks: Sequence[Look] = ()
        # What there is, and of it what is drawn, with values as they stand on the axis.
        self._series: tuple[Floats, Floats] = _nothing()
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
        self.vb.sigRangeChanged.connect(self._look_soon)
        self.heading.clicked.connect(self.toggle)
        self.heading.hovered.connect(self._lift)

    def begin(self, experiment: Plan) -> None:
        """Empty, with an axis for what is known before the first step."""
        if self._experiment and list(self._experiment.coloured) != list(experiment.coloured):
            self.hidden_names = frozenset()
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

    def above(self) -> tuple[BoxItem, ...]:
        """The changes on the time axis."""
        return (self.marks,)

    def readings(self, x: float, y: float | None) -> Readings | None:
        """The values of the curves at the nearest step that is drawn."""
        steps, values = self._series
        if not len(steps):
            return None
        point = nearest(steps, x)
        rows = self._nearest_rows(point, y)
        lines = [Reading(self._step_text(steps, point))]
        lines += [
            Reading(
                f"{self._row_text(row)} {_figure(values[row, point])}",
                self._curves[row].color.rgba(),
            )
            for row in rows
        ]
        left_out = len(self._rows) - len(rows)
        if left_out:
            more = self._language.text("and {count} more")
            lines.append(Reading(more.format(count=number_text(left_out, Form.COUNT))))
        return Readings(float(steps[point]), tuple(lines))

    def _nearest_rows(self, point: int, y: float | None) -> Sequence[int]:
        """As many curves as can be listed: those that come nearest to the mouse."""
        most = self.crosshair.room()
        if len(self._rows) <= most:
            return self._rows
        # A line says that there are more.
        most = min(most, max(1, self.crosshair.lines() - 2))
        if y is None:
            return self._rows[:most]
        away = np.abs(np.nan_to_num(self._points[1][:, point], nan=np.inf) - y)
        return [self._rows[place] for place in sorted(away.argsort()[:most].tolist())]

    def _step_text(self, steps: Floats, point: int) -> str:
        """A point of a long run stands for several steps."""
        _ = self._language.text
        is_one = len(steps) < 2 or steps[1] - steps[0] == 1
        text = _("step {step}") if is_one else _("about step {step}")
        return text.format(step=number_text(round(steps[point]), Form.COUNT))

    def _row_text(self, row: int) -> str:
        name = self._names[row]
        owner = self._curves[row].owner
        if name == LOSS or owner.startswith(name):
            return owner or self._title()
        return owner if name == EPOCH else name

    def still(self) -> tuple[object, ...]:
        """The changes on the time axis, too, and what is said of values without a logarithm."""
        return (*super().still(), self.marks.shown, self.missing.text, self.edges.shown)

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
        self._series = x, y
        if len(self._rows) < len(y):
            y = y[self._rows]
        if self.log:
            y = self._logarithms(y)
        self._points = x, y
        self.lines.show_lines(x, y, self._looks)
        visible = self._visible()
        self._make_room(visible[1])
        self._look_if_due(*visible)
        self.refresh_crosshair()

    @property
    def has_log(self) -> bool:
        """Whether its values may be drawn by powers of ten."""
        return self._entry.log

    @property
    def is_of_parameters(self) -> bool:
        """Whether its curves are the parameters' or their gradients'."""
        return self._entry.series != LOSS

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the legend, of one curve or of several."""
        return tuple(dict.fromkeys(each.owner for each in self._curves if each.owner))

    @property
    def steps(self) -> Floats:
        """Where the curves have points."""
        return self._series[0]

    def toggle(self, name: str) -> None:
        """Hide the curves of this name, or show them again."""
        self.hide_curves(self.hidden_names ^ {name})

    def hide_curves(self, names: frozenset[str]) -> None:
        """Draw all but those of these names; the axis is for what is drawn."""
        self.hidden_names = names
        self._started = False
        self._style_curves()

    def _lift(self, name: str) -> None:
        """Lay the curves of this name above the others; none: no name."""
        self._lifted = name
        self._style_curves()

    def _style_curves(self) -> None:
        self._rows = [
            row
            for row, curve in enumerate(self._curves)
            if not (curve.owner and curve.owner in self.hidden_names)
        ]
        self._set_looks({})
        self._look_due = True
        if len(self._series[0]):
            self.show_curves(*self._series)

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

    def _set_looks(self, dashes: Mapping[int, Dashes]) -> None:
        """How the curves are drawn that are shown; `dashes` by their rows."""
        self._dashes = dashes
        self._looks = [self._look_of(row) for row in self._rows]
        self._show_title()

    def _look_of(self, row: int) -> Look:
        curve = self._curves[row]
        if curve.owner and curve.owner == self._lifted:
            return Look(curve.color, lifted=True)
        return Look(curve.color, dashes=self._dashes.get(row))

    def _look_soon(self, *_ignored: object) -> None:
        self._look_due = True

    def _look_if_due(self, x: Floats, y: Floats) -> None:
        """Find out which curves lie on each other, and which leave the plot.

        That takes time: while a run is on, it is done when an axis has changed, and now and then.
        """
        self._unlooked += 1
        long_ago = self._unlooked >= SELDOM
        if not (self._look_due or long_ago or not self.lines.moving or self._goes_farther(y)):
            return
        self._unlooked = 0
        self._look_due = len(x) < MANY_POINTS
        low, high = self.vb.viewRange()[1]
        found = overlapping(y, (high - low) / max(1.0, self.vb.height()))
        dashes = {self._rows[place]: each for place, each in found.items()}
        if dashes != self._dashes:
            self._set_looks(dashes)
            self.lines.show_lines(*self._points, self._looks)
        self.edges.show_edges(edges(x, y, (low, high), [look.color for look in self._looks]))
        if y.size:
            self._marked = (
                np.fmin.reduce(y, axis=1, initial=low, keepdims=True),
                np.fmax.reduce(y, axis=1, initial=high, keepdims=True),
            )

    def _goes_farther(self, y: Floats) -> bool:
        """Whether a curve has left the plot, farther than it is marked."""
        if not self._entry.most_of_it or len(self._marked[0]) != len(y):
            return False
        (low, high), axis = self._marked, self.range
        room = FARTHER * axis.size if axis else 0.0
        newest = y[:, -NEWEST:]
        return bool((newest > high + room).any() or (newest < low - room).any())

    def fit_values(self) -> None:
        """Somebody zoomed: show what the curves have between these steps, and no more."""
        self._started = False
        self._make_room(self._visible()[1])

    def follow(self) -> None:
        """Show everything again."""
        super().follow()
        self.fit_values()

    def _stop_following(self, *_ignored: object) -> None:
        """Only the steps can be zoomed."""

    def _make_room(self, visible: Floats) -> None:
        """Change the value axis if it is not right for what is to be seen."""
        spread = spread_of(visible, self._entry.most_of_it)
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

    def _visible(self) -> tuple[Floats, Floats]:
        """The steps of the axis and the values there, a row for each curve."""
        x, y = self._points
        begin, end = x.searchsorted(self.lines.extent[:2]).tolist()
        if (begin, end) == (0, len(x)):
            return x, y
        return x[begin : end + 1], y[:, begin : end + 1]

    def _set_names(self, names: tuple[str, ...], start: Sequence[float]) -> None:
        """One curve for each; `start` are the values known before the first step."""
        self._names = names
        self.missing.say("")
        self._curves = self._made_curves(names)
        self.lines.clear()
        self._series = self._points = _nothing()
        self._style_curves()
        self.marks.show_marks(())
        self.edges.show_edges(())
        self._started = bool(start)
        self.range = None
        empty = EMPTY_LOG if self.log else EMPTY
        self.set_y_range(around(min(start), max(start)) if start else empty)

    def _made_curves(self, names: tuple[str, ...]) -> list[Curve]:
        """Elements of one tensor have its colour, in changing lightness."""
        parameters = list(self._experiment.coloured) if self._experiment else []
        seen: Counter[str] = Counter()
        curves = []
        for owner in map(owner_of, names):
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
        title = self._title()
        if self.log:
            title = self._language.text("{name} (log scale)").format(name=title)
        first = {each.owner: each for each in reversed(self._curves)}
        self.heading.say(title, [self._entry_of(first[name]) for name in self.names])

    def _title(self) -> str:
        entry, language = self._entry, self._language
        heading = entry.heading
        title = heading(self._experiment, language) if heading and self._experiment else ""
        title = title or language.text(entry.title)
        if any(map(is_norm, self._names)):
            return language.text("{name} (norms)").format(name=title)
        return title

    def _entry_of(self, curve: Curve) -> Entry:
        name = curve.owner
        hidden, lifted = name in self.hidden_names, name == self._lifted
        dashed = self._curves.index(curve) in self._dashes
        return Entry(name, curve.color.rgba(), hidden, lifted, dashed)


def _figure(value: float) -> str:
    """A step without a value has none: of a gradient that is None."""
    return "—" if np.isnan(value) else number_text(float(value), Form.SHORT)


def _nothing() -> tuple[Floats, Floats]:
    return np.empty(0), np.empty((0, 0))
