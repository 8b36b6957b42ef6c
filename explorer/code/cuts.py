"""Which tensors of a program are detached, and how it says so.

Called by `script`, `formula_text` and `written_out`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cuts:
    """The names that are detached: all the time, and those whose switch is flipped in the run.

    `state` is the program's set of those of the latter that are detached at a moment.
    """

    always: Collection[str]
    sometimes: Collection[str]
    state: str

    def of(self, name: str, tensor: str) -> str | None:
        """What `name` is from then on, of the expression `tensor`; None if it is never cut."""
        if name in self.sometimes:
            return f'{tensor}.detach() if "{name}" in {self.state} else {tensor}'
        return f"{tensor}.detach()" if name in self.always else None

    def inside(self, function: str) -> bool:
        """Whether one of them is a tensor of that function of the formula."""
        names = (*self.always, *self.sometimes)
        return any(name.partition(".")[0] == function for name in names if "." in name)


def grouped(text: str) -> str:
    """In parentheses, unless nothing in it binds less than a call does."""
    return text if re.fullmatch(r"[\w.]+(\([^()]*\))?", text) else f"({text})"
