"""Defects of the program itself: one dialog, details to copy, and the program lives on."""

import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from explorer.live.frames import FrameMaker
from explorer.ui.workbench import RunState

from .conftest import Seat
from .desk import Desk, delete_later_now

# The offscreen platform says so of every dialog.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def crashing(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The window with its own hooks for exceptions, as when it is started."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    desk = seat("line-fit", "training.steps=1000000")
    desk.program.crashes.install()
    yield desk
    for box in boxes():
        box.close()
    delete_later_now()


def boxes() -> list[QMessageBox]:
    """The dialogs that are shown."""
    shown = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
    return [each for each in shown if isinstance(each, QMessageBox)]


def times_said(box: QMessageBox, text: str) -> int:
    """How often the details have it."""
    return box.detailedText().count(f"LookupError: {text}")


def fail() -> None:
    raise LookupError("a defect made on purpose")


def test_an_exception_in_a_slot(crashing: Desk) -> None:
    QTimer.singleShot(0, fail)
    crashing.until(lambda: len(boxes()) == 1)
    assert "a defect made on purpose" in boxes()[0].detailedText()
    assert "defect of Gradient Explorer" in boxes()[0].text()
    boxes()[0].close()
    crashing.click("play")
    crashing.wait_for_step(3)


def test_many_exceptions_make_one_dialog(crashing: Desk) -> None:
    for _ in range(50):
        QTimer.singleShot(0, fail)
    crashing.until(lambda: len(boxes()) == 1)
    (box,) = boxes()
    crashing.until(lambda: times_said(box, "a defect made on purpose") > 1)
    crashing.bot.wait(100)
    assert boxes() == [box]
    assert times_said(box, "a defect made on purpose") < 50


def test_the_details_can_be_copied(crashing: Desk) -> None:
    QTimer.singleShot(0, fail)
    crashing.until(lambda: len(boxes()) == 1)
    QApplication.clipboard().clear()
    buttons = {each.text().replace("&", ""): each for each in boxes()[0].findChildren(QPushButton)}
    buttons["Copy details"].click()
    assert "a defect made on purpose" in QApplication.clipboard().text()
    assert boxes()[0].isVisible(), "copying must not close the dialog"


def test_after_closing_another_dialog_may_come(crashing: Desk) -> None:
    for _ in range(2):
        QTimer.singleShot(0, fail)
        crashing.until(lambda: len(boxes()) == 1)
        assert times_said(boxes()[0], "a defect made on purpose") == 1
        boxes()[0].close()
        delete_later_now()
        assert boxes() == []


def test_an_exception_in_a_thread(crashing: Desk) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    crashing.until(lambda: len(boxes()) == 1)


def test_an_exception_in_the_worker(crashing: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    crashing.click("play")
    crashing.wait_for_step(3)
    with monkeypatch.context() as patch:
        patch.setattr(FrameMaker, "record", lambda _maker, _record: fail())
        crashing.until(lambda: len(boxes()) == 1)
    crashing.until(lambda: crashing.state is RunState.PAUSED)
    boxes()[0].close()
    crashing.click("reset")
    crashing.until(lambda: crashing.state is RunState.READY)
    crashing.click("play")
    crashing.wait_for_step(10)


def test_a_model_that_cannot_be_built(crashing: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(FrameMaker, "__init__", lambda *_: fail())
        crashing.click("reset")
        crashing.until(lambda: len(boxes()) == 1)
        crashing.until(lambda: crashing.state is RunState.REFUSED)
    assert "loaded" not in crashing.message
    boxes()[0].close()
    crashing.click("reset")
    crashing.until(lambda: crashing.state is RunState.READY)


def test_an_exception_while_painting(crashing: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    crashing.click("play")
    crashing.wait_for_step(3)
    with monkeypatch.context() as patch:
        patch.setattr(type(crashing.window.panel), "show_frame", lambda *_: fail())
        crashing.until(lambda: len(boxes()) == 1)
        crashing.bot.wait(300)
        assert len(boxes()) == 1
    boxes()[0].close()
    step = crashing.frame.step
    crashing.wait_for_step(step + 20)


def test_another_window_while_the_dialog_is_open(crashing: Desk) -> None:
    QTimer.singleShot(0, fail)
    crashing.until(lambda: len(boxes()) == 1)
    crashing.program.rebuild()
    delete_later_now()
    QTimer.singleShot(0, fail)
    crashing.until(lambda: times_said(boxes()[0], "a defect made on purpose") == 2)
    assert len(boxes()) == 1
