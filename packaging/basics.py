"""What all build scripts share: names, the commit's time, tools and the error of a build."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "gradient-explorer"
Say = Callable[[str], None]


class BuildError(Exception):
    """What was built is not as it should be, or a tool is missing."""


def needed(tool: str, package: str) -> str:
    """The full path of a program. Raises BuildError with the package it is in."""
    beside = Path(sys.executable).with_name(tool)
    found = str(beside) if beside.exists() else shutil.which(tool)
    if found is None:
        raise BuildError(f"{tool} is not installed (package {package})")
    return found


def source_time() -> int:
    """The time of the commit, so that a build does not depend on when it was made."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    # An unpacked source archive has no history.
    return int(asked.stdout) if asked.returncode == 0 and asked.stdout.strip() else 1_700_000_000
