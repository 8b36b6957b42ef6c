"""What the right button or the menu key offers on a plot, the graph and the table."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from explorer.ui.tensormodel import Column

from .conftest import Seat
from .desk import NO_KEYS, Desk, delete_later_now
from .test_legend import pixels_of
from .test_time_axes import steps_shown, time_plot, turn_wheel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def open_menu() -> QMenu:
    """The context menu that is open."""
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu), "no menu opened"
    return menu


def entries(menu: QMenu) -> dict[str, QAction]:
    """What is written in a menu (`&` left out), and in those within it after a slash."""
    found = {}
    for action in menu.actions():
        text = action.text().replace("&", "")
        found[text] = action
        for within in QApplication.allWidgets():
            if isinstance(within, QMenu) and within.menuAction() == action:
                found |= {f"{text}/{name}": each for name, each in entries(within).items()}
    return found


def choose(menu: QMenu, entry: str) -> None:
    """Choose an entry; the menu closes as it does for a click."""
    action = entries(menu)[entry]
    menu.close()
    action.trigger()
    delete_later_now()


def menu_of_plot(desk: Desk, name: str) -> QMenu:
    panel = desk.window.panel
    place = panel.mapFromScene(panel.plots[name].vb.sceneBoundingRect().center())
    QTest.mouseClick(panel.viewport(), Qt.MouseButton.RightButton, pos=place)
    return open_menu()


def menu_at(widget: QWidget, place: QPoint, *, by_key: bool = False) -> QMenu:
    reasons = QContextMenuEvent.Reason
    reason = reasons.Keyboard if by_key else reasons.Mouse
    event = QContextMenuEvent(reason, place, widget.mapToGlobal(place), NO_KEYS)
    QApplication.sendEvent(widget, event)
    return open_menu()


def test_the_menu_of_a_plot(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=300")
    desk.full_speed()
    desk.play_to_rest()
    turn_wheel(desk, "loss", 5)
    assert steps_shown(desk) != [0, 300]
    choose(menu_of_plot(desk, "loss"), "Show everything")
    assert steps_shown(desk) == [0, 300]
    menu = menu_of_plot(desk, "loss")
    assert entries(menu)["Logarithmic loss"].isChecked()
    choose(menu, "Logarithmic loss")
    assert not time_plot(desk, "loss").log
    menu = menu_of_plot(desk, "parameters")
    assert not {"Logarithmic loss"} & entries(menu).keys()
    assert "Show whole run" in entries(menu)
    choose(menu, "Curves/b")
    assert pixels_of(desk, "b") == 0
    choose(menu_of_plot(desk, "parameters"), "Curves/Show all")
    assert time_plot(desk, "parameters").hidden_names == frozenset()
    menu = menu_of_plot(desk, "fit")
    assert "Show whole run" not in entries(menu)
    choose(menu, "Hide this plot")
    assert desk.window.panel.plots["fit"].scene() is None
    assert not desk.menu_action("Plots", "Data and fit").isChecked()
    # The menu key: every plot has a menu of its own there.
    menu = menu_at(desk.window.panel, QPoint(5, 5), by_key=True)
    choose(menu, "Gradients/Curves/a")
    assert time_plot(desk, "gradients").hidden_names == {"a"}
    choose(menu_at(desk.window.panel, QPoint(5, 5), by_key=True), "Plots/Data and fit")
    assert desk.window.panel.plots["fit"].scene() is not None


def test_a_picture_is_copied_or_saved(seat: Seat, tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = seat()
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    choose(menu_of_plot(desk, "loss"), "Copy picture")
    copied = QGuiApplication.clipboard().image()
    assert copied.width() > 200
    desk.answers.picture_path = tmp_path_factory.mktemp("pictures") / "loss.png"
    choose(menu_of_plot(desk, "loss"), "Save picture…")
    assert desk.answers.asked[-1].startswith("picture")
    saved = QImage(str(desk.answers.picture_path))
    assert saved.size() == copied.size()
    # A place that cannot be written is told of as of any other file.
    desk.answers.picture_path = desk.answers.picture_path / "nowhere.png"
    choose(menu_of_plot(desk, "loss"), "Save picture…")
    assert "nowhere.png" in desk.message


def test_the_menus_of_graph_and_table(seat: Seat) -> None:
    desk = seat()
    table = desk.window.table
    menu = menu_at(table.viewport(), desk.place("a", Column.STATE))
    assert entries(menu)["requires_grad"].isChecked()
    choose(menu, "requires_grad")
    desk.until(lambda: not desk.ticked("a", Column.REQUIRES_GRAD))
    desk.look()
    assert desk.tensor("a").requires_grad is False
    choose(menu_at(table.viewport(), QPoint(), by_key=True), "Copy value")
    assert QGuiApplication.clipboard().text() == "1.0"
    menu = menu_at(table.viewport(), desk.place("y", Column.NAME))
    assert {"Change value…", "requires_grad"}.isdisjoint(entries(menu))
    choose(menu, "detach")
    desk.until(lambda: desk.ticked("y", Column.DETACH))
    desk.open_graph()
    view = desk.graph.view
    view.zoom(3)
    scale = view.transform().m11()
    choose(menu_at(view.viewport(), QPoint(2, 2)), "Show the whole graph")
    assert view.transform().m11() < scale
    choose(menu_at(view.viewport(), QPoint(2, 2)), "Copy picture")
    assert QGuiApplication.clipboard().image().width() > 200
