"""Help as somebody uses it: F1, its pages, its search, and the words that lead to the glossary."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QKeySequence, QTextBlock, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

import translations
from explorer.i18n import AVAILABLE, Language, load
from explorer.ui.help.keys import GROUPS, key_text
from explorer.ui.help.pages import MARKDOWN, PAGES, TERM, blocks, is_code, plain_title, written
from explorer.ui.help.window import HelpWindow
from explorer.words.glossary import GLOSSARY

from .conftest import Seat
from .desk import LEFT, NO_KEYS, Desk, delete_later_now

ROOT = Path(__file__).parents[2]
LANGUAGES = [load(code) for code, _name in AVAILABLE]


def opened(desk: Desk) -> HelpWindow:
    found = desk.window.guide.help
    assert found is not None, "no help"
    return found


def shown(desk: Desk) -> str:
    return opened(desk).browser.toPlainText()


def at_hand(desk: Desk) -> str:
    """What is marked, and in sight."""
    browser = opened(desk).browser
    assert browser.viewport().rect().contains(browser.cursorRect())
    return browser.textCursor().selectedText()


def filled(page: str, language: Language) -> QTextDocument:
    document = QTextDocument()
    PAGES[page].fill(document, language)
    return document


def links(document: QTextDocument) -> Iterator[tuple[str, str]]:
    """Where each link leads, and its word."""
    for block in blocks(document):
        yield from links_of(block)


def links_of(block: QTextBlock) -> Iterator[tuple[str, str]]:
    part = block.begin()
    while not part.atEnd():
        fragment = part.fragment()
        if fragment.charFormat().anchorHref():
            yield fragment.charFormat().anchorHref(), fragment.text()
        part += 1


def test_f1_opens_one_window_and_escape_closes_it(seat: Seat) -> None:
    desk = seat(start=False)
    desk.press("F1")
    first = opened(desk)
    assert first.isVisible()
    assert not first.isModal()
    assert "A tour of the window" in shown(desk)
    desk.press("F1")
    assert opened(desk) is first
    QTest.keyClick(first.browser, Qt.Key.Key_Escape)
    assert desk.window.guide.help is None
    delete_later_now()
    assert desk.window.findChildren(HelpWindow) == []


def test_each_page_has_an_entry_in_the_menu(seat: Seat) -> None:
    desk = seat(start=False)
    for entry, text in (
        ("Tour of the window", "Flip a switch"),
        ("Keys", "One step: zero_grad()"),
        ("Glossary", "The length of a tensor"),
    ):
        desk.choose("Help", entry)
        assert text in shown(desk)


def test_it_goes_with_the_window(seat: Seat) -> None:
    desk = seat(start=False)
    desk.press("F1")
    help_ = opened(desk)
    desk.window.close()
    assert not help_.isVisible()


def test_another_language_takes_the_help_along(seat: Seat) -> None:
    desk = seat(start=False)
    desk.choose("Help", "Glossary")
    desk.choose("Language / 语言", "简体中文")
    assert opened(desk).windowTitle() == "帮助"
    assert "叶子张量" in shown(desk)
    assert opened(desk).isVisible()


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_word_of_the_why_panel_leads_to_the_glossary(seat: Seat, by: str) -> None:
    desk = seat()
    desk.window.table.selectRow(desk.row("b"))
    desk.until(lambda: "requires_grad is off" in desk.message)
    label = desk.window.message._text
    assert 'href="requires-grad"' in label.text()
    if by == "keyboard":
        label.setFocus(Qt.FocusReason.TabFocusReason)
        for _ in range(2):
            QTest.keyClick(label, Qt.Key.Key_Tab)
        QTest.keyClick(label, Qt.Key.Key_Return)
    else:
        click_word(desk, label, "requires-grad")
    assert at_hand(desk) == "requires_grad"


def click_word(desk: Desk, label: QLabel, term: str) -> None:
    """Click where the mouse is over the word."""
    over: list[str] = []
    label.linkHovered.connect(over.append)
    for y in range(4, label.height(), 6):
        for x in range(4, label.width(), 12):
            QTest.mouseMove(label, QPoint(x, y))
            if over and over[-1] == term:
                QTest.mouseClick(label, LEFT, NO_KEYS, QPoint(x, y))
                return
    pytest.fail("no such word")


def test_what_a_message_quotes_is_shown_as_it_is(seat: Seat, tmp_path: Path) -> None:
    path = tmp_path / "a  <b>&amp;.toml"
    path.write_text("x =")
    desk = seat(start=False)
    desk.window.files.open_path(path)
    assert "a  <b>&amp;.toml" in desk.message
    document = QTextDocument()
    document.setHtml(desk.window.message._text.text())
    assert document.toPlainText() == desk.message


def test_a_link_of_the_help_can_be_followed_and_come_back_from(seat: Seat) -> None:
    desk = seat(start=False)
    desk.press("F1")
    help_ = opened(desk)
    help_.browser.setFocus()
    QTest.keyClick(help_.browser, Qt.Key.Key_Tab)
    QTest.keyClick(help_.browser, Qt.Key.Key_Return)
    assert help_.page == "glossary"
    assert at_hand(desk) == "requires_grad"
    desk.until(help_.isActiveWindow)
    desk.press("Alt+Left", help_)
    assert help_.page == "tour"


def test_the_search_goes_through_all_pages(seat: Seat) -> None:
    desk = seat(start=False)
    desk.press("F1")
    help_ = opened(desk)
    desk.until(help_.isActiveWindow)
    desk.press("Ctrl+F", help_)
    assert help_.search.hasFocus()
    QTest.keyClicks(help_.search, "running averages")
    assert help_.page == "glossary"
    assert help_.browser.textCursor().selectedText() == "Running averages"
    assert help_.nowhere.isHidden()
    QTest.keyClicks(help_.search, "x")
    assert not help_.nowhere.isHidden()
    help_.search.selectAll()
    QTest.keyClicks(help_.search, "learning rate")
    places = set()
    for _ in range(8):
        places.add((help_.page, help_.browser.textCursor().position()))
        QTest.keyClick(help_.search, Qt.Key.Key_Return)
    assert {page for page, _ in places} == {"glossary", "tour"}
    place = help_.browser.textCursor().position()
    desk.press("F3", help_)
    desk.press("Shift+F3", help_)
    assert help_.browser.textCursor().position() == place


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.code)
@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_term(qapp: object, page: str, language: Language) -> None:
    found = list(links(filled(page, language)))
    assert found or page == "keys"
    for target, _word in found:
        assert target.removeprefix(TERM) in GLOSSARY or target.removesuffix(MARKDOWN) in PAGES


def test_a_page_of_the_reference_leads_to_another(seat: Seat) -> None:
    desk = seat(start=False)
    desk.press("F1")
    help_ = opened(desk)
    desk.until(help_.isActiveWindow)
    help_.contents.setFocus()
    for _ in range(3):
        QTest.keyClick(help_.contents, Qt.Key.Key_Down)
    assert help_.page == "experiment"
    assert 'optimizer = { name = "sgd", lr = 0.005 }' in shown(desk)
    assert "The formula" not in shown(desk)
    help_.browser.anchorClicked.emit(QUrl("formula.md"))
    assert shown(desk).startswith("The formula")
    help_.browser.anchorClicked.emit(QUrl("nowhere.md"))
    assert help_.page == "formula"
    desk.press("Alt+Left", help_)
    assert help_.page == "experiment"


def test_code_and_headings_hold_no_links(qapp: object) -> None:
    document = filled("experiment", LANGUAGES[0])
    for block in blocks(document):
        words = [fragment for _target, fragment in links_of(block)]
        if block.blockFormat().headingLevel() or is_code(block):
            assert words == []


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.code)
def test_every_term_can_be_gone_to(qapp: object, seat: Seat, language: Language) -> None:
    desk = seat(start=False)
    desk.program._fixed_language = language
    desk.program.rebuild()
    for key in GLOSSARY:
        desk.window.guide.show_glossary(key)
        assert at_hand(desk) == language.text(GLOSSARY[key].name)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.code)
def test_every_key_of_the_window_is_listed(qapp: object, seat: Seat, language: Language) -> None:
    desk = seat(start=False)
    text = filled("keys", language).toPlainText()
    listed = {key for group in GROUPS for each in group.keys for key in each.keys.split("; ")}
    written = QKeySequence.SequenceFormat.PortableText
    present = {
        key.toString(written)
        for action in desk.window.findChildren(QAction)
        for key in action.shortcuts()
    }
    assert {"F1", "F5", "Ctrl+O"} <= present <= listed
    for key in listed:
        assert QKeySequence(key).toString(), f"Qt knows no key {key}"
        assert key_text(key, language).replace(" ", "\u00a0") in text


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.code)
def test_the_tour_names_what_is_there(language: Language) -> None:
    """What stands in bold is written on the screen; the actions are filled in from their table."""
    text = written("tour", language)
    bold = set(re.findall(r"\*\*(.+?)\*\*", text))
    assert {plain_title(language.text(each)) for each in ("&Play", "&File", "Why")} <= bold
    messages = {str(each.id) for each in translations.template(ROOT) if each.id}
    assert bold <= {plain_title(language.text(message)) for message in messages}
