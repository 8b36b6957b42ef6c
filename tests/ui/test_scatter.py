"""Of very many points a sample is drawn, and the plot says so."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from explorer.i18n import load
from explorer.live.frames import Fit
from explorer.ui.plots.entry import PlotEntry
from explorer.ui.plots.fitplot import MOST_POINTS, FitPlot, sample
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.theme import LIGHT

from .conftest import Seat
from .desk import Desk

HEAD = """
[parameters]
a = 0.0
b = 0.0
[data]
file = "points.csv"
[training]
loss = "mse"
steps = 20
optimizer = { name = "sgd", lr = 0.01 }
"""


def fit_plot(panel: PlotPanel) -> FitPlot:
    plot = panel.plots["fit"]
    assert isinstance(plot, FitPlot)
    return plot


def cloud(folder: Path, rows: int, formula: str) -> Path:
    """An experiment on so many rows of u, v and y."""
    numbers = np.random.default_rng(rows).normal(size=(rows, 3)).round(3)
    np.savetxt(folder / "points.csv", numbers, "%g", ",", header="u,v,y", comments="")
    path = folder / "cloud.toml"
    path.write_text(f'formula = "{formula}"\n{HEAD}', encoding="utf-8")
    return path


def drawn(desk: Desk) -> int:
    return len(fit_plot(desk.window.panel)._points.data)


@pytest.mark.parametrize("formula", ["y = a*u + b", "y = a*u + b*v"])
def test_of_very_many_points_a_sample_is_drawn_and_the_plot_says_so(
    seat: Seat, tmp_path: Path, formula: str
) -> None:
    desk = seat(cloud(tmp_path, 5_000, formula))
    desk.look()
    said = fit_plot(desk.window.panel).sampled
    assert drawn(desk) == MOST_POINTS
    assert said.text == "A sample: 2,000 of 5,000 points"
    with_words = desk.window.panel.grab().toImage()
    desk.play_to_rest()
    assert drawn(desk) == MOST_POINTS
    said.say("")
    assert desk.window.panel.grab().toImage() != with_words
    few = seat(cloud(tmp_path, 300, formula))
    few.look()
    assert drawn(few) == 300
    assert fit_plot(few.window.panel).sampled.text == ""


def test_a_million_predictions_are_drawn_as_fast_as_a_thousand(qtbot: QtBot) -> None:
    panel = PlotPanel(LIGHT, load("en"))
    qtbot.addWidget(panel)
    entry: PlotEntry = panel._entries["fit"]
    plot = FitPlot(entry, LIGHT, load("en"))
    plot._against_target = True
    x = np.linspace(0, 1, 1_000_000)
    plot.show_fit(Fit(x, x**2))
    assert len(plot._points.data) == MOST_POINTS
    assert plot.sampled.text == "A sample: 2,000 of 1,000,000 points"


@pytest.mark.parametrize("count", [2_001, 3_000, 100_000, 1_000_000])
def test_a_sample_has_no_rhythm_and_stays(count: int) -> None:
    chosen = sample(count)
    # Of hardly more points than are drawn some are left out twice.
    assert 0.8 * MOST_POINTS < len(chosen) <= MOST_POINTS
    assert np.array_equal(chosen, np.unique(chosen))
    assert chosen.max() < count
    assert chosen is sample(count)
    if count > 10 * MOST_POINTS:
        assert len(set(np.diff(chosen).tolist())) > 20
        assert abs(np.median(chosen) / count - 0.5) < 0.05
