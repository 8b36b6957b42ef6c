"""Words in the plots: what will be there, and what has no place on a logarithmic axis."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from explorer.ui.plots.timeplot import TimePlot

from .conftest import Seat
from .desk import Desk
from .test_time_axes import time_plot

# The loss is a difference: it begins above zero and goes below.
SINKING = """
formula = "loss = a - 3"
objective = "loss"
[parameters]
a = 3.05
[training]
steps = 400
[training.optimizer]
name = "sgd"
lr = 0.01
"""


def where(desk: Desk, plot: TimePlot) -> QPoint:
    """The middle of the words that can be clicked."""
    panel = desk.window.panel
    place = plot.missing.mapToScene(plot.missing.shape().boundingRect().center())
    found: QPoint = panel.mapFromScene(place)
    return found


@pytest.mark.parametrize("name", ["loss", "parameters", "gradients"])
def test_an_empty_plot_says_what_will_be_there(seat: Seat, name: str) -> None:
    desk = seat()
    promise = time_plot(desk, name).promise
    assert "will be drawn here, step by step" in promise.text
    with_words = desk.window.panel.grab().toImage()
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    assert promise.text == ""
    assert desk.window.panel.grab().toImage() != with_words
    desk.click("reset")
    desk.until(lambda: promise.text != "")


def test_the_words_are_seen_and_gone_with_the_first_point_of_a_run(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(2)
    assert all(plot.promise.text == "" for plot in desk.window.panel.plots.values())


def test_what_is_optimized_is_named(seat: Seat, write: Callable[[str], Path]) -> None:
    assert time_plot(seat(write(SINKING)), "loss").promise.text == (
        "loss will be drawn here, step by step."
    )


@pytest.mark.parametrize("playing", [False, True])
def test_values_without_a_logarithm_are_told_and_a_click_shows_them(
    seat: Seat, write: Callable[[str], Path], playing: bool
) -> None:
    desk = seat(write(SINKING))
    plot = time_plot(desk, "loss")
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    assert plot.missing.text == "", "all of them are positive"
    if playing:
        desk.type_steps("100000000")
        desk.click("play")
        desk.wait_for_step(30)
    else:
        desk.play_to_rest()
    assert plot.missing.text == "Values that are 0 or negative have no logarithm."
    QTest.mouseClick(desk.window.panel.viewport(), Qt.MouseButton.LeftButton, pos=where(desk, plot))
    desk.look()
    assert plot.missing.text == ""
    assert not desk.action("log_loss").isChecked()
    assert plot.vb.viewRange()[1][0] < 0 < plot.vb.viewRange()[1][1]
    desk.press("Ctrl+L")
    desk.look()
    assert plot.missing.text


def test_the_first_step_is_a_dot(seat: Seat) -> None:
    desk = seat()
    plot = time_plot(desk, "loss")
    panel = desk.window.panel
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    x, y = plot.lines._pixels(0, plot.vb.width())
    place = panel.mapFromScene(plot.lines.mapToScene(x[0], y[0, 0]))
    color = panel.grab().toImage().pixelColor(place)
    assert color == plot._looks[0].color
