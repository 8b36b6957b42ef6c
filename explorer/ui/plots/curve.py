"""The curves of one plot, drawn by one item that is cheap to move thirty times a second.

pyqtgraph's own curve item is an item with a bounding rectangle for each line; after
new data the scene asks for it several times, each time through Python, and that
costs more than drawing. Here the rectangle is that of the view box and never
changes; points are mapped to pixels with numpy when they are drawn, as far as they are to
be seen, and all lines of one colour are drawn by one call. `stale` says which part of the
box looks otherwise than when it was last painted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pyqtgraph as pg
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.live.history import Floats
from explorer.ui.plots.boxitem import BoxItem
from explorer.ui.plots.dashes import Dashes, dashed

# While a run is on, lines are hairlines drawn twice, the second time slightly lower: Qt has a
# fast path for them, and any wider pen costs several times as much. At rest they are broad.
RESTING_WIDTH = 2.0
# For a projector they are broad all the time, unless there are very many.
THICK_WIDTH = 4.0
# One that is lifted above the others is broader while they move, too.
LIFTED_WIDTH = 2.0
DOT_PX = 5.0
SECOND_STROKE_PX = 0.6
# A line that rises by more pixels than this in one is not broader for it and is drawn once: of
# noisy curves most are, and they are the longest.
STEEP = 4.0
# Qt takes seconds to stroke hundreds of broad lines that go up and down, and a thirtieth of
# that for their pieces one by one; with few lines one would see where they meet.
FEW = 12
# Of points that may be others than before there are seldom more than these, the newest.
UNSETTLED_POINTS = 4
# Pixels far outside the view overflow the rasteriser's fixed-point numbers.
FARTHEST_PX = 20_000.0


@dataclass(frozen=True)
class Look:
    """How a line is drawn; one that is lifted lies above the others, and is broader.

    One with `dashes` lies on another, which is seen between them.
    """

    color: QColor
    lifted: bool = False
    dashes: Dashes | None = None


class LiveCurves(BoxItem):
    """All lines of a plot. `show_lines` replaces them."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(box, height=10)
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty((0, 0))
        self._looks: Sequence[Look] = ()
        # Rows of one look are neighbours in this order; the last of each.
        self._order: list[int] = []
        self._dashed: list[int] = []
        self._moving_pens: list[QPen] = []
        self._resting_pens: list[QPen] = []
        self._last_rows: list[int] = []
        # So far lines reach beyond their points while they move.
        self._reach = 1.0
        self._moving = False
        self._thick = False
        # Of lines that move, and of those at rest.
        self._widths = (1.0, RESTING_WIDTH)
        # The first point that changed since the last painting.
        self._changed = 0

    def set_moving(self, moving: bool) -> None:
        """Hairlines while a run is on, broad lines at rest."""
        self._moving = moving
        self.update()

    def set_thick(self, thick: bool) -> None:
        """As broad as can be seen from afar."""
        self._thick = thick
        self._sort(self._looks)
        self.update()

    @property
    def moving(self) -> bool:
        """Whether a run is on."""
        return self._moving

    def show_lines(self, x: Floats, y: Floats, looks: Sequence[Look]) -> None:
        """Draw these from now on: x of shape (points,), y of shape (lines, points).

        NaN in y leaves a gap.
        """
        self._changed = min(self._changed, self._first_change(x, y, looks))
        if looks != self._looks:
            self._sort(looks)
        self._x, self._y, self._looks = x, y, looks
        if not self._moving:
            self.update()

    def clear(self) -> None:
        """Draw nothing."""
        self.show_lines(np.empty(0), np.empty((0, 0)), ())

    def stale(self) -> QRectF:
        """What of the box is to be painted again, in its pixels."""
        rect = self.boundingRect()
        if self._changed:
            ends = self._x[[self._changed - 1, -1]]
            left, right = self._x_pixels(ends).tolist()
            rect.setLeft(left - self._reach)
            rect.setRight(right + self._reach)
        return rect & self.boundingRect()

    def painted(self) -> None:
        """Everything that was stale has been painted."""
        self._changed = len(self._x)

    def draw(self, painter: QPainter, part: QRectF) -> None:
        """Map what is to be seen there to pixels and stroke it."""
        x, y = self._pixels(part.left() - self._reach, part.right() + self._reach)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if len(self._x) == 1:
            self._draw_dots(painter, x, y)
        elif len(x) < 2 or not len(y):
            return
        elif self._moving or len(y) > FEW:
            self._draw_pieces(painter, x, y[self._order])
        else:
            self._draw_smooth(painter, x, y)
        for row in self._dashed if len(x) > 1 else ():
            self._draw_dashed(painter, x, y[row], self._looks[row])

    def _draw_dots(self, painter: QPainter, x: Floats, y: Floats) -> None:
        """The first step, of which there is no line yet."""
        for row, look in zip(y, self._looks, strict=True):
            if len(row) and np.isfinite(row[0]):
                painter.setPen(QPen(look.color, DOT_PX, c=Qt.PenCapStyle.RoundCap))
                painter.drawPoint(QPointF(x[0], row[0]))

    def _draw_smooth(self, painter: QPainter, x: Floats, y: Floats) -> None:
        """Each line as one, its pieces joined."""
        for row in self._order:
            path = pg.functions.arrayToQPath(x, y[row], connect="finite")
            painter.strokePath(path, _pen(self._looks[row], self._widths[1]))

    def _draw_dashed(self, painter: QPainter, x: Floats, y: Floats, look: Look) -> None:
        """Its pieces in its own stripes of the plot."""
        assert look.dashes is not None
        lines = dashed(x, y, look.dashes)
        width = self._widths[0 if self._moving else 1]
        if width <= 1:
            lines, _ends = _twice(lines, np.array([len(lines)]))
        if len(lines):
            painter.setPen(QPen(look.color, width, c=Qt.PenCapStyle.FlatCap))
            painter.drawLines(_line_at(lines.ctypes.data), len(lines))

    def _draw_pieces(self, painter: QPainter, x: Floats, y: Floats) -> None:
        """All pieces of the lines of one colour by one call."""
        lines, counts = _segments(x, y)
        ends, pens = np.cumsum(counts)[self._last_rows], self._resting_pens
        if self._moving:
            pens = self._moving_pens
            if self._widths[0] <= 1:
                lines, ends = _twice(lines, ends)
        # Asking an array for it takes longer than having Qt draw a line.
        address, size = lines.ctypes.data, lines.strides[0]
        begin = 0
        for pen, end in zip(pens, ends.tolist(), strict=True):
            if end > begin:
                painter.setPen(pen)
                painter.drawLines(_line_at(address + begin * size), end - begin)
            begin = end

    def _sort(self, looks: Sequence[Look]) -> None:
        rows: dict[tuple[bool, int], list[int]] = {}
        few = len(looks) <= FEW
        resting = THICK_WIDTH if self._thick else RESTING_WIDTH
        self._widths = (resting if self._thick and few else 1.0, resting)
        self._dashed = [row for row, look in enumerate(looks) if look.dashes is not None]
        for row, look in enumerate(looks):
            if look.dashes is not None:
                continue
            rows.setdefault((look.lifted, look.color.rgba()), []).append(row)
        groups = sorted(rows.values(), key=lambda group: looks[group[0]].lifted)
        self._order = [row for group in groups for row in group]
        each_look = [looks[group[0]] for group in groups]
        self._moving_pens, self._resting_pens = (
            [_pen(each, width) for each in each_look] for width in self._widths
        )
        self._last_rows = [last - 1 for last in accumulate(map(len, groups))]
        self._reach = max((pen.widthF() for pen in self._moving_pens), default=1.0) / 2 + 0.5

    def _first_change(self, x: Floats, y: Floats, looks: Sequence[Look]) -> int:
        """The first point that is not drawn as it is by now, or 0 where that is not looked for."""
        common = min(len(x), len(self._x))
        settled = common - UNSETTLED_POINTS
        if settled <= 0 or len(y) != len(self._y) or looks != self._looks:
            return 0
        if not np.array_equal(x[:settled], self._x[:settled]):
            return 0
        # As bits: NaN shall equal NaN, and a comparison that allows for it takes longer.
        new, old = (each[:, :common].view(np.int64) for each in (y, self._y))
        if not np.array_equal(new[:, :settled], old[:, :settled]):
            return 0
        other = (new[:, settled:] != old[:, settled:]).any(axis=0)
        other |= x[settled:common] != self._x[settled:common]
        return settled + int(other.argmax()) if other.any() else common

    def _pixels(self, left: float, right: float) -> tuple[Floats, Floats]:
        """The points that lines between these two places of the box need, in its pixels."""
        (first, last), (low, high) = self._box.viewRange()
        rect = self._box.rect()
        per_pixel = (last - first) / rect.width()
        ends = first + left * per_pixel, first + right * per_pixel
        begin, end = self._x.searchsorted(ends).tolist()
        shown = slice(max(0, begin - 1), end + 1)
        y = (high - self._y[:, shown]) * (rect.height() / (high - low))
        return self._x_pixels(self._x[shown]), _bounded(y)

    def _x_pixels(self, x: Floats) -> Floats:
        left, right = self._box.viewRange()[0]
        pixels: Floats = (x - left) * (self._box.rect().width() / (right - left))
        return _bounded(pixels)


def _pen(look: Look, width: float) -> QPen:
    """A cap of a hairline would be drawn over the beginning of the next piece."""
    width += LIFTED_WIDTH if look.lifted else 0.0
    caps = Qt.PenCapStyle
    return QPen(look.color, width, c=caps.FlatCap if width <= 1 else caps.RoundCap)


def _bounded(pixels: Floats) -> Floats:
    """In place; NaN stays. `np.clip` takes longer, of few."""
    np.maximum(pixels, -FARTHEST_PX, out=pixels)
    return np.minimum(pixels, FARTHEST_PX, out=pixels)


def _twice(lines: Floats, ends: NDArray[np.intp]) -> tuple[Floats, NDArray[np.intp]]:
    """The lines, shape (lines, 4), and behind those of each pen their second strokes.

    `ends` says where the lines of each pen end; the same is returned of all strokes.
    """
    flat = np.abs(lines[:, 3] - lines[:, 1]) <= STEEP * (lines[:, 2] - lines[:, 0])
    again = lines[flat]
    again[:, 1::2] += SECOND_STROKE_PX
    again_ends = np.concatenate([[0], np.cumsum(flat)])[ends]
    parts = []
    bounds = (pairwise([0, *each.tolist()]) for each in (ends, again_ends))
    for (begin, end), (from_again, to_again) in zip(*bounds, strict=True):
        parts += [lines[begin:end], again[from_again:to_again]]
    return np.concatenate(parts), ends + again_ends


def _segments(x: Floats, y: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """The lines from each point to the next, shape (lines, 4), and how many each row of y has.

    None goes to or from a gap.
    """
    lines = np.empty((len(y), len(x) - 1, 4))
    lines[..., 0], lines[..., 1] = x[:-1], y[:, :-1]
    lines[..., 2], lines[..., 3] = x[1:], y[:, 1:]
    drawn = ~np.isnan(y[:, :-1] + y[:, 1:])
    # A frozen parameter's line: one piece is as good as all.
    flat = (y[:, :-1] == y[:, 1:]).all(axis=1)
    lines[flat, 0, 2] = x[-1]
    drawn[flat, 1:] = False
    return (lines.reshape(-1, 4) if drawn.all() else lines[drawn]), drawn.sum(axis=1)


def _line_at(address: int) -> Any:
    """Qt's view of the lines from this one on: it reads the numbers where they are.

    QPainter.drawLines takes it with a count, which PySide6's stubs do not know.
    """
    return shiboken6.wrapInstance(address, QLineF)
