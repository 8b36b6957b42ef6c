"""The recovery folder: a slot for each document with unsaved work, in whatever process.

A slot is a file with the work and a lock beside it. The process whose document it is
holds the lock as long as it lives, and writes nowhere else; what nobody holds was left by
a window that was closed or killed, and is offered. Nothing here asks for a process's
number or the time, so it holds across restarts of the machine.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.experiment.file import parse_text, text_of
from explorer.experiment.leftovers import clear_in
from explorer.experiment.locking import try_lock
from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.spec import Data
from explorer.experiment.textfile import write_text
from explorer.live.work import Heading, Work, decoded, encoded, heading_of, packed

WORK, LOCK = ".unsaved", ".lock"
# One file for all windows, of version 0.1.
EARLIER = "unsaved-run.toml"
MAX_HEADING_BYTES = 64 * 1024


@dataclass(frozen=True)
class Offer:
    """Unsaved work that nobody is at: a slot's file, or the one of an earlier version."""

    path: Path
    heading: Heading


class Slot:
    """This process's place for one document. Its methods may be called from any thread."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock: int | None = lock
        self._one_at_a_time = threading.Lock()
        self._columns: tuple[Data | None, str] = (None, packed(None))

    def keep(self, work: Work) -> None:
        """Write the work, in place of what was there. Raises BadInput `cannot-write`."""
        with self._one_at_a_time:
            if self._lock is None:
                return
            data = work.experiment.data
            if data is not self._columns[0]:
                self._columns = (data, packed(data))
            text = encoded(work, time.time(), self._columns[1])
            write_text(self.path, text, private=True)

    def release(self) -> None:
        """The document is left: what was kept is offered from now on."""
        with self._one_at_a_time:
            if self._lock is not None:
                os.close(self._lock)
            self._lock = None

    def discard(self) -> None:
        """The work is saved, or not wanted: nothing is left of it."""
        self.release()
        with self._one_at_a_time:
            _remove(self.path)


class Recovery:
    """The folder. It is made, for its owner alone, when there is something to keep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._earlier = folder.parent / EARLIER

    def new_slot(self) -> Slot:
        """A place that no other process has. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._folder.stat().st_mode & 0o077:
            self._folder.chmod(0o700)
        while True:
            path = self._folder / (os.urandom(8).hex() + WORK)
            lock = _taken(path)
            if lock is not None:
                return Slot(path, lock)

    def offers(self) -> tuple[Offer, ...]:
        """What is left of windows that are gone, the last first; what cannot be read is not."""
        found = [*self._of_slots(), *self._of_earlier_version()]
        return tuple(sorted(found, key=lambda offer: -offer.heading.time))

    def claim(self, offer: Offer) -> tuple[Slot, Work]:
        """Take over a slot and what is in it; it stays until that is saved.

        Raises:
            BadInput: it cannot be read, or another window was faster (`recovery-taken`).
        """
        if offer.path == self._earlier:
            return self._convert()
        try:
            lock = _taken(offer.path)
        except OSError as error:
            raise _unreadable(offer.path, error) from None
        if lock is None:
            raise BadInput("recovery-taken")
        try:
            return Slot(offer.path, lock), _work_in(offer.path)
        except BaseException:
            os.close(lock)
            raise

    def discard(self, offer: Offer) -> None:
        """Remove what is not wanted, unless another window is at it by now."""
        with suppress(OSError):
            if offer.path == self._earlier:
                offer.path.unlink()
                return
            lock = _taken(offer.path)
            if lock is not None:
                Slot(offer.path, lock).discard()

    def clear_leftovers(self) -> None:
        """Remove what killed processes left that is of no use to anybody."""
        clear_in(self._folder)
        for path in _files(self._folder, LOCK):
            work = path.with_suffix(WORK)
            if not work.exists():
                with suppress(OSError):
                    _clear(work)

    def _of_slots(self) -> Iterator[Offer]:
        for path in _files(self._folder, WORK):
            if not _is_held(path):
                with suppress(OSError, ValueError):
                    yield Offer(path, _heading(path))

    def _of_earlier_version(self) -> Iterator[Offer]:
        with suppress(OSError, BadInput):
            changed = self._earlier.stat().st_mtime
            file = parse_text(text_of(self._earlier), str(self._earlier), self._earlier.parent)
            yield Offer(self._earlier, Heading(file.experiment.title, changed))

    def _convert(self) -> tuple[Slot, Work]:
        path = self._earlier
        file = parse_text(text_of(path), str(path), path.parent)
        work = Work(file, file.experiment)
        try:
            slot = self.new_slot()
        except OSError as error:
            place = Place(file=str(self._folder))
            raise BadInput("cannot-write", place, reason=str(error.strerror)) from None
        slot.keep(work)
        path.unlink(missing_ok=True)
        return slot, work


def _files(folder: Path, suffix: str) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == suffix)
    except OSError:
        return []


def _taken(path: Path) -> int | None:
    """The lock of the slot with this file, open; None if somebody has it."""
    lock = os.open(path.with_suffix(LOCK), os.O_RDWR | os.O_CREAT, 0o600)
    # One that was removed in the meantime would lock nothing.
    if _locked(lock) and (os.name == "nt" or os.fstat(lock).st_nlink):
        return lock
    os.close(lock)
    return None


def _locked(lock: int) -> bool:
    try:
        return try_lock(lock)
    except OSError:
        # Without locks in the file system a slot is still better than nothing.
        return True


def _clear(work: Path) -> None:
    """Remove a lock that nobody has and that has no work, for good: some may just have come."""
    lock = _taken(work)
    if lock is None:
        return
    slot = Slot(work, lock)
    if work.exists():
        slot.release()
    else:
        slot.discard()


def _is_held(path: Path) -> bool:
    try:
        lock = os.open(path.with_suffix(LOCK), os.O_RDWR)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        return not _locked(lock)
    finally:
        os.close(lock)


def _heading(path: Path) -> Heading:
    with path.open("rb") as file:
        return heading_of(file.readline(MAX_HEADING_BYTES).decode())


def _work_in(path: Path) -> Work:
    try:
        return decoded(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> BadInput:
    reason = getattr(error, "strerror", None) or str(error)
    return BadInput("recovery-unreadable", Place(file=str(path)), reason=shortened(reason))


def _remove(path: Path) -> None:
    for each in (path, path.with_suffix(LOCK)):
        with suppress(OSError):
            each.unlink()
