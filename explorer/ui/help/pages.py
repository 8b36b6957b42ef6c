"""The pages of the help, as documents that a text browser shows.

The tour and the reference are Markdown in `resources/help/<language>/`; the keys, the glossary and
the lists within the reference are made from the tables that the program itself uses. The first
time that a page uses a word of the glossary, the word leads there.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cmp_to_key, partial
from html import escape
from types import MappingProxyType

from PySide6.QtCore import QCollator, QLocale
from PySide6.QtGui import (
    QGuiApplication,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from explorer import paths
from explorer.i18n import N_, Language
from explorer.ui.actions import ACTIONS
from explorer.ui.help.guide import GLOSSARY as GLOSSARY_PAGE
from explorer.ui.help.guide import KEYS, TOUR
from explorer.ui.help.keys import GROUPS, key_text
from explorer.ui.help.lists import LISTS
from explorer.words.glossary import GLOSSARY, occurrences

TERM = f"{GLOSSARY_PAGE}#"
# A page links to another by its file, as it is in the folder.
MARKDOWN = ".md"
BELOW_CODE_PX = 10
_FILLED_IN = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Page:
    """What is written on its tab, and what fills a document with it."""

    title: str
    fill: Callable[[QTextDocument, Language], None]


def _fill_written(name: str, document: QTextDocument, language: Language) -> None:
    text = written(name, language)
    document.setMarkdown(text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
    _set_off_code(document)
    _link(document, _prose(document), 0, language, "")


def written(name: str, language: Language) -> str:
    """The page in Markdown: `{play}` is an action as the menu has it, with its key.

    `{operations}` and its like are the lists that are made from the program's tables.
    """
    text = paths.help_page(language.code, name + MARKDOWN).read_text(encoding="utf-8")
    return _FILLED_IN.sub(partial(_filled_in, language), text)


def _filled_in(language: Language, place: re.Match[str]) -> str:
    name = place[1]
    if name in LISTS:
        return LISTS[name](language)
    return _named(name, language) if name in ACTIONS else place[0]


def _set_off_code(document: QTextDocument) -> None:
    """Give code in lines of its own a ground of its own."""
    style = QTextBlockFormat()
    style.setBackground(QGuiApplication.palette().alternateBase())
    for block in blocks(document):
        if is_code(block):
            # The last line of it is followed by what is not code.
            style.setBottomMargin(0 if is_code(block.next()) else BELOW_CODE_PX)
            QTextCursor(block).mergeBlockFormat(style)


def is_code(block: QTextBlock) -> bool:
    """Whether it is a line of code that stands by itself."""
    return block.isValid() and block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)


def _prose(document: QTextDocument) -> str:
    """Its text, with blanks in the place of headings and of code in lines of its own."""
    text = document.toPlainText()
    for block in blocks(document):
        if block.blockFormat().headingLevel() or is_code(block):
            start, length = block.position(), len(block.text())
            text = text[:start] + " " * length + text[start + length :]
    return text


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


def page_of(link: str) -> str:
    """The key of the page that a link names; nothing, if there is none of that name."""
    name = link.removesuffix(MARKDOWN)
    return name if name in PAGES else ""


def _page(title: str, name: str) -> Page:
    return Page(title, partial(_fill_written, name))


PAGES: Mapping[str, Page] = MappingProxyType(
    {
        TOUR: _page(N_("Tour"), TOUR),
        KEYS: Page(N_("Keys"), _fill_keys),
        GLOSSARY_PAGE: Page(N_("Glossary"), _fill_glossary),
        "experiment": _page(N_("Experiment file"), "experiment"),
        "formula": _page(N_("Formula"), "formula"),
        "commands": _page(N_("Commands"), "commands"),
        "json": _page(N_("JSON documents"), "json"),
        "models": _page(N_("Your own model"), "models"),
    }
)
