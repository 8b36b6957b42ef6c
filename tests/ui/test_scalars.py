"""Experiments without data: gradients after one backward pass, and descending the objective."""

import pytest

from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat
from .desk import Desk


def gradients(desk: Desk) -> tuple[str, str]:
    return desk.cell("x", Column.GRAD), desk.cell("y", Column.GRAD)


def test_a_detached_branch(seat: Seat) -> None:
    desk = seat("detached-branch")
    assert gradients(desk) == ("None", "27.0000")


def test_a_connected_branch(seat: Seat) -> None:
    desk = seat("connected-branch")
    assert gradients(desk) == ("10.0000", "37.0000")


def test_a_cut_made_and_mended_by_hand(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.flip("g.z", Column.DETACH)
    desk.until(lambda: gradients(desk) == ("None", "27.0000"))
    desk.flip("g.z", Column.DETACH)
    desk.until(lambda: gradients(desk) == ("10.0000", "37.0000"))


def test_both_branches_cut(seat: Seat) -> None:
    # The formula itself says detach(); the window's switch is a second cut.
    desk = seat("detached-branch")
    desk.flip("y", Column.DETACH)
    desk.until(lambda: gradients(desk) == ("None", "None"))
    desk.click("play")
    desk.wait_for(RunState.FAILED)
    assert "grad_fn" in desk.message


@pytest.mark.parametrize("name", ["detached-branch", "connected-branch"])
def test_descending_the_objective(seat: Seat, name: str) -> None:
    desk = seat(name)
    start = desk.frame.loss
    desk.full_speed()
    desk.click("play")
    desk.wait_for_step(50)
    desk.click("play")
    desk.until(lambda: desk.state is not RunState.RUNNING)
    loss = desk.look().loss
    assert loss is not None
    assert loss < 52.0 or (start is not None and loss < start)


def test_there_is_no_plot_of_data_without_data(seat: Seat) -> None:
    desk = seat("connected-branch")
    assert desk.window.panel.plots["fit"].scene() is None
    assert "fit" not in desk.window.panel.hidden


def test_every_experiment_of_the_menu(seat: Seat) -> None:
    desk = seat()
    titles = [action.text() for action in desk.window._experiments.actions()]
    assert "A detached branch" in titles
    for index, title in enumerate(titles):
        desk.window._experiments.actions()[index].trigger()
        assert desk.window.windowTitle().startswith(title)
        desk.until(lambda: desk.state is RunState.READY)
        desk.click("step")
        desk.wait_for_step(1)


def test_the_menu_in_the_middle_of_a_run(seat: Seat) -> None:
    desk = seat()
    desk.full_speed()
    for _ in range(5):
        desk.click("play")
        desk.wait_for_step(10)
        for action in desk.window._experiments.actions():
            action.trigger()
        desk.until(lambda: desk.state is RunState.READY)
        assert desk.look().step == 0
