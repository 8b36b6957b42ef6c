"""The layout of a large picture, in a process of its own.

The layout library keeps the interpreter to itself while it works, so in a thread beside the
window a large picture would stop the window for seconds. Called by the window's worker;
`serve` is the other end. Scene and layout go to and fro as JSON: plain data, of which nothing
is run. The process finds the program where this one found it, and nothing in the working
folder: somebody may have put an `explorer` or a `torch.py` of his own there.
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from pydantic import ConfigDict, TypeAdapter, ValidationError

from explorer.picture.elements import Scene
from explorer.picture.layout import Layout, layout

# The frozen program is no Python that takes a program: `explorer.__main__` knows this argument.
ARGUMENT = "--lay-out"
# -I: neither the working folder nor PYTHONPATH and its like; the folders are given instead.
BOOTSTRAP = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from explorer.picture.layout_process import serve; sys.exit(serve())"
)
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
# Up to here it takes no longer than starting a process.
MOST_NODES_HERE = 600
LOOK_PERIOD_S = 0.05

Question = tuple[Scene, bool]
# JSON has no NaN and no infinity; both ends know these words for them.
_FORM = ConfigDict(ser_json_inf_nan="constants")


def layout_aside(
    scene: Scene, *, roomy: bool = False, interrupted: Callable[[], bool] = bool
) -> Layout | None:
    """As `layout`; None if `interrupted` says that nobody waits for it any more."""
    if len(scene.nodes) <= MOST_NODES_HERE:
        return layout(scene, roomy=roomy)
    try:
        return answered(scene, roomy, interrupted)
    except (OSError, ValidationError):
        # No process to be had: better a window that stands still than none of the picture.
        return layout(scene, roomy=roomy)


def answered(scene: Scene, roomy: bool, interrupted: Callable[[], bool]) -> Layout | None:
    """What the process made of the scene; None if it was interrupted.

    Raises OSError if it cannot be started or fails, ValidationError if what came back is no
    layout.
    """
    # From a file: of a pipe, communicate() would forget what is left after its first timeout.
    with tempfile.TemporaryFile() as given:
        given.write(_questions().dump_json((scene, roomy)))
        given.seek(0)
        with _started(given) as process:
            while not interrupted():
                with suppress(subprocess.TimeoutExpired):
                    answer, _ = process.communicate(timeout=LOOK_PERIOD_S)
                    if process.returncode:
                        raise ChildProcessError(process.returncode, "it laid out nothing")
                    return _layouts().validate_json(answer)[0]
            process.kill()
    return None


def _started(given: IO[bytes]) -> subprocess.Popen[bytes]:
    home = Path(__file__).resolve().parents[3]
    return subprocess.Popen(
        _command(home),
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Not where the user is: Windows looks for libraries there.
        cwd=home,
        # On Windows no console should flash up.
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _command(home: Path) -> list[str]:
    """Starts this very program; `home` is the folder that holds the package."""
    if getattr(sys, "frozen", False):
        return [sys.executable, ARGUMENT]
    # A relative folder would be looked up in the working folder.
    folders = [folder for folder in sys.path if os.path.isabs(folder)]
    if str(home) not in folders:
        folders.append(str(home))
    # Last what somebody's own model brought in: there may be a types.py beside it.
    own = (str(home), *_INSTALLED)
    folders.sort(key=lambda folder: not folder.startswith(own))
    options = ["-I", "-B"] if sys.dont_write_bytecode else ["-I"]
    return [sys.executable, *options, "-c", BOOTSTRAP, *folders]


def serve() -> int:
    """Lay out the scene that comes in, and end."""
    scene, roomy = _questions().validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(_layouts().dump_json((layout(scene, roomy=roomy),)))
    sys.stdout.buffer.flush()
    return 0


@cache
def _questions() -> TypeAdapter[Question]:
    return TypeAdapter(Question, config=_FORM)


@cache
def _layouts() -> TypeAdapter[tuple[Layout]]:
    # In a tuple, for a dataclass alone takes no settings.
    return TypeAdapter(tuple[Layout], config=_FORM)
