"""Where tooltips stand: beside a control's neighbours, which one may want to reach next.

Qt puts them under the mouse, where they hide the next switch or button.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QToolTip, QWidget

# So far below the place that it is asked for Qt puts a tooltip, or farther: under the mouse.
QT_BELOW_PX = 16
# Beside the text of a tooltip.
MARGIN_PX = 16


class TipsBelow(QObject):
    """Tooltips of the controls in a row stand under the whole row."""

    def __init__(self, row: QWidget) -> None:
        super().__init__(row)
        self._row = row
        for control in row.findChildren(QWidget):
            control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Instead of the control itself show its tooltip."""
        if event.type() != QEvent.Type.ToolTip or not isinstance(watched, QWidget):
            return False
        if not watched.toolTip():
            return False
        left = watched.mapToGlobal(QPoint()).x()
        bottom = self._row.mapToGlobal(self._row.rect().bottomLeft()).y()
        place = QPoint(left, bottom + 1 - QT_BELOW_PX // 2)
        QToolTip.showText(place, watched.toolTip(), watched, watched.rect())
        return True


def place_beside(cell: QRect, switches: QRect, text: str, screen: QRect) -> QPoint:
    """Where to ask for the tooltip of a cell among switches, on the screen.

    To the right of all switches if there is room, else below the next row's.
    """
    lines = text.splitlines() or [""]
    metrics = QFontMetrics(QToolTip.font())
    width = max(map(metrics.horizontalAdvance, lines)) + MARGIN_PX
    if switches.right() + width <= screen.right():
        return QPoint(switches.right() + 1, cell.top() - QT_BELOW_PX)
    return QPoint(cell.left(), cell.bottom() + cell.height())
