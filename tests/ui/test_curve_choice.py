"""Many parameters: one curve for each tensor, and the numbers of the selected one."""

import pytest
from PySide6.QtTest import QTest

from explorer.live.curves import CHOICES, ELEMENTS, NORMS
from explorer.live.frames import GRADIENTS, VALUES
from explorer.ui.menus import CURVES_WORDS
from explorer.ui.tensormodel import Column

from .conftest import Seat, Write
from .desk import LEFT, NO_KEYS, Desk
from .test_context_menus import choose, entries, menu_of_plot

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

MANY = """
formula = "h = tanh(x @ W + b)\\ny = h @ v + s"
[parameters]
W = { shape = [1, 6], init = "normal", seed = 1 }
b = { shape = [6], init = "zeros" }
v = { shape = [6], init = "normal", seed = 2 }
s = 0.0
[data]
x = [[-1.0], [0.0], [1.0]]
y = [1.0, 0.5, 2.0]
[training]
optimizer = { name = "adam", lr = 0.01 }
steps = 1000
"""
BY_NORM = ("|W|", "|b|", "|v|", "s")


def drawn(desk: Desk) -> tuple[str, ...]:
    names = [desk.frame.series[each].names for each in (VALUES, GRADIENTS)]
    assert names[0] == names[1]
    return names[0]


def choose_curves(desk: Desk, choice: str) -> None:
    """With the right button, in the plot."""
    text = CURVES_WORDS[choice].replace("&", "")
    choose(menu_of_plot(desk, "gradients"), f"Curves of parameters/{text}")


def test_each_tensor_has_one_curve_and_the_selected_one_those_of_its_numbers(
    seat: Seat, write: Write
) -> None:
    desk = seat(write(MANY))
    desk.click("step")
    desk.wait_for_step(1)
    desk.until(lambda: drawn(desk) == BY_NORM)
    assert desk.window.panel.plots["parameters"].heading.text.count("(norms)") == 1
    elements = tuple(f"b[{place}]" for place in range(6))
    where = desk.place("b", Column.NAME)
    QTest.mouseClick(desk.window.table.viewport(), LEFT, NO_KEYS, where)
    desk.until(lambda: drawn(desk) == ("|W|", "|b|", *elements, "|v|", "s"))
    desk.until(lambda: len(desk.window.panel.plots["gradients"].lines._y) == 10)
    desk.window.table.clearSelection()
    desk.until(lambda: drawn(desk) == BY_NORM)
    choose_curves(desk, ELEMENTS)
    desk.until(lambda: len(drawn(desk)) == 19)
    assert desk.window.settings.curves == ELEMENTS
    choose_curves(desk, CHOICES[0])
    desk.until(lambda: drawn(desk) == BY_NORM)
    # While a run is on, too.
    desk.click("play")
    desk.wait_for_step(3)
    choose_curves(desk, ELEMENTS)
    desk.until(lambda: len(drawn(desk)) == 19)
    desk.click("play")


def test_the_choice_is_remembered_and_few_curves_stay_single(seat: Seat) -> None:
    desk = seat()
    desk.click("step")
    desk.wait_for_step(1)
    assert drawn(desk) == ("a", "b", "c", "d")
    choose_curves(desk, NORMS)
    assert desk.window.settings.curves == NORMS
    marked = [each.data() for each in desk.window.plot_choices.curves_menu.actions()
              if each.isChecked()]  # fmt: skip
    assert marked == [NORMS]
    menu = menu_of_plot(desk, "loss")
    assert not any(each.startswith("Curves of parameters") for each in entries(menu))
    menu.close()
    # A number is its own curve.
    desk.until(lambda: drawn(desk) == ("a", "b", "c", "d"))
    assert desk.cell("a", Column.STATE) == "training"
