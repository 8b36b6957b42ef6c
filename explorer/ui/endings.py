"""Signals of the system end the program in an orderly way: what is unsaved is kept.

Python runs a signal's handler between two of its instructions, and Qt's loop has none
while nothing happens; so the number goes through a socket that wakes the loop at once.
"""

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

ENDINGS = ("SIGTERM", "SIGHUP", "SIGINT", "SIGBREAK")
# What a shell adds to the number of the signal that ended a process.
SIGNALLED = 128


class Endings(QObject):
    """Calls `end` at the first signal, and `leave_at_once` with the exit status at a second.

    `status` is the exit status that the first asks for; 0 as long as there is none.
    """

    def __init__(
        self, end: Callable[[], None], leave_at_once: Callable[[int], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.status = 0
        self._end = end
        self._leave_at_once = leave_at_once
        self._here, self._there = socket.socketpair()
        for each in (self._here, self._there):
            each.setblocking(False)
        notifier = QSocketNotifier(self._here.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(self._read)

    def install(self) -> None:
        """Take the signals over, but for those that whoever started the program had ignored."""
        signal.set_wakeup_fd(self._there.fileno(), warn_on_full_buffer=False)
        for name in ENDINGS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                # Without a handler of Python's nothing would come through the socket.
                signal.signal(number, lambda _number, _frame: None)

    def _read(self) -> None:
        for number in self._here.recv(4096):
            if self.status:
                self._leave_at_once(self.status)
            self.status = SIGNALLED + number
            self._end()
