"""The learning rate of one of the optimizer's groups, at the tool bar."""

from pathlib import Path

from explorer.experiment.file import read
from explorer.words.states import TensorKind

from .conftest import Seat

TEXT = """
formula = "y = a*x + b"
parameters = { a = 1.0, b = 0.5 }
data = { x = [1, 2, 3], y = [3, 5, 7] }
[training]
optimizer = { name = "sgd", lr = 0.1 }
groups.slow = { tensors = ["b"], lr = 0.01 }
"""


def test_the_rate_is_that_of_the_chosen_group(seat: Seat, tmp_path: Path) -> None:
    (tmp_path / "groups.toml").write_text(TEXT)
    desk = seat()
    bar = desk.window.bar
    assert not bar.group.isVisible()
    desk.workbench.open(read(tmp_path / "groups.toml"))
    desk.until(lambda: bar.group.isVisible() and bar.rate.text() == "0.1")
    bar.group.setCurrentIndex(1)
    bar.group.activated.emit(1)
    assert bar.rate.text() == "0.01"
    desk.type_rate("0.02")
    desk.click("step")
    desk.wait_for_step(1)
    (change,) = desk.workbench.changes_by_hand
    assert (change.group, dict(change.options)) == ("slow", {"lr": 0.02})
    assert bar.rate.text() == "0.02"
    bar.group.setCurrentIndex(0)
    bar.group.activated.emit(0)
    assert bar.rate.text() == "0.1"


SPECIAL = """
formula = "y = a*x + b"
parameters = { a = 1.0, b = { value = 0.5, optimize = false } }
data = { x = [1, 2, 3], y = [3, 5, 7] }
[training]
batch = { size = 2, shuffle = true }
clip_grad_norm = 0.5
accumulate = 4
"""


def test_what_is_special_about_the_training_stands_under_the_formula(
    seat: Seat, tmp_path: Path
) -> None:
    (tmp_path / "special.toml").write_text(SPECIAL)
    desk = seat()
    line = desk.window.training_line
    assert not line.isVisible()
    desk.workbench.open(read(tmp_path / "special.toml"))
    desk.until(line.isVisible)
    assert line.text() == (
        "Each step takes 2 of 3 rows, shuffled in every epoch. Every 4 steps make one update, "
        "with the sum of their gradients. Before an update the gradients are scaled down to the "
        "norm 0.5."
    )
    desk.click("step")
    desk.wait_for_step(1)
    assert desk.window.table.tensors.kind(1) is TensorKind.OUTSIDE
