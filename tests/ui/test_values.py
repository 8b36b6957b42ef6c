"""Editing a parameter's value in the table."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import Desk

MATRICES = """
formula = "y = relu(x @ W) @ v"
[parameters]
W = [[0.5, -0.5, 1.0], [0.25, 1.0, -1.0]]
v = [1.0, 2.0, 3.0]
[data]
x = [[1, 2], [3, 4], [5, 6], [7, 8]]
y = [1, 2, 3, 4]
[training]
optimizer = { name = "sgd", lr = 0.0001 }
"""


NUMBERS = {"2.5": 2.5, "-3": -3.0, "1e-3": 1e-3, ".5": 0.5, "+4": 4.0, " 7. ": 7.0}


def test_a_number_is_set(seat: Seat) -> None:
    desk = seat("line-fit", 'dtype="float64"')
    for text, value in NUMBERS.items():
        check_number(desk, text, value)
        # The next is a change of its own.
        step = desk.frame.step
        desk.click("step")
        desk.wait_for_step(step + 1)


def check_number(desk: Desk, text: str, value: float) -> None:
    marks = desk.marks()
    desk.type_value("a", text)
    desk.until(lambda: desk.value("a") == value)
    assert desk.marks() == [*marks, f"a={value:g}"]


def test_a_value_is_set_while_it_trains(seat: Seat) -> None:
    desk = seat()
    desk.click("play")
    desk.wait_for_step(2)
    desk.type_value("b", "100")
    desk.until(lambda: desk.value("b") == 100.0)
    assert desk.marks() == ["b=100"]


WRONG = ["two", "nan", "NaN", "Infinity", "1e999", "[1, 2]", "[[1]]", "true", "null", "{}", "1,5",
         '"1"', "[" * 3000, "9" * 5000, "[1", "1 2", "[]"]  # fmt: skip


def test_what_is_no_value_is_refused_in_words(seat: Seat) -> None:
    desk = seat()
    for place, text in enumerate(WRONG):
        # In turns, so that no refusal is taken for the one before.
        check_refused(desk, "ac"[place % 2], text)


def check_refused(desk: Desk, name: str, text: str) -> None:
    value = desk.cell(name, Column.VALUE)
    editor = desk.edit(name)
    editor.setText(text)
    editor.setModified(True)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    desk.until(lambda: f"{name}.value" in desk.message)
    assert desk.look().changes == (), text[:12]
    assert desk.cell(name, Column.VALUE) == value, text[:12]
    assert not desk.window.isWindowModified(), text[:12]


def test_escape_leaves_the_value(seat: Seat) -> None:
    desk = seat()
    editor = desk.edit("a")
    QTest.keyClicks(editor, "7")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert desk.look().changes == ()


def test_opening_a_field_and_leaving_it_changes_nothing(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(2)
    editor = desk.edit("a")
    desk.wait_for_step(desk.frame.step + 100)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert desk.look().changes == ()
    desk.edit("c")
    desk.window.bar.rate.setFocus()
    desk.bot.wait(50)
    assert desk.frame.changes == ()


def test_a_value_is_typed_in_peace_while_it_trains(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(2)
    editor = desk.edit("b")
    editor.selectAll()
    QTest.keyClicks(editor, "4")
    for _ in range(3):
        desk.look()
    assert editor.text() == "4", "the run wrote into the field under the user's hands"
    QTest.keyClicks(editor, "2")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    desk.until(lambda: desk.value("b") == 42.0)


def test_a_field_can_be_opened_by_keyboard(seat: Seat) -> None:
    desk = seat()
    table = desk.window.table
    table.setFocus()
    table.setCurrentIndex(table.tensors.index(desk.row("a"), Column.VALUE))
    QTest.keyClick(table, Qt.Key.Key_F2)
    assert table.isPersistentEditorOpen(table.currentIndex()) or table.viewport().children()


@pytest.mark.parametrize("name", ["x", "y"])
def test_data_and_computed_tensors_cannot_be_edited(seat: Seat, name: str) -> None:
    desk = seat()
    with pytest.raises(AssertionError, match="no field opened"):
        desk.edit(name)


def test_a_matrix_is_set_whole(seat: Seat, write: Write) -> None:
    desk = seat(write(MATRICES))
    desk.type_value("W", "[[1, 2, 3], [4, 5, 6]]")
    desk.until(lambda: desk.value("W") == [[1, 2, 3], [4, 5, 6]])
    before = desk.message
    desk.type_value("W", "[[1, 2], [3, 4]]")
    desk.until(lambda: desk.message != before)
    assert "W" in desk.message
    desk.look()
    assert desk.value("W") == [[1, 2, 3], [4, 5, 6]]


BREAKS_OFF = """
formula = "y = a * 2\\nout = binary_cross_entropy(y, t)"
objective = "out"
[parameters]
a = 0.4
t = { value = 1.0, requires_grad = false }
[training]
optimizer = { name = "sgd", lr = 10.0 }
steps = 5
"""


def test_what_pytorch_did_not_come_to_has_a_dash(seat: Seat, write: Write) -> None:
    """A probability above 1 is refused; "None" would be PyTorch's word for what it computed."""
    desk = seat(write(BREAKS_OFF))
    desk.click("play")
    desk.wait_for(RunState.FAILED)
    desk.until(lambda: desk.tensor("y").value is None)
    assert [desk.cell("y", column) for column in (Column.VALUE, Column.GRAD)] == ["—", "—"]
    index = desk.window.table.indexAt(desk.place("y", Column.GRAD))
    assert "broke off" in str(index.data(Qt.ItemDataRole.ToolTipRole))
