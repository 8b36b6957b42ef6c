"""Whose file it is: a living process's, or that of one that was killed.

A lock of the operating system ends with the process that holds it, however that ends.
Process numbers come again, after a restart of the machine at the latest, and clocks
differ; locks need neither. For temporary files (`textfile`, `leftovers`) and recovery
files (`explorer.live.recovery`).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def try_lock(handle: int) -> bool:
    """Lock an open file until it is closed; False if somebody holds it already.

    Raises OSError where the file system knows no locks.
    """
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


@contextmanager
def owned(handle: int) -> Iterator[None]:
    """In the block this open file counts as a living process's, though it is closed in it.

    Who looks whether it is one's (`try_lock`) has it for a moment: that is waited for.
    """
    if sys.platform == "win32":
        # A second handle would keep the file from being moved; the lock ends a little early.
        with suppress(OSError):
            _lock(handle)
        yield
        return
    second = os.dup(handle)
    try:
        with suppress(OSError):
            _lock(second)
        yield
    finally:
        os.close(second)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX)
