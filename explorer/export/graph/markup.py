"""SVG elements as text: escaped, and with numbers no longer than a pixel needs.

Attributes rather than style sheets, which not every viewer reads. Called by the modules
that draw.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

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


def text(content: str, x: float, y: float, size: float, fill: str, **attributes: Attribute) -> str:
    """One line of text; `y` is its baseline."""
    return element("text", [plain(content)], x=x, y=y, font_size=size, fill=fill, **attributes)


def plain(content: str) -> str:
    """Text as content of an element; what XML cannot hold is left out."""
    return escape("".join(filter(_allowed, content)))


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def _written(value: str | float) -> str:
    return "".join(filter(_allowed, value)) if isinstance(value, str) else number(value)


def _allowed(letter: str) -> bool:
    """XML 1.0 has no control characters, no surrogates and not the last two of a plane."""
    code = ord(letter)
    return (code >= 32 or letter in "\t\n\r") and not (
        0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE
    )
