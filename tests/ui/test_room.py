"""Every control in sight on small screens, larger texts, and a presentation."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QToolButton

from explorer.ui.settings import PRESENTATION_PERCENT, TEXT_PERCENTS
from explorer.ui.shell import _room
from explorer.ui.tensormodel import SWITCHES, Column

from .conftest import Seat
from .desk import Desk

# The last is what a screen of 1440 x 900 has at 200 %, without the frame.
SIZES = [(1920, 1080), (1280, 800), (1024, 700), (800, 520), (712, 410)]


def resize(desk: Desk, width: int, height: int) -> None:
    desk.window.resize(width, height)
    desk.until(lambda: desk.window.size() == QSize(width, height))
    QApplication.processEvents()


def out_of_sight(desk: Desk) -> list[str]:
    """The tool bar's buttons that went into its extension."""
    bar = desk.window.bar
    extension = bar.findChild(QToolButton, "qt_toolbar_ext_button")
    assert extension is not None
    return ["more"] if extension.isVisible() else []


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_no_control_is_out_of_sight(seat: Seat, language: str) -> None:
    desk = seat()
    if language != "en":
        desk.window._choose_language(language)
    for width, height in SIZES:
        check_room(desk, width, height)


def check_room(desk: Desk, width: int, height: int) -> None:
    resize(desk, width, height)
    assert out_of_sight(desk) == []
    table = desk.window.table
    rows = table.viewport().height() // table.rowHeight(0)
    # A scroll bar may take one of them.
    assert rows >= 4
    assert table.columnViewportPosition(Column.DETACH) >= 0
    heads = [str(table.tensors.headerData(each, Qt.Orientation.Horizontal)) for each in SWITCHES]
    assert "…" not in "".join(heads)
    for field in (desk.window.bar.rate, desk.window.bar.steps):
        assert field.visibleRegion().boundingRect().width() == field.width()
    assert desk.window.status.height() + desk.window.status.y() <= height


def test_words_come_back_where_there_is_room(seat: Seat) -> None:
    desk = seat()
    button = desk.window.bar.widgetForAction(desk.action("reset"))
    resize(desk, 1280, 800)
    wide = button.width()
    resize(desk, 760, 500)
    assert button.width() < wide
    resize(desk, 1280, 800)
    assert button.width() == wide


def test_a_first_window_is_no_larger_than_the_screen(seat: Seat) -> None:
    desk = seat()
    desk.program.show()
    assert desk.window.width() <= max(_room().width(), desk.window.minimumWidth())
    assert desk.window.height() <= max(_room().height(), desk.window.minimumHeight())


def press(desk: Desk, keys: str) -> None:
    """The key, and the window that it may have brought has the keyboard."""
    desk.press(keys)
    desk.until(desk.window.isActiveWindow)


def points(desk: Desk) -> float:
    return desk.window.table.font().pointSizeF()


def test_texts_grow_and_shrink_by_the_keys(seat: Seat) -> None:
    desk = seat()
    usual = points(desk)
    press(desk, "Ctrl++")
    assert points(desk) > usual
    for _ in TEXT_PERCENTS:
        press(desk, "Ctrl+-")
    assert points(desk) == pytest.approx(usual * TEXT_PERCENTS[0] / 100)
    assert desk.window.settings.text_percent == TEXT_PERCENTS[0]
    press(desk, "Ctrl+0")
    assert points(desk) == usual


def test_a_presentation_has_large_texts_and_no_menus_and_ends_by_escape(seat: Seat) -> None:
    desk = seat()
    usual = points(desk)
    press(desk, "F11")
    assert points(desk) == pytest.approx(usual * PRESENTATION_PERCENT / 100)
    assert not desk.window.menuBar().isVisible()
    size = desk.window.size()
    resize(desk, 800, 520)
    for plot in desk.window.panel.plots.values():
        words, _ = plot.promise._places()
        assert words.isEmpty() or plot.vb.rect().contains(words), (
            "what will be drawn there is said in full"
        )
    resize(desk, size.width(), size.height())
    # The keys of the menus work all the same, and there is a way back to be seen.
    press(desk, "F10")
    desk.wait_for_step(1)
    assert desk.window.bar.widgetForAction(desk.action("present")).isVisible()
    press(desk, "Esc")
    assert desk.window.menuBar().isVisible()
    assert points(desk) == usual


def test_the_left_column_grows_with_its_texts_and_shrinks_again(seat: Seat) -> None:
    desk = seat()
    resize(desk, 1920, 1080)
    usual = desk.window.table.width()
    press(desk, "F11")
    desk.until(lambda: desk.window.table.width() > 1.4 * usual)
    table = desk.window.table
    heads = [str(table.tensors.headerData(each, Qt.Orientation.Horizontal)) for each in SWITCHES]
    assert heads == ["requires_grad", "detach"]
    press(desk, "Esc")
    desk.until(lambda: abs(desk.window.table.width() - usual) < 10)
