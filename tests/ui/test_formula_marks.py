"""The formula shows which switches are set: marks in its text, and what they say."""

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.ui.editor.marks import CUT, FROZEN, OFF
from explorer.ui.tensormodel import Column

from .conftest import Seat, Write
from .desk import Desk

LEAF, DETACH = Column.REQUIRES_GRAD, Column.DETACH


def marked(desk: Desk) -> set[tuple[str, str, int]]:
    """Kind, marked text and its line, of every mark that is shown."""
    found = set()
    for mark in desk.window.formula.marks:
        cursor = desk.window.formula._cursor(mark)
        found.add((mark.kind, cursor.selectedText(), cursor.blockNumber() + 1))
    return found


def shows(desk: Desk, *expected: tuple[str, str, int]) -> None:
    desk.look()
    desk.until(lambda: marked(desk) == set(expected))


def test_frozen_leaves_are_marked_from_the_start_and_follow_the_switch(seat: Seat) -> None:
    desk = seat()
    shows(desk, (FROZEN, "b", 1), (FROZEN, "d", 1))
    desk.flip("b", LEAF)
    shows(desk, (FROZEN, "d", 1))
    desk.press("Ctrl+Z")
    shows(desk, (FROZEN, "b", 1), (FROZEN, "d", 1))


def test_a_cut_of_the_formula_that_is_off_is_struck_out(seat: Seat) -> None:
    desk = seat("detached-branch")
    # In the body of f it is called z.
    shows(desk, (CUT, "z_no_grad", 6), (CUT, "z", 2))
    desk.flip("g.z_no_grad", DETACH)
    shows(desk, (OFF, ".detach()", 6))
    desk.flip("g.z", DETACH)
    shows(desk, (OFF, ".detach()", 6), (CUT, "z", 5), (CUT, "z", 6))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_counted_as_the_author_wrote_them(seat: Seat, write: Write, end: str) -> None:
    lines = ["", "", "h = w*2  # first", "", "y = h.detach( ) + w"]
    formula = end.join(lines).replace("\r", "\\r").replace("\n", "\\n")
    desk = seat(
        write(f'objective = "y"\nformula = "{formula}"\nparameters.w = {{ value = 1.0 }}\n')
    )
    shows(desk)
    desk.flip("w", LEAF)
    shows(desk, (FROZEN, "w", 1), (FROZEN, "w", 3))
    desk.flip("h", DETACH)
    shows(desk, (FROZEN, "w", 1), (FROZEN, "w", 3), (CUT, "h", 1), (CUT, "h", 3))


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_the_tooltip_says_what_a_mark_is(seat: Seat) -> None:
    desk = seat()
    shows(desk, (FROZEN, "b", 1), (FROZEN, "d", 1))
    panel = desk.window.formula
    mark = next(each for each in panel.marks if each.name == "b")
    place = panel.viewport().mapTo(panel, panel.place_of(mark).center())
    QApplication.sendEvent(panel, QHelpEvent(QEvent.Type.ToolTip, place, panel.mapToGlobal(place)))
    assert QToolTip.text() == "b: requires_grad is off, no gradient is computed for it."
    away = QPoint(panel.width() - 5, panel.height() - 5)
    QApplication.sendEvent(panel, QHelpEvent(QEvent.Type.ToolTip, away, panel.mapToGlobal(away)))
    # It goes after a moment.
    desk.until(lambda: QToolTip.text() == "")


def test_another_experiment_has_no_marks_of_the_last(seat: Seat, write: Write) -> None:
    desk = seat()
    shows(desk, (FROZEN, "b", 1), (FROZEN, "d", 1))
    desk.window.files.open_path(write('objective = "y"\nformula = "y = a*2"\nparameters.a = 1\n'))
    assert marked(desk) == set()
