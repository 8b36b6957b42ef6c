"""The thread that trains: drives a session and answers the window's messages.

torch is imported here, after the window is painted. Two signals: what happened to a run
(`explorer.live.reports`), and frames that were asked for; nothing else crosses threads
(see `mailbox`).
"""

import ctypes
import threading
import time
import traceback
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QObject, QThread, Signal

from explorer.experiment.problem import BadInput, Failure
from explorer.live import mailbox as messages
from explorer.live import reports
from explorer.live.mailbox import FrameExchange, Mailbox
from explorer.live.maker import Maker

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from uuid import UUID

    from explorer.explain.step_records import StepRecord

# Of the second within which the program should be gone.
STOP_WAIT_MS = 700
# A pace that fell behind (a long frame, a sleeping laptop) is not made up for.
LONGEST_ARREARS_S = 0.1


class Worker(QThread):
    """One thread for the window's whole life; sessions come and go in it."""

    reported = Signal(object)  # Report
    frame_ready = Signal(object)  # Frame, because one was asked for

    def __init__(self, mail: Mailbox, exchange: FrameExchange, parent: QObject) -> None:
        super().__init__(parent)
        self._mail = mail
        self._exchange = exchange
        self._maker: Maker | None = None
        self._records: Generator[StepRecord, None, None] = _no_records()
        # Nobody's, until the first is loaded.
        self._run = uuid4()
        # The runs that somebody can go back to.
        self._earlier: dict[UUID, Maker] = {}
        # What may take the place of the present run, by its identity.
        self._tried: tuple[UUID, Maker] | None = None
        self._playing = False
        # As long as it is on, the session's last step is the errand's; its own is kept here.
        self._errand: messages.GoTo | None = None
        self._steps = 0
        self._quitting = False
        self._thread: int | None = None
        self._interval_s = 0.0
        self._due_s = 0.0
        self._handlers: Mapping[type, Callable[..., None]] = {
            messages.Load: self._load,
            messages.Try: self._try,
            messages.Return: self._return,
            messages.Keep: self._keep,
            messages.Asked: self._answer,
            messages.SetSpeed: self._set_speed,
            messages.Quit: self._quit,
        }
        self._requests: Mapping[type, Callable[..., None]] = {
            messages.Play: self._play,
            messages.Pause: self._pause,
            messages.StepOnce: self._step_once,
            messages.GoTo: self._go_to,
            messages.Apply: self._apply,
            messages.TakeBack: self._take_back,
            messages.SetSteps: self._set_steps,
            messages.FrameRequest: self._send_frame,
        }

    def stop(self, wait_ms: int = STOP_WAIT_MS) -> bool:
        """End the thread; False if it did not end in time (a step that takes seconds)."""
        self._mail.post_alone(messages.Quit())
        self._exchange.close()
        return self.wait(wait_ms)

    def interrupt(self) -> None:
        """End what somebody's own code does in the thread, as Ctrl+C would.

        Comes through as soon as Python's own instructions are run; a call of the system that
        waits is not ended by it.
        """
        if self._thread is not None:
            number, kind = ctypes.c_ulong(self._thread), ctypes.py_object(KeyboardInterrupt)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(number, kind)

    def run(self) -> None:
        """The thread: handle messages, step while playing, sleep otherwise."""
        self._thread = threading.get_ident()
        while not self._quitting:
            try:
                self._turn()
            except KeyboardInterrupt:
                self._give_up()
            except Exception:  # the program lives on; the window shows what happened
                self._set_playing(False)
                self.reported.emit(reports.Crashed(self._run, traceback.format_exc()))

    def _give_up(self) -> None:
        """Somebody did not want to wait for it any longer."""
        maker = self._maker
        self._set_playing(False)
        if maker is None:
            self.reported.emit(reports.Refused(self._run, BadInput("given-up")))
        else:
            maker.give_up()
            self._begin_loop(maker)
            failure = Failure("given-up", maker.session.step + 1)
            self.reported.emit(reports.Failed(self._run, failure))

    def _turn(self) -> None:
        if not self._playing:
            self._mail.wait()
        self._handle_mail()
        if self._playing:
            self._step_until_told()

    def _handle_mail(self) -> None:
        while (message := self._mail.take()) is not None:
            self._handlers[type(message)](message)

    # -- stepping ----------------------------------------------------------

    def _step_until_told(self) -> None:
        """The hot loop: a step, a row of history, a glance at the mailbox."""
        maker, mail = self._maker, self._mail
        if maker is None:
            self._set_playing(False)
            return
        for record in self._records:
            maker.record(record)
            if mail:
                self._handle_mail()
                if not self._playing or self._quitting or self._maker is not maker:
                    return
            if self._interval_s and self._errand is None:
                self._keep_pace()
                if not self._playing or self._quitting or self._maker is not maker:
                    return
        self._come_to_rest(maker)

    def _keep_pace(self) -> None:
        """Wait until the next step is due, answering messages meanwhile."""
        self._due_s = max(self._due_s + self._interval_s, time.perf_counter() - LONGEST_ARREARS_S)
        while self._playing and self._interval_s and not self._quitting:
            left_s = self._due_s - time.perf_counter()
            if left_s <= 0:
                return
            self._mail.wait(left_s)
            self._handle_mail()

    def _come_to_rest(self, maker: Maker) -> None:
        """The session's loop ended by itself: done, or a failure."""
        errand = self._end_errand()
        if errand and maker.session.failure is None and maker.session.step < maker.session.steps:
            self._begin_loop(maker)
            if not errand.then_play:
                self._set_playing(False)
                self.reported.emit(reports.Stepped(self._run))
            return
        self._set_playing(False)
        self._report_end(maker)

    def _report_end(self, maker: Maker) -> None:
        """Say why the loop ended, and have a new one ready: a failure may be repaired."""
        session = maker.session
        self._begin_loop(maker)
        if session.failure is not None:
            self.reported.emit(reports.Failed(self._run, session.failure))
        elif session.step >= session.steps:
            self.reported.emit(reports.Finished(self._run))

    def _begin_loop(self, maker: Maker) -> None:
        # The old loop ends first: it gives PyTorch's threads back as it goes.
        self._records.close()
        self._records = maker.session.records()

    def _set_playing(self, playing: bool) -> None:
        self._playing = playing
        self.reported.emit(reports.Playing(self._run, playing))

    # -- messages ----------------------------------------------------------

    def _load(self, message: messages.Load) -> None:
        self._lay_aside()
        if message.alone:
            self._earlier.clear()
            self._records.close()
        self._run = message.run
        try:
            maker = self._begun(message)
        except BadInput as problem:
            self.reported.emit(reports.Refused(self._run, problem))
            return
        self._maker = maker
        self._begin_loop(maker)
        self.reported.emit(maker.ready())

    def _begun(self, message: messages.Load) -> Maker:
        """What was made when it was tried, if it was. Raises BadInput."""
        tried, self._tried = self._tried, None
        if tried is not None and tried[0] == message.run:
            return tried[1]
        return message.start.begin(message.run, self._mail.ends_run)

    def _try(self, message: messages.Try) -> None:
        """Between two steps of the present run, which goes on as if nothing had been."""
        from torch.random import fork_rng

        start, self._tried = message.start, None
        if message.goes_on and self._maker is not None:
            start = start.going_on(self._maker)
        try:
            # Its dropout must not take random numbers of the present run.
            with fork_rng(devices=()):
                maker = start.begin(message.run, self._mail.ends_run)
        except BadInput as problem:
            self.reported.emit(reports.Tried(message.run, problem=problem))
            return
        self._tried = (message.run, maker)
        self.reported.emit(reports.Tried(message.run, start.by_hand))

    def _return(self, message: messages.Return) -> None:
        self._lay_aside()
        self._run = message.run
        self._maker = self._earlier.pop(message.run, None)
        if self._maker is not None:
            self._begin_loop(self._maker)

    def _lay_aside(self) -> None:
        """The present run makes room, and can be gone back to."""
        self._pause(messages.Pause())
        if self._maker is not None:
            self._earlier[self._run] = self._maker
        self._maker = None

    def _keep(self, message: messages.Keep) -> None:
        self._earlier = {run: each for run, each in self._earlier.items() if run in message.runs}

    def _answer(self, asked: messages.Asked) -> None:
        if asked.run == self._run:
            self._requests[type(asked.request)](asked.request)

    def _play(self, _message: messages.Play) -> None:
        if self._maker is None or self._playing:
            return
        self._due_s = time.perf_counter()
        self._set_playing(True)

    def _pause(self, _message: messages.Pause) -> None:
        self._end_errand()
        if self._playing:
            self._set_playing(False)

    def _go_to(self, message: messages.GoTo) -> None:
        maker = self._maker
        if maker is None or not maker.session.step < message.step <= maker.session.steps:
            return
        self._end_errand()
        self._errand, self._steps = message, maker.session.steps
        maker.session.steps = message.step
        self._play(messages.Play())

    def _end_errand(self) -> messages.GoTo | None:
        """The session has its own last step again."""
        errand, self._errand = self._errand, None
        if errand is not None and self._maker is not None:
            self._maker.session.steps = self._steps
        return errand

    def _step_once(self, _message: messages.StepOnce) -> None:
        if self._maker is None or self._playing:
            return
        record = next(self._records, None)
        if record is not None:
            self._maker.record(record)
        session = self._maker.session
        if record is None or session.failure is not None or session.step >= session.steps:
            self._report_end(self._maker)
        else:
            self.reported.emit(reports.Stepped(self._run))

    def _apply(self, message: messages.Apply) -> None:
        if self._maker is None:
            return
        try:
            self._maker.session.settle()
            inverse = self._maker.session.inverse(message.change)
            change = self._maker.explainer.apply(message.change)
        except BadInput as problem:
            self.reported.emit(reports.ChangeRefused(self._run, problem))
        else:
            self.reported.emit(reports.Changed(self._run, change, inverse, message.again))

    def _take_back(self, message: messages.TakeBack) -> None:
        if self._maker is None:
            return
        explainer = self._maker.explainer
        if message.erase and explainer.take_back(message.change, message.inverse):
            return
        try:
            for change in message.inverse:
                explainer.apply(change)
        except BadInput as problem:
            self.reported.emit(reports.UndoRefused(self._run, problem))

    def _set_speed(self, message: messages.SetSpeed) -> None:
        speed = message.steps_per_second
        self._interval_s = 1 / speed if speed else 0.0
        self._due_s = time.perf_counter()

    def _set_steps(self, message: messages.SetSteps) -> None:
        if self._maker is None:
            return
        session = self._maker.session
        self._end_errand()
        session.steps = message.steps
        if session.step >= session.steps and not self._playing:
            self.reported.emit(reports.Finished(self._run))

    def _send_frame(self, request: messages.FrameRequest) -> None:
        if self._maker is None:
            return
        self._exchange.begin()
        self.frame_ready.emit(self._maker.make(request))
        self._exchange.wait()

    def _quit(self, _message: messages.Quit) -> None:
        self._quitting = True
        self._playing = False


def _no_records() -> "Generator[StepRecord, None, None]":
    yield from ()
