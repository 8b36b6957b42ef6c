"""Nothing a person did is lost: undo and redo, reset with its changes, the list of changes."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from explorer import paths
from explorer.ui.changes.model import Column as Changes
from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import Desk

SHORT = "training.steps=20"
RG = Column.REQUIRES_GRAD


def step_to(desk: Desk, step: int) -> None:
    while desk.workbench.run.step < step:
        before = desk.workbench.run.step
        desk.click("step")
        desk.wait_for_step(before + 1)


def listed(desk: Desk) -> list[tuple[str, str, str]]:
    """The list of changes as it is shown."""
    model = desk.window.changes.model
    cells = [
        [str(model.index(row, column).data()) for column in Changes]
        for row in range(model.rowCount())
    ]
    return [(step, what, origin) for step, what, origin in cells]


def flip_now(desk: Desk, name: str) -> None:
    """Click on requires_grad, and see it done."""
    before, done = desk.ticked(name, RG), len(desk.workbench.history.done)
    desk.flip(name, RG)
    desk.until(lambda: len(desk.workbench.history.done) > done)
    desk.until(lambda: desk.look() is not None and desk.ticked(name, RG) != before)


def numbers(desk: Desk) -> dict[str, tuple[object, object]]:
    return {tensor.name: (tensor.value, tensor.grad) for tensor in desk.look().tensors or ()}


def test_a_switch_is_undone_as_if_it_had_never_been_flipped(seat: Seat) -> None:
    desk = seat()
    step_to(desk, 3)
    assert not desk.action("undo").isEnabled()
    flip_now(desk, "a")
    assert desk.action("undo").text() == "&Undo a requires_grad=False"
    assert listed(desk) == [("4", "a requires_grad=False", "by hand")]
    assert desk.window.isWindowModified()
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.look().by_hand == ())
    assert desk.ticked("a", RG)
    assert listed(desk) == []
    assert not desk.window.isWindowModified()
    assert not desk.action("undo").isEnabled()
    assert desk.action("redo").isEnabled()
    desk.press("Ctrl+Shift+Z")
    desk.until(lambda: len(desk.look().by_hand) == 1)
    assert not desk.ticked("a", RG)
    assert not desk.action("redo").isEnabled()


def test_after_more_steps_undo_is_a_change_of_its_own(seat: Seat) -> None:
    desk = seat()
    flip_now(desk, "a")
    step_to(desk, 2)
    desk.press("Ctrl+Z")
    desk.until(lambda: len(desk.look().by_hand) == 2)
    assert desk.ticked("a", RG)
    assert [row[:2] for row in listed(desk)] == [
        ("1", "a requires_grad=False"),
        ("3", "a requires_grad=True"),
    ]


def press(desk: Desk, action: str, more: int) -> None:
    """Click on Undo or Redo, and see it done."""
    expected = len(desk.workbench.history.done) + more
    desk.click(action)
    desk.until(lambda: len(desk.workbench.history.done) == expected)


def test_values_options_and_steps_are_undone_in_their_order(seat: Seat) -> None:
    desk = seat()
    step_to(desk, 2)
    value = desk.value("a")
    desk.type_value("a", "7")
    desk.until(lambda: desk.look().tensors is not None and desk.value("a") == 7.0)
    desk.workbench.change(lr=0.5)
    desk.until(lambda: desk.look() is not None and desk.window.bar.rate.text() == "0.5")
    desk.workbench.set_steps(9)
    for text in ("steps=9", "lr=0.5", "a=7"):
        assert desk.action("undo").text() == f"&Undo {text}"
        press(desk, "undo", -1)
    desk.until(lambda: desk.look().by_hand == ())
    assert desk.value("a") == value
    assert desk.window.bar.rate.text() == "0.005"
    assert desk.window.bar.steps.value() == 5000
    for _ in range(3):
        press(desk, "redo", 1)
    desk.until(lambda: len(desk.look().by_hand) == 2)
    assert (desk.value("a"), desk.window.bar.rate.text()) == (7.0, "0.5")
    assert desk.window.bar.steps.value() == 9


def test_undo_takes_effect_while_it_trains(seat: Seat) -> None:
    desk = seat()
    desk.click("play")
    desk.wait_for_step(3)
    desk.flip("a", RG)
    desk.until(lambda: desk.action("undo").isEnabled())
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.tensor("a").requires_grad and desk.action("redo").isEnabled())
    desk.press("Ctrl+Shift+Z")
    desk.until(lambda: not desk.tensor("a").requires_grad)


def test_reset_keeps_the_changes_and_makes_them_again(seat: Seat) -> None:
    desk = seat("line-fit", SHORT)
    step_to(desk, 4)
    flip_now(desk, "b")
    step_to(desk, 8)
    expected = numbers(desk)
    desk.click("reset")
    desk.until(lambda: desk.look().step == 0)
    assert not desk.ticked("b", RG)
    assert listed(desk) == [("5", "b requires_grad=True", "by hand")]
    assert "1 change made by hand" in desk.window.status._state.text()
    step_to(desk, 8)
    assert numbers(desk) == expected
    assert desk.ticked("b", RG)
    # And back to the run that was left, bit for bit.
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.look().step == 8)
    assert numbers(desk) == expected
    desk.press("Ctrl+Shift+Z")
    desk.until(lambda: desk.look().step == 8)
    desk.press("Ctrl+Z")
    desk.press("Ctrl+Z")
    desk.until(lambda: len(desk.look().by_hand) == 2)


def test_play_after_the_end_starts_again_with_what_was_set(seat: Seat) -> None:
    desk = seat("line-fit", SHORT)
    desk.click("play")
    desk.wait_for(RunState.FINISHED)
    flip_now(desk, "a")
    assert desk.window.isWindowModified()
    assert listed(desk) == [("after the end", "a requires_grad=False", "by hand")]
    desk.click("play")
    desk.wait_for(RunState.FINISHED)
    assert desk.look().step == 20
    assert desk.value("a") == 1.0, "frozen from the start"
    assert listed(desk) == [("1", "a requires_grad=False", "by hand")]
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.look() is not None and desk.value("a") != 1.0)


def test_a_finished_run_that_is_made_longer_goes_on(seat: Seat) -> None:
    desk = seat("line-fit", SHORT)
    desk.click("play")
    desk.wait_for(RunState.FINISHED)
    flip_now(desk, "a")
    desk.workbench.set_steps(30)
    desk.click("play")
    desk.wait_for(RunState.FINISHED)
    assert desk.look().step == 30
    assert listed(desk) == [("21", "a requires_grad=False", "by hand")]


def test_starting_over_from_the_file_can_be_undone(seat: Seat, write: Write) -> None:
    desk = seat("line-fit", SHORT)
    flip_now(desk, "a")
    desk.workbench.set_steps(33)
    step_to(desk, 2)
    desk.press("Ctrl+Shift+R")
    desk.until(lambda: desk.look().step == 0)
    assert desk.ticked("a", RG)
    assert desk.window.bar.steps.value() == 20
    assert listed(desk) == []
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.look().step == 2)
    assert not desk.ticked("a", RG)
    assert desk.window.bar.steps.value() == 33


def test_a_change_is_removed_and_the_run_made_again(seat: Seat) -> None:
    desk = seat("line-fit", SHORT)
    step_to(desk, 6)
    plain = numbers(desk)
    desk.click("reset")
    desk.until(lambda: desk.look().step == 0)
    step_to(desk, 2)
    flip_now(desk, "a")
    step_to(desk, 6)
    assert numbers(desk) != plain
    choose(desk, 0)
    desk.window.changes.list.setFocus()
    QTest.keyClick(desk.window.changes.list, Qt.Key.Key_Delete)
    assert listed(desk) == []
    desk.until(lambda: desk.look().step == 6)
    assert numbers(desk) == plain
    assert listed(desk) == []
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.look().step == 6)
    assert listed(desk) == [("3", "a requires_grad=False", "by hand")]


def choose(desk: Desk, row: int) -> None:
    """Open the list and select a row."""
    panel = desk.window.changes
    if not panel.button.isChecked():
        QTest.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    panel.list.setCurrentIndex(panel.model.index(row, 0))


def test_a_change_of_the_file_is_removed(seat: Seat, write: Write, tmp_path: Path) -> None:
    path = write(
        'formula = "y = a*x + b"\nparameters = { a = 1.0, b = 0.0 }\n'
        "data = { x = [1, 2], y = [2, 4] }\n"
        'training = { loss = "mse", steps = 10 }\n'
        '[[changes]]\nstep = 3\ntensor = "a"\nrequires_grad = false\n'
    )
    desk = seat(path)
    assert listed(desk) == [("3", "a requires_grad=False", "in the file")]
    step_to(desk, 5)
    choose(desk, 0)
    desk.window.changes._remove.trigger()
    desk.until(lambda: desk.look().step == 5)
    assert desk.ticked("a", RG)
    assert desk.window.isWindowModified()
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.look().step == 5 and not desk.ticked("a", RG))
    assert not desk.window.isWindowModified()


def test_jumping_to_a_change_back_and_ahead(seat: Seat) -> None:
    desk = seat("line-fit", SHORT)
    step_to(desk, 5)
    flip_now(desk, "a")
    before = numbers(desk)
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.look().by_hand == ())
    before = numbers(desk)
    flip_now(desk, "a")
    step_to(desk, 9)
    choose(desk, 0)
    desk.window.changes._jump.trigger()
    desk.until(lambda: desk.look().step == 5)
    desk.wait_for(RunState.PAUSED)
    # The change itself is made when its step begins: the table shows what that step finds.
    assert {name: pair[0] for name, pair in numbers(desk).items()} == {
        name: pair[0] for name, pair in before.items()
    }
    desk.click("reset")
    desk.until(lambda: desk.look().step == 0)
    choose(desk, 0)
    desk.window.changes._jump.trigger()
    desk.until(lambda: desk.look().step == 5)


def test_a_switch_flipped_right_before_a_reset_is_not_lost(seat: Seat) -> None:
    desk = seat("line-fit", SHORT)
    step_to(desk, 2)
    desk.workbench.change(tensor="a", requires_grad=False)
    desk.workbench.reset()
    desk.until(lambda: desk.look().step == 0)
    assert listed(desk) == [("3", "a requires_grad=False", "by hand")]


def test_another_experiment_has_a_history_of_its_own(seat: Seat) -> None:
    desk = seat()
    flip_now(desk, "a")
    desk.window.files.open_path(paths.builtin_experiments()["detached-branch"])
    assert not desk.action("undo").isEnabled()
    assert listed(desk) == []
