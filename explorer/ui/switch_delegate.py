"""Switches in a table's cells: centred, and flipped by a click anywhere in the cell."""

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    Qt,
)
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from explorer.ui.tips import place_beside

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
FLIPPING_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Select, Qt.Key.Key_Return, Qt.Key.Key_Enter)
BOX_PX = 15.0


class ToggleDelegate(QStyledItemDelegate):
    """Draws the check state of a cell in its middle; Space and Return flip it too.

    `last_column` is the last of a row that has such a switch.
    """

    def __init__(self, last_column: int, parent: QObject) -> None:
        super().__init__(parent)
        self._last_column = last_column

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell's background, then the box."""
        # The stubs know none of a style option's attributes: hence Any.
        plain: Any = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        state = index.data(Role.CheckStateRole)
        plain.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        plain.text = "" if state is not None else "–"
        plain.displayAlignment = Qt.AlignmentFlag.AlignCenter
        QApplication.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter)
        if state is not None:
            _draw_box(painter, QRectF(plain.rect).center(), plain.palette, Qt.CheckState(state))

    def helpEvent(  # noqa: N802 (Qt's name)
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """A tooltip hides neither the switch beside this one nor that in the next row."""
        text = index.data(Role.ToolTipRole)
        if event.type() != QEvent.Type.ToolTip or not text:
            return super().helpEvent(event, view, option, index)
        plain: Any = option
        ground = view.viewport()
        cell = QRect(ground.mapToGlobal(plain.rect.topLeft()), plain.rect.size())
        last = view.visualRect(index.sibling(index.row(), self._last_column))
        switches = QRect(ground.mapToGlobal(last.topLeft()), last.size()) | cell
        place = place_beside(cell, switches, text, view.screen().geometry())
        QToolTip.showText(place, text, ground, plain.rect)
        return True

    def editorEvent(  # noqa: N802 (Qt's name)
        self,
        event: QEvent,
        model: QAbstractItemModel,
        _option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Flip on a released left button, Space or Return."""
        state = index.data(Role.CheckStateRole)
        if state is None or not _flips(event):
            return False
        checked = Qt.CheckState(state) == Qt.CheckState.Checked
        new = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
        return model.setData(index, new.value, Role.CheckStateRole)


def _draw_box(painter: QPainter, center: QPointF, palette: QPalette, state: Qt.CheckState) -> None:
    """A box that can be seen on light and dark: styles draw theirs too faint on dark."""
    checked = state == Qt.CheckState.Checked
    box = QRectF(0, 0, BOX_PX, BOX_PX)
    box.moveCenter(center)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    border = palette.color(QPalette.ColorRole.Link if checked else QPalette.ColorRole.Text)
    border.setAlphaF(1.0 if checked else 0.6)
    painter.setPen(QPen(border, 1.4))
    painter.setBrush(border if checked else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 3, 3)
    if checked:
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Base), 2))
        part = BOX_PX / 4
        start, bend = QPointF(-1.1 * part, 0.1 * part), QPointF(-0.2 * part, 1.0 * part)
        end = QPointF(1.2 * part, -0.9 * part)
        painter.drawPolyline([center + start, center + bend, center + end])
    elif state == Qt.CheckState.PartiallyChecked:
        # Some of what is inside is on.
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Text), 2))
        half = QPointF(BOX_PX / 4, 0)
        painter.drawLine(center - half, center + half)
    painter.restore()


def _flips(event: QEvent) -> bool:
    if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
        return event.button() == Qt.MouseButton.LeftButton
    if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
        return event.key() in FLIPPING_KEYS
    return False
