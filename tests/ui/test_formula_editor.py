"""The formula is typed in the window: checked, run when it is sound, undone with all the rest."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from explorer import paths
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
SMALL = 'objective = "y"\nformula = "y = a*2"\nparameters.a = 1.0\n'


def type_text(desk: Desk, text: str) -> None:
    """At the end of the formula."""
    view = desk.window.formula
    view.setFocus()
    view.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(view, text)


def settle(desk: Desk) -> None:
    """No pause is waited for in tests: what is due is checked now."""
    typing = desk.window.typing
    if typing._pause.isActive():
        typing._pause.stop()
        typing._check()
    desk.until(lambda: typing.is_settled and desk.workbench._revision is None)


def test_what_is_typed_runs_as_soon_as_it_is_sound(seat: Seat) -> None:
    desk = seat()
    window, workbench = desk.window, desk.workbench
    first, run = workbench.experiment, workbench.run
    desk.click("step")
    desk.wait_for_step(1)
    type_text(desk, " +")
    settle(desk)
    assert workbench.run.identity == run.identity, "the last sound one"
    assert workbench.experiment is first
    assert window.typing.strip.text.startswith("line 1, column ")
    assert window.formula.problem_text == window.typing.strip.text
    assert window.isWindowModified()
    type_text(desk, " x")
    settle(desk)
    assert workbench.experiment.formula == "y = a*x + b*x + c + d + x"
    assert window.typing.strip.text == "" == window.formula.problem_text
    assert desk.look().step == 0
    assert desk.value("a") == 1.0
    # Typing until a pause is one entry, and so is what made it sound.
    assert desk.action("undo").text() == "&Undo Edit the formula"
    desk.press("Ctrl+Z", window.formula)
    assert (window.formula.toPlainText(), workbench.run.identity) == (
        "y = a*x + b*x + c + d +",
        run.identity,
    )
    assert desk.look().step == 1
    assert desk.action("undo").text() == "&Undo Typing"
    desk.press("Ctrl+Z", window.formula)
    assert window.formula.toPlainText() == first.formula
    settle(desk)
    assert not window.isWindowModified()
    assert not desk.action("undo").isEnabled()
    desk.press("Ctrl+Shift+Z", window.formula)
    settle(desk)
    assert window.typing.strip.text.startswith("line 1, column ")
    desk.press("Ctrl+Shift+Z", window.formula)
    assert workbench.experiment.formula == "y = a*x + b*x + c + d + x"
    assert window.formula.formula == workbench.experiment.formula


def test_a_run_that_plays_goes_on_until_the_new_one_plays(seat: Seat) -> None:
    desk = seat()
    desk.click("play")
    desk.wait_for_step(3)
    type_text(desk, " + b")
    assert desk.state is RunState.RUNNING
    settle(desk)
    desk.until(lambda: desk.workbench.run.began == "formula")
    desk.wait_for_step(2)
    assert desk.state is RunState.RUNNING


def test_what_pytorch_refuses_leaves_the_run_alone(seat: Seat, write: Write) -> None:
    text = 'objective = "y"\nformula = "y = (v*w).sum()"\nparameters.v = [1, 2]\n'
    desk = seat(write(f"{text}parameters.w = [1, 2]\nparameters.u = [1, 2, 3]\n"))
    run = desk.workbench.run
    type_text(desk, " + (v*u).sum()")
    settle(desk)
    assert "The shapes do not fit" in desk.window.typing.strip.text
    assert desk.window.formula.problem_place.isValid()
    assert desk.workbench.run.identity == run.identity
    type_text(desk, " * 0")
    settle(desk)
    assert "The shapes do not fit" in desk.window.typing.strip.text


def test_a_new_name_becomes_a_parameter_or_a_column(seat: Seat, write: Write) -> None:
    desk = seat(write(SMALL))
    type_text(desk, " + k*t")
    settle(desk)
    strip, experiment = desk.window.typing.strip, desk.workbench.experiment
    assert [each.text() for each in strip.buttons] == ["New parameter k", "New data column k"]
    QTest.mouseClick(strip.buttons[0], Qt.MouseButton.LeftButton)
    desk.until(lambda: desk.workbench.experiment is not experiment)
    assert list(desk.workbench.experiment.parameters) == ["a", "k"]
    assert desk.window.formula.toPlainText() == "y = a*2 + k*t", "it stays what it was"
    settle(desk)
    assert [each.text() for each in strip.buttons] == ["New parameter t", "New data column t"]
    QTest.mouseClick(strip.buttons[0], Qt.MouseButton.LeftButton)
    desk.until(lambda: desk.workbench.experiment.formula == "y = a*2 + k*t")
    assert not strip.isVisible()
    # The parameter and what made the formula sound are undone at once.
    desk.press("Ctrl+Z")
    assert list(desk.workbench.experiment.parameters) == ["a", "k"]
    desk.press("Ctrl+Z")
    assert list(desk.workbench.experiment.parameters) == ["a"]
    desk.press("Ctrl+Z")
    assert desk.workbench.experiment is experiment
    assert not desk.window.isWindowModified()


def test_it_goes_on_with_the_values_there_are_if_wanted(seat: Seat) -> None:
    desk = seat()
    desk.click("step")
    desk.wait_for_step(1)
    desk.look()
    values = {name: desk.value(name) for name in "abcd"}
    assert values["a"] != 1.0
    desk.action("goes_on").trigger()
    type_text(desk, " + c")
    settle(desk)
    desk.click("step")
    desk.wait_for_step(1)
    made = {change.tensor: change.value for change in desk.frame.by_hand}
    assert made == values
    assert {change.step for change in desk.frame.by_hand} == {1}


def test_what_is_typed_behind_a_mark_is_not_part_of_it(seat: Seat) -> None:
    desk = seat()
    view = desk.window.formula
    desk.until(lambda: bool(view.marks))
    type_text(desk, "0 + x")
    assert [each.cursor.selectedText() for each in view._marked] == ["b", "d"]  # type: ignore[attr-defined]


def test_another_change_between_typing_and_its_run(seat: Seat) -> None:
    desk = seat()
    type_text(desk, " + a")
    desk.workbench.set_steps(7)
    settle(desk)
    assert desk.workbench.experiment.formula.endswith("d + a")
    assert desk.workbench.experiment.training.steps == 7
    assert len(desk.workbench.history.done) == 2
    desk.press("Ctrl+Z")
    desk.press("Ctrl+Z")
    assert desk.window.formula.toPlainText() == "y = a*x + b*x + c + d"
    assert not desk.window.isWindowModified()


def test_unsound_typing_is_kept_and_recovered(seat: Seat) -> None:
    desk = seat()
    type_text(desk, " +")
    settle(desk)
    desk.window.files.keep_now()
    desk.window.files.open_path(paths.builtin_experiments()["line-fit"])
    assert desk.window.formula.toPlainText() == "y = a*x + b*x + c + d"
    desk.recover("Line fit, two parameters frozen")
    assert desk.window.formula.toPlainText() == "y = a*x + b*x + c + d +"
    settle(desk)
    assert desk.window.typing.strip.isVisible()


def test_completion_brackets_and_indentation(seat: Seat, write: Write) -> None:
    desk = seat(write(SMALL))
    view = desk.window.formula
    type_text(desk, " + si")
    assert view.completions.is_open
    assert {"sigmoid", "sin", "sinh"} < set(view.completions.shown)
    QTest.keyClicks(view, "gm")
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert view.toPlainText() == "y = a*2 + sigmoid()"
    QTest.keyClicks(view, "a)")
    assert view.toPlainText() == "y = a*2 + sigmoid(a)"
    settle(desk)
    assert desk.workbench.experiment.formula == "y = a*2 + sigmoid(a)"
    QTest.keyClick(view, Qt.Key.Key_Return)
    settle(desk)
    assert view.toPlainText().endswith(")\n"), "the new line stays"
    QTest.keyClicks(view, "def f(x):")
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClicks(view, "return x.su")
    assert view.completions.shown == ["sum", "subtract"] or "sum" in view.completions.shown
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert view.toPlainText().endswith("def f(x):\n    return x.su\n    "), "nothing was chosen"
