"""One way from a tensor to the objective, drawn small: what flows on it, and where it is cut.

The stops come from `explorer.explain.route`; the strip sets them in lines like words, joined by
arrows that look as in the graph. Part of the Why panel.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from PySide6.QtWidgets import QWidget

from explorer.explain.cuts import CUT, FLOWS, NOTHING
from explorer.explain.route import BROKEN, TENSOR, ZERO, Stop
from explorer.picture.elements import SceneEdge
from explorer.picture.layout import (
    LINE_HEIGHT,
    TEXT_SIZE,
    Box,
    PlacedEdge,
    Point,
    text_width,
)
from explorer.picture.lines import backward, forward, scissors_sign
from explorer.picture.palette import Palette
from explorer.picture.shapes import Rectangle, Shape, words
from explorer.picture.texts import shortened
from explorer.ui.painted import Painted
from explorer.ui.theme import Theme

HEIGHT = LINE_HEIGHT + 6
ARROW = 34.0
CUT_ARROW = 46.0
ROW_GAP = 10.0


class PathStrip(Painted):
    """Nothing at all without stops."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.stops: tuple[Stop, ...] = ()
        self._about = ""
        self.show_way(())

    def show_way(self, stops: Sequence[Stop], about: str = "") -> None:
        """Draw another way; a single stop is none. The tensor it is `about` stands out."""
        self.stops = tuple(stops) if len(stops) > 1 else ()
        self._about = about
        self.setVisible(bool(self.stops))
        self.setAccessibleName(" → ".join(stop.label for stop in self.stops))
        self.arrange()

    def drawn(self, width: float) -> tuple[Iterable[Shape], float]:
        """The way as `strip` sets it."""
        return strip(self.stops, width, self._theme, self._about)


def strip(
    stops: Sequence[Stop], width: float, palette: Palette, about: str = ""
) -> tuple[list[Shape], float]:
    """The drawing of the stops in lines no wider than `width`, and its height."""
    boxes = _placed(stops, width)
    shapes: list[Shape] = []
    for (stop, box), (after, following) in pairwise(zip(stops, boxes, strict=True)):
        unconnected = stop.kind == after.kind == TENSOR and stop.flow == NOTHING
        if not unconnected:
            shapes.extend(_arrow(stop, box, following, palette))
    for stop, box in zip(stops, boxes, strict=True):
        shapes.extend(_drawn(stop, box, palette, stop.label == about))
    return shapes, (boxes[-1].y + HEIGHT + 4 if boxes else 0.0)


def _placed(stops: Sequence[Stop], width: float) -> list[Box]:
    boxes: list[Box] = []
    x, y = 2.0, 2.0
    for stop in stops:
        wide = text_width(_label(stop), TEXT_SIZE, bold=True) + 14
        if x > 2.0 and x + wide > width:
            x, y = 2.0 + ARROW, y + HEIGHT + ROW_GAP
        boxes.append(Box(x, y, wide, HEIGHT))
        x += wide + (CUT_ARROW if stop.flow == CUT else ARROW)
    return boxes


def _label(stop: Stop) -> str:
    return shortened(stop.label)


def _drawn(stop: Stop, box: Box, palette: Palette, chosen: bool) -> tuple[Shape, ...]:
    tensor = stop.kind == TENSOR
    at = (box.centre.x, box.centre.y + 4)
    text = words(_label(stop), at, TEXT_SIZE, palette.text, bold=tensor, centred=True)
    radius = 6 if tensor else box.height / 2
    fill = palette.base if tensor else palette.window
    stroke, width = (palette.text, 2.2) if tensor and chosen else (palette.mark, 1.2)
    return Rectangle(box, fill, stroke, radius, width), text


def _arrow(stop: Stop, box: Box, following: Box, palette: Palette) -> tuple[Shape, ...]:
    """An arrow to the next stop, over it what comes back; scissors where it is cut."""
    # To a stop in the next line the arrow comes from the left edge.
    left = box.x + box.width if box.y == following.y else following.x - ARROW
    ends = (Point(left, following.centre.y), Point(following.x, following.centre.y))
    role = FLOWS if stop.flow in (FLOWS, ZERO, BROKEN) else stop.flow or NOTHING
    zero, finite = stop.flow == ZERO, stop.flow != BROKEN
    edge = SceneEdge("", "", "", 0, (), role, width=0.2, zero=zero, finite=finite)
    placed = PlacedEdge(edge, ends, None)
    shapes = forward(placed, palette) + backward(placed, palette)
    if stop.flow == CUT:
        middle = (ends[0].x + ends[1].x) / 2
        shapes += scissors_sign(middle, ends[0].y, palette)
    return shapes
