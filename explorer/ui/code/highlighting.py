"""The colours of one line of Python: Pygments finds its tokens, the theme has their colours.

Line by line, so that only what is seen is ever coloured: a program may be megabytes of data.
Nothing in the programs that are shown goes on in the next line. Used by `explorer.ui.code.view`.
"""

from collections.abc import Iterator, Mapping

from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]
from pygments.token import Token  # type: ignore[import-untyped]
from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextLayout

from explorer.ui.theme import Theme

# Of a line; the rest of a longer one stays plain.
MOST_CHARACTERS = 2_000
# The field of `SyntaxColors` for a kind of token and all the kinds below it.
KINDS: Mapping[object, str] = {
    Token.Keyword: "keyword",
    Token.Operator.Word: "keyword",
    Token.Name.Builtin: "name",
    Token.Name.Function: "name",
    Token.Name.Class: "name",
    Token.Literal.String: "string",
    Token.Literal.Number: "number",
    Token.Comment: "comment",
}


class Highlighter:
    """Formats for lines, in one theme's colours."""

    def __init__(self, theme: Theme) -> None:
        self._lexer = PythonLexer(stripnl=False, ensurenl=False)
        self._formats = {kind: _format(kind, theme) for kind in set(KINDS.values())}

    def formats(self, line: str) -> list[QTextLayout.FormatRange]:
        """What is coloured in the line, for its QTextLayout."""
        return [self._range(*each) for each in spans(self._lexer, line[:MOST_CHARACTERS])]

    def _range(self, kind: str, start: int, length: int) -> QTextLayout.FormatRange:
        found = QTextLayout.FormatRange()
        found.start, found.length = start, length  # type: ignore[attr-defined]
        found.format = self._formats[kind]  # type: ignore[attr-defined]
        return found


def spans(lexer: PythonLexer, line: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and length of what is coloured, counted as Qt counts: in UTF-16."""
    start = 0
    for token, text in lexer.get_tokens(line):
        length = len(text.encode("utf-16-le", "surrogatepass")) // 2
        kind = _kind(token)
        if kind is not None:
            yield kind, start, length
        start += length


def _kind(token: object) -> str | None:
    while token is not None and token not in KINDS:
        token = token.parent  # type: ignore[attr-defined]
    return None if token is None else KINDS[token]


def _format(kind: str, theme: Theme) -> QTextCharFormat:
    found = QTextCharFormat()
    found.setForeground(QColor(getattr(theme.syntax, kind)))
    if kind == "keyword":
        found.setFontWeight(QFont.Weight.DemiBold)
    found.setFontItalic(kind == "comment")
    return found
