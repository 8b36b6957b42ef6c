"""The tensors' table: how its columns share the width, and what fits into them."""

from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QStyleOptionViewItem

from explorer.explain.figures import STRIP_PARTS
from explorer.live.frames import FrameMaker
from explorer.ui.columns import Need, head_for, shared
from explorer.ui.tensormodel import Column

from .conftest import Seat, Write
from .desk import Desk

LONG = "encoder_block_attention_query_w"
LONG_NAMES = f"""
formula = "y = {LONG}16*x + {LONG}17*x + b"
[parameters]
{LONG}16 = -12345.678
{LONG}17 = 1e-7
b = [0.0, 1.0, 2.0, 3.0, 4.0]
[data]
x = [1, 2, 3, 4, 5]
y = [3, 5, 7, 9, 11]
[training]
optimizer = {{ name = "sgd", lr = 0.005 }}
steps = 50
"""


def shown(desk: Desk, name: str, column: Column) -> str:
    """The text of a cell as the table draws it, cut as Qt cuts it."""
    table = desk.window.table
    index = table.tensors.index(desk.row(name), column)
    # The stubs know none of an option's attributes: hence Any.
    option: Any = QStyleOptionViewItem()
    table.initViewItemOption(option)
    delegate: Any = table.itemDelegateForIndex(index)
    delegate.initStyleOption(option, index)
    taken = 8 + (option.decorationSize.width() + 4 if column is Column.NAME else 0)
    room = table.columnWidth(column) - taken
    return table.fontMetrics().elidedText(option.text, option.textElideMode, room)


def widths(desk: Desk) -> dict[Column, int]:
    return {column: desk.window.table.columnWidth(column) for column in Column}


def widen(desk: Desk, left: int) -> None:
    """Draw the left column's edge to there, in a window that has the room."""
    desk.window.resize(left + 600, 800)
    across = desk.window._splitters[1]
    across.moveSplitter(left, 1)
    desk.until(lambda: abs(across.sizes()[0] - left) < 5)


def test_long_names_lose_their_middle_and_are_whole_in_the_tooltip(
    seat: Seat, write: Write
) -> None:
    desk = seat(write(LONG_NAMES))
    texts = [shown(desk, f"{LONG}{each}", Column.NAME) for each in (16, 17)]
    assert texts[0].startswith("enc")
    assert texts[0].endswith("16")
    assert texts[1].endswith("17")
    assert "…" in texts[0]
    index = desk.window.table.tensors.index(0, Column.NAME)
    assert f"{LONG}16" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_a_wider_panel_has_wider_names_and_values(seat: Seat, write: Write) -> None:
    desk = seat(write(LONG_NAMES))
    desk.window.resize(1600, 800)
    widen(desk, 450)
    before = widths(desk)
    widen(desk, 900)
    after = widths(desk)
    for column in (Column.NAME, Column.VALUE, Column.GRAD):
        assert after[column] > before[column] + 50
    assert sum(after.values()) == desk.window.table.viewport().width()


@pytest.mark.parametrize("size", [(800, 520), (1024, 700), (1280, 800)])
def test_no_number_is_cut_and_no_switch_out_of_sight(
    seat: Seat, write: Write, size: tuple[int, int]
) -> None:
    desk = seat(write(LONG_NAMES))
    desk.window.resize(*size)
    desk.click("step")
    desk.wait_for_step(1)
    for name in (f"{LONG}16", f"{LONG}17"):
        for column in (Column.VALUE, Column.GRAD):
            text = shown(desk, name, column)
            assert "…" not in text
            assert float(text) == pytest.approx(_number(desk, name, column), rel=0.06, abs=1e-4)
    table = desk.window.table
    assert sum(widths(desk).values()) <= table.viewport().width()
    assert table.horizontalScrollBar().maximum() == 0


def test_the_words_of_all_states_are_legible_at_the_usual_width(seat: Seat, write: Write) -> None:
    """Of a panel of 500 pixels, with long names and numbers."""
    frozen = LONG_NAMES.replace("16 = -12345.678", "16 = { value = 1.5, optimize = false }")
    desk = seat(write(frozen))
    widen(desk, 500)
    desk.flip("x", Column.REQUIRES_GRAD)
    desk.click("step")
    desk.wait_for_step(1)
    table = desk.window.table
    words = {desk.cell(table.tensors.tensor(row).name, Column.STATE): row
             for row in range(table.tensors.rowCount())}  # fmt: skip
    assert {"not optimized", "input with gradient"} <= words.keys()
    for row in words.values():
        index = table.tensors.index(row, Column.STATE)
        assert table.sizeHintForIndex(index).width() <= table.columnWidth(Column.STATE)
    assert table.horizontalScrollBar().maximum() == 0


def _number(desk: Desk, name: str, column: Column) -> float:
    tensor = desk.tensor(name)
    number = tensor.value if column is Column.VALUE else tensor.grad
    assert isinstance(number, float)
    return number


def test_a_width_that_somebody_chose_stays(seat: Seat) -> None:
    desk = seat()
    header = desk.window.table.horizontalHeader()
    header.resizeSection(Column.NAME, 133)
    widen(desk, 600)
    assert widths(desk)[Column.NAME] == 133
    assert sum(widths(desk).values()) == desk.window.table.viewport().width()


def test_the_swatch_has_the_curves_colour_on_a_selected_row(seat: Seat) -> None:
    desk = seat()
    table = desk.window.table
    colours = []
    for select in (False, True):
        table.clearSelection()
        if select:
            table.selectRow(desk.row("b"))
        cell = table.visualRect(table.tensors.index(desk.row("b"), Column.NAME))
        picture = table.viewport().grab(QRect(cell.left(), cell.top(), 16, cell.height())).toImage()
        middle = picture.pixelColor(picture.width() // 2, picture.height() // 2)
        colours.append(QColor(middle).name())
    assert colours == [desk.window.around.theme.curve(1).name()] * 2


def test_room_is_taken_from_those_whose_turn_it_is() -> None:
    needs = [Need(10, 50, 80, yields=1), Need(10, 30, 30, yields=0), Need(5, 20, 40, 1, share=1)]
    assert shared(100, needs) == [50, 30, 20]
    assert shared(90, needs) == [50, 20, 20]
    assert sum(shared(57, needs)) == 57
    assert shared(57, needs)[1] == 10
    assert shared(3, needs) == [10, 10, 5]
    assert sum(shared(151, needs)) == 151
    assert shared(500, needs) == [80, 30, 390]


LARGE = """
formula = "y = tanh(x @ W) @ v"
[parameters]
W = { shape = [2, 48], init = "normal", seed = 1 }
v = { shape = [48], init = "normal", seed = 2 }
[data]
x = [[1, 2], [3, 4], [5, 6], [7, 8]]
y = [1, 2, 3, 4]
[training]
optimizer = { name = "sgd", lr = 0.001 }
steps = 50
"""


@pytest.mark.parametrize(("name", "size"), [("W", "2×48"), ("v", "48")])
def test_a_large_tensor_shows_shape_strip_and_norm(
    seat: Seat, write: Write, name: str, size: str
) -> None:
    desk = seat(write(LARGE))
    leaf = desk.workbench._worker._maker
    assert isinstance(leaf, FrameMaker)
    numbers = leaf.session.subject.leaves[name].detach().flatten()
    table = desk.window.table
    strip = table.tensors.strip(desk.row(name), Column.VALUE)
    assert strip is not None
    assert (strip.shape, len(strip.numbers)) == (size, STRIP_PARTS)
    assert float(strip.norm.strip("‖")) == pytest.approx(float(numbers.norm()), rel=1e-3)
    assert max(map(abs, strip.numbers)) == float(numbers.abs().max())
    assert desk.cell(name, Column.VALUE) == f"{size}, norm {strip.norm.strip('‖')}"
    cell = table.visualRect(table.tensors.index(desk.row(name), Column.VALUE))
    picture = table.viewport().grab(cell).toImage()
    colours = {
        picture.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(picture.height())
    }
    assert desk.window.around.theme.accent in colours


def test_a_list_that_fits_is_written_and_drawn_where_it_does_not(seat: Seat) -> None:
    desk = seat()
    assert desk.cell("x", Column.VALUE) == "5, norm 7.416"
    widen(desk, 1100)
    assert desk.cell("x", Column.VALUE) == "[1, 2, 3, 4, 5]"


def test_a_head_is_shortened_as_far_as_it_must_be() -> None:
    cut, heads = "{:.{}}".format, ["requires_grad", "requires_\ngrad", "req.\ngrad"]
    for width, head in ((13, heads[0]), (9, heads[1]), (8, heads[2]), (3, "req\ngra")):
        assert head_for(heads, width, len, cut) == head
