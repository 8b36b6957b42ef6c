"""The colours of one line of Python: tokens from the standard library, colours from the theme.

Line by line, so that only what is seen is ever coloured: a program may be megabytes of data.
Nothing in the programs that are shown goes on in the next line but brackets, and those are
told without an end as well. Used by `explorer.ui.code.view`.
"""

import builtins
import keyword
import tokenize
from collections.abc import Iterator
from contextlib import suppress

from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextLayout

from explorer.ui.theme import Theme

# Of a line; the rest of a longer one stays plain.
MOST_CHARACTERS = 2_000
# The fields of `SyntaxColors`.
KINDS = ("keyword", "name", "string", "number", "comment")
_BY_TOKEN = {
    tokenize.STRING: "string",
    tokenize.NUMBER: "number",
    tokenize.COMMENT: "comment",
    # From Python 3.12 on a formatted string comes in parts.
    **{
        number: "string"
        for name in ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")
        if (number := getattr(tokenize, name, None)) is not None
    },
}
_BUILT_IN = frozenset(dir(builtins)) - frozenset(keyword.kwlist)


class Highlighter:
    """Formats for lines, in one theme's colours."""

    def __init__(self, theme: Theme) -> None:
        self._formats = {kind: _format(kind, theme) for kind in KINDS}

    def formats(self, line: str) -> list[QTextLayout.FormatRange]:
        """What is coloured in the line, for its QTextLayout."""
        return [self._range(*each) for each in spans(line[:MOST_CHARACTERS])]

    def _range(self, kind: str, start: int, length: int) -> QTextLayout.FormatRange:
        found = QTextLayout.FormatRange()
        found.start, found.length = start, length  # type: ignore[attr-defined]
        found.format = self._formats[kind]  # type: ignore[attr-defined]
        return found


def spans(line: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and length of what is coloured, counted as Qt counts: in UTF-16."""
    before = ""
    # A bracket that is not closed here, or indentation that ends nowhere.
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(iter([line]).__next__):
            kind = _kind(token, before)
            if kind is not None and token.start[0] == token.end[0] == 1:
                start, end = token.start[1], token.end[1]
                yield kind, _units(line[:start]), _units(line[start:end])
            before = token.string or before


def _kind(token: tokenize.TokenInfo, before: str) -> str | None:
    """`before` is the token in front of it: what follows `def` is a name."""
    if token.type != tokenize.NAME:
        return _BY_TOKEN.get(token.type)
    if keyword.iskeyword(token.string):
        return "keyword"
    named = before in ("def", "class") or (token.string in _BUILT_IN and before != ".")
    return "name" if named else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _format(kind: str, theme: Theme) -> QTextCharFormat:
    found = QTextCharFormat()
    found.setForeground(QColor(getattr(theme.syntax, kind)))
    if kind == "keyword":
        found.setFontWeight(QFont.Weight.DemiBold)
    found.setFontItalic(kind == "comment")
    return found
