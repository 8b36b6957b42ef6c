"""The lines of the picture: values thin and grey, the gradient over them, cuts.

Called by `explorer.picture.svg` and the window's view for the drawing, and by `legend`
for its samples.
"""

import math
from collections.abc import Sequence

from explorer.explain.cuts import CUT, FLOWS, OWN_CUTS
from explorer.picture.elements import SceneEdge
from explorer.picture.layout import (
    LINE_HEIGHT,
    TEXT_SIZE,
    Box,
    PlacedEdge,
    Point,
    centre,
    text_width,
)
from explorer.picture.palette import Palette
from explorer.picture.shapes import (
    Circle,
    Line,
    Polygon,
    Rectangle,
    Shape,
    along,
    scissors,
    words,
)
from explorer.words.reasons import CUT_NAMES

FORWARD_WIDTH = 1.3
FORWARD_ARROW = 6.0
NARROWEST_FLOW = 2.0
WIDEST_FLOW = 9.0
FLOW_OPACITY = 0.55
CORNER_RADIUS = 9.0
CUT_RADIUS = 11.0

Shapes = tuple[Shape, ...]


def forward(placed: PlacedEdge, palette: Palette) -> Shapes:
    """The line of the values, with an arrow at its end; broken by a cut."""
    points = placed.points
    shaft = _shortened(points[::-1], FORWARD_ARROW)[::-1]
    cut = placed.edge.role == CUT
    color = palette.warning if cut else palette.mark
    width, dashes = (2.0, (6.0, 4.0)) if cut else (FORWARD_WIDTH, ())
    line = Line(shaft, color, width, dashes, corner=CORNER_RADIUS)
    return line, _arrow(points[-1], points[-2], FORWARD_ARROW, FORWARD_ARROW, color)


def backward(placed: PlacedEdge, palette: Palette) -> Shapes:
    """What flows back over the line, with an arrow at its beginning; empty if nothing does."""
    edge = placed.edge
    if edge.role != FLOWS:
        return ()
    color = flow_color(edge, palette)
    width = flow_width(edge)
    length = 7.0 + width
    line = Line(
        _shortened(placed.points, length),
        color,
        width,
        (2.0, 4.0) if edge.zero else (),
        FLOW_OPACITY,
        CORNER_RADIUS,
    )
    return line, _arrow(placed.points[0], placed.points[1], length, width + 6.0, color)


def flow_width(edge: SceneEdge) -> float:
    """Pixels; the narrowest for a gradient of zero."""
    return NARROWEST_FLOW + edge.width * (WIDEST_FLOW - NARROWEST_FLOW)


def flow_color(edge: SceneEdge, palette: Palette) -> str:
    """The warning's where what flows is no finite number."""
    return palette.accent if edge.finite else palette.warning


def cut_mark(placed: PlacedEdge, palette: Palette) -> Shapes:
    """A gap with scissors in the middle of a cut line, and what cuts there."""
    if placed.edge.role != CUT:
        return ()
    x, y = centre(placed.points)
    # An operation that exists to cut says so itself.
    name = "" if placed.edge.cut in OWN_CUTS else CUT_NAMES.get(placed.edge.cut or "", "")
    sign = scissors_sign(x, y, palette)
    if not name:
        return sign
    at = (x + CUT_RADIUS + 5, y + 4)
    return (*sign, words(name, at, TEXT_SIZE, palette.warning, bold=True))


def scissors_sign(x: float, y: float, palette: Palette) -> Shapes:
    """Scissors in a circle that interrupts what is behind it."""
    middle_ = Point(x, y)
    return (
        Circle(middle_, CUT_RADIUS + 3, palette.base),
        Circle(middle_, CUT_RADIUS, palette.warning_base, palette.warning, 1.5),
        *scissors(x - 7, y - 7, 14, palette.warning),
    )


def contribution(placed: PlacedEdge, palette: Palette) -> Shapes:
    """The number at the line, on a ground of its own."""
    edge = placed.edge
    if placed.label is None or not edge.contribution:
        return ()
    width = text_width(edge.contribution, TEXT_SIZE, bold=True) + 6
    x, y = placed.label
    box = Box(x - width / 2, y - LINE_HEIGHT / 2, width, LINE_HEIGHT)
    ground = Rectangle(box, palette.base, None, radius=4, fill_opacity=0.9)
    color = flow_color(edge, palette)
    return ground, words(edge.contribution, (x, y + 4), TEXT_SIZE, color, bold=True, centred=True)


# -- geometry --------------------------------------------------------------------


def _shortened(points: Sequence[Point], length: float) -> tuple[Point, ...]:
    """Without the first `length` pixels, where an arrow's head is, but never without all."""
    room = math.dist(points[0], points[1])
    return (along(points[0], points[1], min(length, room * 0.8)), *points[1:])


def _arrow(tip: Point, origin: Point, length: float, width: float, color: str) -> Polygon:
    """A triangle that points from `origin` to `tip`."""
    base = along(tip, origin, length)
    across = Point((base.y - tip.y) / length * width / 2, (tip.x - base.x) / length * width / 2)
    corners = (
        tip,
        Point(base.x + across.x, base.y + across.y),
        Point(base.x - across.x, base.y - across.y),
    )
    return Polygon(corners, color)
