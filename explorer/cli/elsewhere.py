"""`--python FILE`: the same command line, run by a Python of the user's own.

A program that was installed as a bundle has its own packages and no others, and what somebody's
model imports is in an environment of theirs. Where Gradient Explorer is installed there too, that
one takes over, with all arguments; nothing of this one is mixed into it.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from explorer.experiment.problem import BadInput, Place
from explorer.i18n import Language

# Without the working folder, which may have an explorer.py.
MODULE = ("-P", "-m", "explorer")
PROBE = "import sys; sys.path[:1] = []; import explorer.own.reference"
PROBE_S = 60
# What a bundle's start sets for itself, and what it puts the former value by as.
_OF_A_BUNDLE = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "QT_PLUGIN_PATH", "QML2_IMPORT_PATH")
_FORMER = "_ORIG"


def run_elsewhere(python: str, arguments: Sequence[str], language: Language) -> int:
    """Hand the command line over; its exit status. Raises BadInput if that Python cannot do it."""
    place = Place(python)
    if not Path(python).exists():
        raise BadInput("no-such-file", place)
    environment = environment_of(os.environ, frozen=getattr(sys, "frozen", False))
    if not _has_explorer(python, environment):
        raise BadInput("python-without-explorer", place, name=python)
    command = [python, *MODULE, "--language", language.code, *arguments]
    if sys.platform != "win32":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(python, command, environment)
    # There it would be taken for the end of this one.
    return subprocess.run(command, env=environment, check=False).returncode


def environment_of(present: Mapping[str, str], *, frozen: bool) -> dict[str, str]:
    """What the other Python gets: that of whoever started this program."""
    found = dict(present)
    for name in _OF_A_BUNDLE if frozen else ():
        former = found.pop(name + _FORMER, None)
        found.pop(name, None)
        if former is not None:
            found[name] = former
    return found


def _has_explorer(python: str, environment: Mapping[str, str]) -> bool:
    command = [python, "-c", PROBE]
    try:
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, timeout=PROBE_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
