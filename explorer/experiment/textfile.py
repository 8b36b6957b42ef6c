"""Text files in and out: read whole with a limit, written atomically.

For experiments and CSV files (`file`, `csvfile`). Everything the operating system
may say against it becomes a `BadInput` with the file's name.
"""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Place

MAX_FILE_BYTES = 64 * 1024 * 1024


def read_text(path: Path) -> str:
    """The text of a file of at most 64 MiB in UTF-8; a byte order mark is taken off.

    Raises:
        BadInput: `no-such-file`, `is-a-folder`, `not-a-file`, `file-too-large`,
            `cannot-read` or `not-utf8` (with the line).
    """
    place = Place(file=str(path))
    content = _bytes(path, place)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput("not-utf8", Place(file=str(path), line=line)) from None


def _bytes(path: Path, place: Place) -> bytes:
    try:
        # A pipe or a device would never end.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise BadInput("is-a-folder", place)
        if not stat.S_ISREG(mode):
            raise BadInput("not-a-file", place)
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput("no-such-file", place) from None
    except (OSError, ValueError) as error:
        raise BadInput("cannot-read", place, reason=_said(error)) from None
    if len(content) > MAX_FILE_BYTES:
        raise BadInput("file-too-large", place, limit_mib=MAX_FILE_BYTES // 2**20)
    return content


def write_text(path: Path, text: str) -> None:
    """Write the file whole or not at all: on any error the old one is as it was.

    The new content goes to a file beside it, reaches the disk, and takes the old
    one's place in one move.

    Raises:
        BadInput: `cannot-write`.
    """
    try:
        # The place of a link is kept: what it points to is replaced.
        _replace(path.resolve(), text.encode("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput("cannot-write", Place(file=str(path)), reason=_said(error)) from None


def _replace(path: Path, content: bytes) -> None:
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode(path))
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _mode(path: Path) -> int:
    """The permissions of the old file, or those a new one would get."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _said(error: Exception) -> str:
    return shortened(getattr(error, "strerror", None) or str(error))
