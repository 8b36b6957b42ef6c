"""A tensor of many numbers in one cell: its shape, a strip of its values, its norm.

Drawn in the tensors' table (`explorer.ui.tensors`); the model makes the texts.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QLineF, QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionViewItem

from explorer.ui.theme import Theme
from explorer.ui.values import ValueDelegate

Index = QModelIndex | QPersistentModelIndex
MARGIN_PX = 4
# What is narrower is left out, the shape first.
LEAST_STRIP_PX, WIDEST_STRIP_PX = 14, 72
GAP_PX = 6
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True)
class Strip:
    """What a cell shows: texts, and the numbers to draw. `faint`: not there yet."""

    shape: str
    numbers: tuple[float, ...]
    norm: str
    faint: bool = False


class StripModel(Protocol):
    """Whose cells may have strips."""

    def strip(self, row: int, column: int) -> Strip | None:
        """The strip of a cell; None: a text says it all."""


class StripDelegate(ValueDelegate):
    """Draws strips, and leaves all other cells to Qt."""

    def __init__(self, model: StripModel, theme: Theme, parent: Any) -> None:
        super().__init__(parent)
        self._model = model
        self._colors = {
            "text": QColor(theme.text),
            "faint": QColor(theme.faint_text),
            "bar": QColor(theme.accent),
            "wrong": QColor(theme.warning),
            "line": QColor(theme.line),
        }
        self._widths: dict[str, int] = {}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """A strip, or the text."""
        strip = self._model.strip(index.row(), index.column())
        if strip is None:
            super().paint(painter, option, index)
            return
        # The stubs know none of a style option's attributes: hence Any.
        plain: Any = QStyleOptionViewItem(option)
        style = plain.widget.style() if plain.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, plain.widget)
        painter.save()
        self._draw(painter, QRectF(plain.rect), strip, plain)
        painter.restore()

    def _draw(self, painter: QPainter, cell: QRectF, strip: Strip, option: Any) -> None:
        metrics = option.fontMetrics
        if strip.faint:
            font = QFont(option.font)
            font.setItalic(True)
            painter.setFont(font)
        inner = cell.adjusted(MARGIN_PX, 0, -MARGIN_PX, 0)
        painter.setPen(self._colors["faint" if strip.faint else "text"])
        painter.drawText(inner, RIGHT, strip.norm)
        right = inner.right() - self._width(metrics, f"‖{'0' * (len(strip.norm) - 3)}.‖") - GAP_PX
        room = right - inner.left()
        if strip.shape:
            shape_px = self._width(metrics, strip.shape) + GAP_PX
            if room - shape_px >= LEAST_STRIP_PX:
                painter.setPen(self._colors["faint"])
                painter.drawText(inner, LEFT, strip.shape)
                room -= shape_px
        if room >= LEAST_STRIP_PX:
            width = min(room, WIDEST_STRIP_PX)
            place = QRectF(right - width, cell.top() + 4, width, cell.height() - 8)
            draw_bars(painter, place, strip.numbers, self._colors, faint=strip.faint)

    def _width(self, metrics: QFontMetrics, text: str) -> int:
        """Measured once: there are few shapes, and of norms only their lengths count."""
        if text not in self._widths:
            self._widths[text] = metrics.horizontalAdvance(text)
        return self._widths[text]


def draw_bars(
    painter: QPainter,
    place: QRectF,
    numbers: tuple[float, ...],
    colors: dict[str, QColor],
    *,
    faint: bool = False,
) -> None:
    """The numbers as bars from a line of zero, up and down; one that is not finite fills all."""
    # A sum is finite only if all are, or nearly always.
    all_finite = math.isfinite(sum(numbers))
    finite = numbers if all_finite else [each if math.isfinite(each) else 0.0 for each in numbers]
    low, high = min(0.0, *finite), max(0.0, *finite)
    scale = place.height() / ((high - low) or 1.0)
    step, left, zero = place.width() / len(numbers), place.left(), place.top() + scale * high
    width = max(step - 1, 1.0)
    bars = [QRectF(left + at * step, zero, width, -scale * n) for at, n in enumerate(finite)]
    painter.setPen(colors["line"])
    painter.drawLine(QLineF(left, zero, place.right(), zero))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors["faint" if faint else "bar"])
    painter.drawRects(bars)
    if not all_finite:
        wrong = [at for at, number in enumerate(numbers) if not math.isfinite(number)]
        painter.setBrush(colors["wrong"])
        painter.drawRects(
            [QRectF(left + at * step, place.top(), width, place.height()) for at in wrong]
        )
