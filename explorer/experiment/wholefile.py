"""Files that appear whole or not at all, and streams, which are written straight.

Everything the program writes for people goes through here: experiments (`textfile`), rows
and pictures (`explorer.export`, the command `graph`, the window's screenshot).

A file's new content is made in a file beside it, reaches the disk and takes the old one's
place in one move, with its permissions and owner; symbolic links stay. Where that cannot be
(the folder is read-only, the file has further hard links, its owner would change, it is a
mount of its own) the file itself is written over, and gets its old content back on an error.
Pipes, devices and what `/dev/fd` names are never replaced: the content goes into them.
"""

import errno
import io
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from explorer.experiment.locking import owned
from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Place

# The name has no part of the file's own: that may be as long as the file system allows.
DRAFT_PREFIX, DRAFT_SUFFIX = ".gradient-explorer-", ".part"
MOST_LINKS = 40
# The descriptors that the program was started with; /dev/stdout and its kin lead there.
_GIVEN = re.compile(rf"/(?:dev|proc/(?:self|{os.getpid()}))/fd/(\d+)")
# Why a file cannot be moved into the place of one that can still be written.
_IMMOVABLE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV, errno.ENAMETOOLONG}
)


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[IO[str]]:
    """A text file (UTF-8) that appears when the block is left without an exception.

    Until then an older file of that name is untouched. A `private` file is its owner's alone,
    from its creation on. Raises BadInput: `cannot-write`, and
    for streams `cannot-write-stream` or `reader-gone`.
    """
    with replacing_bytes(path, private=private) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            yield text
            text.flush()
        finally:
            # Else it would close a file that is not its own.
            with suppress(OSError):
                text.detach()


@contextmanager
def replacing_bytes(path: Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """The same for what is no text."""
    place = Place(file=str(path))
    try:
        handle = _stream(path)
    except (OSError, ValueError) as error:
        raise _refused("cannot-write", place, error) from None
    try:
        with _whole(path, private) if handle is None else os.fdopen(handle, "wb") as file:
            yield file
    except BrokenPipeError:
        if handle is None:
            # Not of ours: what fills the file writes elsewhere too.
            raise
        raise BadInput("reader-gone", place) from None
    except (OSError, UnicodeEncodeError) as error:
        code = "cannot-write" if handle is None else "cannot-write-stream"
        raise _refused(code, place, error) from None


def _refused(code: str, place: Place, error: Exception) -> BadInput:
    return BadInput(code, place, reason=shortened(getattr(error, "strerror", None) or str(error)))


def _stream(path: Path) -> int | None:
    """A descriptor to write to where the path is none of an ordinary file."""
    given = _given(path)
    if given is not None:
        # Opened by name it would begin at the file's start again.
        return os.dup(given)
    status = _status(path)
    if status is None or stat.S_ISREG(status.st_mode):
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return os.open(path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0))


def _given(path: Path) -> int | None:
    """The number of the descriptor that the path, or a link on its way, names."""
    name = os.path.join(os.getcwd(), path)
    for _ in range(MOST_LINKS):
        if found := _GIVEN.fullmatch(name):
            return int(found[1])
        folder = os.path.realpath(os.path.dirname(name))
        name = os.path.join(folder, os.path.basename(name))
        if found := _GIVEN.fullmatch(name):
            return int(found[1])
        if not os.path.islink(name):
            return None
        name = os.path.join(folder, os.readlink(name))
    return None


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


@contextmanager
def _whole(path: Path, private: bool) -> Iterator[IO[bytes]]:
    old, target = _status(path), Path(os.path.realpath(path))
    if old is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with _draft(target, old) as (handle, draft, beside):
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if not (beside and _moved(draft, target, old, private)):
                _write_over(target, draft.read_bytes())
        finally:
            with suppress(OSError):
                draft.unlink()


@contextmanager
def _draft(target: Path, old: os.stat_result | None) -> Iterator[tuple[int, Path, bool]]:
    """A new file's descriptor and name, and whether it can be moved to the target.

    In the block it is this process's: nobody takes it for what a killed one left.
    """
    while True:
        handle, name, beside = _new_file(target, old)
        draft = Path(name)
        with owned(handle):
            # Before that somebody may have.
            if draft.exists():
                yield handle, draft, beside
                return
            os.close(handle)


def _new_file(target: Path, old: os.stat_result | None) -> tuple[int, str, bool]:
    if old is None or old.st_nlink == 1:
        try:
            return *tempfile.mkstemp(DRAFT_SUFFIX, DRAFT_PREFIX, target.parent), True
        except OSError as error:
            if old is None or error.errno not in _IMMOVABLE:
                raise
    return *tempfile.mkstemp(DRAFT_SUFFIX, DRAFT_PREFIX), False


def _moved(draft: Path, target: Path, old: os.stat_result | None, private: bool) -> bool:
    """Give the draft the old file's owner and permissions and its place; False if that fails."""
    try:
        if old is not None and os.name == "posix":
            _give(draft, old)
        if not private:
            # A draft is private from its creation on.
            draft.chmod(_mode(old))
        draft.replace(target)
    except OSError as error:
        if old is None or error.errno not in _IMMOVABLE:
            raise
        return False
    # The move itself is on the disk when the folder is; not every system can be told.
    with suppress(OSError):
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True


def _give(draft: Path, old: os.stat_result) -> None:
    present = draft.stat()
    if (present.st_uid, present.st_gid) != (old.st_uid, old.st_gid):
        os.chown(draft, old.st_uid, old.st_gid)


def _mode(old: os.stat_result | None) -> int:
    """The old file's permissions, else those any new file gets: a draft's are private."""
    if old is not None:
        return stat.S_IMODE(old.st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _write_over(target: Path, content: bytes) -> None:
    with target.open("r+b", buffering=0) as file:
        before = file.read()
        try:
            _fill(file, content)
        except OSError:
            # It has the room for what it held.
            with suppress(OSError):
                _fill(file, before)
            raise


def _fill(file: io.FileIO, content: bytes) -> None:
    file.seek(0)
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]
    file.truncate()
    os.fsync(file.fileno())
