"""The boxes of the picture: tensors, operations, groups, echoes and frames.

Each kind of node differs by shape as well as by colour. Called by
`explorer.export.graph.svg` for the drawing and by `legend` for its samples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.export.graph.layout import (
    ICON_SIZE,
    LINE_HEIGHT,
    NAME_SIZE,
    PADDING,
    SYMBOL_SIZE,
    TEXT_SIZE,
    Box,
    PlacedNode,
)
from explorer.export.graph.lines import lock, scissors
from explorer.export.graph.markup import element, plain, text
from explorer.export.graph.records import (
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
from explorer.export.palette import Palette
from explorer.i18n import Language
from explorer.words.graph import operations_text, parameters_text, tensor_text


@dataclass(frozen=True, slots=True)
class Pen:
    """What drawing needs besides the node: colours and language."""

    palette: Palette
    language: Language


def node(placed: PlacedNode, pen: Pen) -> str:
    """A node, with a tooltip that says in words what it shows."""
    content = _DRAW[type(placed.node)](placed.node, placed.box, pen)
    told = _TELL[type(placed.node)](placed.node, pen.language)
    return element("g", [element("title", [plain(told)]), content], id=placed.node.key)


def frame(placed: PlacedNode, pen: Pen) -> str:
    """An expanded group around its members."""
    assert isinstance(placed.node, GroupNode)
    palette, box = pen.palette, placed.box
    outline = rectangle(
        box, palette.window, palette.mark, rx=10, stroke_width=1, stroke_dasharray="3 3"
    )
    name = placed.node.name
    return outline + text(
        name, box.x + 10, box.y + 17, TEXT_SIZE, palette.faint_text, font_weight="bold"
    )


def rectangle(box: Box, fill: str, stroke: str, **attributes: str | float | None) -> str:
    """A box's outline."""
    return element(
        "rect",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        fill=fill,
        stroke=stroke,
        **attributes,
    )


# -- tensors ---------------------------------------------------------------------


def _tensor(node: TensorNode, box: Box, pen: Pen) -> str:
    palette = pen.palette
    parts = [tensor_outline(node, box, palette)]
    baseline = box.y + PADDING / 2 + 14
    middle = box.centre.x - len(node.icons) * (ICON_SIZE + 4) / 2
    parts.append(_centred(node.name, middle, baseline, NAME_SIZE, palette.text, bold=True))
    parts.extend(_icons(node, box, baseline, palette))
    if node.value and node.value != node.name:
        baseline += LINE_HEIGHT
        parts.append(_centred(node.value, box.centre.x, baseline, TEXT_SIZE, palette.text))
    if node.gradient:
        parts.append(_gradient(node, box.centre.x, baseline + LINE_HEIGHT, palette))
    return "".join(parts)


def tensor_outline(node: TensorNode, box: Box, palette: Palette) -> str:
    """The box by its state: a parameter's colour, dashes if frozen, warning if detached."""
    color = palette.mark if node.color is None else palette.curve_color(node.color)
    fill, stroke, width = palette.base, color, 1.3 if node.color is None else 2.5
    if node.objective:
        fill, stroke, width = palette.selection, palette.accent, 2.5
    if node.state == DETACHED:
        fill, stroke = palette.warning_base, palette.warning
    if node.state in (CONSTANT, TARGET):
        fill = palette.window
    dashes = "6 4" if node.state == FROZEN else None
    return rectangle(box, fill, stroke, rx=9, stroke_width=width, stroke_dasharray=dashes)


def _icons(node: TensorNode, box: Box, baseline: float, palette: Palette) -> list[str]:
    right = box.x + box.width - PADDING + 2
    drawn = []
    for icon in reversed(node.icons):
        right -= ICON_SIZE
        draw, color = (lock, palette.faint_text) if icon == LOCK else (scissors, palette.warning)
        drawn.append(draw(right, baseline - 12, ICON_SIZE, color))
        right -= 4
    return drawn


def _gradient(node: TensorNode, x: float, baseline: float, palette: Palette) -> str:
    """`grad 27`: the number stands out, None only where one was to be expected."""
    missing = node.state == TRAINING and not node.has_gradient
    color = palette.accent if node.has_gradient else palette.faint_text
    color = palette.warning if missing else color
    weight = "bold" if node.has_gradient or missing else None
    value = element("tspan", [plain(node.gradient)], fill=color, font_weight=weight)
    return element(
        "text",
        ["grad ", value],
        x=x,
        y=baseline,
        font_size=TEXT_SIZE,
        fill=palette.faint_text,
        text_anchor="middle",
    )


def _centred(
    content: str, x: float, y: float, size: float, fill: str, *, bold: bool = False
) -> str:
    weight = "bold" if bold else None
    return text(content, x, y, size, fill, text_anchor="middle", font_weight=weight)


def _tell_tensor(node: TensorNode, language: Language) -> str:
    name = ", ".join((node.label, *node.also))
    return tensor_text(name, node.state, node.value, node.gradient, language)


# -- operations, groups, echoes ----------------------------------------------------


def _operation(node: OperationNode, box: Box, pen: Pen) -> str:
    palette = pen.palette
    cut = node.cut is not None
    fill, color = (palette.warning_base, palette.warning) if cut else (palette.window, palette.text)
    outline = rectangle(
        box, fill, palette.warning if cut else palette.mark, rx=box.height / 2, stroke_width=1.2
    )
    x = box.centre.x + (ICON_SIZE / 2 + 1 if cut else 0)
    label = _centred(node.symbol, x, box.centre.y + 5, SYMBOL_SIZE, color)
    icon = scissors(box.x + 8, box.centre.y - 7, ICON_SIZE, palette.warning) if cut else ""
    return outline + label + icon


def _tell_operation(node: OperationNode, language: Language) -> str:  # noqa: ARG001 (same form)
    return f"{node.name}: {node.text}" if node.text else node.name


def _group(node: GroupNode, box: Box, pen: Pen) -> str:
    """A pile: one box with the edge of another behind it."""
    palette = pen.palette
    fill, stroke = (
        (palette.selection, palette.accent) if node.objective else (palette.window, palette.mark)
    )
    behind = Box(box.x + 4, box.y + 4, box.width, box.height)
    parts = [rectangle(each, fill, stroke, rx=9, stroke_width=1.3) for each in (behind, box)]
    baseline = box.y + PADDING / 2 + 14
    parts.append(_centred(node.name, box.centre.x, baseline, NAME_SIZE, palette.text, bold=True))
    for line in _group_lines(node, pen.language):
        baseline += LINE_HEIGHT
        parts.append(_centred(line, box.centre.x, baseline, TEXT_SIZE, palette.faint_text))
    if node.cuts:
        parts.append(scissors(box.x + 7, box.y + 7, ICON_SIZE, palette.warning))
    return "".join(parts)


def _group_lines(node: GroupNode, language: Language) -> tuple[str, ...]:
    parameters = parameters_text(node.training, node.frozen, language)
    return tuple(filter(None, (operations_text(node.operations, language), parameters)))


def _tell_group(node: GroupNode, language: Language) -> str:
    return ", ".join((node.name, *_group_lines(node, language)))


def _echo(node: EchoNode, box: Box, pen: Pen) -> str:
    palette = pen.palette
    color = palette.mark if node.color is None else palette.curve_color(node.color)
    outline = rectangle(box, palette.base, color, rx=9, stroke_width=1.2, stroke_dasharray="2 3")
    return outline + _centred(
        node.name, box.centre.x, box.centre.y + 4, TEXT_SIZE, palette.faint_text
    )


def _tell_echo(node: EchoNode, language: Language) -> str:  # noqa: ARG001 (same form as the others)
    return node.name


_DRAW: Mapping[type[Node], Callable[[Any, Box, Pen], str]] = {
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
