"""Generated experiments in the real window, with the graph and the proof panel open.

As `tests/e2e/test_campaign.py`: a few in the ordinary suite; with
`GRADIENT_EXPLORER_CAMPAIGN=3000` three hundred. Whatever the numbers come to, nothing crashes:
an exception in a slot fails the test through Qt's guards, one in the worker through
`workbench.crashed`.
"""

import random
from pathlib import Path

import pytest
from drawing import asked, draw
from PySide6.QtWidgets import QApplication

from explorer.engine.formula_subject import FormulaSubject
from explorer.experiment.file import ExperimentFile, read
from explorer.experiment.problem import BadInput
from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import Desk

FEW = 6
STEPS = 4
AT_REST = (RunState.READY, RunState.PAUSED, RunState.FINISHED, RunState.FAILED, RunState.REFUSED)


def sound(seed: int, path: Path) -> ExperimentFile | None:
    """The experiment drawn with this seed, if `check` takes it."""
    path.write_text(draw(seed), encoding="utf-8")
    try:
        file = read(path)
        FormulaSubject(file.experiment)
    except BadInput:
        return None
    return file


def prove_something(desk: Desk, dice: random.Random) -> None:
    """Select a tensor, and wait for the picture and the proof."""
    names = [each.name for each in desk.frame.tensors or ()]
    row = desk.row(dice.choice(names))
    table = desk.window.table
    table.setCurrentIndex(table.tensors.index(row, Column.NAME))
    desk.look()


def flip_something(desk: Desk, dice: random.Random) -> None:
    leaf = dice.choice(list(desk.workbench.experiment.parameters))
    switch = dice.choice(["requires_grad", "detach"])
    desk.workbench.change(tensor=leaf, **{switch: dice.random() < 0.5})
    desk.look()


def go_through(desk: Desk, file: ExperimentFile, seed: int) -> None:
    dice = random.Random(seed)
    desk.workbench.open(file)
    desk.until(lambda: desk.state in (RunState.READY, RunState.REFUSED))
    assert desk.state is RunState.READY, (seed, desk.message)
    desk.look()
    prove_something(desk, dice)
    for _ in range(STEPS):
        if desk.state in (RunState.READY, RunState.PAUSED):
            desk.click("step")
            desk.until(lambda: desk.state in AT_REST)
        flip_something(desk, dice)
        prove_something(desk, dice)
    for button in ("start", "forward", "forward", "end"):
        desk.graph.backward.buttons[button].click()
    desk.window.tabs.setCurrentIndex(0)
    desk.workbench.play()
    desk.bot.wait(20)
    desk.workbench.pause()
    desk.until(lambda: desk.state in AT_REST)
    desk.look()
    desk.window.show_graph()
    desk.look()
    QApplication.processEvents()


# PyTorch warns of shapes that are broadcast, which is no refusal.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.timeout(0)
def test_no_experiment_crashes_the_window(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    crashes: list[str] = []
    desk.workbench.crashed.connect(crashes.append)
    desk.full_speed()
    desk.open_graph()
    desk.graph.controls.buttons["proof"].setChecked(True)
    left, seed = asked(FEW, share=0.1), 5_000_000
    while left:
        seed += 1
        file = sound(seed, tmp_path / "experiment.toml")
        if file is not None:
            go_through(desk, file, seed)
            left -= 1
        assert crashes == [], (seed, crashes[0])
        assert desk.program.crashes.dialog is None


LEAVES_RANGE = '''
objective = "out"
formula = """
p = w
out = binary_cross_entropy(p, t)
"""
[parameters]
w = [0.5, 0.9]
t = { value = [1.0, 0.0], requires_grad = false }
[training]
optimizer = { name = "sgd", lr = 1.0 }
steps = 50
'''


def test_a_run_that_breaks_off_says_so_and_goes_on_being_looked_at(
    seat: Seat, write: Write
) -> None:
    desk = seat(write(LEAVES_RANGE))
    crashes: list[str] = []
    desk.workbench.crashed.connect(crashes.append)
    desk.open_graph()
    desk.graph.controls.buttons["proof"].setChecked(True)
    desk.full_speed()
    desk.play_to_rest()
    assert desk.state is RunState.FAILED
    assert "between 0 and 1" in desk.message
    for name in ("w", "p", "out"):
        table = desk.window.table
        table.setCurrentIndex(table.tensors.index(desk.row(name), Column.NAME))
        desk.look()
    assert desk.value("out") is None
    desk.type_value("w", "[0.5, 0.5]")
    desk.until(lambda: desk.value("out") is not None)
    desk.click("step")
    desk.wait_for_step(2)
    assert crashes == []


def test_a_learning_rate_beyond_float32_is_refused_in_its_field(seat: Seat) -> None:
    desk = seat()
    desk.type_rate("1e39")
    desk.until(lambda: "too large for float32" in desk.message)
    desk.click("step")
    desk.wait_for_step(1)


@pytest.mark.parametrize(
    "data",
    [
        "x = [1, nan, 3]\ny = [1, 2, 3]",
        "x = [1, 2, inf]\ny = [nan, -inf, 3]",
        "x = [nan, nan, nan]\ny = [1, 2, 3]",
        "x = [1, 2, 3]\ny = [nan, nan, inf]",
        "x = [1, 2, 3]\ny = [[1, 2], [3, 4], [5, 6]]",
        "x = [[1, nan], [3, 4], [5, 6]]\ny = [1, nan, 3]",
        "x = [1e39, 2, 1e300]\ny = [1, 2, -1e300]",
    ],
)
def test_every_kind_of_data_is_plotted(data: str, seat: Seat, write: Write) -> None:
    formula = "y = a * x.sum() * ones" if "[[" in data else "y = a * x"
    ones = "ones = { value = [1.0, 1.0, 1.0], requires_grad = false }"
    if data.endswith("6]]"):
        ones = "ones = { value = [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], requires_grad = false }"
    double = 'dtype = "float64"'
    desk = seat(
        write(f'{double}\nformula = "{formula}"\n[parameters]\na = 1.0\n{ones}\n[data]\n{data}\n')
    )
    desk.click("step")
    desk.wait_for_step(1)
    desk.look()
