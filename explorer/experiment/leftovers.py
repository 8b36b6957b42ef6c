"""What a killed write left behind: temporary files whose writer is dead.

`wholefile` writes to a temporary file first and holds a lock on it. One that nobody holds
was left by a process that was killed, or by a power cut. Called before a file is written,
when one is opened in the window, and for the folder of recovery files.
"""

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from explorer.experiment.locking import try_lock
from explorer.experiment.wholefile import DRAFT_PREFIX, DRAFT_SUFFIX

_DRAFT = re.compile(rf"{re.escape(DRAFT_PREFIX)}[a-z0-9_]{{8}}{re.escape(DRAFT_SUFFIX)}")
# On Windows a living writer's lock ends a moment before the file is moved.
MOVE_S = 60


def clear_beside(path: Path) -> None:
    """Remove what killed writes left beside this file, or beside what a link leads to."""
    # Where there is no such place, or no working folder, nothing was left.
    with suppress(OSError, ValueError):
        clear_in(Path(os.path.realpath(path)).parent)


def clear_in(folder: Path) -> None:
    """Remove what killed writes left in a folder."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.name for entry in entries if _DRAFT.fullmatch(entry.name)]
    except OSError:
        return
    for name in found:
        _remove_dead(folder / name)


def _remove_dead(part: Path) -> None:
    # Where there are no locks, nobody knows: it stays.
    with suppress(OSError):
        handle = os.open(part, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        try:
            dead = try_lock(handle) and not _may_be_moved(os.fstat(handle))
            if dead and os.name != "nt":
                part.unlink()
        finally:
            os.close(handle)
        if dead and os.name == "nt":
            # An open file cannot be removed there.
            part.unlink()


def _may_be_moved(status: os.stat_result) -> bool:
    return os.name == "nt" and abs(time.time() - status.st_mtime) < MOVE_S
