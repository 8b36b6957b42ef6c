"""Leaving unsaved work: it is said that it is kept, and how it comes back."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from explorer import paths
from explorer.i18n import AVAILABLE, load
from explorer.ui.questions import Leave, Leaving, dialogs
from explorer.ui.tensormodel import Column
from explorer.ui.theme import LIGHT
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import Desk
from .test_opening import GOOD, open_file, ready

TITLE = "Line fit, two parameters frozen"
ASKED = f"leave {TITLE}"


class ByAPerson(QCloseEvent):
    """As it comes from the window system."""

    def spontaneous(self) -> bool:
        return True


def unsaved(seat: Seat) -> Desk:
    desk = seat()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.workbench.is_modified)
    return desk


# -- for another experiment ------------------------------------------------------------


def test_another_experiment_says_that_the_first_is_kept_and_brings_it_back(
    seat: Seat, write: Write
) -> None:
    desk = unsaved(seat)
    open_file(desk, write(GOOD))
    ready(desk)
    desk.look()
    assert desk.message == (
        f"Your changes to “{TITLE}” are not saved, and are kept: File › Recover has them."
    )
    assert desk.advice() == ["Recover"]
    desk.take_advice("Recover")
    ready(desk)
    assert desk.workbench.title == TITLE
    assert desk.workbench.is_modified
    assert "are kept" not in desk.message


def test_the_other_way_round_says_it_too(seat: Seat, write: Write) -> None:
    desk = unsaved(seat)
    open_file(desk, write(GOOD))
    ready(desk)
    desk.flip("a", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.workbench.is_modified)
    desk.recover(TITLE)
    assert "“Mine” are not saved, and are kept" in desk.message
    desk.take_advice("Recover")
    assert desk.workbench.title == "Mine"


def test_nothing_is_said_where_nothing_was_left(seat: Seat, write: Write) -> None:
    desk = seat()
    open_file(desk, write(GOOD))
    ready(desk)
    assert "are kept" not in desk.message


@pytest.mark.parametrize("by", ["selection", "play", "switch", "opening"])
def test_it_passes_with_the_next_thing_that_is_done(seat: Seat, write: Write, by: str) -> None:
    desk = unsaved(seat)
    path = write(GOOD)
    open_file(desk, path)
    ready(desk)
    assert "are kept" in desk.message
    if by == "selection":
        desk.window.table.selectRow(0)
    elif by == "play":
        desk.click("play")
        desk.wait_for(RunState.RUNNING)
        desk.click("play")
    elif by == "switch":
        desk.flip("a", Column.DETACH)
    else:
        open_file(desk, path)
        ready(desk)
    desk.until(lambda: "are kept" not in desk.message)


# -- for good --------------------------------------------------------------------------


def closed_by(desk: Desk, way: str) -> None:
    if way == "key":
        desk.press("Ctrl+Q")
    else:
        event = ByAPerson()
        event.accept()
        desk.window.closeEvent(event)
        if event.isAccepted():
            desk.window.close()


@pytest.mark.parametrize("by", ["key", "button"])
def test_closing_unsaved_work_is_asked_about(seat: Seat, by: str) -> None:
    desk = unsaved(seat)
    desk.answers.leaving = Leaving(Leave.CANCEL)
    closed_by(desk, by)
    assert desk.window.isVisible()
    assert desk.answers.asked == [ASKED]
    desk.answers.leaving = Leaving(Leave.QUIT)
    closed_by(desk, by)
    assert not desk.window.isVisible()
    assert desk.answers.asked == [ASKED, ASKED]
    assert TITLE in seat(start=False).to_recover()


def test_saving_closes_and_leaves_nothing_to_recover(seat: Seat, tmp_path: Path) -> None:
    desk = unsaved(seat)
    desk.answers.leaving = Leaving(Leave.SAVE)
    desk.press("Ctrl+Q")
    assert desk.window.isVisible(), "saving was given up"
    desk.answers.save_path = tmp_path / "mine.toml"
    desk.answers.include = None
    desk.press("Ctrl+Q")
    assert desk.window.isVisible(), "saving was given up at the second question"
    desk.answers.include = True
    desk.press("Ctrl+Q")
    assert not desk.window.isVisible()
    assert "requires_grad = true" in (tmp_path / "mine.toml").read_text()
    assert TITLE not in seat(start=False).to_recover()


def test_a_place_that_cannot_be_written_keeps_the_window_open(seat: Seat, tmp_path: Path) -> None:
    desk = unsaved(seat)
    desk.answers.leaving = Leaving(Leave.SAVE)
    desk.answers.save_path = tmp_path / "no such folder" / "mine.toml"
    desk.press("Ctrl+Q")
    assert desk.window.isVisible()
    assert "no such folder" in desk.message


def test_what_is_left_out_on_saving_does_not_keep_the_window_open(
    seat: Seat, tmp_path: Path
) -> None:
    desk = unsaved(seat)
    desk.answers.leaving = Leaving(Leave.SAVE)
    desk.answers.save_path, desk.answers.include = tmp_path / "mine.toml", False
    desk.press("Ctrl+Q")
    assert not desk.window.isVisible()


def test_nobody_is_asked_again_who_does_not_want_it_until_the_menu_says_so(seat: Seat) -> None:
    desk = unsaved(seat)
    desk.answers.leaving = Leaving(Leave.QUIT, ask_again=False)
    desk.press("Ctrl+Q")
    again = unsaved(seat)
    entry = again.menu_action("File", "Ask before closing")
    assert not entry.isChecked()
    again.press("Ctrl+Q")
    assert not again.window.isVisible()
    assert again.answers.asked == []
    third = unsaved(seat)
    third.menu_action("File", "Ask before closing").trigger()
    third.press("Ctrl+Q")
    assert third.answers.asked == [ASKED]


def test_work_that_cannot_be_kept_is_asked_about_in_any_case(seat: Seat) -> None:
    paths.data_folder().mkdir(parents=True)
    (paths.data_folder() / "recovery").write_text("in the way")
    desk = unsaved(seat)
    desk.program.settings.ask_on_quit = False
    desk.answers.leaving = Leaving(Leave.CANCEL)
    desk.press("Ctrl+Q")
    assert desk.answers.asked == [f"lose {TITLE}"]
    assert desk.window.isVisible()


def test_saved_work_is_not_asked_about(seat: Seat) -> None:
    desk = seat()
    desk.press("Ctrl+Q")
    assert not desk.window.isVisible()
    assert desk.answers.asked == []


@pytest.mark.parametrize("end", ["script", "session", "language"])
def test_where_nobody_could_answer_nobody_is_asked(seat: Seat, end: str) -> None:
    """Signals are sent to the real program, in `test_endings.py`."""
    desk = unsaved(seat)
    desk.answers.leaving = Leaving(Leave.CANCEL)
    window = desk.window
    if end == "script":
        desk.window.close()
    elif end == "session":
        desk.program._keep_for_session(None)  # type: ignore[arg-type]
        closed_by(desk, "button")
    else:
        desk.choose("Language / 语言", "简体中文")
    assert not window.isVisible()
    assert desk.answers.asked == []


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("code", [code for code, _name in AVAILABLE])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("place", range(3))
def test_the_real_dialog(seat: Seat, code: str, kept: bool, place: int) -> None:
    desk = seat(start=False)
    language = load(code)
    texts = [language.text("&Do not ask again"), language.text("&Quit")]

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert "“" in box.text()
        assert (box.checkBox() is not None) is kept
        if kept:
            assert box.checkBox().text() == texts[0]
            box.checkBox().click()
        standard = QMessageBox.StandardButton
        leave = next(each for each in box.buttons() if each.text() == texts[1])
        buttons = [box.button(standard.Save), leave, box.button(standard.Cancel)]
        assert box.defaultButton() is buttons[0]
        buttons[place].click()

    QTimer.singleShot(200, answer)
    ways = (Leave.SAVE, Leave.QUIT, Leave.CANCEL)
    given = dialogs(desk.window, language, LIGHT).leaving(TITLE, kept)
    assert given == Leaving(ways[place], ask_again=not kept)
