"""What the window tells the worker: plain frozen messages through one mailbox.

The window posts and never waits; the worker looks at the mailbox between two
steps, which costs it one truth test, and sleeps on it when it has nothing to do.
"""

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from explorer.experiment.spec import Change
from explorer.live.curves import AUTOMATIC
from explorer.live.insight import InsightRequest
from explorer.live.maker import Start

if TYPE_CHECKING:
    from explorer.live.frames import ExperimentStart


@dataclass(frozen=True)
class Load:
    """Begin a new run; `alone`: only once all that is left of others is gone."""

    run: UUID
    start: Start
    alone: bool = False


@dataclass(frozen=True)
class Try:
    """See whether PyTorch takes an experiment, while the present run goes on.

    If it does, `Load` of the same run finds it made. `goes_on`: from the values that the
    parameters have by now, where names and shapes are the same.
    """

    run: UUID
    start: "ExperimentStart"
    goes_on: bool = False


@dataclass(frozen=True)
class Return:
    """Go back to an earlier run, as it stood when another one was begun."""

    run: UUID


@dataclass(frozen=True)
class Keep:
    """Of the earlier runs, remember these alone: nobody can return to the others."""

    runs: frozenset[UUID]


@dataclass(frozen=True)
class Play:
    """Step until paused, done or failed."""


@dataclass(frozen=True)
class Pause:
    """Stop at the next step boundary."""


@dataclass(frozen=True)
class StepOnce:
    """Make one step and pause."""


@dataclass(frozen=True)
class GoTo:
    """Step as fast as it goes until this step is made, then play on or pause."""

    step: int
    then_play: bool = False


@dataclass(frozen=True)
class Apply:
    """Make a change at the next step boundary; `again`: one that had been taken back."""

    change: Change
    again: bool = False


@dataclass(frozen=True)
class TakeBack:
    """Undo a change that was made by hand, at the next step boundary.

    `erase`: as if it had never been made, if nothing came since; else the inverse is made.
    """

    change: Change
    inverse: tuple[Change, ...]
    erase: bool = True


@dataclass(frozen=True)
class SetSpeed:
    """At most so many steps a second; None: as fast as it goes."""

    steps_per_second: float | None


@dataclass(frozen=True)
class SetSteps:
    """Let the run end after this step."""

    steps: int


@dataclass(frozen=True)
class FrameRequest:
    """Send a frame: curves over `first` to `last`, of about `buckets` buckets over the axis.

    `span`: how many steps the axis has, if it is longer than what there is.
    `tensors`: with the table's numbers; `fit`: with the fitted curve; `insight`: with the graph
    and what it tells; `inspect`: with all numbers of this tensor. `curves` and `chosen` say which
    of the parameters' there are: one of `explorer.live.curves.CHOICES`, and the tensor of which
    each number has its own.
    """

    buckets: int
    first: int = 1
    last: int | None = None
    span: int | None = None
    fit: bool = True
    tensors: bool = True
    insight: InsightRequest | None = None
    inspect: str | None = None
    curves: str = AUTOMATIC
    chosen: str | None = None


Request = Play | Pause | StepOnce | GoTo | Apply | TakeBack | SetSteps | FrameRequest


@dataclass(frozen=True)
class Asked:
    """A request to the run of this identity: another one does not answer it."""

    run: UUID
    request: Request


@dataclass(frozen=True)
class Quit:
    """End the thread."""


# The speed is the worker's, whatever it runs.
Message = Load | Try | Return | Keep | Asked | SetSpeed | Quit


class Mailbox:
    """A queue that is cheap to look at and can be waited for."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._arrived = threading.Condition()

    def __bool__(self) -> bool:
        return bool(self._messages)

    def post(self, message: Message) -> None:
        """Add a message and wake the worker. Never blocks for longer than the append."""
        with self._arrived:
            self._messages.append(message)
            self._arrived.notify()

    def post_alone(self, message: Message) -> None:
        """Add a message in place of all that wait, which nobody wants any more."""
        with self._arrived:
            self._messages.clear()
            self._messages.append(message)
            self._arrived.notify()

    def take(self) -> Message | None:
        """The oldest message, or None."""
        return self._messages.popleft() if self._messages else None

    def ends_run(self) -> bool:
        """Whether a message waits after which nobody wants anything of the present run."""
        return any(isinstance(message, Load | Return | Quit) for message in tuple(self._messages))

    def wait(self, timeout_s: float | None = None) -> None:
        """Sleep until a message is there or the time is up."""
        with self._arrived:
            if not self._messages:
                self._arrived.wait(timeout_s)


class FrameExchange:
    """Holds the worker at a step boundary while the window paints its frame.

    PyTorch lets go of the interpreter lock in every operation, so a painter and
    a trainer that run at the same time take it from each other thousands of times
    a frame, and both slow down several fold. Taking turns costs the paint time alone.
    The wait is bounded, so that neither can lock the other up.
    """

    LONGEST_WAIT_S = 0.1

    def __init__(self) -> None:
        self._painted = threading.Event()
        self._closed = False

    def begin(self) -> None:
        """The worker is about to send a frame."""
        self._painted.clear()

    def wait(self) -> None:
        """The worker waits until the frame is painted, at most LONGEST_WAIT_S."""
        if not self._closed:
            self._painted.wait(self.LONGEST_WAIT_S)

    def painted(self) -> None:
        """The window has painted it."""
        self._painted.set()

    def close(self) -> None:
        """No more waiting: the window is going away."""
        self._closed = True
        self._painted.set()
