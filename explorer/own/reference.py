"""`PATH.py:FACTORY` and `package.module:FACTORY`: the name of somebody's own model.

It may stand wherever an experiment's name may. Imports no torch: the command line asks first
which of the two it was given.
"""

import os
from dataclasses import dataclass

from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput

SUFFIX = ".py"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a text names: a factory in a file (`home` ends in .py) or in an importable module."""

    home: str
    factory: str

    @property
    def is_file(self) -> bool:
        """Whether the home is a file's path and not a module's name."""
        return self.home.endswith(SUFFIX)

    def __str__(self) -> str:
        return f"{self.home}:{self.factory}"


def reference(text: str) -> Reference | None:
    """The reference that a text is; None where it is none, as an experiment's name or path."""
    home, colon, factory = text.rpartition(":")
    if not (colon and _is_dotted(factory)) or os.path.isfile(text):
        return None
    is_one = home.endswith(SUFFIX) or _is_dotted(home)
    return Reference(home, factory) if is_one else None


def referred(text: str) -> Reference:
    """The reference that a text is. Raises BadInput `not-a-reference` where it is none."""
    found = reference(text)
    if found is None:
        raise BadInput("not-a-reference", name=shortened(text))
    return found


def _is_dotted(name: str) -> bool:
    return bool(name) and all(part.isidentifier() for part in name.split("."))
