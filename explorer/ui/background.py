"""Work in a thread of its own, of which only what was asked for last matters.

What is asked for while something else is being worked on waits, and takes the place of whatever
waited before. For the tab Code, which writes programs, and the dialog that reads them.
"""

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

# The thread cannot be interrupted; closing a window does not wait longer for it.
STOP_WAIT_S = 0.5


class Background(QObject):
    """`done` comes with what `function` made of the last thing that was asked for."""

    done = Signal(object)

    def __init__(self, function: Callable[[Any], object], name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._function = function
        self._name = name
        self._relay = _Relay()
        self._relay.done.connect(self._ended)
        self._thread: threading.Thread | None = None
        self._waiting: list[Any] = []

    @property
    def is_busy(self) -> bool:
        """Whether something is being worked on."""
        return self._thread is not None

    def ask(self, subject: Any) -> None:
        """Have this worked on."""
        self._waiting = [subject]
        if self._thread is None:
            self._begin()

    def stop(self) -> None:
        """Nothing more is begun; wait for what is being worked on, but not for long."""
        self._waiting = []
        if self._thread is not None:
            self._thread.join(STOP_WAIT_S)

    def _begin(self) -> None:
        subject = self._waiting.pop()
        self._thread = threading.Thread(
            target=_work, args=(self._function, subject, self._relay), name=self._name, daemon=True
        )
        self._thread.start()

    def _ended(self, found: object) -> None:
        self._thread = None
        if self._waiting:
            self._begin()
        elif found is not None:
            self.done.emit(found)


class _Relay(QObject):
    """What the thread speaks through: it lives as long as the thread may speak."""

    done = Signal(object)  # None after a defect


def _work(function: Callable[[Any], object], subject: Any, relay: _Relay) -> None:
    found = None
    try:
        found = function(subject)
    finally:
        relay.done.emit(found)
