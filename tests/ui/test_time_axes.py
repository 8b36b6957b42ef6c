"""Time axes follow the curves, whatever the run's length, and zooming never loses them."""

from itertools import pairwise, product

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.ui.plots.timeaxis import FEWEST_STEPS, IN_SIGHT, TimeAxis
from explorer.ui.plots.timeplot import TimePlot

from .conftest import Seat
from .desk import Desk

TIMES = ("loss", "parameters", "gradients")


def time_plot(desk: Desk, name: str) -> TimePlot:
    plot = desk.window.panel.plots[name]
    assert isinstance(plot, TimePlot)
    return plot


def steps_shown(desk: Desk, name: str = "loss") -> list[float]:
    shown: list[float] = time_plot(desk, name).vb.viewRange()[0]
    return shown


def turn_wheel(desk: Desk, name: str, notches: int, across: float = 0.5) -> None:
    """Over a plot, so far from its left edge (0) to its right one (1)."""
    rect = time_plot(desk, name).vb.sceneBoundingRect()
    scene = QPointF(rect.left() + across * rect.width(), rect.center().y())
    turn_wheel_at(desk, desk.window.panel.mapFromScene(scene), notches)


def turn_wheel_at(desk: Desk, point: QPoint, notches: int) -> None:
    """Over a point of the plots."""
    panel, place = desk.window.panel, QPointF(point)
    none, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    wheel = (QPoint(), QPoint(0, 120 * notches), none, keys, Qt.ScrollPhase.NoScrollPhase, False)
    where = QPointF(panel.viewport().mapToGlobal(place))
    QApplication.sendEvent(panel.viewport(), QWheelEvent(place, where, *wheel))


@pytest.mark.parametrize("steps", [60, 5_000, 100_000])
def test_a_run_begins_on_a_short_axis_of_whatever_length_it_is(seat: Seat, steps: int) -> None:
    desk = seat("line-fit", f"training.steps={steps}")
    assert all(steps_shown(desk, name) == [0, 50] for name in TIMES)
    for _ in range(3):
        desk.click("step")
    desk.until(lambda: desk.frame.step == 3)
    assert steps_shown(desk) == [0, 50]


def test_the_axes_grow_by_doubling_up_to_the_end(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1500")
    ends: list[float] = []
    desk.window.display_clock.shown.connect(lambda _frame: ends.append(steps_shown(desk)[1]))
    desk.play_to_rest()
    assert steps_shown(desk) == [0, 1500], "the whole run, and nothing beyond it"
    seen = list(dict.fromkeys(ends))
    assert set(seen) <= {50, 100, 200, 400, 800, 1500}
    assert seen == sorted(seen)
    desk.click("reset")
    desk.look()
    assert steps_shown(desk) == [0, 50]


def test_the_whole_run_is_shown_if_somebody_wants_it(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=4000")
    desk.click("step")
    desk.choose("View", "Show whole run")
    desk.look()
    assert all(steps_shown(desk, name) == [0, 4000] for name in TIMES)
    desk.type_steps("6000")
    assert steps_shown(desk) == [0, 6000]
    assert seat().action("whole_run").isChecked(), "it is remembered"
    assert steps_shown(seat("line-fit", "training.steps=700")) == [0, 700]
    desk.choose("View", "Show whole run")
    desk.look()
    assert steps_shown(desk) == [0, 50]


def test_a_wider_plot_has_more_points_of_a_run_at_rest(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=2000")
    desk.window.resize(800, 520)
    desk.full_speed()
    desk.play_to_rest()
    points = len(time_plot(desk, "loss").steps)
    desk.window.resize(1900, 900)
    desk.until(lambda: len(time_plot(desk, "loss").steps) > 1.8 * points)


def test_more_steps_do_not_throw_the_axis_back(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=300")
    desk.play_to_rest()
    desk.type_steps("900")
    assert steps_shown(desk) == [0, 400]


def test_the_wheel_zooms_the_steps_about_the_pointer(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000")
    desk.full_speed()
    desk.play_to_rest()
    for name, across in product(TIMES, (0.02, 0.5, 0.98)):
        desk.press("Ctrl+E")
        check_wheel(desk, name, across)


def check_wheel(desk: Desk, name: str, across: float) -> None:
    desk.until(lambda: steps_shown(desk, name) == [0, 1000])
    turn_wheel(desk, name, 3, across)
    desk.look()
    left, right = steps_shown(desk, name)
    assert right - left < 800
    assert (1000 * across - left) / (right - left) == pytest.approx(across, abs=0.02)
    assert all(steps_shown(desk, each) == [left, right] for each in TIMES)


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("whole", [False, True])
def test_no_zoom_loses_the_curve(seat: Seat, name: str, whole: bool) -> None:
    desk = seat("line-fit", "training.steps=5000")
    for _ in range(30):
        desk.click("step")
    desk.until(lambda: desk.frame.step == 30)
    if whole:
        desk.choose("View", "Show whole run")
    for across in (0.95, 0.5, 0.1, 0.9):
        turn_wheel(desk, name, 30, across)
        desk.look()
        plot = time_plot(desk, name)
        (left, right), (low, high) = plot.vb.viewRange()
        x, y = plot.lines._x, plot.lines._y
        shown = y[:, (x >= left) & (x <= right)]
        assert shown.shape[1] >= 1, "the curve is out of sight"
        assert low < np.nanmin(shown) <= np.nanmax(shown) < high
        assert x[-1] >= left + IN_SIGHT * (right - left)
        turn_wheel(desk, name, -4, 0.3)


def test_values_fill_the_axis_of_what_is_zoomed_to(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000")
    desk.press("Ctrl+L")
    desk.full_speed()
    desk.play_to_rest()
    for _ in range(3):
        turn_wheel(desk, "loss", 3, 0.97)
    desk.look()
    low, high = time_plot(desk, "loss").vb.viewRange()[1]
    assert high - low < 0.01, "of a loss that began with 4.5"
    turn_wheel(desk, "loss", -60)
    desk.look()
    assert steps_shown(desk) == [0, 1000], "zoomed out as far as it goes"
    # The frame that has the first steps again may be the next.
    desk.until(lambda: time_plot(desk, "loss").vb.viewRange()[1][1] >= 4.5)


def test_zoomed_out_the_axes_follow_again(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000")
    for _ in range(30):
        desk.click("step")
    desk.until(lambda: desk.frame.step == 30)
    turn_wheel(desk, "loss", 3)
    turn_wheel(desk, "loss", -30)
    desk.full_speed()
    desk.play_to_rest()
    assert steps_shown(desk) == [0, 1000]


def test_a_drag_moves_along_the_steps_and_a_double_click_fits(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000")
    desk.full_speed()
    desk.play_to_rest()
    turn_wheel(desk, "loss", 5)
    desk.look()
    panel = desk.window.panel
    before, height = steps_shown(desk), time_plot(desk, "loss").vb.viewRange()[1]
    middle = panel.mapFromScene(time_plot(desk, "loss").vb.sceneBoundingRect().center())
    QTest.mousePress(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    for moved in (40, 80, 120):
        place = QPointF(middle + QPoint(moved, moved))
        where = QPointF(panel.viewport().mapToGlobal(place))
        none, held = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
        keys = Qt.KeyboardModifier.NoModifier
        move = QMouseEvent(QEvent.Type.MouseMove, place, where, none, held, keys)
        QApplication.sendEvent(panel.viewport(), move)
        desk.bot.wait(30)
    QTest.mouseRelease(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle + QPoint(120, 120))
    desk.look()
    after = steps_shown(desk)
    assert desk.action("log_loss").isChecked(), "nothing was there to be clicked"
    assert after[0] < before[0]
    assert after[1] - after[0] == pytest.approx(before[1] - before[0])
    assert time_plot(desk, "loss").vb.viewRange()[1] != height, "the values follow"
    QTest.mouseDClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    desk.look()
    assert steps_shown(desk) == [0, 1000]


def test_an_axis_by_itself() -> None:
    axis = TimeAxis()
    axis.begin(10**9)
    ends = []
    for step in (0, 50, 51, 30_000, 30_001, 10**9, 10**9 + 1):
        axis.come_to(step)
        ends.append(axis.end)
    assert ends == [50, 50, 100, 51_200, 51_200, 10**9, 10**9 + 1]
    for low, high in ((-50.0, 30.0), (1e9, 1e9 + 1), (5e8, 5e8), (-1e300, 10.0)):
        axis.zoom(low, high)
        left, right = axis.shown
        assert 0 <= left <= right - FEWEST_STEPS
        assert right <= axis.end
    axis.begin(1)
    axis.zoom(0.2, 0.4)
    assert axis.shown == (0, 1)
    assert all(before <= after for before, after in pairwise(ends))
