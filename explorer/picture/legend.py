"""The legend under the picture: what occurs in it, with a sample and in words.

Called by `explorer.picture.svg`.
"""

import re
from collections.abc import Callable, Mapping

from explorer.explain.cuts import CUT, FLOWS, NOTHING
from explorer.picture.boxes import Pen
from explorer.picture.elements import (
    DETACHED,
    FROZEN,
    TRAINING,
    EchoNode,
    GroupNode,
    Scene,
    SceneEdge,
    TensorNode,
)
from explorer.picture.layout import (
    LINE_HEIGHT,
    MARGIN,
    TEXT_SIZE,
    Box,
    PlacedEdge,
    Point,
    text_width,
)
from explorer.picture.lines import backward, forward, scissors_sign
from explorer.picture.palette import Palette
from explorer.picture.shapes import Line, Rectangle, Shape, lock, scissors, words
from explorer.words.graph import LEGEND

Shapes = tuple[Shape, ...]
Sample = Callable[[float, float, Palette], Shapes]

# A word with the space behind it, or a letter of those that need none.
_PARTS = re.compile(r"[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+")
SAMPLE_WIDTH = 44.0
ROW_HEIGHT = 30.0
GAP = 28.0


def entries(scene: Scene) -> list[str]:
    """The keys of what occurs in the scene, in the legend's order."""
    occurs = {"forward"}
    for edge in scene.edges:
        occurs |= _in_edge(edge, scene.numbers)
    for node in scene.nodes:
        if isinstance(node, TensorNode):
            occurs |= _in_tensor(node)
        if isinstance(node, GroupNode):
            occurs |= {"group", "objective"} if node.objective else {"group"}
        occurs |= {"echo"} if isinstance(node, EchoNode) else set()
    return [key for key in LEGEND if key in occurs]


def _in_edge(edge: SceneEdge, numbers: bool) -> set[str]:
    if edge.role == CUT:
        return {"cut"}
    if edge.role != FLOWS:
        return set()
    occurs = {"backward"} if not edge.zero else {"backward", "zero"}
    occurs |= set() if edge.finite else {"broken"}
    if not (numbers and edge.contribution):
        return occurs
    return occurs | {"number"} | ({"norm"} if "‖" in edge.contribution else set())


def _in_tensor(node: TensorNode) -> set[str]:
    occurs = {node.state} & {TRAINING, FROZEN, DETACHED}
    occurs |= {"norm"} if "‖" in node.value + node.gradient else set()
    return occurs | ({"objective"} if node.objective else set())


def legend(scene: Scene, top: float, width: float, pen: Pen) -> tuple[Shapes, float]:
    """The legend's drawing from `top` on, in lines no wider than `width`, and its height."""
    palette = pen.palette
    ends = (Point(MARGIN, top), Point(width - MARGIN, top))
    parts: list[Shape] = [Line(ends, palette.line, 1.0)]
    x, y = MARGIN, top + ROW_HEIGHT / 2
    for key in entries(scene):
        sentence = pen.language.text(LEGEND[key])
        lines = wrapped(sentence, width - 2 * MARGIN - SAMPLE_WIDTH - 10)
        room = SAMPLE_WIDTH + 10 + max(text_width(line, TEXT_SIZE) for line in lines)
        if x > MARGIN and x + room > width - MARGIN:
            x, y = MARGIN, y + ROW_HEIGHT
        parts.extend(_SAMPLES[key](x, y, palette))
        for number, line in enumerate(lines):
            place = (x + SAMPLE_WIDTH + 10, y + 4 + number * LINE_HEIGHT)
            parts.append(words(line, place, TEXT_SIZE, palette.text))
        x += room + GAP
        if len(lines) > 1:
            x, y = width, y + (len(lines) - 1) * LINE_HEIGHT
    return tuple(parts), y + ROW_HEIGHT / 2 + LINE_HEIGHT / 2 - top


def wrapped(sentence: str, room: float) -> list[str]:
    """The sentence in lines of at most this width, broken between words or Chinese letters."""
    lines = [""]
    for part in _PARTS.findall(sentence):
        if lines[-1] and text_width(f"{lines[-1]}{part}".rstrip(), TEXT_SIZE) > room:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += part
    return lines


def widest(scene: Scene, pen: Pen) -> float:
    """The least width of a picture in which no line of the legend is cut off."""
    sentences = (pen.language.text(LEGEND[key]) for key in entries(scene))
    longest = max(text_width(sentence, TEXT_SIZE) for sentence in sentences)
    return longest + SAMPLE_WIDTH + 10 + 2 * MARGIN


# -- samples: a piece of the drawing, 44 wide, centred on (x + 22, y) -----------------


def _line(x: float, y: float, edge: SceneEdge) -> PlacedEdge:
    # From right to left, so that what flows back points to the right.
    return PlacedEdge(edge, (Point(x + SAMPLE_WIDTH, y), Point(x, y)), None)


def _flow(width: float = 0.6, zero: bool = False, finite: bool = True) -> SceneEdge:
    return SceneEdge("", "", "", 0, (), FLOWS, width=width, zero=zero, finite=finite)


def _forward(x: float, y: float, palette: Palette) -> Shapes:
    quiet = SceneEdge("", "", "", 0, (), NOTHING)
    return forward(PlacedEdge(quiet, (Point(x, y), Point(x + SAMPLE_WIDTH, y)), None), palette)


def _backward(edge: SceneEdge) -> Sample:
    return lambda x, y, palette: backward(_line(x, y, edge), palette)


def _word(word: str) -> Sample:
    def sample(x: float, y: float, palette: Palette) -> Shapes:
        at = (x + SAMPLE_WIDTH / 2, y + 4)
        return (words(word, at, TEXT_SIZE, palette.accent, bold=True, centred=True),)

    return sample


def _cut(x: float, y: float, palette: Palette) -> Shapes:
    edge = SceneEdge("", "", "", 0, (), CUT)
    line = forward(PlacedEdge(edge, (Point(x, y), Point(x + SAMPLE_WIDTH, y)), None), palette)
    return line + scissors_sign(x + SAMPLE_WIDTH / 2, y, palette)


def _box(x: float, y: float) -> Box:
    return Box(x + 4, y - 10, SAMPLE_WIDTH - 8, 20)


def _training(x: float, y: float, palette: Palette) -> Shapes:
    return (Rectangle(_box(x, y), palette.base, palette.curve_color(0), 7, 2.5),)


def _frozen(x: float, y: float, palette: Palette) -> Shapes:
    outline = Rectangle(_box(x, y), palette.base, palette.curve_color(1), 7, 2.5, (6, 4))
    return outline, *lock(x + 15, y - 7, 14, palette.faint_text)


def _detached(x: float, y: float, palette: Palette) -> Shapes:
    outline = Rectangle(_box(x, y), palette.warning_base, palette.warning, 7, 1.3)
    return outline, *scissors(x + 15, y - 7, 14, palette.warning)


def _objective(x: float, y: float, palette: Palette) -> Shapes:
    return (Rectangle(_box(x, y), palette.selection, palette.accent, 7, 2.5),)


def _group(x: float, y: float, palette: Palette) -> Shapes:
    boxes = (Box(x + 8, y - 7, 32, 17), Box(x + 4, y - 11, 32, 17))
    return tuple(Rectangle(box, palette.window, palette.mark, 5) for box in boxes)


def _echo(x: float, y: float, palette: Palette) -> Shapes:
    return (Rectangle(_box(x, y), palette.base, palette.mark, 7, dashes=(2, 3)),)


_SAMPLES: Mapping[str, Sample] = {
    "forward": _forward,
    "backward": _backward(_flow()),
    "number": _word("10"),
    "norm": _word("‖3.2‖"),
    "zero": _backward(_flow(0.0, zero=True)),
    "broken": _backward(_flow(finite=False)),
    "cut": _cut,
    "training": _training,
    "frozen": _frozen,
    "detached": _detached,
    "objective": _objective,
    "group": _group,
    "echo": _echo,
}
