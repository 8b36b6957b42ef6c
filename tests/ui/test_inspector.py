"""The inspector under the tensors' table: all numbers of the selected tensor."""

from functools import partial

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QTableView

from explorer.live.inspection import BINS, MOST_NUMBERS, Inspection, numbers
from explorer.ui.inspector.numbers import Element
from explorer.ui.inspector.panel import STATISTICS, Inspector
from explorer.ui.inspector.pictures import Grid, norm_over_steps
from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import LEFT, NO_KEYS, Desk

MATRICES = """
formula = "h = relu(x @ W)\\ny = h @ v + s"
[parameters]
W = [[0.5, -0.5, 1.0], [0.25, 1.0, -1.0]]
v = { shape = [3], init = "normal", seed = 2 }
s = { value = 0.0, requires_grad = false }
[data]
x = [[1, 2], [3, 4], [5, 6], [7, 8]]
y = [1, 2, 3, 4]
[training]
optimizer = { name = "sgd", lr = 0.0001 }
steps = 1000000
"""
HUGE = MATRICES.replace("v = { shape = [3]", "v = { shape = [6000]").replace(
    "W = [[0.5, -0.5, 1.0], [0.25, 1.0, -1.0]]", 'W = { shape = [2, 6000], init = "normal" }'
)
NUMBERS, PICTURE, STATS = range(3)


def choose(desk: Desk, name: str, page: int = NUMBERS) -> Inspector:
    """Click on a tensor's row and on a tab of the inspector; wait for its numbers."""
    table, inspector = desk.window.table, desk.window.inspector
    index = table.tensors.index(desk.row(name), 0)
    QTest.mouseClick(table.viewport(), LEFT, NO_KEYS, table.visualRect(index).center())
    bar = inspector.pages.tabBar()
    QTest.mouseClick(bar, LEFT, NO_KEYS, bar.tabRect(page).center())
    desk.until(lambda: inspector.shown is not None and inspector.shown.name == name)
    desk.look()
    return inspector


def shown(inspector: Inspector) -> Inspection:
    assert inspector.shown is not None
    return inspector.shown


def column(inspector: Inspector, which: Element) -> list[str]:
    model = inspector.numbers
    return [str(model.index(row, which).data()) for row in range(model.rowCount())]


def opened(inspector: Inspector, row: int) -> QLineEdit:
    """Double-click on a value; the field that opens."""
    grid = inspector.grid
    index = inspector.numbers.index(row, Element.VALUE)
    grid.scrollTo(index)
    where = grid.visualRect(index).center()
    QTest.mouseClick(grid.viewport(), LEFT, NO_KEYS, where)
    QTest.mouseDClick(grid.viewport(), LEFT, NO_KEYS, where)
    editors = [each for each in grid.viewport().findChildren(QLineEdit) if each.isVisible()]
    assert len(editors) == 1, "no field opened"
    return editors[0]


def type_element(inspector: Inspector, row: int, text: str) -> None:
    """Type a value and press Return."""
    editor = opened(inspector, row)
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def test_it_shows_every_number_with_its_gradient(seat: Seat, write: Write) -> None:
    desk = seat(write(MATRICES))
    desk.click("step")
    desk.wait_for_step(1)
    inspector = choose(desk, "W")
    tensor = desk.tensor("W")
    assert column(inspector, Element.PLACE)[:4] == ["[0, 0]", "[0, 1]", "[0, 2]", "[1, 0]"]
    for which, nested in ((Element.VALUE, tensor.value), (Element.GRAD, tensor.grad)):
        expected = torch.tensor(nested).flatten().tolist()
        assert [float(each) for each in column(inspector, which)] == pytest.approx(
            expected, abs=1e-3
        )
    inspector = choose(desk, "s")
    assert column(inspector, Element.GRAD) == ["None"]
    assert column(inspector, Element.PLACE) == ["s"]


def test_before_the_first_step_it_says_of_which_the_gradient_is(seat: Seat, write: Write) -> None:
    desk = seat(write(MATRICES))
    inspector = choose(desk, "W")
    assert "gradient of step 1, which comes next" in inspector.note.text()
    assert "None" not in column(inspector, Element.GRAD)
    desk.click("step")
    desk.wait_for_step(1)
    desk.until(lambda: not shown(inspector).ahead)
    desk.until(lambda: "step 1" not in inspector.note.text())


def test_one_number_is_set_and_undone_like_every_change(seat: Seat, write: Write) -> None:
    desk = seat(write(MATRICES))
    inspector = choose(desk, "W")
    type_element(inspector, 4, "7.25")
    desk.until(lambda: desk.value("W") == [[0.5, -0.5, 1.0], [0.25, 7.25, -1.0]])
    desk.until(lambda: column(inspector, Element.VALUE)[4] == "7.2500")
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.value("W") == [[0.5, -0.5, 1.0], [0.25, 1.0, -1.0]])
    inspector = choose(desk, "s")
    type_element(inspector, 0, "3")
    desk.until(lambda: desk.value("s") == 3.0)


def test_what_is_no_number_is_refused_in_words(seat: Seat, write: Write) -> None:
    desk = seat(write(MATRICES))
    inspector = choose(desk, "W")
    for text in ("two", "nan", "[1, 2]", "1e999"):
        desk.window._forget_passing()
        before = desk.message
        type_element(inspector, 1, text)
        desk.until(partial(_says_else, desk, before))
    assert desk.look().changes == ()
    assert column(inspector, Element.VALUE)[1] == "-0.5000"


def _says_else(desk: Desk, before: str) -> bool:
    return desk.message != before


def test_a_run_that_is_on_is_not_set_back_by_an_edit(seat: Seat, write: Write) -> None:
    """A change is of the whole tensor, whose other elements have moved on by then."""
    desk = seat(write(MATRICES))
    desk.click("play")
    desk.wait_for_step(5)
    inspector = choose(desk, "W")
    with pytest.raises(AssertionError, match="no field opened"):
        type_element(inspector, 0, "1")
    seen = shown(inspector).step
    desk.until(lambda: shown(inspector).step > seen)
    desk.click("play")
    desk.wait_for(RunState.PAUSED)
    type_element(inspector, 0, "1")
    desk.until(lambda: column(inspector, Element.VALUE)[0] == "1.0000")


def test_a_field_that_is_open_when_the_run_goes_on_changes_nothing(
    seat: Seat, write: Write
) -> None:
    desk = seat(write(MATRICES))
    inspector = choose(desk, "W")
    editor = opened(inspector, 0)
    QTest.keyClicks(editor, "9")
    desk.click("play")
    desk.wait_for_step(2)
    desk.until(lambda: inspector.grid.state() == QTableView.State.NoState)
    assert desk.look().changes == ()


def test_computed_tensors_and_data_are_read_only(seat: Seat, write: Write) -> None:
    desk = seat(write(MATRICES))
    for name in ("x", "h"):
        inspector = choose(desk, name)
        with pytest.raises(AssertionError, match="no field opened"):
            type_element(inspector, 0, "1")


def test_a_click_in_the_picture_goes_to_the_number(seat: Seat, write: Write) -> None:
    desk = seat(write(MATRICES))
    inspector = choose(desk, "W", PICTURE)
    heat = inspector.maps[0]
    grid = Grid.of(np.arange(6.0), (2, 3))
    assert grid.numbers.tolist() == [[0, 1, 2], [3, 4, 5]]
    place = heat._place(heat.room)
    where = QPointF(place.left() + place.width() / 2, place.top() + place.height() * 0.75)
    assert heat.element(where) == 4
    assert inspector._describe(4).startswith("[1, 1]: value 1.0000")
    QTest.mouseClick(heat, LEFT, NO_KEYS, where.toPoint())
    assert inspector.pages.currentWidget() is inspector.grid
    assert inspector.grid.currentIndex().row() == 4


def test_statistics_are_those_of_torch(seat: Seat, write: Write) -> None:
    desk = seat(write(MATRICES))
    desk.click("step")
    desk.wait_for_step(1)
    inspector = choose(desk, "W", STATS)
    value = torch.tensor(desk.value("W"), dtype=torch.float64)
    told = {key: inspector.figures[key, Element.VALUE].text() for key in STATISTICS}
    assert told["zeros"] == "0 %"
    assert told["not_finite"] == "0 %"
    for key, number in (
        ("low", value.min()),
        ("high", value.max()),
        ("mean", value.mean()),
        ("norm", value.norm()),
    ):
        assert float(told[key]) == pytest.approx(float(number), abs=1e-3), key
    assert "…" in inspector.norms[0].caption
    inspector = choose(desk, "s", STATS)
    assert inspector.figures["norm", Element.GRAD].text() == "None"


def test_a_large_tensor_has_a_histogram(seat: Seat, write: Write) -> None:
    desk = seat(write(HUGE))
    inspector = choose(desk, "v")
    assert inspector.numbers.rowCount() == 6000 <= MOST_NUMBERS
    inspector = choose(desk, "W", PICTURE)
    assert not inspector.pages.isTabEnabled(NUMBERS)
    assert "histogram" in inspector.note.text()
    value = shown(inspector).value
    assert value is not None
    assert value.histogram is not None
    assert len(value.histogram.counts) == BINS
    assert sum(value.histogram.counts) == 12_000
    assert inspector.histograms[0].isVisible()


def test_it_is_closed_and_opened_by_keyboard_and_that_is_remembered(seat: Seat) -> None:
    desk = seat()
    inspector = choose(desk, "a")
    desk.press("Ctrl+I")
    assert not inspector.isVisible()
    assert not desk.window.settings.inspector_open
    assert desk.window.inspector.wish() is None
    desk.press("Ctrl+I")
    assert inspector.isVisible()
    desk.until(lambda: inspector.shown is not None)
    QTest.mouseClick(inspector.close_button, LEFT)
    assert not inspector.isVisible()
    assert not desk.action("inspector").isChecked()
    assert not desk.window.settings.inspector_open


def test_it_leaves_five_rows_of_the_table_unless_it_is_asked_for(seat: Seat) -> None:
    desk = seat()
    window = desk.window
    window.table.selectRow(0)
    assert window.inspector.isVisible()
    rows = window.table.viewport().height() // window.table.verticalHeader().defaultSectionSize()
    assert rows >= 5
    window.resize(800, 520)
    desk.until(lambda: not window.inspector.isVisible())
    desk.press("Ctrl+I")
    desk.press("Ctrl+I")
    assert window.inspector.isVisible()
    desk.bot.wait(20)
    assert window.inspector.height() >= window.inspector.minimumHeight()
    assert window.area.height() <= window.height()


def test_it_does_not_come_between_two_clicks(seat: Seat, write: Write) -> None:
    """The second click is on the same row: with many numbers to choose from it stays away."""
    names = [f"p{index}" for index in range(30)]
    terms = " + ".join(f"{name}*x" for name in names)
    values = "\n".join(f"{name} = 0.01" for name in names)
    desk = seat(write(f'formula = "y = {terms}"\n[parameters]\n{values}\n'
                      "[data]\nx = [1, 2]\ny = [2, 4]\n"))  # fmt: skip
    table = desk.window.table
    table.scrollToBottom()
    place = table.visualRect(table.model().index(29, Column.REQUIRES_GRAD)).center()
    for flag in (False, True):
        QTest.mouseClick(table.viewport(), LEFT, pos=place)
        desk.until(lambda wanted=flag: desk.tensor("p29").requires_grad is wanted)  # type: ignore[misc]
        desk.bot.wait(5)
    assert desk.window.inspector.isHidden()


def test_it_stands_from_the_start_where_a_parameter_has_many_numbers(
    seat: Seat, write: Write
) -> None:
    desk = seat(write(MATRICES))
    inspector = desk.window.inspector
    assert inspector.isVisible()
    desk.until(lambda: inspector.shown is not None)
    assert shown(inspector).name == "W", "the first with many numbers, as long as none is chosen"
    at = desk.window.table.height()
    choose(desk, "v")
    assert desk.window.table.height() == at


def test_its_numbers_come_only_while_it_is_in_sight_and_not_with_every_frame(
    seat: Seat, write: Write
) -> None:
    desk = seat(write(MATRICES))
    inspector = choose(desk, "W")
    desk.click("play")
    desk.wait_for_step(5)
    assert inspector.wish() is None or inspector.wish() is None
    desk.press("Ctrl+I")
    desk.click("play")
    desk.wait_for(RunState.PAUSED)
    assert desk.look().inspection is None


def test_what_is_not_finite_is_counted_and_left_out_of_the_bounds() -> None:
    told = numbers(np.array([1.0, np.nan, 0.0, -np.inf]))
    assert (told.statistics.low, told.statistics.high) == (0.0, 1.0)
    assert (told.statistics.zeros, told.statistics.not_finite) == (0.25, 0.5)
    assert np.isnan(told.statistics.norm)
    none = numbers(np.full(MOST_NUMBERS + 1, np.nan))
    assert none.histogram is None
    assert none.statistics.low is None


def test_the_norm_over_steps_is_of_the_elements_or_is_recorded() -> None:
    rows = np.array([[3.0, 1.0], [4.0, 0.0], [5.0, 6.0]])
    found = norm_over_steps(("w[0]", "w[1]", "|ww|"), rows, "w")
    assert found is not None
    assert found.tolist() == [5.0, 1.0]
    found = norm_over_steps(("w[0]", "w[1]", "|ww|"), rows, "ww")
    assert found is not None
    assert found.tolist() == [5.0, 6.0]
    assert norm_over_steps(("w[0]",), rows[:1], "x") is None
