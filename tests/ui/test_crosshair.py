"""The crosshair: a step and what all curves have there, in all plots at once."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.live.frames import LOSS, VALUES
from explorer.ui.plots.crosshair import Readings
from explorer.ui.plots.timeplot import TimePlot

from .conftest import Seat, Write
from .desk import Desk
from .test_legend import MANY, click_name, move_to
from .test_partial_painting import Stage, network
from .test_time_axes import TIMES, time_plot

CLOUD = """
formula = "y = a*u + b*v"
parameters = { a = 0, b = 0 }
data = { u = [1, 2], v = [2, 1], y = [3, 4] }
training = { loss = "mse", steps = 5, optimizer = { name = "sgd", lr = 0.1 } }
"""


def place_at(desk: Desk, name: str, x: float, up: float = 0.5) -> QPoint:
    """Where a place of a plot's axis is in the view."""
    box = desk.window.panel.plots[name].vb
    low, high = box.viewRange()[1]
    place: QPoint = desk.window.panel.mapFromScene(
        box.mapViewToScene(QPointF(x, low + up * (high - low)))
    )
    return place


def shown(desk: Desk, name: str) -> Readings | None:
    readings: Readings | None = desk.window.panel.plots[name].crosshair.readings
    return readings


def lines(desk: Desk, name: str) -> list[str]:
    readings = shown(desk, name)
    assert readings is not None, "there is no crosshair"
    return [line.text for line in readings.lines]


def leave(desk: Desk) -> None:
    QApplication.sendEvent(desk.window.panel, QEvent(QEvent.Type.Leave))


@pytest.mark.parametrize("over", TIMES)
def test_all_plots_tell_what_their_curves_have_at_a_step(seat: Seat, over: str) -> None:
    desk = seat()
    for _ in range(6):
        desk.click("step")
    desk.until(lambda: desk.frame.step == 6)
    desk.look()
    assert all(shown(desk, name) is None for name in TIMES)
    before = desk.window.panel.grab().toImage()
    move_to(desk, place_at(desk, over, 3.2))
    assert desk.window.panel.grab().toImage() != before
    loss = desk.frame.series[LOSS].rows[0, 2]
    assert lines(desk, "loss") == ["step 3", f"Loss {loss:.4g}"]
    values = desk.frame.series[VALUES].rows[:, 2]
    assert lines(desk, "parameters") == [
        "step 3",
        *(f"{name} {value:.4g}" for name, value in zip("abcd", values, strict=True)),
    ]
    assert lines(desk, "gradients")[2] == "b —", "it has no gradient"
    assert shown(desk, "fit") is None
    click_name(desk, "b")
    move_to(desk, place_at(desk, over, 40))
    assert lines(desk, "parameters")[0] == "step 6", "the last there is"
    assert not any(line.startswith("b ") for line in lines(desk, "parameters"))
    leave(desk)
    assert all(shown(desk, name) is None for name in TIMES)


def test_where_the_curve_fits_and_what_a_point_predicts(seat: Seat, write: Write) -> None:
    desk = seat()
    move_to(desk, place_at(desk, "fit", 2.0))
    (x, prediction), place = lines(desk, "fit"), shown(desk, "fit")
    assert place is not None
    assert place.x == pytest.approx(2, abs=0.02)
    assert (x, prediction) == (f"x {place.x:.4g}", f"prediction {1.5 * place.x + 0.5:.4g}")
    assert shown(desk, "loss") is None
    cloud = seat(write(CLOUD))
    move_to(cloud, place_at(cloud, "fit", 3.5))
    assert lines(cloud, "fit")[0].startswith("target 3.")


def test_the_arrow_keys_move_it(seat: Seat) -> None:
    desk = seat()
    panel = desk.window.panel
    desk.press("Left", panel)
    assert shown(desk, "loss") is None, "there is no step yet"
    for _ in range(6):
        desk.click("step")
    desk.until(lambda: desk.frame.step == 6)
    desk.look()
    for key, step in (("Right", 6), ("Left", 5), ("Left", 4), ("Right", 5), ("Right", 6)):
        desk.press(key, panel)
        assert lines(desk, "parameters")[0] == f"step {step}"
    assert "step 6, Loss" in panel.accessibleDescription()


def test_of_many_curves_those_nearest_to_the_mouse_are_told(seat: Seat, write: Write) -> None:
    desk = seat(write(MANY))
    desk.play_to_rest()
    for up, near in ((0.98, "a_long_name_29"), (0.02, "a_long_name_0")):
        move_to(desk, place_at(desk, "parameters", 1, up))
        told = lines(desk, "parameters")
        assert any(line.startswith(f"{near} ") for line in told)
        assert told[-1] == "and 20 more"


def test_a_point_of_a_long_run_is_about_a_step(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=2000")
    desk.full_speed()
    desk.play_to_rest()
    move_to(desk, place_at(desk, "loss", 1_000))
    assert lines(desk, "loss")[0].startswith("about step ")


def test_while_a_run_is_on_only_its_own_place_is_painted_again(qtbot: QtBot) -> None:
    stage = Stage(qtbot, network())
    stage.frame(300)
    stage.frame(300)
    plots = [plot for plot in stage.panel.plots.values() if isinstance(plot, TimePlot)]
    for x in (200.0, 202.0, 599.0, 30.0, None):
        for plot in plots:
            plot.point_at(x)
        stage.panel.regions.clear()
        stage.frame(3)
        stage.check()
    stage.frame(1)
    for plot in plots:
        assert plot.crosshair.stale().isEmpty(), "nothing is painted for what is not there"
    plots[0].point_at(30.0)
    assert 0 < plots[0].crosshair.stale().width() < plots[0].vb.width() / 2
    assert plots[0].crosshair.stale().isEmpty(), "it stands still"


def test_the_nearest_point() -> None:
    from explorer.ui.plots.crosshair import nearest

    places = np.array([1.0, 2.0, 4.0])
    assert [nearest(places, x) for x in (-5, 1.4, 1.6, 3.1, 9)] == [0, 0, 1, 2, 2]


def test_in_a_small_window_no_more_is_told_than_there_is_room_for(seat: Seat, write: Write) -> None:
    desk = seat(write(MANY))
    desk.window.resize(800, 520)
    desk.play_to_rest()
    move_to(desk, place_at(desk, "parameters", 1))
    plot = time_plot(desk, "parameters")
    readings = plot.crosshair.readings
    assert readings is not None
    assert plot.crosshair._box_at(readings).bottom() <= plot.vb.height()
    assert plot.crosshair._box_at(readings).top() >= 0
    assert readings.lines[-1].text.startswith("and ")
    # Of names that have too little room at least one is to be seen.
    names = [name for name in plot.names if not plot.heading.place_of(name).isEmpty()]
    assert names
