"""Mailbox, frame exchange and display clock: neither side locks the other up."""

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from uuid import uuid4

import pytest
from PySide6.QtCore import QObject

from explorer.engine.session import Session
from explorer.experiment.spec import Experiment
from explorer.live import mailbox as messages
from explorer.live import reports
from explorer.live.frames import Frame, FrameMaker
from explorer.live.insight import InsightRequest
from explorer.live.mailbox import FrameExchange, FrameRequest, Mailbox
from explorer.ui.display import INSIGHT_SHARE, LARGEST_SHARE, Display
from explorer.ui.workbench import RunState

from .conftest import Seat
from .desk import PATIENCE_MS, Desk

NEVER_MS = 10**9
PATIENCE_S = PATIENCE_MS / 1000


class Ticking:
    """A window on a run that is on, its display clock, and the time."""

    def __init__(self, desk: Desk, clock: Display) -> None:
        self.desk = desk
        self.clock = clock
        self.now_s = 1000.0

    def tick(self, after_s: float) -> bool:
        """The clock ticks so much later; whether numbers were asked for. The frame is shown."""
        self.now_s += after_s
        due_s = self.clock._numbers_due_s
        self.clock._timer.timeout.emit()
        self.desk.until(lambda: not self.clock._asked)
        return self.clock._numbers_due_s > due_s


def test_messages_come_in_order() -> None:
    mail = Mailbox()
    assert not mail
    assert mail.take() is None
    mail.post(messages.SetSpeed(1.0))
    mail.post(messages.Quit())
    assert mail
    assert [mail.take(), mail.take(), mail.take()] == [
        messages.SetSpeed(1.0),
        messages.Quit(),
        None,
    ]


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
    assert woken.wait(PATIENCE_S)
    thread.join()


def test_waiting_for_mail_ends_in_time() -> None:
    start = time.perf_counter()
    Mailbox().wait(0.05)
    assert time.perf_counter() - start > 0.04


def test_the_worker_waits_a_tenth_of_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = FrameExchange()
    exchange.begin()
    start = time.perf_counter()
    exchange.wait()
    assert time.perf_counter() - start > 0.09
    asked: list[float] = []
    monkeypatch.setattr(exchange._painted, "wait", asked.append)
    exchange.wait()
    assert asked == [0.1]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> FrameExchange:
    """Who waits at it for a frame that is not painted waits until the test has failed."""
    monkeypatch.setattr(FrameExchange, "LONGEST_WAIT_S", 1e6)
    return FrameExchange()


def test_the_worker_goes_on_as_soon_as_the_frame_is_painted(patient: FrameExchange) -> None:
    patient.begin()
    worker = threading.Thread(target=patient.wait, daemon=True)
    worker.start()
    worker.join(0.05)
    assert worker.is_alive()
    patient.painted()
    worker.join(PATIENCE_S)
    assert not worker.is_alive()


def test_nobody_waits_for_a_window_that_closes(patient: FrameExchange) -> None:
    patient.begin()
    worker = threading.Thread(target=patient.wait, daemon=True)
    worker.start()
    patient.close()
    worker.join(PATIENCE_S)
    assert not worker.is_alive()
    patient.begin()
    patient.wait()


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
        goal = maker.session.step + 100
        end = time.monotonic() + PATIENCE_S
        while maker.session.step < goal and time.monotonic() < end:
            time.sleep(0.01)
        assert maker.session.step >= goal


def test_the_window_never_waits(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = seat()
    desk.click("play")
    desk.wait_for_step(10)
    begun, let_go = threading.Event(), threading.Event()
    happened: list[str] = []

    def step_that_takes_long(*_facts: object) -> None:
        begun.set()
        let_go.wait(PATIENCE_S)
        happened.append("the step ends")

    with monkeypatch.context() as patch:
        patch.setattr(FrameMaker, "record", step_that_takes_long)
        assert begun.wait(PATIENCE_S)
    for verb in (desk.workbench.pause, desk.workbench.play, desk.workbench.step):
        verb()
        desk.workbench.request_frame(FrameRequest(50))
        happened.append("the window goes on")
    let_go.set()
    desk.until(lambda: len(happened) > 3)
    assert happened == [*["the window goes on"] * 3, "the step ends"]


@pytest.mark.parametrize("rate", sorted(LARGEST_SHARE))
def test_the_period_stretches_when_painting_is_slow(
    seat: Seat, monkeypatch: pytest.MonkeyPatch, rate: int
) -> None:
    # A clock that goes on in painting alone, so that a frame costs just that.
    now_s = [0.0]
    monkeypatch.setattr("explorer.ui.display.time", SimpleNamespace(perf_counter=lambda: now_s[0]))
    desk = seat("line-fit", "training.steps=1000000")
    clock = desk.window.display_clock
    clock.set_rate(rate)

    def paint_slowly() -> None:
        now_s[0] += 0.03

    with monkeypatch.context() as patch:
        patch.setattr(desk.window.panel, "paint_now", paint_slowly)
        desk.click("play")
        desk.until(lambda: abs(clock._timer.interval() - 30 / LARGEST_SHARE[rate]) <= 1)
    desk.until(lambda: clock._timer.interval() == 1000 // rate)


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
    frames = shown_frames(desk)

    def none_comes() -> bool:
        # Some may have been on their way.
        frames.clear()
        desk.bot.wait(300)
        return not frames

    desk.until(none_comes)
    assert not desk.window.display_clock._timer.isActive()


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
    maker = FrameMaker(session, uuid4())
    for record in session:
        maker.record(record)
    before = session.tensors()
    frame = maker.make(FrameRequest(10, insight=InsightRequest(picture=True)))
    assert session.tensors() == before
    assert frame.changes == ()


def test_a_frame_of_an_earlier_run_is_never_shown(seat: Seat) -> None:
    desk = seat()
    desk.until(lambda: desk.state is RunState.READY)
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    old, before = desk.frame, desk.workbench.run
    desk.click("reset")
    desk.until(lambda: desk.state is RunState.READY and desk.workbench.frame is not None)
    assert desk.workbench.run.identity != before.identity
    desk.workbench._worker.frame_ready.emit(old)
    desk.workbench._worker.reported.emit(reports.Finished(before.identity))
    assert desk.frame.step == 0
    assert desk.state is RunState.READY


def test_a_request_to_an_earlier_run_is_not_answered(seat: Seat) -> None:
    desk = seat()
    desk.until(lambda: desk.state is RunState.READY)
    before = desk.workbench.run
    desk.click("reset")
    desk.until(lambda: desk.state is RunState.READY)
    desk.workbench._mail.post(messages.Asked(before.identity, messages.StepOnce()))
    desk.click("step")
    desk.until(lambda: desk.state is RunState.PAUSED)
    let_steps_pass(desk, 0)
    desk.until(lambda: desk.frame.step > 0)
    assert desk.frame.step == 1


@pytest.fixture
def ticking(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ticking]:
    """A run that is on, whose clock ticks when the test says so, in a time of the test's own."""
    desk = seat("line-fit", "training.steps=100000000")
    desk.full_speed()
    desk.click("play")
    desk.wait_for_step(10)
    clock = desk.window.display_clock
    with monkeypatch.context() as patch:
        patch.setattr(clock, "_period_ms", lambda: NEVER_MS)
        clock._timer.setInterval(NEVER_MS)
        desk.until(lambda: not clock._asked)
        own = Ticking(desk, clock)
        patch.setattr("explorer.ui.display.time", SimpleNamespace(perf_counter=lambda: own.now_s))
        clock._numbers_due_s = clock._insight_due_s = 0.0
        yield own


def test_numbers_come_ten_times_a_second(ticking: Ticking) -> None:
    """Whatever the period of the frames, and no matter that a tick is a little late."""
    for period_s in (1 / 60, 1 / 30, 0.08):
        ticking.clock._numbers_due_s = ticking.now_s
        with_numbers = [ticking.tick(period_s) for _ in range(round(3 / period_s))]
        assert 28 <= sum(with_numbers) <= 31


def test_behind_another_tab_frames_come_with_the_numbers_alone(ticking: Ticking) -> None:
    desk = ticking.desk
    frames = shown_frames(desk)
    ticking.tick(0.1)
    desk.window.show_graph()
    frames.clear()
    asked = [ticking.tick(1 / 30) for _ in range(30)]
    assert 9 <= sum(asked) <= 11
    assert len(frames) == sum(asked)


def test_what_an_insight_costs_does_not_slow_the_frames_down(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, clock = ticking.desk, ticking.clock
    desk.window.show_graph()
    insights: list[float] = []

    def show(frame: Frame) -> None:
        if frame.insight is not None:
            ticking.now_s += 0.04
            insights.append(ticking.now_s)

    monkeypatch.setattr(clock, "_show_numbers", show)
    clock._costs_s.clear()
    for _ in range(200):
        ticking.tick(1 / 30)
    assert max(clock._costs_s) < 0.001
    # They have a share of their own, of which showing them is a part.
    assert len(insights) > 5
    assert min(after - before for before, after in pairwise(insights)) > 0.04 / INSIGHT_SHARE
