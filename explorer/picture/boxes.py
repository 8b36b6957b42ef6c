"""The boxes of the picture: tensors, operations, groups, echoes and frames.

Each kind of node differs by shape as well as by colour. Called by
`explorer.picture.svg` and the window's view for the drawing and by `legend` for its
samples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.i18n import Language
from explorer.picture.elements import (
    CONSTANT,
    DETACHED,
    FROZEN,
    LOCK,
    TARGET,
    TRAINING,
    EchoNode,
    GroupNode,
    Node,
    OperationNode,
    TensorNode,
)
from explorer.picture.layout import (
    ICON_SIZE,
    LINE_HEIGHT,
    NAME_SIZE,
    PADDING,
    SYMBOL_SIZE,
    TEXT_SIZE,
    Box,
    PlacedNode,
    Point,
    fitting,
)
from explorer.picture.palette import Palette
from explorer.picture.shapes import ICONS, Rectangle, Run, Shape, Text, scissors, words
from explorer.words.graph import operations_text, parameters_text, tensor_text

Shapes = tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Pen:
    """What drawing needs besides the node: colours and language."""

    palette: Palette
    language: Language


def node(placed: PlacedNode, pen: Pen) -> Shapes:
    """A node's drawing."""
    return _DRAW[type(placed.node)](placed.node, placed.box, pen)


def told(node: Node, language: Language) -> str:
    """In words what the node shows: its tooltip, and what a screen reader says."""
    return _TELL[type(node)](node, language)


def frame(placed: PlacedNode, pen: Pen) -> Shapes:
    """An expanded group around its members."""
    assert isinstance(placed.node, GroupNode)
    palette, box = pen.palette, placed.box
    name = fitting(placed.node.name, box.width - 20, TEXT_SIZE)
    return (
        Rectangle(box, palette.window, palette.mark, 10, 1, (3, 3)),
        words(name, (box.x + 10, box.y + 17), TEXT_SIZE, palette.faint_text, bold=True),
    )


# -- tensors ---------------------------------------------------------------------


def _tensor(node: TensorNode, box: Box, pen: Pen) -> Shapes:
    palette = pen.palette
    parts: list[Shape] = [tensor_outline(node, box, palette)]
    baseline = box.y + PADDING / 2 + 14
    middle = box.centre.x - len(node.icons) * (ICON_SIZE + 4) / 2
    parts.append(_centred(node.name, middle, baseline, NAME_SIZE, palette.text, bold=True))
    parts.extend(_icons(node, box, baseline, palette))
    if node.value and node.value != node.name:
        baseline += LINE_HEIGHT
        parts.append(_centred(node.value, box.centre.x, baseline, TEXT_SIZE, palette.text))
    if node.gradient:
        parts.append(_gradient(node, box.centre.x, baseline + LINE_HEIGHT, palette))
    return tuple(parts)


def tensor_outline(node: TensorNode, box: Box, palette: Palette) -> Rectangle:
    """The box by its state: a parameter's colour, dashes if frozen, warning if detached."""
    color = palette.mark if node.color is None else palette.curve_color(node.color)
    fill, stroke, width = palette.base, color, 1.3 if node.color is None else 2.5
    if node.objective:
        fill, stroke, width = palette.selection, palette.accent, 2.5
    if node.state == DETACHED:
        fill, stroke = palette.warning_base, palette.warning
    if node.state in (CONSTANT, TARGET):
        fill = palette.window
    return Rectangle(box, fill, stroke, 9, width, (6, 4) if node.state == FROZEN else ())


def _icons(node: TensorNode, box: Box, baseline: float, palette: Palette) -> list[Shape]:
    right = box.x + box.width - PADDING + 2
    drawn: list[Shape] = []
    for icon in reversed(node.icons):
        right -= ICON_SIZE
        color = palette.faint_text if icon == LOCK else palette.warning
        drawn.extend(ICONS[icon](right, baseline - 12, ICON_SIZE, color))
        right -= 4
    return drawn


def _gradient(node: TensorNode, x: float, baseline: float, palette: Palette) -> Text:
    """`grad 27`: the number stands out, None only where one was to be expected."""
    missing = node.state == TRAINING and not node.has_gradient
    broken = "nan" in node.gradient or "inf" in node.gradient
    color = palette.accent if node.has_gradient else palette.faint_text
    color = palette.warning if missing or broken else color
    value = Run(node.gradient, color, node.has_gradient or missing)
    return Text((Run("grad ", palette.faint_text), value), Point(x, baseline), TEXT_SIZE, True)


def _centred(
    content: str, x: float, y: float, size: float, fill: str, *, bold: bool = False
) -> Text:
    return words(content, (x, y), size, fill, bold=bold, centred=True)


def _tell_tensor(node: TensorNode, language: Language) -> str:
    name = ", ".join((node.label, *node.also))
    return tensor_text(name, node.state, node.value, node.gradient, language)


# -- operations, groups, echoes ----------------------------------------------------


def _operation(node: OperationNode, box: Box, pen: Pen) -> Shapes:
    palette = pen.palette
    cut = node.cut is not None
    fill, color = (palette.warning_base, palette.warning) if cut else (palette.window, palette.text)
    stroke = palette.warning if cut else palette.mark
    x = box.centre.x + (ICON_SIZE / 2 + 1 if cut else 0)
    icon = scissors(box.x + 8, box.centre.y - 7, ICON_SIZE, palette.warning) if cut else ()
    return (
        Rectangle(box, fill, stroke, box.height / 2, 1.2),
        _centred(node.symbol, x, box.centre.y + 5, SYMBOL_SIZE, color),
        *icon,
    )


def _tell_operation(node: OperationNode, language: Language) -> str:  # noqa: ARG001 (same form)
    return f"{node.name}: {node.text}" if node.text else node.name


def _group(node: GroupNode, box: Box, pen: Pen) -> Shapes:
    """A pile: one box with the edge of another behind it."""
    palette = pen.palette
    fill, stroke = (
        (palette.selection, palette.accent) if node.objective else (palette.window, palette.mark)
    )
    behind = Box(box.x + 4, box.y + 4, box.width, box.height)
    parts: list[Shape] = [Rectangle(each, fill, stroke, 9, 1.3) for each in (behind, box)]
    baseline = box.y + PADDING / 2 + 14
    parts.append(_centred(node.name, box.centre.x, baseline, NAME_SIZE, palette.text, bold=True))
    for line in _group_lines(node, pen.language):
        baseline += LINE_HEIGHT
        parts.append(_centred(line, box.centre.x, baseline, TEXT_SIZE, palette.faint_text))
    if node.cuts:
        parts.extend(scissors(box.x + 7, box.y + 7, ICON_SIZE, palette.warning))
    return tuple(parts)


def _group_lines(node: GroupNode, language: Language) -> tuple[str, ...]:
    parameters = parameters_text(node.training, node.frozen, language)
    return tuple(filter(None, (operations_text(node.operations, language), parameters)))


def _tell_group(node: GroupNode, language: Language) -> str:
    return ", ".join((node.name, *_group_lines(node, language)))


def _echo(node: EchoNode, box: Box, pen: Pen) -> Shapes:
    palette = pen.palette
    color = palette.mark if node.color is None else palette.curve_color(node.color)
    return (
        Rectangle(box, palette.base, color, 9, 1.2, (2, 3)),
        _centred(node.name, box.centre.x, box.centre.y + 4, TEXT_SIZE, palette.faint_text),
    )


def _tell_echo(node: EchoNode, language: Language) -> str:  # noqa: ARG001 (same form as the others)
    return node.name


_DRAW: Mapping[type[Node], Callable[[Any, Box, Pen], Shapes]] = {
    TensorNode: _tensor,
    OperationNode: _operation,
    GroupNode: _group,
    EchoNode: _echo,
}
_TELL: Mapping[type[Node], Callable[[Any, Language], str]] = {
    TensorNode: _tell_tensor,
    OperationNode: _tell_operation,
    GroupNode: _tell_group,
    EchoNode: _tell_echo,
}
