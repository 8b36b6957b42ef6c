"""Python's cyclic garbage collector, kept to one place and one thread.

The collector runs wherever something happens to be allocated. A window that was
replaced is full of reference cycles: collected from the worker, its plots would be
destroyed under the painter, and the process would die; collected in the midst of
Qt's own work, Qt would wait for a lock that it holds. So Python's collecting is off
as long as there is a window, and a timer of the window's thread does its work, from
the event loop. Whoever opened the window turns it on again when all is gone
(`explorer.cli.commands.open_window`).
"""

import gc

from PySide6.QtCore import QObject, QTimer

PERIOD_MS = 1000


class Collector(QObject):
    """Turns Python's collecting off, and collects by itself after `begin`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setObjectName("garbage collector")
        self._timer.timeout.connect(_collect)

    def begin(self) -> None:
        """Take what is there by now for good, and collect what comes.

        A collection over all of torch's modules takes long enough to miss several frames.
        """
        if self._timer.isActive():
            return
        if not gc.get_freeze_count():
            gc.freeze()
        self._timer.start(PERIOD_MS)


def _collect() -> None:
    """The oldest generation that is due, by Python's own thresholds."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in reversed(range(len(counts))):
        if counts[generation] > thresholds[generation]:
            gc.collect(generation)
            return
