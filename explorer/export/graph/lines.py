"""The lines of the picture: values thin and grey, the gradient over them, cuts.

Called by `explorer.export.graph.svg` for the drawing and by `legend` for its samples.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from explorer.export.graph.layout import LINE_HEIGHT, TEXT_SIZE, PlacedEdge, Point, text_width
from explorer.export.graph.markup import element, number, text
from explorer.export.graph.records import CUT, FLOWS, SceneEdge
from explorer.export.palette import Palette
from explorer.words.graph import CUT_NAMES

FORWARD_WIDTH = 1.3
FORWARD_ARROW = 6.0
NARROWEST_FLOW = 2.0
WIDEST_FLOW = 9.0
FLOW_OPACITY = 0.55
CORNER_RADIUS = 9.0
CUT_RADIUS = 11.0
CUTTING = frozenset({"detached", "data-access"})

# Two open blades, on a square of 24.
SCISSORS_PATHS = (
    "M8.3 7.800L20 18M8.300 16.200L20 6",
    "M3.200 6a2.800 2.800 0 1 0 5.600 0a2.800 2.800 0 1 0 -5.600 0z",
    "M3.200 18a2.800 2.800 0 1 0 5.600 0a2.800 2.800 0 1 0 -5.600 0z",
)


def forward(placed: PlacedEdge, palette: Palette) -> str:
    """The line of the values, with an arrow at its end; broken by a cut."""
    points = placed.points
    shaft = _shortened(points[::-1], FORWARD_ARROW)[::-1]
    cut = placed.edge.role == CUT
    color = palette.warning if cut else palette.mark
    line = element(
        "path",
        d=rounded(shaft),
        fill="none",
        stroke=color,
        stroke_width=2.0 if cut else FORWARD_WIDTH,
        stroke_dasharray="6 4" if cut else None,
    )
    return line + _arrow(points[-1], points[-2], FORWARD_ARROW, FORWARD_ARROW, color)


def backward(placed: PlacedEdge, palette: Palette) -> str:
    """What flows back over the line, with an arrow at its beginning; empty if nothing does."""
    edge = placed.edge
    if edge.role != FLOWS:
        return ""
    color = flow_color(edge, palette)
    width = flow_width(edge)
    length = 7.0 + width
    line = element(
        "path",
        d=rounded(_shortened(placed.points, length)),
        fill="none",
        stroke=color,
        stroke_width=width,
        stroke_opacity=FLOW_OPACITY,
        stroke_dasharray="2 4" if edge.zero else None,
    )
    return line + _arrow(placed.points[0], placed.points[1], length, width + 6.0, color)


def flow_width(edge: SceneEdge) -> float:
    """Pixels; the narrowest for a gradient of zero."""
    return NARROWEST_FLOW + edge.width * (WIDEST_FLOW - NARROWEST_FLOW)


def flow_color(edge: SceneEdge, palette: Palette) -> str:
    """The warning's where what flows is no finite number."""
    return palette.accent if edge.finite else palette.warning


def cut_mark(placed: PlacedEdge, palette: Palette) -> str:
    """A gap with scissors in the middle of a cut line, and what cuts there."""
    if placed.edge.role != CUT:
        return ""
    x, y = middle(placed.points)
    # An operation that exists to cut says so itself.
    name = "" if placed.edge.cut in CUTTING else CUT_NAMES.get(placed.edge.cut or "", "")
    return scissors_sign(x, y, palette) + text(
        name, x + CUT_RADIUS + 5, y + 4, TEXT_SIZE, palette.warning, font_weight="bold"
    )


def scissors_sign(x: float, y: float, palette: Palette) -> str:
    """Scissors in a circle that interrupts what is behind it."""
    gap = element("circle", cx=x, cy=y, r=CUT_RADIUS + 3, fill=palette.base)
    ring = element(
        "circle",
        cx=x,
        cy=y,
        r=CUT_RADIUS,
        fill=palette.warning_base,
        stroke=palette.warning,
        stroke_width=1.5,
    )
    return gap + ring + scissors(x - 7, y - 7, 14, palette.warning)


def scissors(x: float, y: float, size: float, color: str) -> str:
    """The icon, by its upper left corner."""
    return _icon(SCISSORS_PATHS, x, y, size, color)


def lock(x: float, y: float, size: float, color: str) -> str:
    """A closed padlock, by its upper left corner."""
    return _icon(("M5 11h14v10h-14z", "M8 11V7a4 4 0 0 1 8 0v4"), x, y, size, color)


def _icon(paths: Sequence[str], x: float, y: float, size: float, color: str) -> str:
    return element(
        "g",
        [element("path", d=path) for path in paths],
        transform=f"translate({number(x)} {number(y)}) scale({size / 24:.3f})",
        fill="none",
        stroke=color,
        stroke_width=2.2,
        stroke_linecap="round",
        stroke_linejoin="round",
    )


def contribution(placed: PlacedEdge, palette: Palette) -> str:
    """The number at the line, on a ground of its own."""
    edge = placed.edge
    if placed.label is None or not edge.contribution:
        return ""
    width = text_width(edge.contribution, TEXT_SIZE) + 6
    x, y = placed.label
    ground = element(
        "rect",
        x=x - width / 2,
        y=y - LINE_HEIGHT / 2,
        width=width,
        height=LINE_HEIGHT,
        rx=4,
        fill=palette.base,
        fill_opacity=0.9,
    )
    color = flow_color(edge, palette)
    return ground + text(
        edge.contribution, x, y + 4, TEXT_SIZE, color, text_anchor="middle", font_weight="bold"
    )


# -- geometry --------------------------------------------------------------------


def rounded(points: Sequence[Point]) -> str:
    """The path through the points, its corners rounded."""
    first, last = points[0], points[-1]
    parts = [f"M{number(first.x)} {number(first.y)}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        into, out = _towards(corner, before), _towards(corner, after)
        parts.append(f"L{number(into.x)} {number(into.y)}")
        parts.append(f"Q{number(corner.x)} {number(corner.y)} {number(out.x)} {number(out.y)}")
    return "".join([*parts, f"L{number(last.x)} {number(last.y)}"])


def _towards(corner: Point, other: Point) -> Point:
    """Where the rounding of a corner begins: at most half the way to the next one."""
    return _along(corner, other, min(CORNER_RADIUS, math.dist(corner, other) / 2))


def _along(start: Point, end: Point, distance: float) -> Point:
    whole = math.dist(start, end) or 1.0
    part = distance / whole
    return Point(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)


def _shortened(points: Sequence[Point], length: float) -> tuple[Point, ...]:
    """Without the first `length` pixels, where an arrow's head is, but never without all."""
    room = math.dist(points[0], points[1])
    return (_along(points[0], points[1], min(length, room * 0.8)), *points[1:])


def middle(points: Sequence[Point]) -> Point:
    """The middle of the longest straight part."""
    start, end = max(pairwise(points), key=lambda pair: math.dist(*pair))
    return Point((start.x + end.x) / 2, (start.y + end.y) / 2)


def _arrow(tip: Point, origin: Point, length: float, width: float, color: str) -> str:
    """A triangle that points from `origin` to `tip`."""
    base = _along(tip, origin, length)
    across = Point((base.y - tip.y) / length * width / 2, (tip.x - base.x) / length * width / 2)
    corners = (
        tip,
        Point(base.x + across.x, base.y + across.y),
        Point(base.x - across.x, base.y - across.y),
    )
    path = "L".join(f"{number(corner.x)} {number(corner.y)}" for corner in corners)
    return element("path", d=f"M{path}z", fill=color)
