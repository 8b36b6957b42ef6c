"""The numbers at the axes belong to what is drawn beside them, also while a run is on."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QFont, QFontMetricsF, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.experiment.file import read
from explorer.experiment.sources import experiment_path
from explorer.i18n import load
from explorer.ui.plots.axis import log_ticks, power_text, thinned
from explorer.ui.plots.decorations import Mark
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.plots.ranges import OUTERMOST_PERCENT, spread_of
from explorer.ui.plots.timeplot import TimePlot
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


@pytest.mark.parametrize("least", [0.1, 0.4, 1.0])
def test_ticks_are_as_far_apart_as_their_texts_are_high(least: float) -> None:
    for low, high in ((-10.2, 1.1), (-0.1, 1.4), (-2.0, 1.9)):
        ticks = log_ticks(low, high, least)
        assert all(b - a >= least - 1e-9 for a, b in pairwise(ticks)), (low, high)
    _, kept = thinned(0.02, [0.02 * n for n in range(-4, 2)], least / 40)
    assert len(kept) >= 2
    assert all(b - a >= least / 40 - 1e-9 for a, b in pairwise(kept))


def test_on_a_low_plot_with_large_texts_no_number_lies_on_another(
    qtbot: QtBot, qapp: QApplication
) -> None:
    panel = shown_panel(qtbot)
    font = qapp.font()
    try:
        qapp.setFont(QFont(font.family(), round(font.pointSizeF() * 1.5)))
        height = QFontMetricsF(qapp.font()).height()
        axis = panel.plots["parameters"].getAxis("left")
        (_, ticks), *_ = axis.tickValues(-0.082, 0.021, 70.0)
        assert min(b - a for a, b in pairwise(ticks)) * 70.0 / 0.103 >= height
    finally:
        qapp.setFont(font)


def test_names_of_changes_are_within_the_plot_and_few_and_the_latest(qtbot: QtBot) -> None:
    plot = shown_panel(qtbot).plots["parameters"]
    assert isinstance(plot, TimePlot)
    metrics = QFontMetricsF(QApplication.font())
    width = plot.vb.width()
    marks = [Mark(n, f"change number {n} of a tensor") for n in range(40)]
    named = plot.marks.names([(mark, mark.step * width / 39) for mark in marks], metrics)
    assert marks[-1].text in [text for text, _ in named]
    assert len({rect.top() for _, rect in named}) <= 2
    for place, (_, rect) in enumerate(named):
        assert rect.left() >= 0
        assert rect.right() <= width
        assert not any(rect.intersects(other) for _, other in named[:place])
    [(text, rect)] = plot.marks.names([(Mark(1, "x" * 500), width / 2)], metrics)
    assert "…" in text
    assert 0 <= rect.left() <= rect.right() <= width
