"""A tensor of many numbers in one cell: its shape, a strip of its values, its norm.

Drawn in the tensors' table (`explorer.ui.tensors`); the model makes the texts.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QLineF, QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionViewItem

from explorer.ui.theme import Theme
from explorer.ui.values import ValueDelegate

Index = QModelIndex | QPersistentModelIndex
MARGIN_PX = 4
# What is narrower is left out, the shape first.
LEAST_STRIP_PX, WIDEST_STRIP_PX = 14, 72
GAP_PX = 6


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
        painter.drawText(
            inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, strip.norm
        )
        room = inner.width() - metrics.horizontalAdvance(strip.norm) - GAP_PX
        shape_px = metrics.horizontalAdvance(strip.shape)
        if strip.shape and room - shape_px - GAP_PX >= LEAST_STRIP_PX:
            painter.setPen(self._colors["faint"])
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, strip.shape)
            room -= shape_px + GAP_PX
        if room >= LEAST_STRIP_PX:
            right = inner.right() - metrics.horizontalAdvance(strip.norm) - GAP_PX
            width = min(room, WIDEST_STRIP_PX)
            place = QRectF(right - width, cell.top() + 4, width, cell.height() - 8)
            draw_bars(painter, place, strip.numbers, self._colors, faint=strip.faint)


def draw_bars(
    painter: QPainter,
    place: QRectF,
    numbers: tuple[float, ...],
    colors: dict[str, QColor],
    *,
    faint: bool = False,
) -> None:
    """The numbers as bars from a line of zero, up and down; one that is not finite fills all."""
    finite = [abs(number) for number in numbers if abs(number) < float("inf")]
    most = max(finite, default=0.0) or 1.0
    step = place.width() / max(len(numbers), 1)
    low, high = min(numbers, default=0.0) < 0, not max(numbers, default=0.0) <= 0
    zero = place.center().y() if low and high else place.top() if low else place.bottom()
    reach = place.height() / (2 if low and high else 1)
    usual, wrong = [], []
    for at, number in enumerate(numbers):
        x = place.left() + (at + 0.5) * step
        if abs(number) < float("inf"):
            usual.append(QLineF(x, zero, x, zero - reach * number / most))
        else:
            wrong.append(QLineF(x, place.top(), x, place.bottom()))
    width = max(step - 1, 1.0)
    painter.setPen(QPen(colors["line"], 1))
    painter.drawLine(QLineF(place.left(), zero, place.right(), zero))
    for lines, color in ((usual, colors["faint" if faint else "bar"]), (wrong, colors["wrong"])):
        if lines:
            painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLines(lines)
