"""Parameters come, go, and get other names and starts in the window; all of it is undone."""

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QMenu

from explorer.experiment.parameter import Parameter
from explorer.live.starts import start_of
from explorer.ui.editor.parameter import ParameterDialog

from .conftest import Seat, Write
from .desk import LEFT, Desk
from .test_accessibility import unnamed

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
TEXT = """objective = "y"
formula = "y = (a*w).sum()  # a"
parameters.a = 1.0
parameters.w = { shape = [2], seed = 4 }
parameters.spare = 2.0
"""


def dialog(desk: Desk) -> ParameterDialog:
    found = [each for each in desk.window.findChildren(ParameterDialog) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def press_ok(opened: ParameterDialog) -> None:
    ok = opened.buttons.button(QDialogButtonBox.StandardButton.Ok)
    QTest.mouseClick(ok, LEFT)


def settle(desk: Desk) -> None:
    desk.until(lambda: desk.workbench._revision is None)


def test_a_parameter_is_added_named_anew_and_removed(seat: Seat, write: Write) -> None:
    desk = seat(write(TEXT))
    first = desk.workbench.experiment
    QTest.mouseClick(desk.window.edits.add_button, LEFT)
    opened = dialog(desk)
    assert unnamed(opened) == set()
    assert opened.name.text() == "b", "the first that is free"
    opened.name.setText("a")
    press_ok(opened)
    assert "“a” is used twice" in opened.said.text()
    opened.name.setText("bias")
    opened.kind.setCurrentIndex(opened.kind.findData("uniform"))
    opened.shape_text.setText("2, two")
    press_ok(opened)
    assert opened.said.text().startswith("key parameters.bias.shape")
    opened.shape_text.setText("2, 3")
    opened.seed.setText("7")
    assert opened.means.text() == "(2 * torch.rand(2, 3) - 1) * 1.0"
    press_ok(opened)
    settle(desk)
    added = desk.workbench.experiment.parameters["bias"]
    assert added == Parameter(shape=(2, 3), init="uniform", seed=7, scale=1.0)
    desk.look()
    assert desk.tensor("bias").shape == (2, 3)
    desk.window.edits.open_parameter("a")
    opened = dialog(desk)
    opened.name.setText("alpha")
    opened.value.setText("3")
    opened.optimize.setChecked(False)
    press_ok(opened)
    settle(desk)
    now = desk.workbench.experiment
    assert now.formula == "y = (alpha*w).sum()  # a"
    assert now.parameters["alpha"] == Parameter(value=3.0, optimize=False)
    assert desk.window.formula.toPlainText() == now.formula
    assert desk.action("undo").text() == "&Undo Starting value"
    desk.click("undo")
    desk.click("undo")
    assert desk.workbench.experiment is first


def test_what_the_formula_reads_stays_and_the_rest_goes(seat: Seat, write: Write) -> None:
    desk = seat(write(TEXT))
    table = desk.window.table
    table.choose("a")
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert desk.message.endswith("The formula reads “a”: take it out of the formula first.")
    table.choose("spare")
    QTest.keyClick(table, Qt.Key.Key_Delete)
    settle(desk)
    assert "spare" not in desk.workbench.experiment.parameters
    assert desk.action("undo").text() == "&Undo Remove a parameter"


def test_the_tables_menu_edits_leaves_alone(seat: Seat, write: Write) -> None:
    desk = seat(write(TEXT))
    desk.look()
    menu = QMenu(desk.window)
    desk.window.table._add_edits(menu, "y")  # type: ignore[arg-type]
    assert menu.actions() == []
    desk.window.table._add_edits(menu, "w")  # type: ignore[arg-type]
    entries = {each.text(): each for each in menu.actions()}
    entries["Na&me and start…"].trigger()
    assert (dialog(desk).name.text(), dialog(desk).shape_text.text()) == ("w", "2")
    dialog(desk).reject()
    menu.deleteLater()


def test_another_random_start(seat: Seat, write: Write) -> None:
    desk = seat(write(TEXT))
    before = desk.look().tensors
    desk.action("random_start").trigger()
    settle(desk)
    assert desk.workbench.experiment.parameters["w"].seed == 5
    assert desk.look().tensors != before


@pytest.mark.parametrize("kind", ["kaiming_normal", "xavier_uniform"])
def test_scales_are_those_of_torch(kind: str) -> None:
    shape = (5, 7, 3)
    fan_in, fan_out = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    expected = {
        "kaiming_normal": (2 / fan_in) ** 0.5,
        "xavier_uniform": (6 / (fan_in + fan_out)) ** 0.5,
    }[kind]
    start = start_of(kind, shape, 1.0, 3)
    assert start["scale"] == pytest.approx(expected)
    assert Parameter(**start).seed == 3
