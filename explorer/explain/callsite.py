"""Where in somebody's own program something stands: `model.py:41 in Encoder.forward`."""

import os
from typing import NamedTuple


class CallSite(NamedTuple):
    """A line of a file, and the function it is in (empty at a module's or class's own level)."""

    file: str
    line: int
    function: str = ""

    def __str__(self) -> str:
        place = f"{shown_file(self.file)}:{self.line}"
        named = self.function and not self.function.startswith("<")
        return f"{place} in {self.function}" if named else place


def shown_file(file: str) -> str:
    """The path as somebody in the working folder would write it."""
    beside = os.path.relpath(file) if _same_drive(file) else file
    return file if beside.startswith(os.pardir) else beside


def _same_drive(file: str) -> bool:
    return os.path.splitdrive(file)[0] == os.path.splitdrive(os.getcwd())[0]
