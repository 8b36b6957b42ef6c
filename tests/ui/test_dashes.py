"""Curves that lie on each other are told apart, and those that leave a plot are marked."""

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from explorer.experiment.file import read
from explorer.experiment.sources import experiment_path
from explorer.experiment.spec import Change
from explorer.ui.plots.dashes import DASH_PX, Dashes, dashed, overlapping
from explorer.ui.plots.edges import edges
from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat
from .desk import Desk
from .test_legend import click_name, pixels_of, place_of, tip_at, until_seen
from .test_partial_painting import Stage
from .test_time_axes import time_plot


def striped(desk: Desk, name: str = "parameters") -> list[str]:
    """The parameters whose curves are drawn in stripes."""
    plot = time_plot(desk, name)
    return [plot._names[row] for row in plot._dashes]


@pytest.mark.parametrize("playing", [False, True])
def test_two_frozen_parameters_of_one_value_are_both_seen(seat: Seat, playing: bool) -> None:
    desk = seat("line-fit", "training.steps=100000000")
    if playing:
        desk.click("play")
        desk.wait_for_step(60)
        assert striped(desk) == ["d"]
        desk.click("play")
        desk.wait_for(RunState.PAUSED)
    else:
        for _ in range(12):
            desk.click("step")
        desk.until(lambda: desk.frame.step == 12)
        desk.look()
    assert striped(desk) == ["d"], "b and d are 0.5"
    # Lines at rest have their colours; those that move are blended with the ground.
    until_seen(desk, "b", least=25)
    until_seen(desk, "d", least=25)
    d = pixels_of(desk, "d")
    assert "dashed" in tip_at(desk, place_of(desk, "d"))
    click_name(desk, "b")
    desk.look()
    assert striped(desk) == []
    assert pixels_of(desk, "d") > 1.2 * max(d, 25)


def test_a_gradient_that_joins_another_in_mid_run_is_told_from_it(seat: Seat) -> None:
    """Those of a and b are equal: both are multiplied by x."""
    desk = seat("line-fit")
    for _ in range(20):
        desk.click("step")
    desk.until(lambda: desk.frame.step == 20)
    desk.flip("b", Column.REQUIRES_GRAD)
    for _ in range(10):
        desk.click("step")
    desk.until(lambda: desk.frame.step == 30)
    desk.look()
    assert striped(desk, "gradients") == ["b"]


def test_stripes_are_painted_as_if_everything_was(qtbot: QtBot) -> None:
    stage = Stage(qtbot, read(experiment_path("line-fit")).experiment)
    for steps in (30, 60, 5, 90, 200, 7):
        stage.frame(steps)
        stage.check()
    assert stage.panel.plots["parameters"].lines._dashed == [3]


def test_curves_that_part_lose_their_stripes_though_no_axis_changes(qtbot: QtBot) -> None:
    stage = Stage(qtbot, read(experiment_path("line-fit")).experiment)
    for steps in (60, 50):
        stage.frame(steps)
    plot = stage.panel.plots["parameters"]
    assert plot.lines._dashed == [3]
    axes = plot.vb.viewRange()
    stage.session.apply(Change(step=111, tensor="b", value=0.7))
    for _ in range(30):
        stage.frame(2)
    assert plot.vb.viewRange() == axes
    assert plot.lines._dashed == []
    stage.check()


def test_a_curve_that_leaves_the_plot_is_marked_where_it_does(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1500")
    desk.full_speed()
    desk.play_to_rest()
    plot = time_plot(desk, "gradients")
    low, _high = plot.vb.viewRange()[1]
    assert low > desk.frame.series["gradients"].rows[0].min(), "the start is out of the picture"
    marks = {(mark.rgba, mark.above) for mark in plot.edges.shown}
    assert (plot._curves[0].color.rgba(), False) in marks
    assert all(mark.x < 100 for mark in plot.edges.shown)
    with_marks = desk.window.panel.grab().toImage()
    plot.edges.show_edges(())
    assert desk.window.panel.grab().toImage() != with_marks


def test_a_fit_that_is_zoomed_away_is_marked(seat: Seat) -> None:
    desk = seat()
    plot = desk.window.panel.plots["fit"]
    assert list(plot.edges.shown) == []
    plot.vb.setYRange(6, 7, padding=0)
    plot.vb.sigRangeChangedManually.emit([True, True])
    desk.look()
    assert [mark.above for mark in plot.edges.shown] == [True, False]


def test_which_curves_lie_on_each_other() -> None:
    x = np.linspace(0, 1, 50)
    nan = np.full(50, np.nan)
    y = np.stack([x, x**2, x + 1e-4, nan, x - 1e-4, nan, x**2])
    found = overlapping(y, 0.01)
    assert found == {2: Dashes(1, 3), 4: Dashes(2, 3), 6: Dashes(1, 2)}
    assert overlapping(y, 1e-6) == {6: Dashes(1, 2)}
    assert overlapping(np.tile(x, (40, 1)), 0.01) == {}, "nobody tells apart so many"
    beyond = np.stack([np.full(50, np.inf), np.full(50, np.inf), np.full(50, 1e308), x, x - 1e308])
    assert overlapping(beyond, 0.01) == {}
    half = np.where(x < 0.5, x, np.nan)
    second = {1: Dashes(1, 2)}
    assert overlapping(np.stack([x, half]), 0.01) == second, "x would seem to begin where it ends"
    assert overlapping(np.stack([half, x]), 0.01) == {0: Dashes(1, 2)}, "the longer is drawn whole"
    later = np.where(x > 0.5, x, np.nan)
    assert overlapping(np.stack([half, later]), 0.01) == {}, "one goes on from the other"


def test_dashes_take_turns_and_stand_still() -> None:
    x, y = np.array([0.0, 20.0, 50.0, 100.0]), np.array([0.0, 4.0, 10.0, np.nan])
    lines = dashed(x, y, Dashes(1, 2))
    stripes = {int(each // DASH_PX) for each in lines[:, [0, 2]].mean(axis=1)}
    assert stripes == {1, 3, 5}
    assert lines[:, 2].max() <= 50
    assert np.allclose(lines[:, 1], lines[:, 0] / 5)
    # Whatever part of the curve is drawn, they are where they were.
    part = dashed(np.array([20.0, 50.0]), np.array([4.0, 10.0]), Dashes(1, 2))
    assert {tuple(each) for each in part.tolist()} <= {tuple(each) for each in lines.tolist()}


def test_the_edge_is_marked_where_a_curve_is_farthest() -> None:
    x = np.arange(5.0)
    y = np.array([[-3, -0.5, -2, 0.2, -3], [-1.5, -9, np.nan, -1.5, -7], [-1.5] * 5])
    found = edges(x, y, (-4, -1), [QColor("red"), QColor("blue"), QColor("green")])
    assert [(each.x, each.above, QColor(each.rgba).name()) for each in found] == [
        (3, True, "#ff0000"),
        (1, False, "#0000ff"),
    ]
