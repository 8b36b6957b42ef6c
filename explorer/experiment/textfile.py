"""Text files in and out: read whole with a limit, written whole or not at all.

For experiments and CSV files (`file`, `csvfile`). Everything the operating system
may say against it becomes a `BadInput` with the file's name.
"""

import stat
from pathlib import Path

from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.wholefile import replacing

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

    Raises:
        BadInput: as `wholefile.replacing`.
    """
    with replacing(path) as file:
        file.write(text)


def _said(error: Exception) -> str:
    return shortened(getattr(error, "strerror", None) or str(error))
