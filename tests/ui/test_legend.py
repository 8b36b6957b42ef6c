"""The names over a plot: a click hides their curves, the mouse over one lifts them."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui.plots.timeplot import TimePlot
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import LEFT, Desk
from .test_partial_painting import Stage, network
from .test_time_axes import time_plot, turn_wheel_at

FAR = """
formula = "y = a*x + b"
[parameters]
a = 1000.0
b = 1.0
[data]
x = [1.0, 2.0]
y = [2.0, 3.0]
[training]
loss = "mse"
steps = 40
optimizer = { name = "sgd", lr = 1e-6 }
"""
MANY = "\n".join(
    [
        'formula = "loss = ' + " + ".join(f"a_long_name_{n}**2" for n in range(30)) + '"',
        'objective = "loss"',
        "[parameters]",
        *(f"a_long_name_{n} = {n}.0" for n in range(30)),
        "[training]",
        "steps = 5",
        'optimizer = { name = "sgd", lr = 0.1 }',
    ]
)


def place_of(desk: Desk, name: str, plot: str = "parameters") -> QPoint:
    """Where a name stands in a legend, in the view."""
    rect = time_plot(desk, plot).heading.place_of(name)
    assert not rect.isEmpty(), f"{name} is out of sight"
    place: QPoint = desk.window.panel.mapFromScene(rect.center())
    return place


def click_name(desk: Desk, name: str, plot: str = "parameters") -> None:
    viewport = desk.window.panel.viewport()
    QTest.mouseClick(viewport, LEFT, pos=place_of(desk, name, plot))


def move_to(desk: Desk, place: QPoint) -> None:
    """Move the mouse over the plots, without a button."""
    viewport, none = desk.window.panel.viewport(), Qt.MouseButton.NoButton
    where = QPointF(viewport.mapToGlobal(place))
    move = (QEvent.Type.MouseMove, QPointF(place), where, none, none)
    QApplication.sendEvent(viewport, QMouseEvent(*move, Qt.KeyboardModifier.NoModifier))
    # Of moves that follow each other too fast some are left out.
    desk.bot.wait(20)


def tip_at(desk: Desk, place: QPoint, plot: str = "parameters") -> str:
    """What the tooltip of a legend says there."""
    move_to(desk, place)
    tip: str = time_plot(desk, plot).heading.toolTip()
    return tip


def pixels_of(desk: Desk, name: str) -> int:
    """How many pixels within the parameters' axes have the colour of a name's curve."""
    panel, plot = desk.window.panel, time_plot(desk, "parameters")
    color = next(curve.color for curve in plot._curves if curve.owner == name)
    rect = panel.mapFromScene(plot.vb.sceneBoundingRect()).boundingRect()
    image = panel.grab(rect).toImage().convertToFormat(QImage.Format.Format_RGB32)
    return int((np.frombuffer(image.constBits(), np.uint32) == color.rgb()).sum())


def until_seen(desk: Desk, name: str, least: int = 0, most: int = 10**9) -> None:
    """Until so many pixels have the colour of a curve: a run paints with its next frame."""
    desk.until(lambda: least <= pixels_of(desk, name) <= most)


def test_a_click_hides_a_curve_and_the_axis_follows(seat: Seat, write: Write) -> None:
    desk = seat(write(FAR))
    desk.play_to_rest()
    plot = time_plot(desk, "parameters")
    assert plot.vb.viewRange()[1][1] > 900
    assert pixels_of(desk, "a") > 100
    click_name(desk, "a")
    assert pixels_of(desk, "a") == 0
    assert pixels_of(desk, "b") > 100
    assert plot.vb.viewRange()[1][1] < 2
    assert "shows its curve again" in tip_at(desk, place_of(desk, "a"))
    assert time_plot(desk, "gradients").hidden_names == frozenset(), "each plot has its own"
    desk.click("reset")
    desk.look()
    desk.click("play")
    desk.until(lambda: desk.frame.step == 40)
    desk.look()
    assert pixels_of(desk, "a") == 0, "the same experiment again"
    # Two clicks that Qt takes for a double one.
    click_name(desk, "a")
    QTest.mouseDClick(desk.window.panel.viewport(), LEFT, pos=place_of(desk, "a"))
    assert plot.hidden_names == {"a"}
    desk.press("F11")
    desk.look()
    assert time_plot(desk, "parameters").hidden_names == {"a"}, "another window, the same view"
    click_name(desk, "a")
    assert pixels_of(desk, "a") > 100


def test_the_mouse_over_a_name_lifts_its_curve(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=100000000")
    desk.click("play")
    desk.wait_for_step(300)
    for running in (True, False):
        if not running:
            desk.click("play")
            desk.wait_for(RunState.PAUSED)
        before = pixels_of(desk, "a")
        move_to(desk, place_of(desk, "a"))
        assert "hides its curve" in tip_at(desk, place_of(desk, "a"))
        until_seen(desk, "a", least=int(1.3 * before) + 100)
        move_to(desk, QPoint(1, 1))
        until_seen(desk, "a", most=int(1.2 * before) + 50)


def test_names_without_room_come_with_the_wheel(seat: Seat, write: Write) -> None:
    desk = seat(write(MANY))
    plot = time_plot(desk, "parameters")
    assert plot.heading.place_of("a_long_name_29").isEmpty()
    place = place_of(desk, "a_long_name_0")
    assert "wheel" in tip_at(desk, place - QPoint(90, 0))
    steps = plot.vb.viewRange()[0]
    for _ in range(40):
        turn_wheel_at(desk, place, -1)
    click_name(desk, "a_long_name_29")
    assert plot.hidden_names == {"a_long_name_29"}
    turn_wheel_at(desk, place, 1)
    assert not plot.heading.place_of("a_long_name_28").isEmpty()
    assert plot.vb.viewRange()[0] == steps, "the wheel is the legend's here"


@pytest.mark.parametrize("playing", [False, True])
def test_curves_are_thick_in_a_presentation(seat: Seat, playing: bool) -> None:
    desk = seat("line-fit", "training.steps=100000000")
    desk.click("play")
    desk.wait_for_step(100)
    if not playing:
        desk.click("play")
        desk.wait_for(RunState.PAUSED)
    thickness = []
    for _ in range(2):
        # Up and down through the flat line of b.
        plot = time_plot(desk, "parameters")
        plot.toggle("d")
        desk.bot.wait(150)
        box = plot.vb
        middle = desk.window.panel.mapFromScene(box.mapViewToScene(QPointF(60, 0.5)))
        column = desk.window.panel.grab(QRect(middle.x(), middle.y() - 10, 1, 20)).toImage()
        ground = column.pixelColor(0, 0)
        thickness.append(sum(column.pixelColor(0, row) != ground for row in range(20)))
        plot.toggle("d")
        desk.press("F11")
        desk.bot.wait(150)
    assert thickness[1] >= thickness[0] + 2


def test_all_curves_can_be_hidden_while_a_run_is_on(qtbot: QtBot) -> None:
    stage = Stage(qtbot, network())
    stage.frame(100)
    plot = stage.panel.plots["parameters"]
    assert isinstance(plot, TimePlot)
    names = plot.names
    for hidden in (names, names[1:], names, ()):
        plot.hide_curves(frozenset(hidden))
        stage.frame(20)
        stage.check()
    assert len(plot.lines._order) == len(plot._names)
