"""Writes programs in a thread of its own: one with much data takes seconds.

Only the last experiment that was asked for matters: one that came while another was being
written waits, and takes the place of whatever waited before.
"""

import threading
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from explorer.code.places import places
from explorer.code.script import script
from explorer.experiment.problem import BadInput
from explorer.experiment.visible import visible
from explorer.live.work import Work

# The thread cannot be interrupted; closing the window does not wait longer for it.
STOP_WAIT_S = 0.5
# More lines than these are not shown: nobody reads that many numbers.
MOST_LINES = 10_000


@dataclass(frozen=True)
class Listing:
    """A program, and how it is shown; `problem` says why there is none.

    `shown` has the first and the last lines of a long program: after `head` of them there is
    one that stands for the `left_out` others. `places` are the lines, in the whole program,
    that make the experiment's tensors.
    """

    program: str = ""
    shown: str = ""
    head: int = 0
    left_out: int = 0
    places: tuple[tuple[str, int], ...] = ()
    problem: BadInput | None = None


def listing(work: Work) -> Listing:
    """The program of the experiment as it would be saved now."""
    try:
        experiment = work.whole
    except BadInput as problem:
        return Listing(problem=problem)
    program = script(experiment)
    found = places(program, experiment.tensors, experiment.leaves)
    lines = visible(program).rstrip("\n").split("\n")
    left_out = max(0, len(lines) - MOST_LINES)
    head = MOST_LINES // 2 if left_out else len(lines)
    if left_out:
        lines[head : head + left_out] = [""]
    return Listing(program, "\n".join(lines), head, left_out, tuple(found.items()))


class Writer(QObject):
    """`written` comes with the listing of the last work that was asked for."""

    written = Signal(object)  # Listing

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._relay = _Relay()
        self._relay.done.connect(self._done)
        self._thread: threading.Thread | None = None
        self._waiting: Work | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a program is being written."""
        return self._thread is not None

    def ask(self, work: Work) -> None:
        """Have its program written."""
        self._waiting = work
        if self._thread is None:
            self._begin()

    def stop(self) -> None:
        """Nothing more is begun; wait for what is being written, but not for long."""
        self._waiting = None
        if self._thread is not None:
            self._thread.join(STOP_WAIT_S)

    def _begin(self) -> None:
        work, self._waiting = self._waiting, None
        self._thread = threading.Thread(
            target=_write, args=(work, self._relay), name="program's text", daemon=True
        )
        self._thread.start()

    def _done(self, found: Listing | None) -> None:
        self._thread = None
        if self._waiting is not None:
            self._begin()
        elif found is not None:
            self.written.emit(found)


class _Relay(QObject):
    """What the thread speaks through: it lives as long as the thread may speak."""

    done = Signal(object)  # Listing, or None after a defect


def _write(work: Work, relay: _Relay) -> None:
    found = None
    try:
        found = listing(work)
    finally:
        relay.done.emit(found)
