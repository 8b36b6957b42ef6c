"""The pages of the help, as documents that a text browser shows.

The tour is Markdown in `resources/help/<language>/`; the keys and the glossary are made from the
tables that the program itself uses. The first time that a page uses a word of the glossary, the
word leads there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cmp_to_key
from html import escape
from types import MappingProxyType

from PySide6.QtCore import QCollator, QLocale
from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor, QTextDocument

from explorer import paths
from explorer.i18n import N_, Language
from explorer.ui.actions import ACTIONS
from explorer.ui.help.guide import GLOSSARY as GLOSSARY_PAGE
from explorer.ui.help.guide import KEYS, TOUR
from explorer.ui.help.keys import GROUPS, key_text
from explorer.words.glossary import GLOSSARY, occurrences

TERM = f"{GLOSSARY_PAGE}#"


@dataclass(frozen=True)
class Page:
    """What is written on its tab, and what fills a document with it."""

    title: str
    fill: Callable[[QTextDocument, Language], None]


def _fill_tour(document: QTextDocument, language: Language) -> None:
    document.setMarkdown(tour_text(language), QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
    _link(document, document.toPlainText(), 0, language, "")


def tour_text(language: Language) -> str:
    """The tour in Markdown, with the actions named as in the menus and with their keys."""
    text = paths.help_page(language.code, "tour.md").read_text(encoding="utf-8")
    return text.format_map({name: _named(name, language) for name in ACTIONS})


def _named(name: str, language: Language) -> str:
    spec = ACTIONS[name]
    title = f"**{plain_title(language.text(spec.text))}**"
    if not spec.keys:
        return title
    key = key_text(spec.keys.partition("; ")[0], language)
    return language.text("{title} ({key})").format(title=title, key=key)


def plain_title(text: str) -> str:
    """An action's or a menu's text without the mark of its key: `打开(&O)…` is `打开`."""
    return text.partition("(&")[0].replace("&", "").rstrip("…")


def _fill_keys(document: QTextDocument, language: Language) -> None:
    document.setHtml("".join(_keys_html(language)))


def _keys_html(language: Language) -> Iterator[str]:
    for group in GROUPS:
        yield f"<h3>{escape(language.text(group.title))}</h3><table cellpadding='3' width='100%'>"
        for key in group.keys:
            keys = escape(key_text(key.keys, language)).replace(" ", "&nbsp;")
            does = escape(language.text(key.does))
            yield f"<tr><td width='32%'><b>{keys}</b></td><td>{does}</td></tr>"
        yield "</table>"


def _fill_glossary(document: QTextDocument, language: Language) -> None:
    document.setHtml("".join(_glossary_html(language)))
    key = ""
    for block in blocks(document):
        if name := anchor_of(block):
            key = name
        else:
            _link(document, block.text(), block.position(), language, key)


def blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    """All of its paragraphs, in order."""
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def anchor_of(block: QTextBlock) -> str:
    """The name by which a heading can be gone to; nothing, if it has none."""
    # It is kept by the letters that follow it.
    first = block.begin()
    names = [] if first.atEnd() else first.fragment().charFormat().anchorNames()
    return names[0] if names else ""


def _glossary_html(language: Language) -> Iterator[str]:
    # Chinese by the sound.
    in_order = cmp_to_key(QCollator(QLocale(language.code)).compare)
    names = {key: language.text(term.name) for key, term in GLOSSARY.items()}
    for key in sorted(names, key=lambda key: in_order(names[key].strip("."))):
        text = escape(language.text(GLOSSARY[key].text))
        yield f"<h3><a name='{key}'>{escape(names[key])}</a></h3><p>{text}</p>"


def _link(
    document: QTextDocument, text: str, start: int, language: Language, leave_out: str
) -> None:
    """Make links of the glossary's words in this text, which begins at `start`."""
    cursor = QTextCursor(document)
    for each in occurrences(text, language, leave_out):
        cursor.setPosition(start + each.start)
        cursor.setPosition(start + each.end, QTextCursor.MoveMode.KeepAnchor)
        style = QTextCharFormat()
        style.setAnchor(True)
        style.setAnchorHref(TERM + each.key)
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        cursor.mergeCharFormat(style)


PAGES: Mapping[str, Page] = MappingProxyType(
    {
        TOUR: Page(N_("Tour"), _fill_tour),
        KEYS: Page(N_("Keys"), _fill_keys),
        GLOSSARY_PAGE: Page(N_("Glossary"), _fill_glossary),
    }
)
