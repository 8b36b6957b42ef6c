"""Play, Pause, Step, Reset, speed, learning rate and number of steps."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from explorer.ui.speed import FULL_SPEED, STARTING_SPEED, notch_at
from explorer.ui.workbench import RunState

from .conftest import Seat

FINAL_A, FINAL_C = 1.5000202655792236, 0.4999275505542755


def test_the_line_fit_is_there_before_torch(seat: Seat) -> None:
    desk = seat(start=False)
    model = desk.window.table.tensors
    assert [model.tensor(row).name for row in range(model.rowCount())] == list("abcdxy")
    assert desk.window.formula.toPlainText() == "y = a*x + b*x + c + d"
    assert desk.window.windowTitle().startswith("Line fit, two parameters frozen")
    assert desk.state is RunState.LOADING
    assert desk.window.bar.steps.value() == 5000
    assert desk.window.bar.rate.text() == "0.005"


def test_play_and_pause_by_the_tool_bar(seat: Seat) -> None:
    desk = seat()
    desk.click("play")
    desk.wait_for(RunState.RUNNING)
    assert desk.action("play").text() == "&Pause"
    desk.wait_for_step(3)
    desk.click("play")
    desk.wait_for(RunState.PAUSED)
    assert desk.action("play").text() == "&Play"
    step = desk.frame.step
    assert desk.look().step == step, "it goes on though it is paused"
    desk.click("play")
    desk.wait_for_step(step + 1)


def test_play_and_pause_by_keyboard(seat: Seat) -> None:
    desk = seat()
    desk.press("F5")
    desk.wait_for(RunState.RUNNING)
    desk.press("Ctrl+Return")
    desk.wait_for(RunState.PAUSED)


@pytest.mark.parametrize("way", ["click", "key"])
def test_one_step(seat: Seat, way: str) -> None:
    desk = seat()
    for expected in (1, 2, 3):
        desk.click("step") if way == "click" else desk.press("F10")
        desk.wait_for_step(expected)
        assert desk.look().step == expected


@pytest.mark.parametrize("way", ["click", "key"])
def test_reset(seat: Seat, way: str) -> None:
    desk = seat()
    desk.click("play")
    desk.wait_for_step(5)
    desk.click("reset") if way == "click" else desk.press("Ctrl+R")
    desk.until(lambda: desk.state is RunState.READY)
    frame = desk.look()
    assert frame.step == 0
    assert desk.value("a") == 1.0
    desk.click("step")
    desk.wait_for_step(1)
    assert desk.look().loss == 4.5


def test_the_article_numbers(seat: Seat) -> None:
    desk = seat()
    desk.full_speed()
    desk.play_to_rest()
    assert desk.state is RunState.FINISHED
    assert (desk.value("a"), desk.value("c")) == (FINAL_A, FINAL_C)
    assert desk.frame.step == 5000


def test_play_after_the_end_starts_again(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=20")
    desk.full_speed()
    desk.play_to_rest()
    first = desk.frame
    desk.window.bar.speed.slider.setValue(0)
    desk.click("play")
    desk.until(lambda: desk.workbench.frame is not None and desk.frame.step < 20)
    desk.full_speed()
    desk.wait_for(RunState.FINISHED)
    assert desk.frame.loss == first.loss


def test_a_step_after_the_end_makes_the_run_longer(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=5")
    desk.play_to_rest()
    assert desk.state is RunState.FINISHED
    desk.click("step")
    desk.wait_for_step(6)
    desk.wait_for(RunState.FINISHED)
    assert desk.window.bar.steps.value() == 6
    assert desk.workbench.is_modified
    desk.click("step")
    desk.wait_for_step(7)


def test_a_single_step_counts_as_paused(seat: Seat) -> None:
    desk = seat()
    desk.click("step")
    desk.wait_for_step(1)
    desk.until(lambda: desk.state is RunState.PAUSED)


def test_the_slowest_speed(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.window.bar.speed.slider.setValue(0)
    desk.click("play")
    desk.wait_for(RunState.RUNNING)
    # At the slowest it would take the run hours.
    desk.window.bar.speed.slider.setValue(FULL_SPEED)
    desk.wait_for_step(2000)


@pytest.mark.parametrize(("notch", "speed"), [(0, 1), (notch_at(100), 100)])
def test_a_paced_run_keeps_its_pace(
    seat: Seat, monkeypatch: pytest.MonkeyPatch, notch: int, speed: int
) -> None:
    # A clock that goes on in waiting alone, and at once.
    now_s = [0.0]
    monkeypatch.setattr("explorer.ui.worker.time", SimpleNamespace(perf_counter=lambda: now_s[0]))
    desk = seat("line-fit", "training.steps=300")
    sleep = desk.workbench._mail.wait

    def wait(timeout_s: float | None = None) -> None:
        if timeout_s is None:
            sleep()
        else:
            now_s[0] += timeout_s

    monkeypatch.setattr(desk.workbench._mail, "wait", wait)
    desk.window.bar.speed.slider.setValue(notch)
    desk.play_to_rest()
    assert desk.state is RunState.FINISHED
    assert now_s[0] == pytest.approx(300 / speed)


def test_speed_by_keyboard(seat: Seat) -> None:
    desk = seat()
    slider = desk.window.bar.speed.slider
    desk.press("Home", slider)
    assert slider.value() == 0
    desk.press("End", slider)
    assert slider.value() == FULL_SPEED


def test_a_finished_run_can_be_made_longer(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=50")
    desk.full_speed()
    desk.play_to_rest()
    desk.type_steps("80")
    assert desk.state is RunState.PAUSED
    desk.play_to_rest()
    assert desk.frame.step == 80
    assert desk.frame.loss == reference_loss(80)


def test_a_run_can_be_cut_short_while_it_runs(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(30)
    desk.type_steps("10")
    desk.wait_for(RunState.FINISHED)
    assert 30 <= desk.frame.step < 1_000_000
    assert desk.workbench.experiment.training.steps == 10


def test_a_paused_run_cut_shorter_than_it_is_has_ended(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(30)
    desk.click("play")
    desk.wait_for(RunState.PAUSED)
    desk.type_steps("10")
    desk.until(lambda: desk.state is RunState.FINISHED)
    desk.click("play")
    desk.wait_for_step(1)
    desk.wait_for(RunState.FINISHED)
    assert desk.frame.step == 10


@pytest.mark.parametrize("running", [False, True])
def test_the_learning_rate_acts_at_the_next_step(seat: Seat, running: bool) -> None:
    desk = seat()
    if running:
        desk.click("play")
        desk.wait_for_step(3)
    desk.type_rate("0.01")
    desk.until(lambda: desk.marks() == ["lr=0.01"])
    assert desk.frame.changes[0].options["lr"] == 0.01
    assert desk.window.bar.rate.text() == "0.01"
    assert desk.window.isWindowModified()


def test_a_learning_rate_that_is_none(seat: Seat) -> None:
    desk = seat()
    for text in ("fast", "-1", "nan", "inf", "1e999", "", "0x10"):
        desk.type_rate(text)
        desk.until(lambda: desk.window.bar.rate.text() == "0.005" and "lr" in desk.message)
        assert desk.look().changes == (), text


def test_the_learning_rate_is_not_changed_by_passing_through(seat: Seat) -> None:
    desk = seat()
    desk.window.bar.rate.setFocus()
    desk.press("Return", desk.window.bar.rate)
    desk.window.table.setFocus()
    assert desk.look().changes == ()


@pytest.mark.parametrize("typed", ["0.005", "0.0", ""])
def test_another_experiment_brings_its_own_learning_rate(seat: Seat, typed: str) -> None:
    desk = seat()
    field = desk.window.bar.rate
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, typed)
    if typed == "0.005":
        desk.press("Return", field)
    desk.window._experiments.actions()[0].trigger()
    assert field.text() == "0.001"


def test_the_learning_rate_is_typed_in_peace(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(1)
    field = desk.window.bar.rate
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "0.0")
    for _ in range(3):
        desk.look()
    QTest.keyClicks(field, "02")
    desk.press("Return", field)
    desk.until(lambda: desk.marks() == ["lr=0.002"])


def reference_loss(steps: int) -> float | None:
    """The same run without a window."""
    import explorer

    session = explorer.Session(explorer.load("line-fit"), steps=steps)
    for _ in session:
        pass
    return session.loss


def test_a_short_run_says_how_fast_it_was(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=300")
    desk.full_speed()
    desk.play_to_rest()
    desk.look()
    speed = desk.window.status._speed.text().partition(" ")[0]
    assert float(speed.replace(",", "")) > 100


def test_no_hint_covers_the_step_and_the_speed(seat: Seat) -> None:
    desk = seat()
    button = desk.window.bar.widgetForAction(desk.action("play"))
    QTest.mouseMove(button)
    assert desk.window.status.currentMessage() == ""
    assert desk.window.status._step.isVisible()
    assert not any(action.statusTip() for action in desk.window._actions.values())


def test_a_first_visit_sees_the_line_being_fitted(seat: Seat) -> None:
    """After some 30 steps it looks fitted: that takes about ten seconds."""
    assert 25 <= STARTING_SPEED * 10 <= 60
    desk = seat()
    # What somebody moves is remembered, and what a script does is not.
    QTest.keyClick(desk.window.bar.speed.slider, Qt.Key.Key_End)
    assert desk.window.settings.notch == FULL_SPEED
