"""Shapes and SVG elements as text: escaped, and with numbers no longer than a pixel needs.

Attributes rather than style sheets, which not every viewer reads. Called by
`explorer.picture.svg`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from explorer.experiment.visible import visible
from explorer.picture.layout import Point
from explorer.picture.shapes import Circle, Line, Polygon, Rectangle, Run, Shape, Text, turns

Attribute = str | float | None


def element(name: str, content: Iterable[str] = (), /, **attributes: Attribute) -> str:
    """An element; `stroke_width=2` becomes `stroke-width="2"`, None leaves one out."""
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_written(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(content)
    return f"<{name}{given}>{inside}</{name}>" if inside else f"<{name}{given}/>"


def plain(content: str) -> str:
    """Text as content of an element; what cannot be seen, and XML cannot hold, is escaped."""
    return escape("".join(filter(_allowed, visible(content))))


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def markup(shapes: Iterable[Shape]) -> str:
    """Shapes one over the other."""
    return "".join(_WRITE[type(shape)](shape) for shape in shapes)


# -- shapes ----------------------------------------------------------------------


def _rectangle(shape: Rectangle) -> str:
    x, y, width, height = shape.box
    return element(
        "rect",
        x=x,
        y=y,
        width=width,
        height=height,
        rx=shape.radius or None,
        fill=shape.fill or "none",
        fill_opacity=None if shape.fill_opacity == 1.0 else shape.fill_opacity,
        **_stroke(shape.stroke, shape.width, shape.dashes),
    )


def _circle(shape: Circle) -> str:
    x, y = shape.centre
    return element(
        "circle",
        cx=x,
        cy=y,
        r=shape.radius,
        fill=shape.fill or "none",
        **_stroke(shape.stroke, shape.width, ()),
    )


def _line(shape: Line) -> str:
    ends = "round" if shape.ends else None
    return element(
        "path",
        d=_through(shape),
        fill="none",
        stroke_opacity=None if shape.opacity == 1.0 else shape.opacity,
        stroke_linecap=ends,
        stroke_linejoin=ends,
        **_stroke(shape.color, shape.width, shape.dashes),
    )


def _stroke(
    color: str | None, width: float, dashes: Sequence[float]
) -> Mapping[str, str | float | None]:
    if color is None:
        return {}
    return {
        "stroke": color,
        "stroke_width": f"{width:.4g}",
        "stroke_dasharray": " ".join(map(number, dashes)) or None,
    }


def _polygon(shape: Polygon) -> str:
    path = "L".join(map(_at, shape.points))
    return element("path", d=f"M{path}z", fill=shape.fill)


def _text(shape: Text) -> str:
    first, *others = shape.runs
    content = [
        plain(first.text),
        *(element("tspan", [plain(run.text)], fill=run.color, **_weight(run)) for run in others),
    ]
    return element(
        "text",
        content,
        x=shape.at.x,
        y=shape.at.y,
        font_size=shape.size,
        fill=first.color,
        text_anchor="middle" if shape.centred else None,
        **_weight(first),
    )


def _weight(run: Run) -> Mapping[str, str]:
    return {"font_weight": "bold"} if run.bold else {}


_WRITE: Mapping[type[Shape], Callable[[Any], str]] = {
    Rectangle: _rectangle,
    Circle: _circle,
    Line: _line,
    Polygon: _polygon,
    Text: _text,
}


def _through(line: Line) -> str:
    """The path through the points, its corners rounded."""
    first, last = line.points[0], line.points[-1]
    parts = [f"M{_at(first)}"]
    parts += [f"L{_at(into)}Q{_at(turn)} {_at(out)}" for into, turn, out in turns(line)]
    return "".join([*parts, f"L{_at(last)}"])


def _at(point: Point) -> str:
    return f"{number(point.x)} {number(point.y)}"


# -- text ------------------------------------------------------------------------


def _written(value: str | float) -> str:
    return "".join(filter(_allowed, value)) if isinstance(value, str) else number(value)


def _allowed(letter: str) -> bool:
    """XML 1.0 has no control characters, no surrogates and not the last two of a plane."""
    code = ord(letter)
    return (code >= 32 or letter in "\t\n\r") and not (
        0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE
    )
