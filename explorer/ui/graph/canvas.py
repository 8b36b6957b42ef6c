"""Paints a placed picture, in full or as an overview, with what stands out at the moment.

Only what lies in the exposed rectangle is painted. Far out, where nobody could read a number,
boxes and lines are painted as a few long paths, so that thousands of operations can still be
moved around. Called by `explorer.ui.graph.view`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from explorer.explain.cuts import CUT, FLOWS
from explorer.picture.boxes import Pen, frame, node
from explorer.picture.elements import OperationNode, TensorNode
from explorer.picture.layout import Box, Layout, PlacedEdge, PlacedNode, centre
from explorer.picture.lines import backward, contribution, cut_mark, flow_color, forward
from explorer.picture.shapes import Line, Shape
from explorer.ui.graph.emphasis import PLAIN, Emphasis
from explorer.ui.graph.painting import Stroke, paint, prepare, rounded

# Below this scale, or with more boxes than this in view, the overview is painted.
SMALLEST_READABLE = 0.3
MOST_IN_FULL = 350
DIMMED_OPACITY = 0.25
RING_WIDTH = 3.0
RING_GAP = 4.0
CUT_DOT_PX = 4.0

Extents = npt.NDArray[np.float64]


class Canvas:
    """One layout in one look. A new layout gets a new canvas."""

    def __init__(self, layout: Layout, pen: Pen) -> None:
        self.layout = layout
        self._pen = pen
        self.emphasis: Emphasis = PLAIN
        self.selected: str | None = None
        self._strokes: dict[object, tuple[Stroke, ...]] = {}

    @cached_property
    def _node_extents(self) -> Extents:
        return _extents([placed.box for placed in self.layout.nodes])

    @cached_property
    def _edge_extents(self) -> Extents:
        return _extents([_around(placed) for placed in self.layout.edges])

    def at(self, x: float, y: float) -> PlacedNode | None:
        """The node there, else the innermost frame whose heading is there."""
        nodes = self.layout.nodes
        inside = _touching(self._node_extents, QRectF(x, y, 0, 0))
        if len(inside):
            return nodes[int(inside[-1])]
        for placed in reversed(self.layout.frames):
            left, top, width, _ = placed.box
            if left <= x <= left + width and top <= y <= top + 24:
                return placed
        return None

    def paint(self, painter: QPainter, exposed: QRectF, scale: float) -> None:
        """Everything that lies in `exposed`; `scale` is how many pixels one of ours takes."""
        nodes = [self.layout.nodes[each] for each in _touching(self._node_extents, exposed)]
        if scale < SMALLEST_READABLE or len(nodes) > MOST_IN_FULL:
            self._overview.paint(painter, scale)
            self._paint_rings(painter, nodes, max(1.0, 0.5 / scale))
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edges = [self.layout.edges[each] for each in _touching(self._edge_extents, exposed)]
        for placed in self.layout.frames:
            paint(
                self._prepared(("frame", placed.node.key), partial(frame, placed, self._pen)),
                painter,
            )
        self._paint_edges(painter, edges)
        for placed in nodes:
            self._paint_node(painter, placed)
        self._paint_marks(painter, edges)
        self._paint_rings(painter, nodes, 1.0)

    def paint_far(self, painter: QPainter, scale: float) -> None:
        """All of it as from far away."""
        self._overview.paint(painter, scale)

    def _prepared(self, key: object, shapes: Callable[[], Iterable[Shape]]) -> tuple[Stroke, ...]:
        """Made when it is first seen."""
        strokes = self._strokes.get(key)
        if strokes is None:
            strokes = self._strokes[key] = prepare(shapes())
        return strokes

    # -- in full -----------------------------------------------------------------

    def _paint_edges(self, painter: QPainter, edges: Sequence[PlacedEdge]) -> None:
        palette, emphasis = self._pen.palette, self.emphasis
        for placed in edges:
            key = placed.edge.key
            paint(self._prepared(("forward", key), partial(forward, placed, palette)), painter)
        for placed in edges:
            key = placed.edge.key
            if emphasis.carried is None or key in emphasis.carried:
                painter.setOpacity(DIMMED_OPACITY if key in emphasis.lost else 1.0)
                strokes = self._prepared(("backward", key), partial(backward, placed, palette))
                paint(strokes, painter)
                painter.setOpacity(1.0)
            if key in emphasis.gained or key in emphasis.present:
                self._paint_trail(painter, placed, dashed=key in emphasis.gained)

    def _paint_trail(self, painter: QPainter, placed: PlacedEdge, dashed: bool) -> None:
        """A line that would carry a gradient, or carries one just now."""
        pen = QPen(QColor(self._pen.palette.accent), 3.0)
        if dashed:
            pen.setDashPattern([2.0, 2.0])
        painter.strokePath(rounded(Line(placed.points, "", 1.0, corner=9.0)), pen)

    def _paint_node(self, painter: QPainter, placed: PlacedNode) -> None:
        key, emphasis = placed.node.key, self.emphasis
        shown, look = placed, "node"
        if emphasis.gradients is not None and isinstance(placed.node, TensorNode):
            text = emphasis.gradients.get(key, "")
            shown = replace(placed, node=replace(placed.node, gradient=text, has_gradient=True))
            look = f"node {text}"
        painter.setOpacity(DIMMED_OPACITY if key in emphasis.lost else 1.0)
        paint(self._prepared((look, key), partial(node, shown, self._pen)), painter)
        painter.setOpacity(1.0)

    def _paint_marks(self, painter: QPainter, edges: Sequence[PlacedEdge]) -> None:
        palette, emphasis = self._pen.palette, self.emphasis
        for placed in edges:
            key = placed.edge.key
            paint(self._prepared(("cut", key), partial(cut_mark, placed, palette)), painter)
            if not self.layout.scene.numbers or key in emphasis.lost:
                continue
            if emphasis.carried is None or key in emphasis.carried:
                shapes = partial(contribution, placed, palette)
                paint(self._prepared(("contribution", key), shapes), painter)

    # -- what stands out -----------------------------------------------------------

    def _paint_rings(
        self, painter: QPainter, nodes: Sequence[PlacedNode], thickness: float
    ) -> None:
        """Around what is selected, gained, gone through just now, or not as predicted."""
        palette, emphasis = self._pen.palette, self.emphasis
        for placed in nodes:
            key = placed.node.key
            if key in emphasis.surprising:
                self._ring(painter, placed, palette.warning, 2 * thickness, dashed=True)
            if key in emphasis.gained or key in emphasis.present:
                self._ring(painter, placed, palette.accent, thickness, key in emphasis.gained)
            if key == self.selected:
                self._ring(painter, placed, palette.text, thickness)

    def _ring(
        self,
        painter: QPainter,
        placed: PlacedNode,
        color: str,
        thickness: float,
        dashed: bool = False,
    ) -> None:
        gap = RING_GAP * thickness
        pen = QPen(QColor(color), RING_WIDTH * thickness)
        if dashed:
            pen.setDashPattern([2.0, 1.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        height = placed.box.height / 2 + gap
        radius = height if isinstance(placed.node, OperationNode) else 9 + gap
        painter.drawRoundedRect(QRectF(*placed.box).adjusted(-gap, -gap, gap, gap), radius, radius)

    @cached_property
    def _overview(self) -> "_Overview":
        return _Overview(self.layout, self._pen)


class _Overview:
    """The whole picture as a few paths: lines by colour, boxes by colour, a dot for each cut."""

    def __init__(self, layout: Layout, pen: Pen) -> None:
        palette = pen.palette
        self._lines: dict[str, QPainterPath] = {}
        self._boxes: dict[str, QPainterPath] = {}
        self._cuts = [
            QPointF(*centre(placed.points)) for placed in layout.edges if placed.edge.role == CUT
        ]
        self._warning = QColor(palette.warning)
        for placed in layout.edges:
            path = self._lines.setdefault(_line_color(placed, pen), QPainterPath())
            path.moveTo(*placed.points[0])
            for point in placed.points[1:]:
                path.lineTo(*point)
        for placed_node in layout.nodes:
            self._boxes.setdefault(_box_color(placed_node, pen), QPainterPath()).addRect(
                QRectF(*placed_node.box)
            )

    def paint(self, painter: QPainter, scale: float) -> None:
        """Hairlines, whatever the scale."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for color, path in self._lines.items():
            pen = QPen(QColor(color), 1.0)
            pen.setCosmetic(True)
            painter.strokePath(path, pen)
        for color, path in self._boxes.items():
            painter.fillPath(path, QColor(color))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._warning)
        radius = CUT_DOT_PX / scale
        for point in self._cuts:
            painter.drawEllipse(point, radius, radius)


def _line_color(placed: PlacedEdge, pen: Pen) -> str:
    edge, palette = placed.edge, pen.palette
    if edge.role == CUT:
        return palette.warning
    return flow_color(edge, palette) if edge.role == FLOWS else palette.line


def _box_color(placed: PlacedNode, pen: Pen) -> str:
    node_, palette = placed.node, pen.palette
    if isinstance(node_, TensorNode) and node_.color is not None:
        return palette.curve_color(node_.color)
    if isinstance(node_, TensorNode | OperationNode) and _is_cut(node_):
        return palette.warning
    return palette.mark


def _is_cut(node_: TensorNode | OperationNode) -> bool:
    return node_.cut is not None if isinstance(node_, OperationNode) else "scissors" in node_.icons


def _extents(boxes: Sequence[Box]) -> Extents:
    """Left, top, right, bottom of each."""
    array = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    array[:, 2:] += array[:, :2]
    return array


def _around(placed: PlacedEdge) -> Box:
    """The line's rectangle with room for its width, its sign and its number."""
    room = 30.0
    xs, ys = [point.x for point in placed.points], [point.y for point in placed.points]
    left, top = min(xs) - room, min(ys) - room
    return Box(left, top, max(xs) + room - left, max(ys) + room - top)


def _touching(extents: Extents, exposed: QRectF) -> npt.NDArray[np.intp]:
    left, top, right, bottom = extents.T
    inside = (left <= exposed.right()) & (right >= exposed.left())
    return np.flatnonzero(inside & (top <= exposed.bottom()) & (bottom >= exposed.top()))
