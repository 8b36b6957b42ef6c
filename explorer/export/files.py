"""Files that appear complete or not at all.

Called by whatever writes a result: CSV rows (`explorer.export.tables`), the graph as SVG.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from explorer.experiment.problem import BadInput, Place


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A text file (UTF-8) that appears when the block is left without an exception.

    Until then what is written goes to a temporary file beside it, and an older file of that
    name is untouched. Raises BadInput `cannot-write` where it cannot be written.
    """
    try:
        with _replacing(path) as file:
            yield file
    except OSError as error:
        # A broken pipe of the caller's comes through here too, and is not ours.
        if isinstance(error, BrokenPipeError):
            raise
        reason = error.strerror or str(error)
        raise BadInput("cannot-write", Place(file=str(path)), reason=reason) from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", str(path))
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_mode(path))
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _mode(path: Path) -> int:
    """The old file's permissions, else those any new file gets: mkstemp's are private."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
