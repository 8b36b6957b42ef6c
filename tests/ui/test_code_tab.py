"""The tab Code: the program of the experiment with all that was done, and what it costs."""

import math
from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

import explorer
from explorer.code.script import script
from explorer.experiment.problem import BadInput
from explorer.live.work import Work
from explorer.ui.code import writer
from explorer.ui.code.highlighting import Highlighter
from explorer.ui.code.view import CodeView
from explorer.ui.code.writer import Listing, listing
from explorer.ui.tensormodel import Column
from explorer.ui.theme import DARK, LIGHT, Theme
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import LEFT, Desk

HIDDEN = """title = "evil \\u202e title"
formula = "y = a*x  # \u202ereversed"
parameters = { a = 1.0 }
data = { x = [1, 2, 3], y = [3, 5, 7] }
training = { optimizer = "sgd", steps = 5 }
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every program that is written is in it."""
    found: list[object] = []

    def counted(work: Work) -> Listing:
        found.append(work)
        return listing(work)

    monkeypatch.setattr(writer, "listing", counted)
    return found


def shown(desk: Desk) -> str:
    return desk.code.view.toPlainText()


def has(desk: Desk, text: str) -> Callable[[], bool]:
    return lambda: text in shown(desk)


def select(desk: Desk, name: str) -> None:
    QTest.mouseClick(desk.window.table.viewport(), LEFT, pos=desk.place(name, Column.NAME))


def long_experiment(numbers: int) -> str:
    column = ", ".join(str(index) for index in range(numbers))
    return (
        f'formula = "y = a*x"\nparameters = {{ a = 0.0 }}\n[data]\nx = [{column}]\n'
        f"y = [{column}]\n[training]\nsteps = 20\n"
        'optimizer = { name = "sgd", lr = 1e-12 }\n'
    )


# -- in step with what is done ------------------------------------------------------


@pytest.mark.parametrize("name", ["line-fit", "detached-branch"])
def test_the_program_of_the_experiment(seat: Seat, name: str) -> None:
    desk = seat(name)
    desk.open_code()
    assert desk.code.program == script(explorer.load(name))
    assert shown(desk) == desk.code.program.rstrip("\n")


def test_it_is_there_before_torch_is(seat: Seat) -> None:
    desk = seat(start=False)
    desk.open_code()
    assert "class Model(nn.Module):" in shown(desk)


def test_what_is_done_by_hand_is_in_it(seat: Seat) -> None:
    desk = seat()
    desk.open_code()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(has(desk, "model.b.requires_grad_(True)"))
    desk.type_steps("77")
    desk.until(has(desk, "range(1, 78)"))
    desk.full_speed()
    desk.play_to_rest()
    desk.type_steps("99")
    desk.flip("a", Column.DETACH)
    desk.until(has(desk, 'if step == 78:\n        detached.add("a")'))
    desk.until(lambda: desk.code.is_current)
    assert desk.code.program == script(desk.workbench.work.whole)
    desk.click("reset")
    desk.until(lambda: desk.look().step == 0 and desk.code.is_current)
    assert desk.code.program == script(desk.workbench.work.whole)
    assert 'if step == 78:\n        detached.add("a")' in shown(desk), "it comes again"
    desk.press("Ctrl+Shift+R")
    desk.until(lambda: "detached" not in shown(desk))
    assert "model.b.requires_grad_(True)" not in shown(desk)


def test_it_is_the_same_after_saving(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    desk.open_code()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(has(desk, "model.b.requires_grad_(True)"))
    before = desk.code.program
    desk.answers.save_path = tmp_path / "mine.toml"
    desk.press("Ctrl+S")
    desk.until(lambda: desk.code.is_current)
    assert desk.code.program == before == script(explorer.load(tmp_path / "mine.toml"))


def test_another_experiment(seat: Seat, write: Write) -> None:
    desk = seat()
    desk.open_code()
    desk.window.files.open_path(write(long_experiment(3)))
    desk.until(has(desk, "[0.0, 1.0, 2.0]"))
    assert "self.b" not in shown(desk)


def test_another_language_and_appearance(seat: Seat) -> None:
    desk = seat()
    desk.open_code()
    program = desk.code.program
    for menu, entry in (("Language / 语言", "简体中文"), ("外观(A)", "深色")):
        desk.choose(menu, entry)
        desk.look()
        desk.until(lambda: desk.code.is_current)
        assert desk.window.tabs.currentWidget().isAncestorOf(desk.code)
        assert desk.code.program == program
    assert "PyTorch 程序" in desk.code.view.accessibleName()
    assert desk.window.around.theme is DARK


# -- what it costs ------------------------------------------------------------------


def test_a_run_that_goes_on_by_itself_writes_nothing(seat: Seat, asked: list[object]) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.open_code()
    desk.full_speed()
    desk.click("play")
    desk.wait_for_step(2_000)
    assert len(asked) == 1
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(has(desk, "model.b.requires_grad_(True)"))
    assert len(asked) == 2
    step = desk.frame.step
    desk.wait_for_step(step + 2_000)
    assert len(asked) == 2


def test_nothing_is_written_while_nobody_looks(seat: Seat, asked: list[object]) -> None:
    desk = seat()
    assert desk.window.built_code is None
    desk.open_code()
    desk.window.tabs.setCurrentIndex(0)
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.flip("a", Column.DETACH)
    desk.until(lambda: len(desk.marks()) == 2)
    assert len(asked) == 1
    desk.open_code()
    assert len(asked) == 2
    assert "model.b.requires_grad_(True)" in shown(desk)
    desk.window.tabs.setCurrentIndex(0)
    desk.open_code()
    assert len(asked) == 2, "nothing was done meanwhile"


def test_of_many_wishes_the_last_is_written(seat: Seat, asked: list[object]) -> None:
    desk = seat()
    desk.open_code()
    work = desk.workbench.work
    for _ in range(10):
        desk.code._writer.ask(work)
    desk.until(lambda: not desk.code._writer.is_busy)
    assert len(asked) == 3, "the first, one that was being written, and the last"


def test_only_lines_in_sight_are_coloured(seat: Seat, write: Write) -> None:
    desk = seat(write(long_experiment(20_000)))
    desk.open_code()
    view = desk.code.view
    assert view.blockCount() > 1_000

    def coloured() -> int:
        return sum(bool(view._block(row).layout().formats()) for row in range(view.blockCount()))

    first = coloured()
    assert 10 < first < 200
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert first < coloured() < 400


def test_a_long_program_is_shown_without_its_middle(
    seat: Seat, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_LINES", 100)
    desk = seat(write(long_experiment(5_000)))
    desk.open_code()
    view, lines = desk.code.view, desk.code.program.rstrip("\n").split("\n")
    assert view.blockCount() == 101
    left_out = len(lines) - 100
    assert f"{left_out:,} lines are not shown here" in shown(desk)
    numbers = [view.number_of(row) for row in range(view.blockCount())]
    for row, number in enumerate(numbers):
        if row != 50:
            assert lines[int(number) - 1] == view._block(row).text()
    assert numbers[50] == "⋮"
    select(desk, "a")
    assert view.marked_text == "        self.a = nn.Parameter(torch.tensor(0.0))"
    select(desk, "y")
    assert view.marked_text == "        y = self.a * x"
    desk.code.copy_button.click()
    assert QGuiApplication.clipboard().text() == desk.code.program


def test_a_line_that_is_left_out_is_not_marked(
    seat: Seat, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_LINES", 20)
    desk = seat(write(long_experiment(5_000)))
    desk.open_code()
    select(desk, "a")
    assert desk.code.view.marked_text is None


# -- the selected tensor ------------------------------------------------------------


def test_the_line_of_the_selected_tensor_is_marked(seat: Seat) -> None:
    desk = seat()
    select(desk, "b")
    desk.open_code()
    view = desk.code.view
    frozen = "        self.b = nn.Parameter(torch.tensor(0.5), requires_grad=False)"
    assert view.marked_text == frozen
    select(desk, "x")
    assert view.marked_text == "x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])"
    desk.flip("a", Column.DETACH)
    desk.until(has(desk, 'detached.add("a")'))
    assert view.marked_text == "        self.a = nn.Parameter(torch.tensor(1.0))"
    desk.window.table.clearSelection()
    assert view.marked_text is None
    assert view.extraSelections() == []


def test_the_marked_line_comes_into_sight(seat: Seat, write: Write) -> None:
    desk = seat(write(long_experiment(3_000)))
    desk.open_code()
    view = desk.code.view
    select(desk, "a")
    top = view.verticalScrollBar().value()
    assert top > 100
    marked = view._marked
    assert marked is not None
    assert top <= marked < top + view._rows_in_sight()
    # What is in sight already is not moved.
    select(desk, "y")
    assert view.verticalScrollBar().value() == top


def test_the_line_is_in_sight_when_the_tab_opens(seat: Seat, write: Write) -> None:
    desk = seat(write(long_experiment(3_000)))
    select(desk, "a")
    desk.open_code()
    assert desk.code.view.marked_text == "        self.a = nn.Parameter(torch.tensor(0.0))"
    assert desk.code.view.verticalScrollBar().value() > 100


def test_the_place_is_kept_when_the_text_changes(seat: Seat, write: Write) -> None:
    desk = seat(write(long_experiment(3_000)))
    select(desk, "a")
    desk.window.resize(desk.window.minimumSize())
    desk.open_code()
    view = desk.code.view
    down, across = view.verticalScrollBar(), view.horizontalScrollBar()
    down.setValue(123)
    across.setValue(5)
    assert (down.value(), across.value()) == (123, 5)
    view._put_cursor(130, 4)
    desk.type_steps("33")
    desk.until(has(desk, "range(1, 34)"))
    desk.until(lambda: desk.code.is_current)
    assert (down.value(), across.value()) == (123, 5)
    cursor = view.textCursor()
    assert (cursor.blockNumber(), cursor.positionInBlock()) == (130, 4)


# -- copying and saving -------------------------------------------------------------


def test_copying(seat: Seat) -> None:
    desk = seat()
    desk.open_code()
    QTest.mouseClick(desk.code.copy_button, LEFT)
    assert QGuiApplication.clipboard().text() == script(explorer.load("line-fit"))
    assert "clipboard" in desk.code.said.text()


def test_saving(seat: Seat, tmp_path: Path, write: Write) -> None:
    desk = seat(write(long_experiment(3)))
    desk.open_code()
    desk.answers.program_path = tmp_path / "程序 program.py"
    QTest.mouseClick(desk.code.save_button, LEFT)
    assert desk.answers.asked == ["program experiment.py"]
    written = (tmp_path / "程序 program.py").read_text(encoding="utf-8")
    assert written == desk.code.program
    compile(written, "program.py", "exec")
    assert desk.code.said.text() == "Saved as 程序 program.py."


def test_saving_is_called_off(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    desk.open_code()
    said = desk.code.said.text()
    QTest.mouseClick(desk.code.save_button, LEFT)
    assert desk.answers.asked == ["program Line fit, two parameters frozen.py"]
    assert list(tmp_path.glob("*.py")) == []
    assert desk.code.said.text() == said


@pytest.mark.parametrize("place", ["no such folder/program.py", "folder"])
def test_a_place_that_cannot_be_written(seat: Seat, tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    desk = seat()
    desk.open_code()
    desk.answers.program_path = tmp_path / place
    QTest.mouseClick(desk.code.save_button, LEFT)
    assert "cannot be written" in desk.message
    assert str(tmp_path / place) in desk.message
    assert "Saved" not in desk.code.said.text()


def test_what_is_hidden_is_shown_and_copied_as_it_is(seat: Seat, write: Write) -> None:
    desk = seat(write(HIDDEN))
    desk.open_code()
    assert "\u202e" not in shown(desk)
    assert r"\u202e" in shown(desk)
    desk.code.copy_button.click()
    assert QGuiApplication.clipboard().text() == desk.code.program


# -- what cannot be run -------------------------------------------------------------


def test_an_experiment_that_cannot_run_has_a_program(seat: Seat) -> None:
    desk = seat("line-fit", "parameters.a=[1.0, 2.0]")
    assert desk.state is RunState.REFUSED
    desk.open_code()
    assert "class Model" in shown(desk)


def test_changes_that_fit_no_experiment(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = seat()
    problem = BadInput("no-such-file")
    monkeypatch.setattr(writer, "listing", lambda work: Listing(problem=problem))
    desk.open_code()
    assert shown(desk) == ""
    assert desk.code.said.text() != ""
    assert not desk.code.copy_button.isEnabled()
    assert not desk.code.save_button.isEnabled()


def test_a_defect_of_the_writer_is_told_and_the_next_program_comes(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = seat()
    defects: list[object] = []
    monkeypatch.setattr("threading.excepthook", defects.append)
    monkeypatch.setattr(writer, "script", lambda experiment: 1 / 0)
    desk.window.show_code()
    desk.until(lambda: len(defects) == 1 and not desk.code._writer.is_busy)
    monkeypatch.undo()
    desk.type_steps("77")
    desk.until(has(desk, "range(1, 78)"))


# -- looks and keys -----------------------------------------------------------------


def luminance(name: str) -> float:
    color = QColor(name)
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4) for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_can_be_read(theme: Theme) -> None:
    """WCAG 2.1, 1.4.3: 4.5 to 1, in a plain line and in a marked one."""
    for field in fields(theme.syntax):
        color = luminance(getattr(theme.syntax, field.name))
        for ground in map(luminance, (theme.base, theme.selection)):
            low, high = sorted((color, ground))
            assert (high + 0.05) / (low + 0.05) >= 4.5, field.name


def test_the_colours_of_a_line() -> None:
    highlighter = Highlighter(LIGHT)

    def colours(line: str) -> dict[str, str]:
        wide, found = line.encode("utf-16-le"), {}
        # PySide has no types for their parts.
        ranges: list[Any] = list(highlighter.formats(line))
        for each in ranges:
            text = wide[2 * each.start : 2 * (each.start + each.length)].decode("utf-16-le")
            found[text] = each.format.foreground().color().name()
        return found

    syntax = LIGHT.syntax
    found = colours("class Model(nn.Module):")
    assert found == {"class": syntax.keyword, "Model": syntax.name}
    found = colours('x = "😀" + 1.5  # 说明')
    assert found["1.5"] == syntax.number
    assert found["# 说明"] == syntax.comment
    assert syntax.string in found.values()
    assert colours("") == {}


def test_line_numbers_and_mark_are_painted(seat: Seat) -> None:
    desk = seat()
    desk.open_code()
    view = desk.code.view
    select(desk, "a")
    row = view._marked
    assert row is not None
    height = view.fontMetrics().lineSpacing()
    picture = view.grab().toImage()
    # Above the letters.
    y = int(view.contentOffset().y() + row * height) + 1
    assert picture.pixelColor(view.width() - 40, y).name() == LIGHT.selection
    assert picture.pixelColor(view.width() - 40, y + 3 * height).name() == LIGHT.base
    numbers = view.numbers.grab().toImage()
    assert numbers.pixelColor(1, 1).name() == LIGHT.window
    inked = {numbers.pixel(x, y) for x in range(numbers.width()) for y in range(3 * height)}
    assert len(inked) > 2


def test_keys_lead_through_it(seat: Seat) -> None:
    desk = seat()
    desk.open_code()
    tab = desk.code
    order = [tab.copy_button, tab.save_button, tab.view]
    order[0].setFocus()
    for before, after in pairwise(order):
        assert before.hasFocus()
        QTest.keyClick(before, Qt.Key.Key_Tab)
        assert after.hasFocus()
    QTest.keyClick(tab.view, Qt.Key.Key_Tab)
    assert not tab.view.hasFocus(), "the Tab key leads out of it again"
    tab.view.setFocus()
    QTest.keyClick(tab.view, Qt.Key.Key_Down)
    assert tab.view.textCursor().blockNumber() == 1
    desk.press("Ctrl+A", tab.view)
    desk.press("Ctrl+C", tab.view)
    assert QGuiApplication.clipboard().text() == shown(desk)
    QTest.keyClicks(tab.view, "x")
    assert shown(desk) == tab.program.rstrip("\n"), "it is only read"


def test_everything_has_a_name_and_a_tip(seat: Seat) -> None:
    desk = seat()
    desk.open_code()
    tab = desk.code
    widgets: list[QWidget] = [tab.copy_button, tab.save_button, tab.view, tab.said]
    assert all(widget.accessibleName() for widget in widgets)
    assert tab.copy_button.toolTip()
    assert tab.save_button.toolTip()
    assert isinstance(tab.view, CodeView)
