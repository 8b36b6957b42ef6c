"""The layout of a large picture, in a process of its own.

The layout library keeps the interpreter to itself while it works, so in a thread beside the
window a large picture would stop the window for seconds. Called by the window's worker;
`serve` is the other end, which `explorer.__main__` starts for the argument ARGUMENT.
"""

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from explorer.export.graph.layout import Layout, layout
from explorer.export.graph.records import Scene

ARGUMENT = "--lay-out"
# Up to here it takes no longer than starting a process.
MOST_NODES_HERE = 600
LOOK_PERIOD_S = 0.05


def layout_aside(
    scene: Scene, *, roomy: bool = False, interrupted: Callable[[], bool] = bool
) -> Layout | None:
    """As `layout`; None if `interrupted` says that nobody waits for it any more."""
    if len(scene.nodes) <= MOST_NODES_HERE:
        return layout(scene, roomy=roomy)
    try:
        answer = answered(pickle.dumps((scene, roomy)), interrupted)
    except OSError:
        # No process to be had: better a window that stands still than none of the picture.
        return layout(scene, roomy=roomy)
    if answer is None:
        return None
    placed: Layout = pickle.loads(answer) if answer else layout(scene, roomy=roomy)
    return placed


def answered(question: bytes, interrupted: Callable[[], bool]) -> bytes | None:
    """What the process made of a pickled scene and `roomy`: a pickled Layout.

    Empty if it failed, None if it was interrupted. Raises OSError if it cannot be started.
    """
    # From a file: of a pipe, communicate() would forget what is left after its first timeout.
    with tempfile.TemporaryFile() as given:
        given.write(question)
        given.seek(0)
        with _started(given) as process:
            while not interrupted():
                with suppress(subprocess.TimeoutExpired):
                    answer, _ = process.communicate(timeout=LOOK_PERIOD_S)
                    return answer if process.returncode == 0 else b""
            process.kill()
    return None


def _started(given: IO[bytes]) -> subprocess.Popen[bytes]:
    frozen = bool(getattr(sys, "frozen", False))
    command = [sys.executable] if frozen else [sys.executable, "-m", "explorer"]
    package = str(Path(__file__).resolve().parents[3])
    paths = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH", ""))))
    return subprocess.Popen(
        [*command, ARGUMENT],
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=None if frozen else {**os.environ, "PYTHONPATH": paths},
        # On Windows no console should flash up.
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def serve() -> int:
    """Lay out the scene that comes in, and end."""
    scene, roomy = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(layout(scene, roomy=roomy)))
    sys.stdout.buffer.flush()
    return 0
