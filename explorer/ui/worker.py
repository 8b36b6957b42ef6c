"""The thread that trains: drives a session and answers the window's messages.

torch is imported here, after the window is painted. Two signals: what happened to a run
(`explorer.live.reports`), and frames that were asked for; nothing else crosses threads
(see `mailbox`).
"""

import time
import traceback
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QObject, QThread, Signal

from explorer.experiment.problem import BadInput
from explorer.live import mailbox as messages
from explorer.live import reports
from explorer.live.carrying import carried
from explorer.live.frames import FrameMaker
from explorer.live.mailbox import FrameExchange, Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from uuid import UUID

    from explorer.engine.session import Session
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
        self._maker: FrameMaker | None = None
        self._records: Generator[StepRecord, None, None] = _no_records()
        # Nobody's, until the first is loaded.
        self._run = uuid4()
        # The runs that somebody can go back to.
        self._earlier: dict[UUID, FrameMaker] = {}
        # The session of a run that may take the place of the present one.
        self._tried: tuple[UUID, Session] | None = None
        self._playing = False
        # As long as it is on, the session's last step is the errand's; its own is kept here.
        self._errand: messages.GoTo | None = None
        self._steps = 0
        self._quitting = False
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
        self._mail.post(messages.Quit())
        self._exchange.close()
        return self.wait(wait_ms)

    def run(self) -> None:
        """The thread: handle messages, step while playing, sleep otherwise."""
        while not self._quitting:
            try:
                self._turn()
            except Exception:  # the program lives on; the window shows what happened
                self._set_playing(False)
                self.reported.emit(reports.Crashed(self._run, traceback.format_exc()))

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

    def _come_to_rest(self, maker: FrameMaker) -> None:
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

    def _report_end(self, maker: FrameMaker) -> None:
        """Say why the loop ended, and have a new one ready: a failure may be repaired."""
        session = maker.session
        self._begin_loop(maker)
        if session.failure is not None:
            self.reported.emit(reports.Failed(self._run, session.failure))
        elif session.step >= session.steps:
            self.reported.emit(reports.Finished(self._run))

    def _begin_loop(self, maker: FrameMaker) -> None:
        # The old loop ends first: it gives PyTorch's threads back as it goes.
        self._records.close()
        self._records = maker.session.records()

    def _set_playing(self, playing: bool) -> None:
        self._playing = playing
        self.reported.emit(reports.Playing(self._run, playing))

    # -- messages ----------------------------------------------------------

    def _load(self, message: messages.Load) -> None:
        self._lay_aside()
        self._run = message.run
        try:
            session = self._session(message)
        except BadInput as problem:
            self.reported.emit(reports.Refused(self._run, problem))
            return
        session.interrupted = self._mail.ends_run
        self._maker = FrameMaker(session, message.run, self._mail.ends_run)
        self._begin_loop(self._maker)
        self.reported.emit(reports.Ready(self._run))

    def _session(self, message: messages.Load) -> "Session":
        """The one that was tried for this run, if one was. Raises BadInput."""
        tried, self._tried = self._tried, None
        if tried is not None and tried[0] == message.run:
            return tried[1]
        from explorer.engine.session import Session

        return Session(message.experiment, by_hand=message.by_hand)

    def _try(self, message: messages.Try) -> None:
        """Between two steps of the present run, which goes on as if nothing had been."""
        from torch.random import fork_rng

        from explorer.engine.session import Session

        by_hand = message.by_hand
        if message.goes_on and self._maker is not None:
            session = self._maker.session
            values = {name: leaf.tolist() for name, leaf in session.subject.parameters.items()}
            by_hand = carried(by_hand, values, message.experiment)
        self._tried = None
        try:
            # Its dropout must not take random numbers of the present run.
            with fork_rng(devices=()):
                made = Session(message.experiment, by_hand=by_hand)
        except BadInput as problem:
            self.reported.emit(reports.Tried(message.run, problem=problem))
            return
        self._tried = (message.run, made)
        self.reported.emit(reports.Tried(message.run, by_hand))

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
