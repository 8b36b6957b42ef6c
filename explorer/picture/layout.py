"""Where everything in the picture stands: boxes placed, lines routed, from top to bottom.

The library graphlay does the layered drawing with orthogonal routing; it is deterministic.
Text widths are estimated here, so that no drawing toolkit is needed; a drawing should use
the sizes below. Called by the command `graph` and, off the window's thread, by the graph view.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import graphlay

from explorer.explain.cuts import CUT
from explorer.picture.elements import (
    DETACHED,
    INTERMEDIATE,
    TRAINING,
    EchoNode,
    GroupNode,
    Node,
    OperationNode,
    Scene,
    SceneEdge,
    TensorNode,
)
from explorer.picture.texts import longest

# Sizes in pixels at 1:1. Names are bold.
NAME_SIZE = 14.0
TEXT_SIZE = 12.0
SYMBOL_SIZE = 14.0
LINE_HEIGHT = 18.0
PADDING = 12.0
ICON_SIZE = 14.0
OPERATION_HEIGHT = 28.0
GROUP_WIDTH = 150.0
FRAME_HEADER = 22.0
MARGIN = 24.0

LAYER_GAP = 36.0
NODE_GAP = 30.0
# The widest flow is drawn 9 wide; two of them beside each other stay apart.
LANE_GAP = 14.0
# The sign on a cut line needs this much of it.
CUT_ROOM = 30.0

# Above this graphlay's refinements take longer than they are worth; they grow with the
# fourth power of the number of lines at one node.
MOST_NODES_REFINED = 300
MOST_LINES_REFINED = 40
# Frames slow the layout down; of a picture this large nobody sees them.
MOST_NODES_FRAMED = 1000

# What has other numbers in every step of a run.
MOVING = frozenset({TRAINING, DETACHED, INTERMEDIATE})

# Parts of an em that letters take in a common sans-serif, on the safe side.
_NARROW = frozenset("fijlrtI.,:;'|!()[] ·")
_WIDE = frozenset("mwMW@%…÷×")


class Point(NamedTuple):
    """Pixels from the upper left corner, y downwards."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle by its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> Point:
        """The middle."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node and its rectangle."""

    node: Node
    box: Box


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """A line and its corners, from the source's border to the target's.

    `label` is the middle of the place kept for its contribution, None if there is no text.
    """

    edge: SceneEdge
    points: tuple[Point, ...]
    label: Point | None


@dataclass(frozen=True)
class Layout:
    """The placed scene, MARGIN around it; nodes and edges in the scene's order."""

    scene: Scene
    nodes: tuple[PlacedNode, ...]
    edges: tuple[PlacedEdge, ...]
    frames: tuple[PlacedNode, ...]
    width: float
    height: float

    @cached_property
    def boxes(self) -> Mapping[str, Box]:
        """The rectangle of every node and frame by its key."""
        return {placed.node.key: placed.box for placed in (*self.nodes, *self.frames)}


def text_width(text: str, size: float, bold: bool = False) -> float:
    """An estimate of the width of a line of text in pixels, rather too large than too small."""
    return sum(map(_em, text)) * size * (1.07 if bold else 1.0)


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.95
    return 0.7 if letter.isupper() else 0.62


def fitting(text: str, room: float, size: float, bold: bool = True) -> str:
    """The text, cut short where it is wider than `room`."""
    if text_width(text, size, bold) <= room:
        return text
    while text and text_width(text + "…", size, bold) > room:
        text = text[:-1]
    return text + "…"


def node_size(node: Node) -> tuple[float, float]:
    """Width and height of a node's box."""
    return _SIZES[type(node)](node)


def tensor_lines(node: TensorNode) -> tuple[str, ...]:
    """The lines of a tensor's box under its name."""
    gradient = f"grad {node.gradient}" if node.gradient else ""
    value = node.value if node.value != node.name else ""
    return tuple(filter(None, (value, gradient)))


def _tensor_size(node: TensorNode) -> tuple[float, float]:
    lines = tensor_lines(node)
    name = text_width(node.name, NAME_SIZE, bold=True) + len(node.icons) * (ICON_SIZE + 4)
    widest = max([name, *(text_width(line, TEXT_SIZE, bold=True) for line in lines)])
    return max(56.0, widest + 2 * PADDING), (1 + len(lines)) * LINE_HEIGHT + PADDING


def _operation_size(node: OperationNode) -> tuple[float, float]:
    icon = ICON_SIZE + 4 if node.cut else 0.0
    width = text_width(node.symbol, SYMBOL_SIZE) + 16.0 + icon
    return max(OPERATION_HEIGHT, width), OPERATION_HEIGHT


def _echo_size(node: EchoNode) -> tuple[float, float]:
    return text_width(node.name, TEXT_SIZE) + 2 * PADDING, LINE_HEIGHT + 4


def _group_size(node: GroupNode) -> tuple[float, float]:
    name = text_width(node.name, NAME_SIZE, bold=True) + 2 * PADDING + ICON_SIZE
    return max(GROUP_WIDTH, name), 3 * LINE_HEIGHT + PADDING


_SIZES: Mapping[type[Node], Callable[[Any], tuple[float, float]]] = {
    TensorNode: _tensor_size,
    OperationNode: _operation_size,
    GroupNode: _group_size,
    EchoNode: _echo_size,
}


def layout(scene: Scene, *, roomy: bool = False) -> Layout:
    """Place everything. The same scene always gives the same picture.

    `roomy`: every box has room for the longest text that its numbers can become, so that they
    can change while all stays in its place.
    """
    if not scene.nodes:
        return Layout(scene, (), (), (), 2 * MARGIN, 2 * MARGIN)
    frames = scene.frames if len(scene.nodes) <= MOST_NODES_FRAMED else ()
    found = graphlay.layout(_graph(scene, frames, roomy), options=_options(scene))
    return _placed(scene, frames, found)


def refreshed(before: Layout, scene: Scene) -> Layout | None:
    """The new scene where the old one stood; None if it has other nodes, lines or sizes."""
    if not (_same(before.scene, scene) and _fits(before, scene)):
        return None
    nodes = tuple(map(PlacedNode, scene.nodes, (placed.box for placed in before.nodes)))
    frames = tuple(map(PlacedNode, scene.frames, (placed.box for placed in before.frames)))
    edges = tuple(
        PlacedEdge(edge, placed.points, placed.label or centre(placed.points))
        for edge, placed in zip(scene.edges, before.edges, strict=True)
    )
    return Layout(scene, nodes, edges, frames, before.width, before.height)


def _same(before: Scene, after: Scene) -> bool:
    """Whether nodes, frames, lines and cuts are those of before."""
    return (
        [node.key for node in before.nodes] == [node.key for node in after.nodes]
        and [frame.key for frame in before.frames] == [frame.key for frame in after.frames]
        and [(edge.key, edge.role == CUT) for edge in before.edges]
        == [(edge.key, edge.role == CUT) for edge in after.edges]
    )


def _fits(before: Layout, scene: Scene) -> bool:
    """Whether the texts still do. In a large picture nobody would see it, and all would wait."""
    if len(scene.nodes) > MOST_NODES_REFINED:
        return True
    for node, placed in zip(scene.nodes, before.nodes, strict=True):
        width, height = node_size(node)
        if width > placed.box.width + 1 or height > placed.box.height + 1:
            return False
    return True


def centre(points: Sequence[Point]) -> Point:
    """The middle of the longest straight part of a line."""
    start, end = max(pairwise(points), key=lambda pair: math.dist(*pair))
    return Point((start.x + end.x) / 2, (start.y + end.y) / 2)


def _graph(scene: Scene, frames: tuple[GroupNode, ...], roomy: bool) -> graphlay.Graph:
    graph = graphlay.Graph()
    parents = {frame.key: graph.node(frame.key, **_parent(frame, graph)) for frame in frames}
    for node in scene.nodes:
        width, height = node_size(_roomy(node) if roomy else node)
        inside: dict[str, Any] = {"parent": parents[node.group]} if node.group in parents else {}
        graph.node(node.key, width=width, height=height, **inside)
    for edge in scene.edges:
        graph.edge(edge.source, edge.target, **_line(scene, edge))
    return graph


def _roomy(node: Node) -> Node:
    """The node with the longest texts that the numbers which change in a run can have."""
    if not isinstance(node, TensorNode):
        return node
    moves = node.state in MOVING and node.value != node.name
    return replace(
        node,
        value=longest(node.value) if moves else node.value,
        gradient=longest(node.gradient) if node.has_gradient else node.gradient,
    )


def _parent(frame: GroupNode, graph: graphlay.Graph) -> dict[str, Any]:
    return {"parent": graph.ids.index(frame.group)} if frame.group in graph.ids else {}


def _line(scene: Scene, edge: SceneEdge) -> dict[str, Any]:
    """Room for the number or the sign of the cut; results stand close to what made them."""
    weight = {"weight": 2.0 if edge.uses == () else 1.0}
    if edge.role == CUT:
        return {**weight, "label_size": {"width": CUT_ROOM, "height": CUT_ROOM}}
    if not (scene.numbers and edge.contribution):
        return weight
    size = {"width": text_width(edge.contribution, TEXT_SIZE) + 10, "height": LINE_HEIGHT}
    return {**weight, "label_size": size}


def _options(scene: Scene) -> dict[str, Any]:
    options: dict[str, Any] = {
        "direction": "topbottom",
        "spacing": {
            "layer_gap": LAYER_GAP,
            "node_gap": NODE_GAP,
            "port_gap": LANE_GAP,
            "bundle_lane_gap": LANE_GAP,
            "compound_padding": 14.0,
            "compound_header": FRAME_HEADER,
        },
        "routing": {"style": "orthogonal", "lane_gap": LANE_GAP, "port_sides": "facing_only"},
    }
    if _is_large(scene):
        options["effort"] = "fast"
        options["tuning"] = {"routing": {"port_relax_rounds": 0, "overlap_repair_rounds": 0}}
    return options


def _is_large(scene: Scene) -> bool:
    lines: dict[str, int] = {}
    for edge in scene.edges:
        for end in (edge.source, edge.target):
            lines[end] = lines.get(end, 0) + 1
    most = max(lines.values(), default=0)
    large = max(len(scene.nodes), len(scene.edges)) > MOST_NODES_REFINED
    return large or most > MOST_LINES_REFINED


def _placed(scene: Scene, frames: tuple[GroupNode, ...], found: graphlay.Layout) -> Layout:
    low, high = found.bounds["min"], found.bounds["max"]
    left, top = low["x"] - MARGIN, low["y"] - MARGIN
    boxes = [_box(each, left, top) for each in found.nodes]
    return Layout(
        scene=scene,
        nodes=tuple(map(PlacedNode, scene.nodes, boxes[len(frames) :])),
        edges=tuple(
            _edge(edge, each, left, top)
            for edge, each in zip(scene.edges, found.edges, strict=True)
        ),
        frames=tuple(map(PlacedNode, frames, boxes)),
        width=high["x"] - left + MARGIN,
        height=high["y"] - top + MARGIN,
    )


def _box(found: Mapping[str, Any], left: float, top: float) -> Box:
    width, height = found["size"]["width"], found["size"]["height"]
    x, y = found["center"]["x"] - left - width / 2, found["center"]["y"] - top - height / 2
    return Box(x, y, width, height)


def _edge(edge: SceneEdge, found: Mapping[str, Any], left: float, top: float) -> PlacedEdge:
    points = tuple(Point(each["x"] - left, each["y"] - top) for each in found["points"])
    anchor = found["label_anchor"]
    label = None if anchor is None else Point(anchor["x"] - left, anchor["y"] - top)
    return PlacedEdge(edge, points, label)
