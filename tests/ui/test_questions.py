"""The real dialogs, where a test can answer them: nothing is replaced without a question."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from explorer.i18n import load
from explorer.ui.questions import dialogs
from explorer.ui.theme import LIGHT

from .conftest import Seat


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("answer", ["No", "Yes"])
@pytest.mark.parametrize("suffix", ["toml", "py"])
def test_a_name_without_its_suffix_replaces_no_file_unasked(
    seat: Seat, tmp_path: Path, answer: str, suffix: str
) -> None:
    there = tmp_path / f"mine.{suffix}"
    there.write_text("kept")
    choosers = dialogs(seat().window, load("en"), LIGHT)
    asked: list[str] = []

    def type_the_name() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        field = dialog.findChild(QLineEdit)
        assert isinstance(field, QLineEdit)
        field.setText("mine")
        QTimer.singleShot(200, reply)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def reply() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.button(QMessageBox.StandardButton[answer]).click()
        if answer == "No":
            QTimer.singleShot(100, give_up)

    def give_up() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        dialog.reject()

    QTimer.singleShot(200, type_the_name)
    ask = choosers.save_path if suffix == "toml" else choosers.program_path
    assert ask(there.with_name(f"other.{suffix}")) == (there if answer == "Yes" else None)
    assert len(asked) == 1
    assert f"mine.{suffix}" in asked[0]
