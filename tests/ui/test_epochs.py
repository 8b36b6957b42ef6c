"""The loss plot where there are batches: each step, and the mean of each epoch."""

from pathlib import Path

from explorer.experiment.file import read
from explorer.live.frames import EPOCH, LOSS
from explorer.ui.plots.timeplot import TimePlot

from .conftest import Seat

TEXT = """
formula = "y = a*x + b"
parameters = { a = 1.0, b = 0.5 }
data = { x = [1, 2, 3], y = [3, 5, 7] }
[training]
batch = { size = 2, shuffle = true }
steps = 6
"""


def test_the_mean_of_an_epoch_has_a_curve_of_its_own(seat: Seat, tmp_path: Path) -> None:
    (tmp_path / "batches.toml").write_text(TEXT)
    desk = seat()
    desk.workbench.open(read(tmp_path / "batches.toml"))
    desk.full_speed()
    desk.click("play")
    desk.until(lambda: desk.frame.step == 6)
    assert desk.frame.series[LOSS].names == (LOSS, EPOCH)
    (plot,) = [
        each
        for each in desk.window.panel.plots.values()
        if isinstance(each, TimePlot) and each._entry.series == LOSS
    ]
    first, second = plot._curves
    assert (first.owner, second.owner) == ("", "mean of the epoch")
    assert first.color != second.color
