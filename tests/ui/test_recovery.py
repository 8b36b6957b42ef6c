"""Unsaved work in the window: kept while somebody works, offered at the next start."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

import explorer
from explorer import paths
from explorer.live.recovery import EARLIER, WORK, Recovery
from explorer.ui import keeper
from explorer.ui.tensormodel import Column

from .conftest import Seat, Write
from .desk import LEFT, Desk
from .test_opening import GOOD, open_file, ready

TITLE = "Line fit, two parameters frozen"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept within a moment, by the same code."""
    defaults = keeper.Keeper.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "period_ms", 20)


def folder() -> Path:
    return paths.data_folder() / "recovery"


def slots() -> list[Path]:
    return sorted(folder().glob("*" + WORK))


def timers(desk: Desk) -> list[QTimer]:
    found = desk.program.findChildren(QTimer, "keeper of unsaved work")
    return [each for each in found if isinstance(each, QTimer) and each.isActive()]


def killed(desk: Desk) -> None:
    """As if the process ended here: its locks are gone, its files are there."""
    slot = desk.program.keeper._slot
    assert slot is not None
    slot.release()


def test_what_is_done_by_hand_is_kept_and_goes_when_it_is_saved(seat: Seat, write: Write) -> None:
    path = write(GOOD)
    desk = seat(path)
    assert timers(desk) == []
    desk.flip("a", Column.DETACH)
    desk.until(lambda: len(slots()) == 1)
    desk.press("Ctrl+S")
    assert list(folder().iterdir()) == []
    desk.type_steps("9")
    desk.until(lambda: len(slots()) == 1)
    desk.type_steps("1000")
    assert list(folder().iterdir()) == [], "nothing is unsaved any more"
    assert timers(desk) == []


def test_nothing_is_written_while_nothing_changes(seat: Seat) -> None:
    desk = seat()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: len(slots()) == 1)
    [slot] = slots()
    before = slot.stat().st_ino
    desk.play_to_rest()
    desk.until(lambda: timers(desk) == [])
    desk.workbench.document_changed.emit()
    assert timers(desk) == []
    assert slot.stat().st_ino == before
    assert timers(desk) == []


def test_each_change_is_kept(seat: Seat) -> None:
    desk = seat()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: len(slots()) == 1)
    before = slots()[0].stat().st_ino
    desk.type_rate("0.25")
    desk.until(lambda: slots()[0].stat().st_ino != before)
    killed(desk)
    _slot, work = Recovery(folder()).claim(Recovery(folder()).offers()[0])
    assert [change.step for change in work.experiment.changes] == [1, 1]
    _slot.release()


def test_a_killed_window_is_offered_at_the_next_start(seat: Seat, write: Write) -> None:
    path = write("# mine\n" + GOOD)
    desk = seat(path)
    desk.flip("a", Column.DETACH)
    desk.until(lambda: len(slots()) == 1)
    other = seat()
    other.program.offer_recovery()
    assert not other.window.strip.isVisible(), "its window lives"
    killed(desk)
    other.program.offer_recovery()
    assert other.window.strip.isVisible()
    assert other.window.strip.text.startswith("Unsaved work of a window that ended: Mine (")
    QTest.mouseClick(other.window.strip.recover, LEFT)
    ready(other)
    assert not other.window.strip.isVisible()
    assert other.workbench.title == "Mine"
    assert other.window.isWindowModified()
    assert len(slots()) == 1, "it is not saved yet"
    place = path.with_name("recovered.toml")
    other.answers.save_path = place
    other.press("Ctrl+S")
    assert place.read_text().startswith("# mine\n")
    assert [change.tensor for change in explorer.load(place).changes] == ["a"]
    assert slots() == []


def test_saving_recovered_work_offers_its_old_place(seat: Seat, write: Write) -> None:
    path = write(GOOD)
    desk = seat(path)
    desk.type_steps("9")
    desk.window.close()
    again = seat()
    again.recover("Mine")
    ready(again)
    offered: list[Path | None] = []
    choosers = again.window.files.choosers
    again.window.files.choosers = replace(choosers, save_path=offered.append)
    again.press("Ctrl+S")
    assert offered == [path]


def test_discarding_what_is_offered(seat: Seat, write: Write) -> None:
    for steps in ("77", "88"):
        desk = seat()
        desk.type_steps(steps)
        desk.window.close()
    again = seat()
    again.program.offer_recovery()
    assert "One more is in the menu" in again.window.strip.text
    QTest.mouseClick(again.window.strip.discard, LEFT)
    assert again.window.strip.isVisible()
    assert "menu" not in again.window.strip.text
    QTest.mouseClick(again.window.strip.later, LEFT)
    assert not again.window.strip.isVisible()
    again.program.offer_recovery()
    QTest.mouseClick(again.window.strip.discard, LEFT)
    assert not again.window.strip.isVisible()
    assert list(folder().iterdir()) == []


def test_another_language_goes_on_offering(seat: Seat) -> None:
    desk = seat()
    desk.type_steps("77")
    desk.window.close()
    again = seat()
    again.program.offer_recovery()
    again.program.settings.language = "zh_CN"
    again.program.change_language()
    assert again.window.strip.isVisible()
    assert "固定" in again.window.strip.text or "直线" in again.window.strip.text


def test_two_windows_keep_to_their_own(seat: Seat, write: Write) -> None:
    one, two = seat(), seat(write(GOOD))
    one.type_steps("77")
    two.type_steps("88")
    one.until(lambda: len(slots()) == 2)
    one.window.close()
    assert list(two.to_recover()) == [TITLE]
    two.window.close()
    titles = [offer.heading.title for offer in Recovery(folder()).offers()]
    assert sorted(titles) == [TITLE, "Mine"]


def test_the_file_of_an_earlier_version_can_be_recovered(seat: Seat) -> None:
    earlier = paths.data_folder() / EARLIER
    earlier.parent.mkdir(parents=True, exist_ok=True)
    earlier.write_text(GOOD)
    desk = seat()
    desk.program.offer_recovery()
    QTest.mouseClick(desk.window.strip.recover, LEFT)
    ready(desk)
    assert desk.workbench.title == "Mine"
    assert desk.window.isWindowModified()
    assert not earlier.exists()
    assert len(slots()) == 1


def test_what_another_window_has_recovered_by_now(seat: Seat) -> None:
    desk = seat()
    desk.type_steps("77")
    desk.window.close()
    one, two = seat(), seat()
    offers = two.window.files.offers()
    one.recover(TITLE)
    ready(one)
    two.window.files.recover(offers[0])
    assert "Another window" in two.message
    two.window.files.discard(offers[0])
    assert len(slots()) == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_stops_nobody(seat: Seat) -> None:
    paths.data_folder().mkdir(parents=True, exist_ok=True)
    paths.data_folder().chmod(0o500)
    desk = seat()
    desk.type_steps("77")
    desk.window.close()
    paths.data_folder().chmod(0o700)


def test_a_file_in_the_place_of_the_folder_stops_nobody(seat: Seat) -> None:
    paths.data_folder().mkdir(parents=True, exist_ok=True)
    folder().write_text("")
    desk = seat()
    desk.type_steps("77")
    desk.until(lambda: "cannot be kept for recovery" in desk.message)
    desk.program.offer_recovery()
    assert desk.program.keeper._slot is None
    desk.window.close()
    assert not desk.window.isVisible()


def test_the_end_of_the_session_keeps_what_is_unsaved(seat: Seat) -> None:
    desk = seat()
    desk.program.keeper._timer.setInterval(1_000_000)
    desk.type_steps("77")
    assert slots() == []
    # Qt makes the manager that comes with the signal, and dies without one.
    desk.program._keep_for_session(None)  # type: ignore[arg-type]
    assert len(slots()) == 1
    assert desk.window.isVisible()


def test_opening_another_leaves_the_first_to_be_recovered(seat: Seat, write: Write) -> None:
    desk = seat()
    desk.type_steps("77")
    desk.until(lambda: len(slots()) == 1)
    open_file(desk, write(GOOD))
    ready(desk)
    desk.type_steps("88")
    desk.until(lambda: len(slots()) == 2)
    assert list(desk.to_recover()) == [TITLE]
