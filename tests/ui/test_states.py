"""The table's states and the panel's notes in a session: cut off, still moving, since when."""

import pytest
from PySide6.QtCore import Qt

from explorer import paths
from explorer.ui.tensormodel import Column

from .conftest import Seat, Write
from .desk import Desk

MOVER = """
formula = "y = w*x + b"
[parameters]
w = 0.0
b = 0.0
[data]
x = [1, 2, 3]
y = [3, 5, 7]
[training]
optimizer = { name = "sgd", lr = 0.02, momentum = 0.9 }
zero_grad = "zero"
steps = 30
"""
NEVER = MOVER.replace('"zero"', '"never"')


def steps(desk: Desk, count: int) -> None:
    for _ in range(count):
        before = desk.look().step
        desk.click("step")
        desk.wait_for_step(before + 1)
    desk.look()


def test_a_frozen_tensor_that_moves_is_flagged_and_the_way_out_is_told(
    seat: Seat, write: Write
) -> None:
    desk = seat(write(MOVER))
    steps(desk, 3)
    assert desk.cell("w", Column.STATE) == "training"
    desk.flip("w", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.cell("w", Column.STATE) == "still moves")
    desk.until(lambda: "goes on moving, by momentum" in desk.message)
    before = desk.value("w")
    steps(desk, 2)
    assert desk.value("w") != before
    assert desk.cell("w", Column.STATE) == "still moves"
    desk.until(lambda: "w still moves, by momentum" in desk.message)
    assert 'zero_grad = "none"' in desk.message
    assert desk.cell("w", Column.GRAD) == "0.0000"


def test_followed_the_advice_it_is_frozen(seat: Seat, write: Write) -> None:
    desk = seat(write(MOVER.replace('"zero"', '"none"')))
    steps(desk, 3)
    desk.flip("w", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.cell("w", Column.STATE) == "frozen")
    before = desk.value("w")
    steps(desk, 2)
    assert desk.value("w") == before
    assert desk.cell("w", Column.GRAD) == "None"


def test_a_parameter_that_no_gradient_reaches_is_not_in_training(seat: Seat) -> None:
    desk = seat("connected-branch")
    assert desk.cell("x", Column.STATE) == "training"
    desk.flip("g.z", Column.DETACH)
    desk.until(lambda: desk.cell("x", Column.STATE) == "cut off")
    assert desk.cell("y", Column.STATE) == "training"


@pytest.mark.parametrize("name", list(paths.builtin_experiments()))
def test_before_the_first_step_table_and_graph_show_the_same_pass(seat: Seat, name: str) -> None:
    """That which step 1 will make; both say so, and the table writes it in another hand."""
    desk = seat(name)
    desk.open_graph()
    desk.look()
    insight = desk.workbench.insight
    assert insight is not None
    trace = insight.trace
    assert desk.frame.tensors
    for tensor in desk.frame.tensors:
        assert tensor.grad == trace.tensors[trace.named[tensor.name]].grad, tensor.name
        index = desk.window.table.tensors.index(desk.row(tensor.name), Column.GRAD)
        assert index.data(Qt.ItemDataRole.FontRole).italic()
    assert desk.window.table.moment.text() == "gradients of step 1, which comes next"
    assert "Step 1, which comes next." in desk.graph.summary.text()
    steps(desk, 1)
    assert desk.window.table.moment.text() == "gradients of the last step"
    index = desk.window.table.tensors.index(0, Column.GRAD)
    assert desk.cell(desk.frame.tensors[0].name, Column.GRAD) != "None" or name != "line-fit"
    if desk.frame.tensors[0].grad is not None:
        assert index.data(Qt.ItemDataRole.FontRole) is None


def test_what_step_1_will_compute_is_said_of_it_and_is_not_there(seat: Seat) -> None:
    desk = seat("line-fit")
    assert [desk.cell(name, Column.GRAD) for name in "abx"] == ["-14.0000", "None", "None"]
    index = desk.window.table.tensors.index(desk.row("a"), Column.GRAD)
    assert "So far a.grad is None." in index.data(Qt.ItemDataRole.ToolTipRole)
    desk.flip("y", Column.DETACH)
    desk.until(lambda: desk.cell("a", Column.GRAD) == "None")


def test_a_sum_is_said_to_be_one(seat: Seat, write: Write) -> None:
    desk = seat(write(NEVER))
    steps(desk, 3)
    desk.window.table.selectRow(desk.row("w"))
    desk.until(lambda: "is the sum of its gradients since step 1" in desk.message)


def test_what_a_click_did_is_told_until_another_tensor_is_selected(seat: Seat) -> None:
    desk = seat("line-fit")
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: "Since the switch" in desk.window.message.note)
    # No gradient so far, and one from now on.
    assert "b.grad is None so far" in desk.message
    assert "b gets a gradient in every step" in desk.window.message.note
    desk.leave_table()
    desk.window.table.selectRow(desk.row("a"))
    desk.until(lambda: desk.window.message.note == "")


def test_what_a_click_did_is_no_word_about_another_tensor(seat: Seat) -> None:
    desk = seat("line-fit")
    desk.flip("b", Column.REQUIRES_GRAD)
    # Before the answer is there.
    desk.window.table.selectRow(desk.row("d"))
    desk.until(lambda: desk.workbench.insight is not None and _checked(desk))
    desk.look()
    assert desk.window.message.note == ""


def _checked(desk: Desk) -> bool:
    insight = desk.workbench.insight
    return insight is not None and insight.explanation.check is not None
