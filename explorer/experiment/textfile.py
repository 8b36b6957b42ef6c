"""Text files in and out: read whole with a limit, written whole or not at all.

For experiments and CSV files (`file`, `csvfile`). Everything the operating system
may say against it becomes a `BadInput` with the file's name.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.wholefile import replacing

_KERNELS = ("/proc", "/sys", "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/fs/cgroup")
# O_BINARY is Windows'; the others do not wait, and take no terminal.
_READING = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY", "O_NOINHERIT")
)

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """How much of a file is read; what has more is refused before it is looked into."""

    mib: int
    lines: int


def read_text(path: Path, limits: Limits) -> str:
    """The text of a file in UTF-8; a byte order mark is taken off.

    Raises:
        BadInput: as `read_bytes`, or `not-utf8` (with the line).
    """
    content = read_bytes(path, limits)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput("not-utf8", Place(file=str(path), line=line)) from None


def read_bytes(path: Path, limits: Limits) -> bytes:
    """The content of a text file, whatever its encoding.

    Raises:
        BadInput: `no-such-file`, `is-a-folder`, `not-a-file`, `file-too-large`,
            `too-many-lines` or `cannot-read`.
    """
    place = Place(file=str(path))
    content = _bytes(path, place, limits.mib)
    if max(content.count(b"\n"), content.count(b"\r")) > limits.lines:
        raise BadInput("too-many-lines", place, limit=limits.lines)
    return content


def _bytes(path: Path, place: Place, limit_mib: int) -> bytes:
    try:
        # Opened, a pipe would wait for its writer, and a device would do something.
        _check_kind(path.stat(), place)
        with open(os.open(path, _READING), "rb") as file:
            status = os.fstat(file.fileno())
            _check_kind(status, place)
            if status.st_size > limit_mib * MIB:
                raise BadInput("file-too-large", place, limit_mib=limit_mib)
            # No more than it says it has: what the kernel makes up (/proc/kmsg) says 0, and
            # may never end, or wait for something to happen.
            return file.read(status.st_size)
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput("no-such-file", place) from None
    except (OSError, ValueError) as error:
        raise BadInput("cannot-read", place, reason=_said(error)) from None


def _check_kind(status: os.stat_result, place: Place) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise BadInput("is-a-folder", place)
    # What the kernel makes up may look like an ordinary file.
    if not stat.S_ISREG(status.st_mode) or status.st_dev in _made_up():
        raise BadInput("not-a-file", place)


def _made_up() -> set[int]:
    """The devices that stand for Linux's own file systems of what is no file."""
    # A folder of that name where none is mounted is an ordinary one, as in a small container.
    return {os.stat(folder).st_dev for folder in _KERNELS if os.path.ismount(folder)}


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write the file whole or not at all: on any error the old one is as it was.

    A `private` file is its owner's alone, from its creation on.

    Raises:
        BadInput: as `wholefile.replacing`.
    """
    with replacing(path, private=private) as file:
        file.write(text)


def _said(error: Exception) -> str:
    return shortened(getattr(error, "strerror", None) or str(error))
