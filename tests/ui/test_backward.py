"""Stepping through the backward pass, and the proof panel."""

from PySide6.QtTest import QTest

from explorer import paths
from explorer.ui.graph.stepper import PLAY_PERIOD_MS
from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat
from .desk import LEFT, Desk


def press(desk: Desk, button: str) -> None:
    QTest.mouseClick(desk.graph.backward.buttons[button], LEFT)


def shown_gradients(desk: Desk) -> dict[str, str]:
    """The sums so far, by tensor, as they stand in the boxes."""
    canvas = desk.graph.view._canvas
    assert canvas is not None
    sums = canvas.emphasis.gradients or {}
    names = {desk.box(name).key: name for name in ("x", "y", "g.z", "out")}
    return {names[key]: text for key, text in sums.items()}


def test_the_pass_is_walked_in_autograds_order(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    press(desk, "start")
    assert shown_gradients(desk) == {"out": "1"}
    assert desk.graph.backward.text == "Backward starts at out: its gradient by itself is 1."
    seen = []
    for _ in range(4):
        press(desk, "forward")
        seen.append(shown_gradients(desk))
    assert seen == [
        {"out": "1"},
        {"out": "1", "y": "27 +"},
        {"out": "1", "y": "27 +", "g.z": "10"},
        {"out": "1", "y": "37", "g.z": "10", "x": "10"},
    ]
    assert "27 + 10 = 37" in desk.graph.backward.text
    press(desk, "back")
    assert shown_gradients(desk) == seen[2]
    press(desk, "end")
    assert desk.graph.backward.walk is None


def test_lines_fill_as_the_gradient_comes(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    canvas = desk.graph.view._canvas
    assert canvas is not None
    assert canvas.emphasis.carried is None
    press(desk, "start")
    assert canvas.emphasis.carried == frozenset()
    desk.graph.backward.slider.setValue(2)
    into_y = [edge.key for edge in desk.scene.edges if edge.source == desk.box("y").key]
    carried = canvas.emphasis.carried
    assert carried is not None
    assert len(carried & set(into_y)) == 1
    assert len(canvas.emphasis.present & set(into_y)) == 1


def test_it_plays_by_itself_to_the_end(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    bar = desk.graph.backward
    press(desk, "play")
    assert bar.is_playing
    assert bar._clock.interval() == PLAY_PERIOD_MS
    desk.until(lambda: bar.walk is not None and bar.walk.number >= 1)
    bar._clock.setInterval(1)
    desk.until(lambda: not bar.is_playing)
    assert bar.walk is not None
    assert bar.walk.number == 4


def test_training_on_ends_the_walk(seat: Seat) -> None:
    desk = seat("line-fit")
    desk.open_graph()
    press(desk, "start")
    desk.click("step")
    desk.until(lambda: desk.graph.backward.walk is None)


def test_a_graph_that_is_walked_is_held_while_the_run_goes_on(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.open_graph()
    desk.click("play")
    desk.wait_for_step(20)
    press(desk, "forward")
    held = desk.scene
    desk.until(lambda: "Held at step" in desk.graph.summary.text())
    desk.wait_for_step(desk.frame.step + 300)
    assert desk.scene is held
    assert desk.graph.backward.walk is not None
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.graph.backward.walk is None)
    desk.until(lambda: desk.scene is not held)
    desk.click("play")


def test_a_flip_in_the_midst_ends_the_walk(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    press(desk, "forward")
    desk.flip("g.z", Column.DETACH)
    desk.until(lambda: desk.graph.backward.walk is None)
    assert desk.box("x").gradient == "None"


def test_without_a_backward_pass_there_is_nothing_to_walk(seat: Seat) -> None:
    desk = seat("connected-branch", "parameters.x.requires_grad=false")
    desk.open_graph()
    desk.flip("y", Column.REQUIRES_GRAD)
    desk.until(lambda: not desk.graph.backward.buttons["play"].isEnabled())
    assert desk.graph.backward.text == ""


# -- the proof ------------------------------------------------------------------------


def proof(desk: Desk) -> dict[str, str]:
    return dict(desk.graph.proof.rows)


def test_the_articles_gradient_is_proved_in_four_ways(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.graph.controls.buttons["proof"].click()
    assert "Select a tensor" in proof(desk)[""]
    desk.click_box("y")
    desk.until(lambda: "chain rule" in proof(desk))
    assert proof(desk) == {
        "∂out/∂y": "",
        "autograd": "37",
        "central difference": "37",
        "symbolic derivative": "2*x + 3*y**2 + 2*y = 37",
        "chain rule": "2z·1 + 3y² = 10 + 27 = 37",
        "agreement": "autograd agrees with the central difference to 15 digits"
        " and with the symbolic derivative to 15 digits.",
    }
    desk.click_box("x")
    desk.until(lambda: proof(desk).get("chain rule") == "2z·1 = 10")


def test_the_proof_follows_a_switch(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.graph.controls.buttons["proof"].click()
    desk.click_box("x")
    desk.until(lambda: proof(desk).get("autograd") == "10")
    desk.flip("g.z", Column.DETACH)
    desk.until(lambda: proof(desk).get("autograd") == "None")
    assert proof(desk)["central difference"] == "0"


def test_an_open_proof_goes_on_with_the_next_experiment_or_says_what_it_needs(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.graph.controls.buttons["proof"].click()
    desk.click_box("x")
    desk.until(lambda: proof(desk).get("autograd") == "10")
    desk.window.files.open_path(paths.builtin_experiments()["detached-branch"])
    desk.until(lambda: proof(desk).get("autograd") == "None")
    desk.click_box("out")
    desk.until(lambda: "∂out/∂out" in proof(desk))
    desk.window.files.open_path(paths.builtin_experiments()["line-fit"])
    assert "Select a tensor" in proof(desk)[""]


def test_a_proof_waits_for_the_run_to_pause(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.open_graph()
    desk.graph.controls.buttons["proof"].click()
    desk.click("play")
    desk.window.table.selectRow(desk.row("a"))
    desk.until(lambda: "Pause the run" in proof(desk).get("", ""))
    desk.click("play")
    desk.wait_for(RunState.PAUSED)
    desk.until(lambda: "symbolic derivative" in proof(desk))
    assert proof(desk)["symbolic derivative"].startswith("22*a + 22*b + 6*c + 6*d - 50")
