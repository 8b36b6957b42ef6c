"""What the tensors of a program are called in the formula: as their author called them.

Where that cannot be (another script, a name that the formula keeps for itself, two of one
name), the name nearest to it is taken.
"""

import re

from explorer.experiment.names import MAX_NAME_LENGTH, check_leaf_name
from explorer.experiment.problem import BadInput, Place

_FOREIGN = re.compile(r"[^A-Za-z0-9_]+")


class Names:
    """The names given so far, over the whole formula."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._reserved: set[str] = set()

    def take(self, wanted: str) -> str:
        """The name, or the nearest to it that is free; taken from now on."""
        return self._take(wanted, self._taken | self._reserved)

    def reserve(self, name: str) -> None:
        """Keep it for a tensor of numbers, which may become a data column."""
        self._reserved.add(usable(name))

    def _take(self, wanted: str, taken: set[str]) -> str:
        name = free(wanted, taken)
        self._taken.add(name)
        return name

    def take_leaf(self, wanted: str) -> str:
        """The same for a parameter or a data column, which cannot be called `loss`."""
        return self._take("loss_" if wanted == "loss" else wanted, self._taken)

    def taken(self, name: str) -> bool:
        """Whether somebody has it."""
        return name in self._taken


def free(wanted: str, taken: set[str]) -> str:
    """The name itself, or one like it that the formula takes and that is not taken."""
    base = usable(wanted)
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name


def usable(wanted: str) -> str:
    """The name as the formula takes it."""
    name = _FOREIGN.sub("_", wanted).lstrip("_")[: MAX_NAME_LENGTH - 10] or "v"
    if name[0].isdigit():
        name = f"v{name}"
    while not _is_allowed(name):
        name += "_"
    return name


def _is_allowed(name: str) -> bool:
    try:
        check_leaf_name(name, Place())
    except BadInput:
        # What is computed may be called `loss`.
        return name == "loss"
    return True
