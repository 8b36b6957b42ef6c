"""Pictures of a tensor's numbers: a heat map, a histogram, the course of a norm.

Painted by hand, since they are small and there are few. Used by `explorer.ui.inspector.panel`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.live.curves import norm_of, owner_of
from explorer.live.history import Floats
from explorer.live.inspection import Histogram, Numbers
from explorer.ui.theme import Theme
from explorer.words.numbers import Form, number_text

# A vector is laid out in rows of so many.
VECTOR_COLUMNS = 32
MARGIN_PX = 4


class Picture(QWidget):
    """A title, and what is painted under it; `caption` is read by a screen reader too."""

    def __init__(self, theme: Theme, title: str, color: str) -> None:
        super().__init__()
        self.theme = theme
        self.title = title
        self.color = QColor(color)
        self.caption = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Room for the title and something under it."""
        return QSize(60, 3 * self.fontMetrics().height())

    def say(self, caption: str) -> None:
        """What stands beside the title."""
        self.caption = caption
        self.setAccessibleName(f"{self.title} {caption}".strip())
        self.update()

    @property
    def room(self) -> QRectF:
        """Where the picture itself is."""
        top = self.fontMetrics().height() + MARGIN_PX
        return QRectF(self.rect()).adjusted(MARGIN_PX, top, -MARGIN_PX, -MARGIN_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """The title, the caption, the picture."""
        painter = QPainter(self)
        line = QRectF(MARGIN_PX, 0, self.width() - 2 * MARGIN_PX, self.fontMetrics().height())
        painter.setPen(QColor(self.theme.text))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, self.title)
        line.setLeft(line.left() + self.fontMetrics().horizontalAdvance(f"{self.title}  "))
        caption = self.fontMetrics().elidedText(
            self.caption, Qt.TextElideMode.ElideRight, int(line.width())
        )
        painter.setPen(QColor(self.theme.faint_text))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, caption)
        if self.room.height() > 4:
            self.draw(painter, self.room)

    def draw(self, painter: QPainter, room: QRectF) -> None:
        """Paint the picture into the room."""


@dataclass(frozen=True)
class Grid:
    """Numbers in rows, the last one perhaps not full; `count` are real."""

    numbers: NDArray[np.float64]
    count: int

    @classmethod
    def of(cls, each: Floats, shape: Sequence[int]) -> "Grid":
        """A matrix as it is; a tensor of more dimensions has their rows one after the other."""
        wide = shape[-1] if len(shape) > 1 else min(max(each.size, 1), VECTOR_COLUMNS)
        rows = -(-each.size // wide)
        padded = np.full(rows * wide, np.nan)
        padded[: each.size] = each
        return cls(padded.reshape(rows, wide), each.size)


class HeatMap(Picture):
    """The numbers as colours: none, and two, one for each sign; `chosen` tells the element."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, title: str, describe: Callable[[int], str]) -> None:
        super().__init__(theme, title, theme.text)
        self._describe = describe
        self._grid: Grid | None = None
        self._image = QImage()
        self.setMouseTracking(True)

    def show_numbers(self, numbers: Numbers | None, shape: Sequence[int]) -> None:
        """Draw these; None: there are none."""
        each = None if numbers is None else numbers.each
        self._grid = None if each is None or not each.size else Grid.of(each, shape)
        if self._grid is None:
            self.say("None")
            return
        finite = self._grid.numbers[np.isfinite(self._grid.numbers)]
        most = float(np.abs(finite).max()) if finite.size else 0.0
        self._image = self._painted(self._grid, most or 1.0)
        reach = number_text(most, Form.SHORT)
        self.say(f"−{reach} … {reach}")

    def _painted(self, grid: Grid, most: float) -> QImage:
        """One pixel a number."""
        base, plus, minus = (
            np.array(_rgb(name))
            for name in (self.theme.base, self.theme.curve_color(0), self.theme.curve_color(1))
        )
        share = np.nan_to_num(grid.numbers / most, nan=0.0, posinf=0.0, neginf=0.0)[..., None]
        colors = base + np.abs(share) * (np.where(share > 0, plus, minus) - base)
        colors[~np.isfinite(grid.numbers)] = _rgb(self.theme.text)
        colors.reshape(-1, 3)[grid.count :] = _rgb(self.theme.window)
        pixels = np.ascontiguousarray(colors.round().astype(np.uint8))
        rows, columns = grid.numbers.shape
        image = QImage(pixels.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888)
        # A copy: the bytes are gone when this function is left.
        return image.copy()

    def draw(self, painter: QPainter, room: QRectF) -> None:
        """The image, stretched."""
        if self._grid is not None:
            painter.drawImage(self._place(room), self._image)
            painter.setPen(QColor(self.theme.line))
            painter.drawRect(self._place(room))

    def _place(self, room: QRectF) -> QRectF:
        """Squares, if there is room for such; no row higher than a few lines."""
        assert self._grid is not None
        rows, columns = self._grid.numbers.shape
        side = min(room.width() / columns, 2.0 * self.fontMetrics().height())
        return QRectF(room.left(), room.top(), side * columns, min(room.height(), side * rows))

    def element(self, where: QPointF) -> int | None:
        """The element that is there."""
        if self._grid is None or not self._place(self.room).contains(where):
            return None
        place, (rows, columns) = self._place(self.room), self._grid.numbers.shape
        row = min(rows - 1, int((where.y() - place.top()) / place.height() * rows))
        column = min(columns - 1, int((where.x() - place.left()) / place.width() * columns))
        found = row * columns + column
        return found if found < self._grid.count else None

    def event(self, event: object) -> bool:
        """A tooltip names the element under the mouse."""
        if isinstance(event, QHelpEvent):
            element = self.element(QPointF(event.pos()))
            text = "" if element is None else self._describe(element)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return bool(super().event(event))  # type: ignore[arg-type]

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Choose the element."""
        element = self.element(event.position())
        if element is not None:
            self.chosen.emit(element)


class HistogramView(Picture):
    """How often which numbers are there."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__(theme, title, theme.text)
        self._shown: Histogram | None = None

    def show_histogram(self, shown: Histogram | None) -> None:
        """Draw this one; None: there is no finite number."""
        self._shown = shown
        if shown is None:
            self.say("None")
        else:
            low, high = (number_text(each, Form.SHORT) for each in (shown.low, shown.high))
            self.say(f"{low} … {high}")

    def draw(self, painter: QPainter, room: QRectF) -> None:
        """Bars, the tallest as high as the room."""
        if self._shown is None:
            return
        counts = self._shown.counts
        most, width = max(counts), room.width() / len(counts)
        for place, count in enumerate(counts):
            # What is there at all can be seen.
            height = max(1.0, room.height() * count / most) if count else 0.0
            bar = QRectF(room.left() + place * width, room.bottom() - height, width - 1, height)
            painter.fillRect(bar, QColor(self.theme.accent))
        painter.setPen(QColor(self.theme.line))
        painter.drawLine(room.bottomLeft(), room.bottomRight())


class NormView(Picture):
    """The course of a norm over the steps that the plots show."""

    def __init__(self, theme: Theme, title: str, color: str, *, unrecorded: str) -> None:
        super().__init__(theme, title, color)
        self._unrecorded = unrecorded
        self._points: list[QPointF] = []

    def show_norms(self, steps: Floats, norms: Floats | None) -> None:
        """Draw them; None: nothing is recorded of this tensor."""
        self._points = []
        shown = np.isfinite(norms) if norms is not None else np.zeros(0, dtype=bool)
        if norms is None or not shown.any():
            self.say("–" if norms is not None else self._unrecorded)
            return
        norms, steps = norms[shown], steps[shown]
        low, high = float(norms.min()), float(norms.max())
        across, up = float(steps[-1] - steps[0]) or 1.0, (high - low) or 1.0
        self._points = [
            QPointF((x - steps[0]) / across, (y - low) / up if high > low else 0.5)
            for x, y in zip(steps, norms, strict=True)
        ]
        self.say(f"{number_text(low, Form.DIGITS)} … {number_text(high, Form.DIGITS)}")

    def draw(self, painter: QPainter, room: QRectF) -> None:
        """A line through the points."""
        painter.setPen(QColor(self.theme.line))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.color, 1.5))
        placed = [
            QPointF(
                room.left() + point.x() * room.width(), room.bottom() - point.y() * room.height()
            )
            for point in self._points
        ]
        if len(placed) == 1:
            painter.drawEllipse(placed[0], 1.5, 1.5)
        painter.drawPolyline(placed)


def norm_over_steps(names: Sequence[str], rows: Floats, tensor: str) -> Floats | None:
    """The norm of a tensor at each step, from what is recorded: its elements, or its norm."""
    if norm_of(tensor) in names:
        recorded: Floats = rows[names.index(norm_of(tensor))]
        return recorded
    mine = [place for place, name in enumerate(names) if owner_of(name) == tensor]
    if not mine:
        return None
    norms: Floats = np.sqrt(np.square(rows[mine]).sum(axis=0))
    return norms


def _rgb(name: str) -> tuple[float, float, float]:
    color = QColor(name)
    return float(color.red()), float(color.green()), float(color.blue())
