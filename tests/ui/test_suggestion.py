"""The card with a first thing to do: once, until it is done or put away, and from the menu."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from explorer import paths
from explorer.i18n import AVAILABLE, load
from explorer.ui.help.card import Card
from explorer.ui.help.tasks import TASKS
from explorer.ui.tensormodel import Column

from .conftest import Seat, Write
from .desk import LEFT, Desk, delete_later_now
from .test_opening import GOOD, open_file, ready


def first_start(seat: Seat, source: str | Path = "line-fit") -> Desk:
    """As the program opens for a person."""
    desk = seat(source)
    desk.window.suggestion.suggest()
    return desk


def card(desk: Desk) -> Card | None:
    """The one that is to be seen."""
    delete_later_now()
    found = [each for each in desk.window.findChildren(Card) if each.isVisible()]
    assert len(found) <= 1
    return found[0] if found else None


def text(desk: Desk) -> str:
    found = card(desk)
    assert found is not None, "no card"
    return found.text


def put_away(desk: Desk) -> None:
    found = card(desk)
    assert found is not None
    QTest.mouseClick(found.button, LEFT)


def entry_of(desk: Desk) -> bool:
    return desk.menu_action("Help", "Something to try").isEnabled()


def test_every_built_in_experiment_has_something_to_try() -> None:
    assert TASKS.keys() == paths.builtin_experiments().keys()


def test_three_steps_and_the_answer_and_never_again(seat: Seat) -> None:
    desk = first_start(seat)
    assert text(desk) == "Press Step three times. Which gradients shrink?"
    sizes = []
    for step in range(1, 4):
        assert "Which gradients" in text(desk)
        desk.click("step")
        desk.wait_for_step(step)
        desk.look()
        sizes.append([abs(float(desk.cell(name, Column.GRAD))) for name in "ac"])
    desk.until(lambda: text(desk).startswith("Those of a and c shrink"))
    # The answer is true.
    assert sizes[0] > sizes[1] > sizes[2]
    assert [desk.cell(name, Column.GRAD) for name in "bd"] == ["None", "None"]
    desk.click("reset")
    assert text(desk).startswith("Those of a and c shrink")
    put_away(desk)
    assert card(desk) is None
    desk.window.close()
    assert card(first_start(seat)) is None


def test_an_answer_that_is_true_no_longer_goes_away(seat: Seat) -> None:
    desk = first_start(seat)
    for step in range(1, 4):
        desk.click("step")
        desk.wait_for_step(step)
    desk.until(lambda: "b and d are frozen" in text(desk))
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: card(desk) is None)


def test_put_away_is_never_again_but_from_the_menu(seat: Seat) -> None:
    desk = first_start(seat)
    put_away(desk)
    assert card(desk) is None
    desk.window.close()
    again = first_start(seat)
    assert card(again) is None
    again.window.show_graph()
    again.choose("Help", "Something to try")
    assert "Which gradients" in text(again)


def test_neither_done_nor_put_away_it_comes_again(seat: Seat) -> None:
    first_start(seat).window.close()
    assert "Which gradients" in text(first_start(seat))


def test_the_detached_branch(seat: Seat) -> None:
    desk = first_start(seat, "detached-branch")
    assert "Why has it no gradient?" in text(desk)
    desk.click("step")
    desk.wait_for_step(1)
    desk.window.table.selectRow(desk.row("x"))
    desk.until(lambda: "Its only way to out is cut" in text(desk))
    # What it advises helps.
    desk.until(lambda: any(each.startswith("Reconnect") for each in desk.advice()))
    desk.take_advice(next(each for each in desk.advice() if each.startswith("Reconnect")))
    desk.click("step")
    desk.wait_for_step(2)
    desk.until(lambda: desk.cell("x", Column.GRAD) != "None")
    desk.until(lambda: card(desk) is None)


def test_the_connected_branch(seat: Seat) -> None:
    desk = first_start(seat, "connected-branch")
    desk.click("step")
    desk.wait_for_step(1)
    desk.flip("g.z", Column.DETACH)
    desk.click("step")
    desk.wait_for_step(2)
    desk.until(lambda: "x loses its gradient" in text(desk))
    assert desk.cell("x", Column.GRAD) == "None"
    assert desk.cell("y", Column.GRAD) not in ("None", "0.0000")


def test_it_is_of_the_experiment_that_is_shown(seat: Seat, write: Write) -> None:
    desk = first_start(seat)
    desk.window.files.open_path(paths.builtin_experiments()["detached-branch"])
    assert "Why has it no gradient?" in text(desk)
    open_file(desk, write(GOOD))
    ready(desk)
    assert card(desk) is None
    assert not entry_of(desk)


def test_files_of_ones_own_have_none(seat: Seat, write: Write) -> None:
    desk = first_start(seat, write(GOOD))
    assert card(desk) is None
    assert not entry_of(desk)


@pytest.mark.parametrize("done", [False, True])
def test_another_language_says_the_same(seat: Seat, done: bool) -> None:
    desk = first_start(seat)
    found = card(desk)
    assert found is not None
    if done:
        found.answer()
    desk.choose("Language / 语言", "简体中文")
    task = TASKS["line-fit"]
    assert text(desk) == load("zh_CN").text(task.answer if done else task.text)


@pytest.mark.parametrize("code", [code for code, _name in AVAILABLE])
@pytest.mark.parametrize("name", TASKS)
def test_it_covers_nothing_in_a_small_window(seat: Seat, code: str, name: str) -> None:
    desk = seat(name, start=False)
    desk.program._fixed_language = load(code)
    desk.program.rebuild()
    desk.window.resize(800, 520)
    desk.window.suggestion.show()
    found = card(desk)
    assert found is not None
    check_place(desk, found)
    found.answer()
    check_place(desk, found)


def check_place(desk: Desk, found: Card) -> None:
    label = found._text
    # The whole of its text is in it.
    desk.until(lambda: label.height() >= label.heightForWidth(label.width()))
    window = desk.window
    assert (window.width(), window.height()) == (800, 520)
    place = area(found, window)
    for other in (window.panel, window.changes, window.tabs.tabBar(), window.message):
        assert not place.intersects(area(other, window))
    assert window.panel.height() > 200
    for button in found.findChildren(QPushButton):
        assert place.contains(area(button, window))


def area(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
