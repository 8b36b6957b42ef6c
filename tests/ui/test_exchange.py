"""Mailbox, frame exchange and display clock: neither side locks the other up."""

import threading
import time

import pytest
from PySide6.QtCore import QObject

from explorer.engine.session import Session
from explorer.experiment.spec import Experiment
from explorer.ui import mailbox as messages
from explorer.ui.display import LARGEST_SHARE, Display
from explorer.ui.frames import Frame, FrameMaker
from explorer.ui.insight import InsightRequest
from explorer.ui.mailbox import FrameExchange, FrameRequest, Mailbox
from explorer.ui.workbench import RunState

from .conftest import Seat
from .desk import Desk

NEVER_MS = 10**9


def test_messages_come_in_order() -> None:
    mail = Mailbox()
    assert not mail
    assert mail.take() is None
    mail.post(messages.Play())
    mail.post(messages.Pause())
    assert mail
    assert [mail.take(), mail.take(), mail.take()] == [messages.Play(), messages.Pause(), None]


def test_a_message_wakes_who_waits() -> None:
    mail = Mailbox()
    woken = threading.Event()

    def sleeper() -> None:
        mail.wait()
        woken.set()

    thread = threading.Thread(target=sleeper)
    thread.start()
    assert not woken.wait(0.05)
    mail.post(messages.Quit())
    assert woken.wait(2)
    thread.join()


def test_waiting_for_mail_ends_in_time() -> None:
    start = time.perf_counter()
    Mailbox().wait(0.05)
    assert 0.04 < time.perf_counter() - start < 1


def test_the_worker_waits_a_tenth_of_a_second_at_most() -> None:
    exchange = FrameExchange()
    exchange.begin()
    start = time.perf_counter()
    exchange.wait()
    assert 0.09 < time.perf_counter() - start < 0.2


def test_the_worker_goes_on_as_soon_as_the_frame_is_painted() -> None:
    exchange = FrameExchange()
    exchange.begin()
    threading.Timer(0.02, exchange.painted).start()
    start = time.perf_counter()
    exchange.wait()
    assert time.perf_counter() - start < 0.09


def test_nobody_waits_for_a_window_that_closes() -> None:
    exchange = FrameExchange()
    exchange.begin()
    exchange.close()
    exchange.begin()
    start = time.perf_counter()
    exchange.wait()
    assert time.perf_counter() - start < 0.05


def test_a_window_that_hangs_does_not_stop_the_run(seat: Seat) -> None:
    desk = seat()
    desk.full_speed()
    desk.type_steps("1000000")
    desk.click("play")
    desk.wait_for_step(10)
    maker = desk.workbench._worker._maker
    assert maker is not None
    # This thread is Qt's: nothing is painted while it sleeps.
    for _ in range(3):
        desk.workbench.request_frame(FrameRequest(50))
        before = maker.session.step
        time.sleep(0.25)
        assert maker.session.step > before + 100


def test_the_window_never_waits(seat: Seat) -> None:
    desk = seat()
    desk.full_speed()
    desk.type_steps("1000000")
    desk.click("play")
    desk.wait_for_step(10)
    for verb in (desk.workbench.pause, desk.workbench.play, desk.workbench.step):
        start = time.perf_counter()
        verb()
        desk.workbench.request_frame(FrameRequest(50))
        assert time.perf_counter() - start < 0.05


@pytest.mark.parametrize("rate", sorted(LARGEST_SHARE))
def test_the_period_stretches_when_painting_is_slow(
    seat: Seat, monkeypatch: pytest.MonkeyPatch, rate: int
) -> None:
    desk = seat()
    clock = desk.window.display_clock
    clock.set_rate(rate)
    desk.full_speed()
    desk.type_steps("1000000")
    desk.click("play")
    desk.wait_for_step(10)
    paint = desk.window.panel.paint_now

    def slowly() -> None:
        time.sleep(0.03)
        paint()

    monkeypatch.setattr(desk.window.panel, "paint_now", slowly)
    desk.until(lambda: clock._timer.interval() >= 30 / LARGEST_SHARE[rate])
    monkeypatch.undo()
    desk.until(lambda: clock._timer.interval() < 30 / LARGEST_SHARE[rate] / 2)


@pytest.mark.parametrize("rate", sorted(LARGEST_SHARE))
def test_the_clock_ticks_at_the_display_rate(seat: Seat, rate: int) -> None:
    desk = seat()
    clock = desk.window.display_clock
    clock.set_rate(rate)
    assert clock._timer.interval() == 1000 // rate
    assert not clock._timer.isActive()
    desk.click("play")
    desk.wait_for(RunState.RUNNING)
    assert clock._timer.isActive()
    assert clock._timer.interval() >= 1000 // rate


def test_frames_come_though_no_step_is_made(seat: Seat) -> None:
    desk = seat()
    desk.workbench.set_speed(1e-4)
    desk.click("play")
    desk.wait_for(RunState.RUNNING)
    frames = shown_frames(desk)
    desk.until(lambda: len(frames) >= 10)
    assert {frame.step for frame in frames} <= {0, 1}


def test_a_frame_comes_for_a_tick_and_not_for_a_step(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = seat()
    desk.full_speed()
    desk.type_steps("100000000")
    desk.click("play")
    desk.wait_for_step(10)
    clock = desk.window.display_clock
    # From here on it ticks when the test says so.
    monkeypatch.setattr(clock, "_period_ms", lambda: NEVER_MS)
    clock._timer.setInterval(NEVER_MS)
    desk.until(lambda: not clock._asked)
    frames = shown_frames(desk)
    for ticks in range(4):
        let_steps_pass(desk, 100)
        assert len(frames) == ticks
        clock._timer.timeout.emit()
        desk.until(lambda: not clock._asked)


def shown_frames(desk: Desk) -> list[Frame]:
    """The frames that are shown from now on."""
    frames: list[Frame] = []
    desk.window.display_clock.shown.connect(frames.append)
    return frames


def let_steps_pass(desk: Desk, count: int) -> None:
    """Run the window until the worker has made so many steps, whether a frame tells or not."""
    maker = desk.workbench._worker._maker
    assert maker is not None
    goal = maker.session.step + count
    desk.until(lambda: maker.session.step >= goal)


def test_at_rest_no_frames_come(seat: Seat) -> None:
    desk = seat()
    desk.bot.wait(100)
    frames: list[Frame] = []
    desk.window.display_clock.shown.connect(frames.append)
    desk.bot.wait(300)
    assert frames == []


def test_the_clock_belongs_to_its_window(seat: Seat) -> None:
    desk = seat()
    clock: QObject = desk.window.display_clock
    assert isinstance(clock, Display)
    assert clock.parent() is desk.window


def test_looking_at_a_finished_run_makes_no_change_that_is_due_later() -> None:
    experiment = Experiment(
        formula="out = a * a",
        objective="out",
        parameters={"a": 3.0},
        training={"steps": 10, "optimizer": {"name": "sgd", "lr": 0.1}},
        changes=[{"step": 6, "tensor": "a", "value": 100.0}],
    )
    session = Session(experiment, steps=5)
    maker = FrameMaker(session, 1)
    for record in session:
        maker.record(record)
    before = session.tensors()
    frame = maker.make(FrameRequest(10, insight=InsightRequest(picture=True)))
    assert session.tensors() == before
    assert frame.changes == ()
