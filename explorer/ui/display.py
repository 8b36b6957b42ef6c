"""The display clock: when a frame is asked for, shown and painted.

The timer asks for a frame and returns; the worker sends it at its next step
boundary and waits; it is painted and the worker goes on. The period stretches so
that painting never takes more than its share of the time. Numbers change ten
times a second at most, which is as fast as anybody reads.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from explorer.live.frames import Frame
from explorer.live.insight import Insight, InsightRequest
from explorer.ui.bench import Bench, RunState
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.settings import RATES

NUMBERS_PERIOD_S = 0.1
INSIGHT_PERIOD_S = 0.2
# What may be spent on traces while a run is on.
INSIGHT_SHARE = 0.1
# The largest share of the time that painting may take, for each display rate in Hz.
LARGEST_SHARE = dict(zip(RATES, (0.15, 0.30), strict=True))
SPEED_WINDOW_S = 1.0
COSTS_KEPT = 12


@dataclass(frozen=True)
class Pulse:
    """How the run goes, for the status bar."""

    steps_per_second: float
    plots_share: float


class Display(QObject):
    """Asks for frames while a run is on, and when something happened.

    `show_numbers` is called with the frames in which numbers may change, while the
    worker still waits. An insight costs a trace: while a run is on it comes when something
    happened and, if `wishes` says that somebody follows it, five times a second at most.
    `inspected` says of which tensor all numbers are to come with the next numbers, if of any.
    """

    pulse = Signal(object)  # Pulse, ten times a second at most
    shown = Signal(object)  # Frame, after it was painted

    def __init__(
        self,
        workbench: Bench,
        panel: PlotPanel,
        show_numbers: Callable[[Frame], None],
        wishes: Callable[[], InsightRequest],
        parent: QObject,
        *,
        inspected: Callable[[], str | None],
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._panel = panel
        self._show_numbers = show_numbers
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.setObjectName("display clock")
        self._timer.timeout.connect(self._ask)
        self._asked = False
        self._wishes = wishes
        self._inspected = inspected
        self._numbers_due_s = 0.0
        self._numbers_asked = False
        self._insight_due_s = 0.0
        self._costs_s: deque[float] = deque(maxlen=COSTS_KEPT)
        self._history: deque[tuple[float, int, float]] = deque()
        self._painted_s = 0.0
        # When the run came to rest, until the frame is there that says where.
        self._stopped_s: float | None = None
        self.set_rate(RATES[0])
        workbench.state_changed.connect(self._follow_state)
        workbench.experiment_changed.connect(self._forget)
        workbench.frame_wanted.connect(self.refresh)
        workbench.frame_arrived.connect(self._show)
        panel.view_changed.connect(self.refresh)

    def set_rate(self, rate_hz: int) -> None:
        """Frames a second while a run is on: one of RATES."""
        self._rate_hz = rate_hz
        self._timer.setInterval(self._period_ms())

    def resume(self) -> None:
        """Take over a run that is already on (the window was built anew)."""
        self._follow_state()
        self.refresh()

    def refresh(self, *_ignored: object) -> None:
        """Have one frame with all numbers, soon."""
        if self._workbench.state is RunState.RUNNING:
            self._numbers_due_s = self._insight_due_s = 0.0
        else:
            self._request(numbers=True, insight=self._wishes())

    def _ask(self) -> None:
        now_s = time.perf_counter()
        numbers_due = now_s >= self._numbers_due_s
        # It comes with numbers, so that they do not change in between.
        insight_due = numbers_due and now_s >= self._insight_due_s
        # Behind another tab nobody sees the curves of a frame.
        if self._asked or not (numbers_due or self._panel.isVisible()):
            return
        self._asked = True
        # There is time for a proof when the run is not.
        insight = replace(self._wishes(), proof=None) if insight_due else None
        if insight_due:
            # Until the answer says what it cost.
            self._insight_due_s = math.inf
        self._numbers_asked = numbers_due
        if numbers_due:
            # Now and not when they come, so that a refresh in between is not forgotten. The clock
            # ticks somewhat later than they are due: that is made up for, as far as one can read.
            soonest_s = now_s + NUMBERS_PERIOD_S / 2
            self._numbers_due_s = max(self._numbers_due_s + NUMBERS_PERIOD_S, soonest_s)
        self._request(numbers_due, insight)

    def _request(self, numbers: bool, insight: InsightRequest | None) -> None:
        request = replace(
            self._panel.request(tensors=numbers),
            insight=insight,
            inspect=self._inspected() if numbers else None,
        )
        self._workbench.request_frame(request)

    def _show(self, frame: Frame) -> None:
        """Show and paint; the worker waits for exactly this."""
        start = time.perf_counter()
        moving = self._timer.isActive()
        if not moving:
            self._sum_up(frame)
        numbers = not moving or self._numbers_asked
        try:
            self._show_plots(frame, moving)
            if numbers or frame.insight is not None:
                if moving:
                    self._emit_pulse()
                self._show_numbers(frame)
        finally:
            self._asked = False
            self._workbench.frame_painted()
        end = time.perf_counter()
        if moving:
            self._count(end, frame, end - start)
            self._plan_insight(frame.insight, end, end - start)
        self.shown.emit(frame)

    def _show_plots(self, frame: Frame, moving: bool) -> None:
        """Before the numbers, so that the curves keep their rhythm; not behind another tab."""
        if not self._panel.isVisible():
            return
        self._panel.show_frame(frame)
        if moving:
            self._panel.paint_now()

    def _plan_insight(self, insight: Insight | None, now_s: float, shown_s: float) -> None:
        """The next one when the last has been paid for; none if nobody follows."""
        if insight is not None and insight.followed and math.isinf(self._insight_due_s):
            cost_s = insight.cost_s + shown_s
            period_s = max(INSIGHT_PERIOD_S, cost_s / INSIGHT_SHARE)
            self._insight_due_s = now_s + period_s

    def _count(self, now_s: float, frame: Frame, cost_s: float) -> None:
        # An insight has a share of its own, and must not make the curves or numbers slower.
        if frame.insight is None:
            self._costs_s.append(cost_s)
        self._painted_s += cost_s
        self._history.append((now_s, frame.step, self._painted_s))
        while now_s - self._history[0][0] > SPEED_WINDOW_S:
            self._history.popleft()
        period_ms = self._period_ms()
        if period_ms != self._timer.interval():
            self._timer.setInterval(period_ms)

    def _sum_up(self, frame: Frame) -> None:
        """How the run went that has just come to rest, a short one too."""
        if self._stopped_s is not None:
            self._history.append((self._stopped_s, frame.step, self._painted_s))
            self._stopped_s = None
            self._emit_pulse()

    def _emit_pulse(self) -> None:
        """How it went up to the last frame: told now, so that it is painted with this one."""
        if not self._history:
            return
        (start_s, first, painted_s), (end_s, last, total_s) = self._history[0], self._history[-1]
        if end_s > start_s:
            passed_s = end_s - start_s
            self.pulse.emit(Pulse((last - first) / passed_s, (total_s - painted_s) / passed_s))

    def _period_ms(self) -> int:
        """The rate's period, or longer if frames cost more than their share."""
        # One frame that was held up by something else (the largest) says nothing.
        usual = sorted(self._costs_s)[:-1]
        cost_s = sum(usual) / len(usual) if usual else 0.0
        return int(1000 * max(1 / self._rate_hz, cost_s / LARGEST_SHARE[self._rate_hz]))

    def _follow_state(self) -> None:
        running = self._workbench.state is RunState.RUNNING
        if running == self._timer.isActive():
            return
        self._panel.set_moving(running)
        self._asked = False
        event = self._workbench.run.history[-1]
        if running:
            self._history.clear()
            self._history.append((event.at_s, event.step, self._painted_s))
            self._stopped_s = None
            self._timer.start()
        else:
            self._stopped_s = event.at_s
            self._timer.stop()

    def _forget(self) -> None:
        self._asked = False
        self._stopped_s = None
        self._costs_s.clear()
        self._history.clear()
