"""Shapes to strokes of a QPainter, prepared once and painted often.

`explorer.picture.shapes` are what the picture is made of; `prepare` makes of each a
small function that paints it, with its pens and paths ready. Called by
`explorer.ui.graph.view` and the legend.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
)

from explorer.picture.shapes import (
    Circle,
    Line,
    Polygon,
    Rectangle,
    Run,
    Shape,
    Text,
    turns,
)

Stroke = Callable[[QPainter], None]


def prepare(shapes: Iterable[Shape]) -> tuple[Stroke, ...]:
    """A function for each shape that paints it."""
    return tuple(_PREPARE[type(shape)](shape) for shape in shapes)


def paint(strokes: Iterable[Stroke], painter: QPainter) -> None:
    """One over the other."""
    for stroke in strokes:
        stroke(painter)


def _rectangle(shape: Rectangle) -> Stroke:
    box, radius = QRectF(*shape.box), shape.radius
    pen, brush = _pen(shape.stroke, shape.width, shape.dashes), _brush(shape.fill)
    if shape.fill_opacity < 1.0:
        color = brush.color()
        color.setAlphaF(shape.fill_opacity)
        brush = QBrush(color)

    def stroke(painter: QPainter) -> None:
        painter.setPen(pen)
        painter.setBrush(brush)
        painter.drawRoundedRect(box, radius, radius)

    return stroke


def _circle(shape: Circle) -> Stroke:
    middle, radius = QPointF(*shape.centre), shape.radius
    pen, brush = _pen(shape.stroke, shape.width), _brush(shape.fill)

    def stroke(painter: QPainter) -> None:
        painter.setPen(pen)
        painter.setBrush(brush)
        painter.drawEllipse(middle, radius, radius)

    return stroke


def _line(shape: Line) -> Stroke:
    pen = _pen(shape.color, shape.width, shape.dashes)
    color = pen.color()
    color.setAlphaF(shape.opacity)
    pen.setColor(color)
    ends = Qt.PenCapStyle.RoundCap if shape.ends else Qt.PenCapStyle.FlatCap
    pen.setCapStyle(ends)
    path = rounded(shape)

    def stroke(painter: QPainter) -> None:
        painter.strokePath(path, pen)

    return stroke


def rounded(line: Line) -> QPainterPath:
    """The path of a line, its corners rounded."""
    path = QPainterPath(QPointF(*line.points[0]))
    for into, corner, out in turns(line):
        path.lineTo(*into)
        path.quadTo(*corner, *out)
    path.lineTo(*line.points[-1])
    return path


def _polygon(shape: Polygon) -> Stroke:
    outline = QPolygonF([QPointF(*point) for point in shape.points])
    brush = _brush(shape.fill)

    def stroke(painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(brush)
        painter.drawPolygon(outline)

    return stroke


def _text(shape: Text) -> Stroke:
    placed = list(_placed(shape))

    def stroke(painter: QPainter) -> None:
        for at, content, font, color in placed:
            painter.setFont(font)
            painter.setPen(color)
            painter.drawText(at, content)

    return stroke


def _placed(shape: Text) -> Iterable[tuple[QPointF, str, QFont, QColor]]:
    """Each run with the place where it begins."""
    fonts = [_font(run, shape.size) for run in shape.runs]
    widths = [
        QFontMetricsF(font).horizontalAdvance(run.text)
        for run, font in zip(shape.runs, fonts, strict=True)
    ]
    x = shape.at.x - (sum(widths) / 2 if shape.centred else 0.0)
    for run, font, width in zip(shape.runs, fonts, widths, strict=True):
        yield QPointF(x, shape.at.y), run.text, font, QColor(run.color)
        x += width


def _font(run: Run, size: float) -> QFont:
    font = QFont()
    font.setPixelSize(round(size))
    font.setBold(run.bold)
    return font


def _pen(color: str | None, width: float, dashes: Sequence[float] = ()) -> QPen:
    if color is None:
        return QPen(Qt.PenStyle.NoPen)
    pen = QPen(QColor(color), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dashes:
        # Qt counts them in widths of the pen.
        pen.setDashPattern([dash / width for dash in dashes])
    return pen


def _brush(color: str | None) -> QBrush:
    return QBrush(Qt.BrushStyle.NoBrush) if color is None else QBrush(QColor(color))


_PREPARE: Mapping[type[Shape], Callable[[Any], Stroke]] = {
    Rectangle: _rectangle,
    Circle: _circle,
    Line: _line,
    Polygon: _polygon,
    Text: _text,
}
