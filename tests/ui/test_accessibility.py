"""For whoever hears the window or sees little: names, roles, and how far colours are apart."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import explorer
from explorer.i18n import load
from explorer.ui.plots.legend import swatch_px
from explorer.ui.programs.dialog import ProgramDialog
from explorer.ui.theme import DARK, LIGHT, Theme

from .conftest import Seat
from .desk import Desk
from .test_code_tab import luminance

# WCAG 2.1: of text (1.4.3), and of what is to be told from what is around it (1.4.11).
TEXT, SHAPE = 4.5, 3.0
# What texts are written with, on these.
INKS, GROUNDS = ("text", "faint_text", "accent", "warning"), ("base", "window", "selection")


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def unnamed(root: QWidget) -> set[str]:
    """The controls one can come to with the keyboard, and that nobody says the name of."""
    found = set()
    for widget in root.findChildren(QWidget):
        # What hands its focus on is a part of what it hands it to.
        reached = widget.isVisible() and widget.focusProxy() is None
        if not reached or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name).strip():
            found.add(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


def role_of(widget: QWidget) -> QAccessible.Role:
    return QAccessible.queryAccessibleInterface(widget).role()


def contrast_of_a_name(desk: Desk, name: str) -> float:
    """How far the letters of a name in a legend are from their ground."""
    panel = desk.window.panel
    heading = panel.plots["parameters"].heading
    rect = panel.mapFromScene(heading.place_of(name)).boundingRect()
    letters = QRect(QPoint(rect.left() + swatch_px(), rect.top()), rect.bottomRight())
    image = panel.grab(letters).toImage()
    colors = {image.pixelColor(x, y).name() for x in range(image.width())
              for y in range(image.height())}  # fmt: skip
    return max(contrast(color, desk.window.around.theme.base) for color in colors)


def test_every_control_has_a_name_and_the_tables_are_tables(seat: Seat) -> None:
    desk = seat()
    window, inspector = desk.window, desk.window.inspector
    desk.click("step")
    desk.wait_for_step(1)
    window.table.selectRow(0)
    desk.until(inspector.isVisible)
    assert contrast_of_a_name(desk, "b") >= TEXT, "its swatch has the curve's colour"
    found = set()
    for page in range(inspector.pages.count()):
        inspector.pages.setCurrentIndex(page)
        found |= unnamed(window)
    for open_tab in (desk.open_graph, desk.open_code):
        open_tab()
        found |= unnamed(window)
    window.guide.show_glossary("leaf")
    found |= {each for top in QApplication.topLevelWidgets() for each in unnamed(top)}
    assert found == set()
    assert role_of(window.table) == role_of(inspector.grid) == QAccessible.Role.Table
    assert role_of(inspector.pages.tabBar()) == QAccessible.Role.PageTabList
    assert role_of(inspector.close_button) == QAccessible.Role.Button


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_dialog_has_names_too() -> None:
    dialog = ProgramDialog(LIGHT, load("en"))
    dialog.show()
    assert unnamed(dialog) == set()
    dialog.close()
    dialog.deleteLater()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_and_shapes_be_seen(theme: Theme) -> None:
    on = [(ink, ground) for ink in INKS for ground in GROUNDS]
    on += [("text", "warning_base"), ("warning", "warning_base"), ("base", "accent")]
    pairs = {pair: contrast(*(getattr(theme, each) for each in pair)) for pair in on}
    assert {pair: each for pair, each in pairs.items() if each < TEXT} == {}
    for ground in (theme.base, theme.window):
        shapes = [*theme.curves, theme.mark, theme.data, theme.accent]
        assert [each for each in shapes if contrast(each, ground) < SHAPE] == []


def test_texts_have_colours_that_can_be_read_and_no_others() -> None:
    """In style sheets, and where a painter writes."""
    inks = {"text", "faint_text", "accent", "warning", "base", "color", "ink"}
    styled = re.compile(r"(?<![-\\w])color: ?\{(?:\w+\.)*(\w+)\}")
    found = {
        (path.name, ink)
        for path in (Path(explorer.__file__).parent / "ui").rglob("*.py")
        for ink in styled.findall(path.read_text(encoding="utf-8"))
    }
    assert {ink for _, ink in found} <= inks
    assert ("tensors.py", "faint_text") in found, "the search itself"


def reached(desk: Desk) -> list[QWidget]:
    """What has the keyboard, Tab after Tab, from the table back to it; and one sees where it is."""
    window, found = desk.window, list[QWidget]()
    window.table.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(200):
        widget = QApplication.focusWidget()
        assert widget is not None
        if widget is window.table and found:
            return found
        found.append(widget)
        around = QRect(widget.mapTo(window, QPoint()), widget.size()).adjusted(-3, -3, 3, 3)
        there = window.grab(around).toImage()
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is not widget:
            assert window.grab(around).toImage() != there, f"{widget} looks the same without"
    raise AssertionError("Tab does not come back")


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_tab_leads_to_every_control_and_one_sees_where_one_is(seat: Seat, appearance: str) -> None:
    desk = seat()
    desk.window._choose_appearance(appearance)
    window = desk.window
    desk.until(window.isActiveWindow)
    window.table.selectRow(desk.row("b"))
    desk.until(lambda: bool(window.message.buttons) and window.inspector.isVisible())
    for open_tab in (desk.open_graph, desk.open_code, lambda: window.tabs.setCurrentIndex(0)):
        open_tab()
        desk.look()
        order = reached(desk)
        wanted = {
            each
            for each in window.findChildren(QWidget)
            if each.isVisibleTo(window)
            and each.isEnabled()
            and each.focusPolicy() & Qt.FocusPolicy.TabFocus
            and each.focusProxy() is None
        }
        assert wanted - set(order) == set()
        # In the order in which one reads: the way out after what it is about, a page after its tab.
        places = [order.index(each) for each in (window.message, window.message.buttons[0])]
        places.append(order.index(window.tabs.tabBar()))
        places.append(order.index(window.bar.rate))
        assert places == sorted(places)
        page = window.tabs.currentWidget()
        inside = [place for place, each in enumerate(order) if page.isAncestorOf(each)]
        assert places[2] < min(inside)
        assert max(inside) < places[3]
