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
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
import shiboken6
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


class Extent(NamedTuple):
    """The part of the axes that a box shows, and the box's size in pixels."""

    left: float
    right: float
    low: float
    high: float
    width: float
    height: float


class LiveCurves(BoxItem):
    """All lines of a plot. `show_lines` replaces them."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(box, height=10)
        self._extent: Extent | None = None
        box.sigRangeChanged.connect(self._forget_extent)
        box.sigResized.connect(self._forget_extent)
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty((0, 0))
        self._looks: Sequence[Look] = ()
        # Rows of one look are neighbours in this order.
        self._order: list[int] = []
        self._strokes = {moving: _Strokes([], [], []) for moving in (False, True)}
        self._dashed: list[int] = []
        # So far lines reach beyond their points while they move.
        self._reach = 1.0
        self._moving = False
        self._thick = False
        # Of lines that move, and of those at rest.
        self._widths = (1.0, RESTING_WIDTH)
        # The first point that changed since the last painting; None: none did.
        self._changed: int | None = 0

    @property
    def extent(self) -> Extent:
        """Where the axes are now; the same object as long as they stay there."""
        if self._extent is None:
            (left, right), (low, high) = self._box.viewRange()
            size = self._box.rect()
            self._extent = Extent(left, right, low, high, size.width(), size.height())
        return self._extent

    def _forget_extent(self, *_ignored: object) -> None:
        self._extent = None

    def set_moving(self, moving: bool) -> None:
        """Hairlines while a run is on, broad lines at rest."""
        self._moving = moving
        self.update()

    def set_thick(self, thick: bool) -> None:
        """As broad as can be seen from afar."""
        self._thick = thick
        self._sort(self._looks)
        self._changed = 0
        self.update()

    @property
    def moving(self) -> bool:
        """Whether a run is on."""
        return self._moving

    def show_lines(self, x: Floats, y: Floats, looks: Sequence[Look]) -> None:
        """Draw these from now on: x of shape (points,), y of shape (lines, points).

        NaN in y leaves a gap.
        """
        first = self._first_change(x, y, looks)
        if first is not None:
            self._changed = first if self._changed is None else min(self._changed, first)
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
        if self._changed is None:
            return QRectF()
        rect = self.boundingRect()
        if self._changed:
            left, right = self._x_pixels(self._x[[self._changed - 1, -1]]).tolist()
            rect.setLeft(max(rect.left(), left - self._reach))
            rect.setRight(min(rect.right(), right + self._reach))
        return rect

    def painted(self) -> None:
        """Everything that was stale has been painted."""
        self._changed = None

    def draw(self, painter: QPainter, part: QRectF) -> None:
        """Map what is to be seen there to pixels and stroke it."""
        if not len(self._y):
            return
        x, y = self._pixels(part.left() - self._reach, part.right() + self._reach)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if len(self._x) == 1:
            self._draw_dots(painter, x, y)
        elif len(x) < 2:
            return
        elif self._moving or len(y) > FEW:
            self._draw_pieces(painter, x, y)
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
            lines = _twice(lines)
        if len(lines):
            painter.setPen(QPen(look.color, width, c=Qt.PenCapStyle.FlatCap))
            painter.drawLines(_line_at(lines.ctypes.data), len(lines))

    def _draw_pieces(self, painter: QPainter, x: Floats, y: Floats) -> None:
        """All pieces of the lines of one colour by one call."""
        strokes = self._strokes[self._moving]
        lines, ends = _segments(x, y[strokes.rows], strokes.lowered)
        # Asking an array for it takes longer than having Qt draw a line.
        address, size = lines.ctypes.data, lines.strides[0]
        begin = 0
        for pen, last in strokes.pens:
            end = ends[last]
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
        for moving, width in zip((True, False), self._widths, strict=True):
            pens = [_pen(looks[group[0]], width) for group in groups]
            self._strokes[moving] = _strokes(groups, pens, twice=moving and width <= 1)
            if moving:
                self._reach = max((pen.widthF() for pen in pens), default=1.0) / 2 + 0.5

    def _first_change(self, x: Floats, y: Floats, looks: Sequence[Look]) -> int | None:
        """The first point that is not drawn as it is by now, or 0 where that is not looked for.

        None: all are.
        """
        common = len(self._x)
        settled = common - UNSETTLED_POINTS
        if len(x) < common or settled <= 0 or len(y) != len(self._y) or looks != self._looks:
            return 0
        # As bits: NaN shall equal NaN, and a comparison that allows for it takes longer.
        if x[:settled].tobytes() != self._x[:settled].tobytes():
            return 0
        new, old = y[:, :common].view(np.int64), self._y.view(np.int64)
        if (new[:, :settled] != old[:, :settled]).any():
            return 0
        other = (new[:, settled:] != old[:, settled:]).any(axis=0)
        other |= x[settled:common] != self._x[settled:]
        if other.any():
            return settled + int(other.argmax())
        return None if len(x) == common else common

    def _pixels(self, left: float, right: float) -> tuple[Floats, Floats]:
        """The points that lines between these two places of the box need, in its pixels."""
        extent = self.extent
        per_pixel = (extent.right - extent.left) / extent.width
        ends = extent.left + left * per_pixel, extent.left + right * per_pixel
        begin, end = self._x.searchsorted(ends).tolist()
        shown = slice(max(0, begin - 1), end + 1)
        y = (extent.high - self._y[:, shown]) * (extent.height / (extent.high - extent.low))
        return self._x_pixels(self._x[shown]), _bounded(y)

    def _x_pixels(self, x: Floats) -> Floats:
        extent = self.extent
        pixels: Floats = (x - extent.left) * (extent.width / (extent.right - extent.left))
        return _bounded(pixels)


class _Strokes(NamedTuple):
    """The rows in the order in which they are stroked, and which of them are the second time.

    `pens` has each pen with the number of its last stroke.
    """

    rows: list[int]
    lowered: list[int]
    pens: list[tuple[QPen, int]]


def _strokes(groups: Sequence[list[int]], pens: Sequence[QPen], *, twice: bool) -> _Strokes:
    """Each group of rows has its pen, which goes over them a second time if they are hairlines."""
    rows: list[int] = []
    lowered: list[int] = []
    for group in groups:
        rows += group
        if twice:
            lowered += range(len(rows), len(rows) + len(group))
            rows += group
    ends = accumulate(len(group) * (2 if twice else 1) for group in groups)
    return _Strokes(rows, lowered, [(pen, end - 1) for pen, end in zip(pens, ends, strict=True)])


def _pen(look: Look, width: float) -> QPen:
    """A cap of a hairline would be drawn over the beginning of the next piece."""
    width += LIFTED_WIDTH if look.lifted else 0.0
    caps = Qt.PenCapStyle
    return QPen(look.color, width, c=caps.FlatCap if width <= 1 else caps.RoundCap)


def _bounded(pixels: Floats) -> Floats:
    """In place; NaN stays. `np.clip` takes longer, of few."""
    np.maximum(pixels, -FARTHEST_PX, out=pixels)
    return np.minimum(pixels, FARTHEST_PX, out=pixels)


def _twice(lines: Floats) -> Floats:
    """The lines, shape (lines, 4), and behind them their second strokes."""
    level = np.abs(lines[:, 3] - lines[:, 1]) <= STEEP * (lines[:, 2] - lines[:, 0])
    again = lines[level]
    again[:, 1::2] += SECOND_STROKE_PX
    return np.concatenate([lines, again])


def _segments(x: Floats, y: Floats, lowered: list[int]) -> tuple[Floats, list[int]]:
    """The lines from each point to the next, shape (lines, 4), and where those of each row end.

    None goes to or from a gap. The rows in `lowered`, of pixels of their own, are second strokes.
    """
    rise = y[:, 1:] - y[:, :-1]
    drawn = ~np.isnan(rise)
    if lowered:
        drawn[lowered] &= np.abs(rise[lowered]) <= STEEP * (x[1:] - x[:-1])
        y[lowered] += SECOND_STROKE_PX
    lines = np.empty((*rise.shape, 4))
    lines[..., 0], lines[..., 1] = x[:-1], y[:, :-1]
    lines[..., 2], lines[..., 3] = x[1:], y[:, 1:]
    # A frozen parameter's line: one piece is as good as all.
    flat = ~rise.any(axis=1)
    lines[flat, 0, 2] = x[-1]
    drawn[flat, 1:] = False
    ends: list[int] = drawn.sum(axis=1).cumsum().tolist()
    return (lines.reshape(-1, 4) if ends[-1] == drawn.size else lines[drawn]), ends


def _line_at(address: int) -> Any:
    """Qt's view of the lines from this one on: it reads the numbers where they are.

    QPainter.drawLines takes it with a count, which PySide6's stubs do not know.
    """
    return shiboken6.wrapInstance(address, QLineF)
