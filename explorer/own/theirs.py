"""Running code that is not ours: what it raises is told, and what it changes is put back.

A module or a factory may print, close what it prints to, change the working folder, leave with
sys.exit() or raise anything at all. Printed is to standard error, since standard output is for
the answer.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any, Self, TextIO

from explorer.engine.frames import frames_text, their_frames
from explorer.experiment.problem import BadInput, Place


@contextlib.contextmanager
def their_code(file: str | None = None) -> Iterator[None]:
    """Run the block as somebody else's code.

    Raises BadInput `their-code-raised` for whatever it raises, with the frames that are theirs;
    `file` is named where there are none. KeyboardInterrupt comes through.
    """
    folder, arguments = os.getcwd(), sys.argv
    sys.argv = [file or ""]
    printed: Any = None if sys.stderr is None else _Unclosed(sys.stderr)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield
    except (KeyboardInterrupt, BadInput):
        raise
    except BaseException as error:
        raise raised(error, file) from error
    finally:
        sys.argv = arguments
        if folder != _folder():
            os.chdir(folder)


class _Unclosed:
    """A stream that stays open, whoever closes it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def close(self) -> None:
        """Only what was written so far is let out."""
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def raised(error: BaseException, file: str | None = None) -> BadInput:
    """What their code raised, as a refusal: kind, message, and the frames that are theirs."""
    frames = their_frames(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return BadInput(
            "their-code-is-not-python", Place(error.filename, line=error.lineno), message=error.msg
        )
    last = frames[-1] if frames else None
    place = Place(file) if last is None else Place(last.file, line=last.line)
    missing = _missing(error)
    if missing is not None:
        return BadInput("not-in-the-bundle", place, name=missing)
    return BadInput(
        "their-code-raised",
        place,
        kind=type(error).__name__,
        message=str(error).strip() or "–",
        frames=frames_text(frames) or "  –",
    )


def _missing(error: BaseException) -> str | None:
    """The package that a bundle has not, and that nobody can install into it."""
    if not (isinstance(error, ModuleNotFoundError) and getattr(sys, "frozen", False)):
        return None
    return error.name and error.name.partition(".")[0]


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None
