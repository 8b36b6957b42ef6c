"""The whole run as a line, with a mark at each change and one at the present step."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.ui.changes.model import Row
from explorer.ui.theme import Theme
from explorer.words.changes import change_text

HEIGHT = 24
MARGIN, MARK = 8, 4.5


class Timeline(QWidget):
    """Shows rows over `steps` steps; a click on a mark chooses its row."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: tuple[Row, ...] = ()
        self._steps, self._step = 1, 0
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(80)

    def show_rows(self, rows: tuple[Row, ...], steps: int) -> None:
        """These changes, over so many steps."""
        self._rows, self._steps = rows, steps
        self.update()

    def show_step(self, step: int) -> None:
        """The present step; painted only where that moves the mark."""
        before, self._step = self._x(self._step), step
        if round(before) != round(self._x(step)):
            self.update()

    def _x(self, step: float) -> float:
        share = min(step / max(self._steps, 1), 1)
        return MARGIN + share * (self.width() - 2 * MARGIN)

    def _row_at(self, x: float) -> int | None:
        """Of several at one place the last: it is painted over the others."""
        near = [
            number
            for number, row in enumerate(self._rows)
            if abs(self._x(row.change.step - 1) - x) <= MARK + 2
        ]
        return near[-1] if near else None

    # -- Qt's events -------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """A line, what is done of it, and the marks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, right = self.height() / 2, self.width() - MARGIN
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.mark))
        painter.drawRoundedRect(QRectF(MARGIN, middle - 1.5, right - MARGIN, 3), 1.5, 1.5)
        painter.setBrush(QColor(self._theme.accent))
        here = self._x(self._step)
        painter.drawRoundedRect(QRectF(MARGIN, middle - 1.5, here - MARGIN, 3), 1.5, 1.5)
        painter.drawRoundedRect(QRectF(here - 1, middle - 7, 2, 14), 1, 1)
        for row in self._rows:
            self._draw_mark(painter, QPointF(self._x(row.change.step - 1), middle), row)

    def _draw_mark(self, painter: QPainter, place: QPointF, row: Row) -> None:
        """Filled: by hand. Hollow: in the file."""
        diamond = QPolygonF(
            [place + QPointF(x, y) for x, y in ((-MARK, 0), (0, -MARK), (MARK, 0), (0, MARK))]
        )
        painter.setPen(QColor(self._theme.text))
        painter.setBrush(QColor(self._theme.text if row.by_hand else self._theme.base))
        painter.drawPolygon(diamond)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Choose the change under the pointer."""
        row = self._row_at(event.position().x())
        if row is not None:
            self.chosen.emit(row)

    def event(self, event: QEvent) -> bool:
        """The tooltip says which change is under the pointer."""
        if isinstance(event, QHelpEvent):
            row = self._row_at(event.pos().x())
            if row is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), change_text(self._rows[row].change), self)
            return True
        return super().event(event)
