"""The picture of the graph in a window: zoomed, moved, walked through, clicked on.

Knows keys of nodes and nothing of tensors; `explorer.ui.graph.tab` gives the keys a meaning.
There are no graphics items: the view paints the part of the picture that is exposed by itself
(`explorer.ui.graph.canvas`), and Qt scrolls what is on the screen already.
"""

from collections.abc import Mapping, Set

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsScene, QGraphicsView, QToolTip, QWidget

from explorer.i18n import Language
from explorer.picture.boxes import Pen, told
from explorer.picture.elements import GroupNode, Node, TensorNode
from explorer.picture.layout import TEXT_SIZE, Layout, PlacedNode
from explorer.ui.graph.canvas import Canvas
from explorer.ui.graph.emphasis import Emphasis
from explorer.ui.graph.keyboard import DOWN, LEFT, RIGHT, UP, neighbour
from explorer.ui.graph.overview import Overview
from explorer.ui.theme import Theme

LARGEST_SCALE, SMALLEST_SCALE = 4.0, 0.0005
LARGEST_FIT = 1.25
# What opens has letters of at least so many pixels; if the whole does not fit then, the
# objective is shown, where the gradient starts.
LEAST_LETTERS_PX = 11.0
SMALLEST_OPENING = LEAST_LETTERS_PX / TEXT_SIZE
ZOOM_STEP = 1.25
WHEEL_NOTCH = 120

Key = Qt.Key
DIRECTIONS: Mapping[int, str] = {
    Key.Key_Up: UP,
    Key.Key_Down: DOWN,
    Key.Key_Left: LEFT,
    Key.Key_Right: RIGHT,
}
ZOOMS: Mapping[int, float] = {
    Key.Key_Plus: ZOOM_STEP,
    Key.Key_Equal: ZOOM_STEP,
    Key.Key_Minus: 1 / ZOOM_STEP,
}


class GraphView(QGraphicsView):
    """Shows one layout after the other."""

    chosen = Signal(str)  # key of the node that was clicked or walked to; empty: none
    activated = Signal(str)  # double click, Return or Space
    menu_wanted = Signal(str, QPoint)  # key, place on the screen

    def __init__(self, theme: Theme, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pen = Pen(theme, language)
        self._language = language
        self._canvas: Canvas | None = None
        self._fits = True
        self._least_scale = SMALLEST_OPENING
        self._pressed: QPoint | None = None
        self._moving = False
        self.setScene(QGraphicsScene(self))
        self.setBackgroundBrush(QColor(theme.base))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(language.text("Graph"))
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # In the viewport, so that it covers no scroll bar.
        self.overview = Overview(theme, language, self.viewport())
        self.overview.wanted.connect(self._go_to)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self._show_overview)

    # -- what is shown -------------------------------------------------------------

    @property
    def layout_shown(self) -> Layout | None:
        """The picture on the screen."""
        return None if self._canvas is None else self._canvas.layout

    @property
    def selected(self) -> str | None:
        """The key of the selected node."""
        return None if self._canvas is None else self._canvas.selected

    @property
    def scale_shown(self) -> float:
        """How many pixels of the screen one of the picture takes."""
        return self.transform().m11()

    def show_picture(self, layout: Layout | None) -> None:
        """Show another picture; place, zoom, selection stay as far as they can."""
        before = self._canvas
        if layout is None:
            self._canvas = None
            self.open_readably()
            self._show_overview()
            self.viewport().update()
            return
        if before is not None and before.layout is layout:
            return
        self._canvas = Canvas(layout, self._pen)
        if before is not None and before.selected in layout.boxes:
            self._canvas.selected = before.selected
        size = None if before is None else (before.layout.width, before.layout.height)
        if size != (layout.width, layout.height):
            self.setSceneRect(QRectF(0, 0, layout.width, layout.height))
            if self._fits:
                self._fit(self._least_scale)
        self._repaint()

    def emphasise(self, emphasis: Emphasis) -> None:
        """Let something stand out over the picture."""
        if self._canvas is not None and self._canvas.emphasis != emphasis:
            self._canvas.emphasis = emphasis
            self._repaint()

    def select(self, key: str | None, reveal: bool = False) -> None:
        """Mark a node; `reveal` moves it into view."""
        canvas = self._canvas
        if canvas is None or (key is not None and key not in canvas.layout.boxes):
            return
        canvas.selected = key
        if key is not None:
            self.setAccessibleDescription(self.told(canvas.layout.scene.by_key[key]))
            if reveal:
                self.reveal({key})
        self._repaint()

    def reveal(self, keys: Set[str]) -> None:
        """Move these nodes into view, unless all of the picture is."""
        picture = self.layout_shown
        if picture is None:
            return
        found = keys & picture.boxes.keys()
        for key in found:
            self.ensureVisible(QRectF(*picture.boxes[key]), 40, 40)
        if found:
            self.overview.choose_corner(self._boxes_under)

    def told(self, node: Node) -> str:
        """The node in words."""
        return told(node, self._language)

    def set_moving(self, moving: bool) -> None:
        """While a run is on the picture is painted when it is shown, not some time later."""
        self._moving = moving

    def _repaint(self) -> None:
        if self._moving and self.isVisible():
            self.viewport().repaint()
        else:
            self.viewport().update()

    # -- zooming and moving ----------------------------------------------------------

    def fit(self) -> None:
        """All of the picture, however small; again when the window's size changes."""
        self._fit(SMALLEST_SCALE)

    def open_readably(self) -> None:
        """All of the picture if it can be read then, else the part with the objective."""
        self._fit(SMALLEST_OPENING)

    def _fit(self, least: float) -> None:
        self._fits, self._least_scale = True, least
        if self._canvas is None:
            return
        layout, size = self._canvas.layout, self.maximumViewportSize()
        # A little less, so that rounding brings no scroll bars.
        wide, high = size.width() - 2, size.height() - 2
        whole = min(wide / layout.width, high / layout.height, LARGEST_FIT)
        scale = max(whole, least)
        self.resetTransform()
        self.scale(scale, scale)
        middle = QPointF(layout.width / 2, layout.height / 2)
        self.centerOn(middle if scale <= whole else _objective(layout) or middle)
        self._show_overview()
        self.overview.choose_corner(self._boxes_under)
        self._repaint()

    def _boxes_under(self, place: QRect) -> int:
        """How many boxes a part of the viewport shows."""
        assert self._canvas is not None
        seen = self.mapToScene(place).boundingRect()
        boxes = self._canvas.layout.nodes
        return sum(seen.intersects(QRectF(*placed.box)) for placed in boxes)

    def zoom(self, factor: float) -> None:
        """Larger or smaller by a factor, within what makes sense."""
        self._fits = False
        scale = self.scale_shown
        factor = min(max(scale * factor, SMALLEST_SCALE), LARGEST_SCALE) / scale
        self.scale(factor, factor)
        self._show_overview()

    def zoom_about_centre(self, factor: float) -> None:
        """From a button or a key: the middle stays where it is."""
        anchor = QGraphicsView.ViewportAnchor
        self.setTransformationAnchor(anchor.AnchorViewCenter)
        self.zoom(factor)
        self.setTransformationAnchor(anchor.AnchorUnderMouse)

    def _go_to(self, place: QPointF) -> None:
        self._fits = False
        self.centerOn(place)

    def _show_overview(self, *_moved: int) -> None:
        shown = self.mapToScene(self.viewport().rect()).boundingRect()
        self.overview.show_part(self._canvas, shown)

    # -- painting --------------------------------------------------------------------

    def drawBackground(  # noqa: N802 (Qt's name)
        self, painter: QPainter, rect: QRectF | object
    ) -> None:
        """The ground, and on it the part of the picture that is exposed."""
        assert isinstance(rect, QRectF)
        painter.fillRect(rect, self.backgroundBrush())
        if self._canvas is not None:
            self._canvas.paint(painter, rect, self.scale_shown)

    # -- Qt's events -----------------------------------------------------------------

    def node_at(self, position: QPoint) -> PlacedNode | None:
        """What is there, by a place in the viewport."""
        where = self.mapToScene(position)
        return None if self._canvas is None else self._canvas.at(where.x(), where.y())

    def place_of(self, key: str) -> QPoint:
        """The middle of a node in the viewport."""
        assert self._canvas is not None
        return self.mapFromScene(QPointF(*self._canvas.layout.boxes[key].centre))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """The beginning of a click, or of moving the picture."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Move the picture while the button is down."""
        if self._pressed is None:
            return
        position = event.position().toPoint()
        way = position - self._pressed
        dragging = self.cursor().shape() == Qt.CursorShape.ClosedHandCursor
        if not dragging and way.manhattanLength() < QApplication.startDragDistance():
            return
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._fits = False
        self._pressed = position
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - way.x())
        down.setValue(down.value() - way.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A click chooses what is there; the end of moving chooses nothing."""
        dragged = self.cursor().shape() == Qt.CursorShape.ClosedHandCursor
        pressed, self._pressed = self._pressed, None
        self.unsetCursor()
        if pressed is not None and not dragged:
            self._choose(self.node_at(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Flips a switch, opens or closes a group; on empty ground shows everything."""
        placed = self.node_at(event.position().toPoint())
        if placed is None:
            self.fit()
        else:
            self.activated.emit(placed.node.key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """The node's menu, under the mouse or, from the keyboard, at the selected node."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._open_menu()
            return
        placed = self.node_at(event.pos())
        if placed is not None:
            self._choose(placed)
        self.menu_wanted.emit("" if placed is None else placed.node.key, event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom where the mouse is."""
        notches = event.angleDelta().y() / WHEEL_NOTCH
        if notches:
            self.zoom(ZOOM_STEP**notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrows walk, + and - zoom, 0 fits, Return and Space flip, Escape lets go."""
        key = event.key()
        if key in DIRECTIONS:
            self._walk(DIRECTIONS[key])
        elif key in ZOOMS:
            self.zoom_about_centre(ZOOMS[key])
        elif key == Key.Key_0:
            self.fit()
        elif key in (Key.Key_Return, Key.Key_Enter, Key.Key_Space) and self.selected is not None:
            self.activated.emit(self.selected)
        elif key == Key.Key_F10 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._open_menu()
        elif key == Key.Key_Escape and self.selected is not None:
            self._choose(None)
        else:
            # Not QGraphicsView's own, which scrolls: the window may want the key.
            QWidget.keyPressEvent(self, event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep showing everything, if that is what was shown."""
        super().resizeEvent(event)
        if self._fits:
            self._fit(self._least_scale)
        else:
            self._show_overview()

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        """A tooltip says in words what a node shows."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            placed = self.node_at(event.pos())
            if placed is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self.told(placed.node), self)
            return True
        return super().viewportEvent(event)

    def _open_menu(self) -> None:
        """The selected node's, at the node, or the graph's."""
        view = self.viewport()
        place = view.rect().center() if self.selected is None else self.place_of(self.selected)
        self.menu_wanted.emit(self.selected or "", view.mapToGlobal(place))

    def _walk(self, direction: str) -> None:
        layout = self.layout_shown
        key = None if layout is None else neighbour(layout, self.selected, direction)
        if layout is not None and key is not None:
            self.select(key, reveal=True)
            self.chosen.emit(key)

    def _choose(self, placed: PlacedNode | None) -> None:
        key = None if placed is None else placed.node.key
        self.select(key)
        self.chosen.emit(key or "")


def _objective(layout: Layout) -> QPointF | None:
    """Where the gradient starts, if that is in a box."""
    for placed in layout.nodes:
        if isinstance(placed.node, TensorNode | GroupNode) and placed.node.objective:
            return QPointF(*placed.box.centre)
    return None
