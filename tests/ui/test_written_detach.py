"""The detach() that the formula itself has is a switch like any other: on from the start."""

from pathlib import Path

import explorer
from explorer.engine.gradients import gradients
from explorer.ui.tensormodel import Column

from .conftest import Seat

NAME = "g.z_no_grad"


def test_it_is_ticked_before_anything_runs(seat: Seat) -> None:
    desk = seat("detached-branch", start=False)
    assert desk.ticked(NAME, Column.DETACH)
    assert not desk.ticked("g.z", Column.DETACH)


def test_unticked_it_lets_the_gradient_through_and_back(seat: Seat) -> None:
    desk = seat("detached-branch")
    assert (desk.cell("x", Column.GRAD), desk.cell("y", Column.GRAD)) == ("None", "27.0000")
    assert desk.cell(NAME, Column.STATE) == "detached"
    desk.flip(NAME, Column.DETACH)
    desk.until(lambda: desk.cell("x", Column.GRAD) == "10.0000")
    assert desk.cell("y", Column.GRAD) == "37.0000"
    assert not desk.ticked(NAME, Column.DETACH)
    assert desk.cell(NAME, Column.STATE) == "computed"
    desk.flip(NAME, Column.DETACH)
    desk.until(lambda: desk.cell("x", Column.GRAD) == "None")
    assert desk.ticked(NAME, Column.DETACH)


def test_saved_it_stays_out(seat: Seat, tmp_path: Path) -> None:
    desk = seat("detached-branch")
    desk.flip(NAME, Column.DETACH)
    desk.until(desk.window.isWindowModified)
    desk.answers.save_path = tmp_path / "mine.toml"
    desk.press("Ctrl+S")
    assert desk.answers.asked == ["save", "include 1"]
    found = gradients(explorer.load(tmp_path / "mine.toml")).tensors
    assert {each.name: each.grad for each in found}["x"] == 10.0
