"""The graph as an SVG picture: the same drawing as in the window, to be put anywhere.

Readable at its own size, in the colours of a palette and the words of a language; titles
and descriptions say the same to a screen reader. Called by the command `graph`.
"""

from collections.abc import Sequence

from explorer.experiment.names import shortened
from explorer.i18n import Language
from explorer.picture.boxes import Pen, frame, node, told
from explorer.picture.captions import notes
from explorer.picture.elements import Scene
from explorer.picture.layout import (
    MARGIN,
    NAME_SIZE,
    TEXT_SIZE,
    Layout,
    PlacedNode,
    text_width,
)
from explorer.picture.legend import legend, widest
from explorer.picture.lines import backward, contribution, cut_mark, forward
from explorer.picture.markup import element, markup, number, plain
from explorer.picture.palette import Palette
from explorer.picture.shapes import words
from explorer.words.graph import operations_text, summary

FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"
TITLE_SIZE = NAME_SIZE + 4
HEADER_HEIGHT = 60.0
NARROWEST = 420.0
# A title of a page would make the picture as wide.
MOST_TITLE = 200
NARROWEST_WITH_SENTENCES = 620.0


def svg(
    layout: Layout,
    palette: Palette,
    language: Language,
    *,
    title: str,
    sentences: Sequence[str] = (),
) -> str:
    """The whole picture as the text of an SVG file.

    `title` in plain words stands above it, the `sentences` below.
    """
    pen, title = Pen(palette, language), shortened(title, MOST_TITLE)
    summary_ = _summary(layout.scene, language)
    width = max(
        NARROWEST if not sentences else NARROWEST_WITH_SENTENCES,
        layout.width,
        widest(layout.scene, pen),
        text_width(title, TITLE_SIZE, bold=True) + 2 * MARGIN,
        text_width(summary_, TEXT_SIZE) + 2 * MARGIN,
    )
    below, height = legend(layout.scene, HEADER_HEIGHT + layout.height, width, pen)
    height += HEADER_HEIGHT + layout.height
    said, more = notes(sentences, height, width, pen)
    height += more
    parts = [
        element("title", [plain(title)], id="title"),
        element("desc", [plain(summary_)], id="description"),
        element("rect", width=width, height=height, fill=palette.base),
        markup((words(title, (MARGIN, 32), TITLE_SIZE, palette.text, bold=True),)),
        markup((words(summary_, (MARGIN, 52), TEXT_SIZE, palette.faint_text),)),
        _drawing(layout, (width - layout.width) / 2, pen),
        markup(below),
        markup(said),
    ]
    return _document("\n".join(parts), width, height)


def _document(content: str, width: float, height: float) -> str:
    return element(
        "svg",
        ["\n", content, "\n"],
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {number(width)} {number(height)}",
        font_family=FONT,
        role="img",
        aria_labelledby="title description",
    )


def _drawing(layout: Layout, left: float, pen: Pen) -> str:
    """From back to front: frames, values, gradient, boxes, numbers."""
    palette, edges = pen.palette, layout.edges
    layers = (
        [markup(frame(each, pen)) for each in layout.frames],
        [markup(forward(each, palette)) for each in edges],
        [markup(backward(each, palette)) for each in edges],
        [_node(each, pen) for each in layout.nodes],
        [markup(cut_mark(each, palette)) for each in edges],
        [markup(contribution(each, palette)) for each in edges] if layout.scene.numbers else [],
    )
    drawn = [part for layer in layers for part in layer if part]
    return element(
        "g", ["\n".join(drawn)], transform=f"translate({number(left)} {HEADER_HEIGHT:.0f})"
    )


def _node(placed: PlacedNode, pen: Pen) -> str:
    """With a tooltip that says in words what it shows."""
    title = element("title", [plain(told(placed.node, pen.language))])
    return element("g", [title, markup(node(placed, pen))], id=placed.node.key)


def _summary(scene: Scene, language: Language) -> str:
    """What the picture shows, in a line."""
    if not scene.operations:
        return language.text("There is no operation in this graph.")
    count = operations_text(scene.operations, language)
    told = summary(*scene.parameters, scene.failure is not None, language)
    return language.text("{count}. {told}").format(count=count, told=told)
