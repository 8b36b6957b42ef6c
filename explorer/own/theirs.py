"""Running code that is not ours: what it raises is told, and what it changes is put back.

A module or a factory may print, change the working folder, leave with sys.exit() or raise
anything at all. Printed is to standard error, since standard output is for the answer.
"""

import contextlib
import os
import sys
from collections.abc import Iterator

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
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (KeyboardInterrupt, BadInput):
        raise
    except BaseException as error:
        raise raised(error, file) from error
    finally:
        sys.argv = arguments
        if folder != _folder():
            os.chdir(folder)


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
