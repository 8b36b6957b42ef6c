"""Flipping requires_grad and detach by mouse and by keyboard, while it trains and at rest."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat
from .desk import Desk

Flip = Callable[[Desk, str, Column], None]
SWITCHES = {Column.REQUIRES_GRAD: "requires_grad", Column.DETACH: "detach"}


def by_mouse(desk: Desk, name: str, column: Column) -> None:
    desk.flip(name, column)


def by_space(desk: Desk, name: str, column: Column) -> None:
    table = desk.window.table
    table.setFocus()
    table.setCurrentIndex(table.tensors.index(desk.row(name), column))
    desk.press("Space", table)


def by_return(desk: Desk, name: str, column: Column) -> None:
    table = desk.window.table
    table.setFocus()
    table.setCurrentIndex(table.tensors.index(desk.row(name), column))
    desk.press("Return", table)


@pytest.mark.parametrize("column", SWITCHES)
@pytest.mark.parametrize("running", [True, False])
def test_a_switch_acts_on_the_session(seat: Seat, column: Column, running: bool) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    for flip in (by_mouse, by_space, by_return):
        check_switch(desk, flip, column, running)
        # Back for the next way, at a step of its own.
        flip(desk, "a", column)
        desk.until(lambda: len(desk.marks()) % 2 == 0)


def check_switch(desk: Desk, flip: Flip, column: Column, running: bool) -> None:
    """Flip the switch of `a`: it holds from then on, and `a` stands still."""
    step, marks = desk.frame.step, desk.marks()
    if running:
        desk.click("play")
        desk.wait_for_step(step + 2)
    else:
        desk.click("step")
        desk.wait_for_step(step + 1)
    before = desk.ticked("a", column)
    flip(desk, "a", column)
    assert desk.ticked("a", column) != before, "the click is not seen at once"
    desk.until(lambda: desk.marks() == [*marks, f"a {SWITCHES[column]}={not before}"])
    tensor = desk.tensor("a")
    assert (tensor.requires_grad, tensor.detached) == (
        (False, False) if column is Column.REQUIRES_GRAD else (True, True)
    )
    if running:
        desk.click("play")
        desk.wait_for(RunState.PAUSED)
    held, step = desk.look().tensors, desk.frame.step
    assert held is not None
    value = desk.value("a")
    desk.click("step")
    desk.wait_for_step(step + 1)
    desk.look()
    assert desk.value("a") == value
    assert desk.cell("a", Column.GRAD) == "None"


def test_a_frozen_parameter_is_thawed(seat: Seat) -> None:
    desk = seat()
    desk.click("play")
    desk.wait_for_step(2)
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.value("b") != 0.5)
    assert desk.marks() == ["b requires_grad=True"]
    assert desk.cell("b", Column.STATE) == "training"


def test_a_switch_before_the_first_step_survives_reset(seat: Seat) -> None:
    desk = seat()
    desk.flip("a", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.marks() == ["a requires_grad=False"])
    desk.click("play")
    desk.wait_for_step(3)
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: len(desk.marks()) == 2)
    desk.click("reset")
    desk.until(lambda: desk.state is RunState.READY)
    desk.look()
    assert desk.marks() == ["a requires_grad=False"]
    assert not desk.ticked("a", Column.REQUIRES_GRAD)
    assert not desk.ticked("b", Column.REQUIRES_GRAD)


def test_a_switch_flipped_before_torch_is_there(seat: Seat) -> None:
    desk = seat(start=False)
    desk.flip("b", Column.REQUIRES_GRAD)
    assert desk.ticked("b", Column.REQUIRES_GRAD)


def test_everything_frozen_pauses_with_the_message_of_pytorch(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(2)
    desk.flip("a", Column.REQUIRES_GRAD)
    desk.flip("c", Column.REQUIRES_GRAD)
    desk.wait_for(RunState.FAILED)
    assert "does not require grad and does not have a grad_fn" in desk.message
    assert "requires_grad" in desk.message
    step = desk.frame.step
    desk.play_to_rest()
    assert "grad_fn" in desk.message
    assert desk.frame.step == step
    desk.flip("c", Column.REQUIRES_GRAD)
    desk.click("play")
    desk.wait_for_step(step + 3)
    assert desk.state is RunState.RUNNING
    assert "grad_fn" not in desk.message


def test_after_everything_was_frozen_single_steps_go_on(seat: Seat) -> None:
    desk = seat()
    desk.flip("a", Column.REQUIRES_GRAD)
    desk.flip("c", Column.REQUIRES_GRAD)
    desk.click("step")
    desk.wait_for(RunState.FAILED)
    desk.flip("c", Column.REQUIRES_GRAD)
    desk.click("step")
    # The step may be seen before it is said that the run pauses again.
    desk.wait_for(RunState.PAUSED)
    assert desk.frame.step == 1
    assert "grad_fn" not in desk.message


def test_the_prediction_detached(seat: Seat) -> None:
    desk = seat()
    desk.click("play")
    desk.wait_for_step(2)
    desk.flip("y", Column.DETACH)
    desk.wait_for(RunState.FAILED)
    assert "grad_fn" in desk.message
    desk.flip("y", Column.DETACH)
    step = desk.frame.step
    desk.click("play")
    desk.wait_for_step(step + 3)


def test_the_input_may_get_a_gradient(seat: Seat) -> None:
    desk = seat()
    desk.flip("x", Column.REQUIRES_GRAD)
    desk.click("step")
    desk.wait_for_step(1)
    desk.look()
    assert desk.cell("x", Column.STATE) == "input with gradient"
    assert isinstance(desk.tensor("x").grad, list)


def test_a_computed_tensor_has_no_requires_grad_switch(seat: Seat) -> None:
    desk = seat()
    index = desk.window.table.tensors.index(desk.row("y"), Column.REQUIRES_GRAD)
    assert index.data(Qt.ItemDataRole.CheckStateRole) is None
    desk.flip("y", Column.REQUIRES_GRAD)
    assert desk.look().changes == ()


def test_a_switch_flipped_after_the_end_shows_what_holds(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=5")
    desk.play_to_rest()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.look()
    shown = desk.ticked("b", Column.REQUIRES_GRAD)
    assert shown == desk.tensor("b").requires_grad
    assert shown == (desk.marks() == ["b requires_grad=True"])


def test_a_loss_that_is_not_finite_pauses_and_names_the_step(seat: Seat) -> None:
    desk = seat()
    desk.type_rate("1e6")
    desk.play_to_rest()
    assert desk.state is RunState.FAILED
    assert f"{desk.frame.step}" in desk.message
    assert 1 < desk.frame.step < 100
    desk.take_advice("Reset")
    desk.until(lambda: desk.state is RunState.READY)
    assert desk.look().loss is None


def test_play_does_not_run_on_through_nan(seat: Seat) -> None:
    desk = seat()
    desk.type_rate("1e6")
    desk.play_to_rest()
    stopped = desk.frame.step
    desk.click("play")
    desk.until(lambda: f"At step {stopped + 1} the loss became" in desk.message)
    assert desk.state is RunState.FAILED
    assert desk.look().step == stopped + 1
    desk.type_rate("0.001")
    desk.type_value("a", "0.5")
    desk.until(lambda: desk.look().by_hand[-1].tensor == "a")
    desk.type_value("c", "0.5")
    desk.until(lambda: "finite number again" in desk.message)
    desk.full_speed()
    desk.click("play")
    desk.wait_for_step(stopped + 20)


def test_a_drag_from_one_switch_to_another_flips_neither(seat: Seat) -> None:
    desk = seat()
    view = desk.window.table.viewport()
    start, end = desk.place("a", Column.DETACH), desk.place("c", Column.DETACH)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert desk.look().changes == ()
