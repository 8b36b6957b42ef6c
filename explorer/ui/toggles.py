"""Switches in a table's cells: centred, and flipped by a click anywhere in the cell."""

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
)

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class ToggleDelegate(QStyledItemDelegate):
    """Draws the check state of a cell in its middle; Space and Return flip it too."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell's background, then the box."""
        plain: Any = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        state = index.data(Role.CheckStateRole)
        plain.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        plain.text = "" if state is not None else "–"
        plain.displayAlignment = Qt.AlignmentFlag.AlignCenter
        style = QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter)
        if state is not None:
            box = self._box(option)
            checked = Qt.CheckState(state) == Qt.CheckState.Checked
            flag = QStyle.StateFlag
            box.state = flag.State_Enabled | (flag.State_On if checked else flag.State_Off)
            style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, box, painter)

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

    # The stubs know none of a style option's attributes: hence Any.
    def _box(self, option: Any) -> Any:
        box: Any = QStyleOptionButton()
        style = QApplication.style()
        side = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth)
        rect = option.rect
        box.rect = rect.adjusted(0, 0, side - rect.width(), side - rect.height())
        box.rect.moveCenter(rect.center())
        box.palette = option.palette
        return box


def _flips(event: QEvent) -> bool:
    if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
        return event.button() == Qt.MouseButton.LeftButton
    if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
        return event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Select, Qt.Key.Key_Return)
    return False
