"""A model in a window of its own, and that in a process of its own.

What somebody's code does to its process (prints, changes the working folder, ends it, takes all
memory) is then done to no other window.
"""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QProcess

from explorer.own.reference import reference


def launch(subject: str) -> bool:
    """Start `open` on a reference or on a run's file; whether that could be started."""
    named = reference(subject)
    path = Path(named.home if named is not None else subject)
    folder = path.resolve().parent if named is None or named.is_file else Path.cwd()
    program, arguments = command()
    started, _number = QProcess.startDetached(
        program, [*arguments, "open", _from_anywhere(subject)], str(folder)
    )
    return bool(started)


def command() -> tuple[str, list[str]]:
    """This very program, with nothing asked of it yet."""
    return sys.executable, [] if getattr(sys, "frozen", False) else ["-m", "explorer"]


def _from_anywhere(subject: str) -> str:
    named = reference(subject)
    if named is None:
        return os.path.abspath(subject)
    return f"{os.path.abspath(named.home)}:{named.factory}" if named.is_file else subject
