"""Keeps unsaved work in the document's slot of the recovery folder while somebody works.

One for the program, whatever becomes of its windows. A timer runs only while there is
something that the slot does not hold; what it writes is taken from memory in the window's
thread and written in one of its own, since a disk may take its time.
"""

import threading
import time

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.experiment.problem import BadInput
from explorer.live.recovery import Offer, Recovery, Slot
from explorer.live.work import Heading, Work
from explorer.ui.workbench import Workbench

# After the first change that is not kept: less than the ten seconds that may be lost.
PERIOD_MS = 5_000


class Keeper(QObject):
    """Follows the workbench. `leave` before it shows another document, or none."""

    left = Signal(object)  # Offer of what was not saved when its document was left
    _failed = Signal(str)

    def __init__(
        self,
        workbench: Workbench,
        recovery: Recovery,
        parent: QObject,
        *,
        period_ms: int = PERIOD_MS,
    ) -> None:
        super().__init__(parent)
        self.recovery = recovery
        self._workbench = workbench
        self._slot: Slot | None = None
        self._kept: Work | None = None
        self._writer: threading.Thread | None = None
        self._said = False
        self._timer = QTimer(self, singleShot=True, interval=period_ms)
        self._timer.setObjectName("keeper of unsaved work")
        self._timer.timeout.connect(self._keep)
        self._failed.connect(self._try_again)
        for signal in (
            workbench.work_changed,
            workbench.document_changed,
            workbench.experiment_changed,
            workbench.typed,
        ):
            signal.connect(self._look)

    def keep_now(self) -> bool:
        """Write what is unsaved before this returns; False if it cannot be written."""
        self._join()
        if not self._workbench.is_modified:
            self._discard()
            return True
        work = self._workbench.work_to_keep
        if work != self._kept:
            # A full disk must not keep the window from closing.
            self._write(work)
        return work == self._kept

    def leave(self) -> None:
        """Another document comes, or the end: what is unsaved is kept, and offered from now on."""
        self.keep_now()
        self._timer.stop()
        work, self._kept = self._kept, None
        if self._slot is None:
            return
        slot, self._slot = self._slot, None
        slot.release()
        if work is not None:
            self.left.emit(Offer(slot.path, Heading(work.title, time.time())))

    def adopt(self, slot: Slot) -> None:
        """The next document was recovered from this slot, and is kept in it."""
        self._slot = slot

    # -- inside --------------------------------------------------------------------

    def _look(self) -> None:
        """Something happened to the document."""
        if not self._workbench.is_modified:
            self._timer.stop()
            self._discard()
        elif not self._timer.isActive() and self._workbench.work_to_keep != self._kept:
            self._timer.start()

    def _keep(self) -> None:
        if self._writer is not None and self._writer.is_alive():
            self._timer.start()
            return
        work = self._workbench.work_to_keep
        self._writer = threading.Thread(target=self._write, args=(work,), name="recovery file")
        self._writer.start()

    def _write(self, work: Work) -> None:
        """In whatever thread, but one at a time."""
        try:
            if self._slot is None:
                self._slot = self.recovery.new_slot()
            self._slot.keep(work)
            self._kept = work
            self._said = False
        except BadInput as problem:
            self._failed.emit(str(problem.facts.get("reason", "")))
        except OSError as error:
            self._failed.emit(error.strerror or str(error))

    def _try_again(self, reason: str) -> None:
        """Say once why nothing is kept, and go on trying."""
        if not self._said:
            self._said = True
            self._workbench.problem_arose.emit(BadInput("not-kept", reason=reason))
        if self._workbench.is_modified and not self._timer.isActive():
            self._timer.start()

    def _discard(self) -> None:
        self._join()
        self._kept = None
        if self._slot is not None:
            self._slot.discard()
            self._slot = None

    def _join(self) -> None:
        if self._writer is not None:
            self._writer.join()
            self._writer = None
