"""From node to node with the arrow keys. No Qt: directions are words.

Down and up follow the lines, to the nearest node they lead to; where there is none, and
sideways, to the nearest box in that direction.
"""

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from explorer.picture.layout import Layout, Point

UP, DOWN, LEFT, RIGHT = "up", "down", "left", "right"
# Along which axis, and which way.
_AHEAD: Mapping[str, tuple[float, float]] = MappingProxyType(
    {UP: (0.0, -1.0), DOWN: (0.0, 1.0), LEFT: (-1.0, 0.0), RIGHT: (1.0, 0.0)}
)
# How much worse a step aside is than one ahead.
ASIDE = 2.5


def neighbour(layout: Layout, key: str | None, direction: str) -> str | None:
    """The key of the next node; of the first one if none is selected, None at the end."""
    middles = {placed.node.key: placed.box.centre for placed in layout.nodes}
    if key not in middles:
        return layout.nodes[0].node.key if layout.nodes else None
    linked = _linked(layout, key, direction)
    others = [each for each in linked if each in middles]
    if others:
        return min(others, key=lambda each: math.dist(middles[each], middles[key]))
    return _nearest(middles, key, direction)


def _linked(layout: Layout, key: str, direction: str) -> Iterable[str]:
    edges = layout.scene.edges
    if direction == DOWN:
        return [edge.target for edge in edges if edge.source == key]
    if direction == UP:
        return [edge.source for edge in edges if edge.target == key]
    return ()


def _nearest(middles: Mapping[str, Point], key: str, direction: str) -> str | None:
    here, (dx, dy) = middles[key], _AHEAD[direction]
    found, least = None, math.inf
    for other, there in middles.items():
        x, y = there.x - here.x, there.y - here.y
        ahead, aside = x * dx + y * dy, abs(x * dy) + abs(y * dx)
        if ahead > 1.0 and ahead + ASIDE * aside < least:
            found, least = other, ahead + ASIDE * aside
    return found
