"""Python's cyclic garbage collector, kept to the thread of the window.

The collector runs in whatever thread happens to allocate. A window that was replaced
is full of reference cycles: collected from the worker, its plots would be destroyed
under the painter, and the process would die. So the collector is off as long as the
program has a window, and a timer of the window's thread does its work.
"""

import gc

from PySide6.QtCore import QObject, QTimer

PERIOD_MS = 1000


class Collector(QObject):
    """Collects in its own thread; gives the work back to Python when it is destroyed.

    Nothing is collected before `begin`.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setObjectName("garbage collector")
        self._timer.timeout.connect(_collect)
        self.destroyed.connect(_give_back)

    def begin(self) -> None:
        """Take what is there by now for good, and collect what comes.

        A collection over all of torch's modules takes long enough to miss several frames.
        """
        if self._timer.isActive():
            return
        if not gc.get_freeze_count():
            gc.freeze()
        self._timer.start(PERIOD_MS)


def _give_back() -> None:
    gc.enable()


def _collect() -> None:
    """The oldest generation that is due, by Python's own thresholds."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in reversed(range(len(counts))):
        if counts[generation] > thresholds[generation]:
            gc.collect(generation)
            return
