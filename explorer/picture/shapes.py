"""What the picture is made of: rectangles, circles, lines, polygons, texts, with their colours.

`boxes`, `lines` and `legend` say with these what a node, a line or a sample looks like;
`markup` writes them as SVG, and the window's graph view paints them. So both show the same
drawing, and neither knows what a tensor is. All sizes are in pixels at 1:1, colours `#rrggbb`.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from explorer.picture.layout import Box, Point


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Corners rounded by `radius`; `dashes` as in SVG; None paints nothing."""

    box: Box
    fill: str | None
    stroke: str | None
    radius: float = 0.0
    width: float = 1.0
    dashes: tuple[float, ...] = ()
    fill_opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Circle:
    """By its middle."""

    centre: Point
    radius: float
    fill: str | None
    stroke: str | None = None
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """Through all the points, its corners rounded by `corner`; `ends`: rounded ends."""

    points: tuple[Point, ...]
    color: str
    width: float
    dashes: tuple[float, ...] = ()
    opacity: float = 1.0
    corner: float = 0.0
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Polygon:
    """Filled, without an outline."""

    points: tuple[Point, ...]
    fill: str


class Run(NamedTuple):
    """A part of a line of text in one look."""

    text: str
    color: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `at` is on its baseline: the beginning, or the middle if `centred`."""

    runs: tuple[Run, ...]
    at: Point
    size: float
    centred: bool = False


Shape = Rectangle | Circle | Line | Polygon | Text


def along(start: Point, end: Point, distance: float) -> Point:
    """The point `distance` away from `start` on the way to `end`."""
    whole = math.dist(start, end) or 1.0
    part = distance / whole
    return Point(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)


def turns(line: Line) -> Iterator[tuple[Point, Point, Point]]:
    """Each rounded corner of a line: where it begins, the corner itself, where it ends."""
    points = line.points
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        yield _towards(corner, before, line.corner), corner, _towards(corner, after, line.corner)


def _towards(corner: Point, other: Point, radius: float) -> Point:
    """At most half the way to the next corner."""
    return along(corner, other, min(radius, math.dist(corner, other) / 2))


def words(
    content: str,
    at: tuple[float, float],
    size: float,
    color: str,
    *,
    bold: bool = False,
    centred: bool = False,
) -> Text:
    """A line of text in one look."""
    return Text((Run(content, color, bold),), Point(*at), size, centred)


# -- icons: on a square of 24, drawn with rounded strokes -------------------------


def scissors(x: float, y: float, size: float, color: str) -> tuple[Shape, ...]:
    """Two open blades, by the upper left corner of their square."""
    scale = size / 24
    width = 2.2 * scale

    def at(dx: float, dy: float) -> Point:
        return Point(x + dx * scale, y + dy * scale)

    return (
        Line((at(8.3, 7.8), at(20, 18)), color, width, ends=True),
        Line((at(8.3, 16.2), at(20, 6)), color, width, ends=True),
        Circle(at(6, 6), 2.8 * scale, None, color, width),
        Circle(at(6, 18), 2.8 * scale, None, color, width),
    )


def lock(x: float, y: float, size: float, color: str) -> tuple[Shape, ...]:
    """A closed padlock, by the upper left corner of its square."""
    scale = size / 24
    width = 2.2 * scale
    shackle = tuple(
        Point(x + dx * scale, y + dy * scale) for dx, dy in ((8, 11), (8, 3), (16, 3), (16, 11))
    )
    body = Box(x + 5 * scale, y + 11 * scale, 14 * scale, 10 * scale)
    return (
        Rectangle(body, None, color, width=width, radius=scale),
        Line(shackle, color, width, corner=4 * scale, ends=True),
    )


Icon = Callable[[float, float, float, str], tuple[Shape, ...]]
ICONS: Mapping[str, Icon] = MappingProxyType({"lock": lock, "scissors": scissors})
