"""File › New from PyTorch code: pasted, read line by line, opened; and programs given as files."""

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from explorer.i18n import load
from explorer.reading.program import read_program
from explorer.ui.programs.dialog import ProgramDialog
from explorer.ui.theme import DARK, LIGHT
from explorer.ui.workbench import RunState

from .conftest import Seat
from .test_opening import drop, open_file

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CUBE = """import torch
w = torch.tensor(2.0, requires_grad=True)
print(w)
y = w ** 3
y.backward()
"""


def shown(bot: QtBot, text: str, language: str = "en") -> ProgramDialog:
    dialog = ProgramDialog(LIGHT if language == "en" else DARK, load(language))
    bot.addWidget(dialog)
    dialog.show()
    dialog.begin_with(text, "cube")
    bot.waitUntil(lambda: dialog.is_current, timeout=60_000)
    return dialog


def rows(dialog: ProgramDialog) -> list[tuple[str, str, str]]:
    items = [dialog.list.topLevelItem(at) for at in range(dialog.list.topLevelItemCount())]
    return [(each.text(0), each.text(1), each.text(2)) for each in items if each is not None]


def test_a_program_is_read_line_by_line(qtbot: QtBot) -> None:
    dialog = shown(qtbot, CUBE)
    assert rows(dialog) == [
        ("1", "used", ""),
        ("2", "used", ""),
        ("3", "left out", "only shows something"),
        ("4", "used", ""),
        ("5", "used", ""),
    ]
    assert dialog.said.text() == "Understood. 1 line is left out."
    assert dialog.open_button.isEnabled()
    dialog.open_button.click()
    assert dialog.result() == 1
    assert dialog.reading is not None
    assert dialog.reading.experiment is not None
    assert dialog.reading.experiment.title == "cube"


def test_what_is_not_understood_is_said_and_cannot_be_opened(qtbot: QtBot) -> None:
    dialog = shown(qtbot, CUBE.replace("w ** 3", "w ** 3\nwhile y: pass"), "zh_CN")
    assert ("5", "未能理解") in [each[:2] for each in rows(dialog)]
    assert "第 5 行" in dialog.said.text()
    assert not dialog.open_button.isEnabled()
    item = dialog.list.topLevelItem(4)
    assert item is not None
    dialog.list.setCurrentItem(item)
    assert dialog.text.textCursor().blockNumber() == 4
    dialog.text.setPlainText(CUBE)
    qtbot.waitUntil(lambda: dialog.is_current, timeout=60_000)
    assert dialog.open_button.isEnabled()
    dialog.text.clear()
    assert not dialog.open_button.isEnabled()
    assert rows(dialog) == []
    dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel).click()
    assert dialog.reading is None


def test_a_text_that_is_no_python_marks_its_line(qtbot: QtBot) -> None:
    dialog = shown(qtbot, "x = (1,\n")
    assert "cannot be read as Python" in dialog.said.text()
    assert len(dialog.text.extraSelections()) == 1


def test_the_menu_opens_what_was_read(seat: Seat) -> None:
    desk = seat()
    reading = read_program(CUBE, "cube")
    choosers = desk.window.files.choosers
    object.__setattr__(choosers, "program", lambda _text, _name: reading)
    desk.press("Ctrl+N")
    desk.until(lambda: desk.workbench.title == "cube" and desk.state is RunState.READY)
    assert desk.workbench.file.path is None
    assert desk.window.formula.toPlainText() == "y = w ** 3"


@pytest.mark.parametrize("way", ["open", "drop"])
def test_a_program_may_be_opened_as_a_file(seat: Seat, tmp_path: Path, way: str) -> None:
    desk = seat()
    path = tmp_path / "cube.py"
    path.write_text(CUBE)
    if way == "open":
        open_file(desk, path)
    else:
        drop(desk, QUrl.fromLocalFile(str(path)))
    desk.until(lambda: desk.workbench.title == "cube" and desk.state is RunState.READY)
    assert desk.answers.asked[-1] == "read cube"


def test_a_program_that_is_not_taken_over_changes_nothing(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    desk.answers.reads_program = False
    title = desk.workbench.title
    path = tmp_path / "cube.py"
    path.write_text(CUBE)
    open_file(desk, path)
    assert desk.workbench.title == title
    path.write_bytes(b"\xff")
    open_file(desk, path)
    assert "UTF-8" in desk.message
