"""The numbers at the axes belong to what is drawn beside them, also while a run is on."""

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from explorer.experiment.file import read
from explorer.experiment.sources import experiment_path
from explorer.i18n import load
from explorer.ui.plots.axis import log_ticks, power_text
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.plots.ranges import OUTERMOST_PERCENT, spread_of
from explorer.ui.theme import LIGHT

from .desk import PATIENCE_MS


def shown_panel(qtbot: QtBot) -> PlotPanel:
    panel = PlotPanel(LIGHT, load("en"))
    qtbot.addWidget(panel)
    panel.resize(800, 600)
    panel.set_experiment(read(experiment_path("line-fit")).experiment, log_loss=False)
    with qtbot.waitExposed(panel, timeout=PATIENCE_MS):
        panel.show()
    return panel


def axis_picture(panel: PlotPanel) -> QImage:
    """The left axis of the parameters' plot, as the last paint left it on the screen."""
    panel.paint_now()
    axis = panel.plots["parameters"].getAxis("left")
    rect = panel.mapFromScene(axis.sceneBoundingRect()).boundingRect()
    # Without the ticks: they reach into the plot, where other things move too.
    rect.setWidth(rect.width() - 16)
    picture: QImage = panel.grab(rect).toImage()
    return picture


def test_ticks_follow_the_range_while_a_run_is_on(qtbot: QtBot) -> None:
    panel = shown_panel(qtbot)
    panel.set_moving(True)
    before = axis_picture(panel)
    assert axis_picture(panel) == before
    panel.plots["parameters"].setYRange(-300, 700, padding=0)
    moving = axis_picture(panel)
    assert moving != before
    panel.set_moving(False)
    assert axis_picture(panel) == moving, "the kept picture differs from a fresh drawing"


def test_logarithmic_ticks_are_few_and_round() -> None:
    assert log_ticks(-10.2, 1.1) == [-10.0, -8.0, -6.0, -4.0, -2.0, 0.0]
    assert [power_text(tick) for tick in log_ticks(-0.1, 1.4)] == ["1", "2", "5", "10", "20"]
    assert [power_text(power) for power in (-3, 4, -6, 30)] == ["0.001", "10000", "10⁻⁶", "10³⁰"]


def test_logarithmic_ticks_are_few_on_any_range() -> None:
    for low, high in ((-3.0, 1e12), (-1e300, 1e300), (5e9, 5e9 + 40)):
        ticks = log_ticks(low, high)
        assert 3 <= len(ticks) <= 8
        assert low <= min(ticks) < max(ticks) <= high


@pytest.mark.parametrize("points", range(90, 420, 11))
def test_the_spread_of_a_sample_is_that_of_all(points: int) -> None:
    """Bursts of all curves at once, and whatever number of points the curves have."""
    curves = 200
    bursts = 10.0 ** np.random.default_rng(points).uniform(-4, 0, size=points)
    values = np.random.default_rng(points + 1).normal(size=(curves, points)) * bursts
    found, low, high = spread_of(values, True), *np.percentile(values, OUTERMOST_PERCENT)
    assert found is not None
    assert 0.7 < found.low / low < 1.4
    assert 0.7 < found.high / high < 1.4
