"""A plot is one entry in the table: menu, settings, frames and layout follow it."""

import numpy as np
import pytest

from explorer.live.frames import GRADIENTS
from explorer.ui.plots import table
from explorer.ui.plots.entry import PlotEntry
from explorer.ui.plots.timeplot import TimePlot

from .conftest import Seat
from .desk import Desk

# The gradients by powers of ten, where there are any to train with.
SLOPES = PlotEntry(
    "slopes",
    "Slopes",
    GRADIENTS,
    TimePlot,
    log=True,
    heading=lambda experiment, _language: f"Slopes of {experiment.scalar_name}",
    applies=lambda experiment: experiment.has_training,
)


@pytest.fixture(autouse=True)
def _one_entry_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "PLOTS", (*table.PLOTS, SLOPES))


def slopes(desk: Desk) -> TimePlot:
    plot = desk.window.panel.plots["slopes"]
    assert isinstance(plot, TimePlot)
    return plot


def test_a_new_plot_is_drawn_and_laid_out(seat: Seat) -> None:
    desk = seat()
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    plot = slopes(desk)
    assert plot.scene() is not None
    assert "Slopes of loss (log scale)" in plot.heading.text
    drawn, series = plot.lines._y, desk.frame.series[GRADIENTS]
    assert series.names == ("a", "b", "c", "d")
    with np.errstate(invalid="ignore"):
        assert np.array_equal(drawn, np.log10(series.rows), equal_nan=True)


def test_it_is_in_the_menu_and_what_is_hidden_is_remembered(seat: Seat) -> None:
    desk = seat()
    desk.choose("Plots", "Slopes")
    assert slopes(desk).scene() is None
    assert seat().window.panel.hidden == {"slopes"}


def test_it_is_left_out_where_it_does_not_apply(seat: Seat) -> None:
    assert slopes(seat("connected-branch")).scene() is None


def test_what_is_hidden_of_plots_that_are_gone_is_forgotten(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat().choose("Plots", "Slopes")
    monkeypatch.setattr(table, "PLOTS", table.PLOTS[:-1])
    assert seat().window.panel.hidden == frozenset()
