"""The whole graph in small over a corner of the view, where not all of it is to be seen.

A frame shows what part of it the view shows; a click or a drag goes there. A child of
`explorer.ui.graph.view`, which says what is shown.
"""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from explorer.i18n import Language
from explorer.ui.graph.canvas import Canvas
from explorer.ui.theme import Theme

# At most, in pixels, and this part of the view.
WIDTH, HEIGHT, PART = 150, 150, 0.24
# Of a view that is narrower, nothing may be covered.
LEAST_VIEW_PX = 240
MARGIN = 8


class Overview(QWidget):
    """Small enough to leave the graph its room; hidden where it would say nothing."""

    wanted = Signal(QPointF)  # a place in the picture, which is to come to the middle

    def __init__(self, theme: Theme, language: Language, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._theme = theme
        # Right and down, as parts of the free room: the corner in which it stands.
        self._corner = (1, 0)
        self._drawn: QPixmap | None = None
        self._of: object = None
        self._scale = 1.0
        self._part = QRectF()
        self.setAccessibleName(language.text("Overview of the graph"))
        self.setToolTip(language.text("The whole graph: click to go there."))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    def show_part(self, canvas: Canvas | None, part: QRectF) -> None:
        """The whole of this picture, and which part of it the view shows."""
        view = self._view
        whole = None if canvas is None else QRectF(0, 0, canvas.layout.width, canvas.layout.height)
        narrow = min(view.width(), view.height()) < LEAST_VIEW_PX
        if canvas is None or whole is None or part.contains(whole.adjusted(1, 1, -1, -1)) or narrow:
            self.hide()
            return
        self._draw(canvas, min(WIDTH, PART * view.width()), min(HEIGHT, PART * view.height()))
        self._part = part.intersected(whole)
        self.move(self._place(self._corner))
        self.show()
        self.update()

    def choose_corner(self, covered: Callable[[QRect], int]) -> None:
        """Stand where the fewest boxes are under it; `covered` counts them."""
        # Where it is, if others are no better: it does not move for nothing.
        corners = (self._corner, (1, 0), (0, 0), (0, 1), (1, 1))
        self._corner = min(
            corners, key=lambda corner: covered(QRect(self._place(corner), self.size()))
        )
        self.move(self._place(self._corner))

    def _place(self, corner: tuple[int, int]) -> QPoint:
        across, down = corner
        return QPoint(
            MARGIN + across * (self._view.width() - self.width() - 2 * MARGIN),
            MARGIN + down * (self._view.height() - self.height() - 2 * MARGIN),
        )

    def _draw(self, canvas: Canvas, width: float, height: float) -> None:
        """Anew only where another picture is shown: nobody reads numbers in it."""
        layout = canvas.layout
        self._scale = min(width / layout.width, height / layout.height)
        size = (
            max(1, round(layout.width * self._scale)),
            max(1, round(layout.height * self._scale)),
        )
        of = (layout.width, layout.height, len(layout.nodes), size)
        if of == self._of:
            return
        self._of = of
        self.setFixedSize(*size)
        ratio = self.devicePixelRatioF()
        self._drawn = QPixmap(round(size[0] * ratio), round(size[1] * ratio))
        self._drawn.setDevicePixelRatio(ratio)
        self._drawn.fill(QColor(self._theme.window))
        painter = QPainter(self._drawn)
        painter.scale(self._scale, self._scale)
        canvas.paint_far(painter, self._scale)
        painter.end()

    # -- Qt's events -------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """The picture, and the frame."""
        painter = QPainter(self)
        if self._drawn is not None:
            painter.drawPixmap(0, 0, self._drawn)
        painter.setPen(QPen(QColor(self._theme.mark), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.setPen(QPen(QColor(self._theme.accent), 2))
        part = QRectF(
            self._part.x() * self._scale,
            self._part.y() * self._scale,
            self._part.width() * self._scale,
            self._part.height() * self._scale,
        )
        painter.drawRect(part.adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Go there."""
        self._go(event.position())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Go along, while the button is down."""
        self._go(event.position())
        event.accept()

    def _go(self, place: QPointF) -> None:
        self.wanted.emit(QPointF(place.x() / self._scale, place.y() / self._scale))
