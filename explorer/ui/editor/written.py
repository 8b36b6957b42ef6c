"""The formula's text as it is shown, and the author's text that it becomes again.

Shown are lines without the empty ones at both ends, with what cannot be seen escaped. What
nobody touched stays as the author wrote it, to the last character.
"""

import re
from dataclasses import dataclass, field

from explorer.experiment.visible import visible

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Written:
    """`shown` of a formula; `lines_off` is how many lines were taken off its beginning."""

    formula: str = ""
    shown: str = field(init=False)
    lines_off: int = field(init=False)
    _lines: list[str] = field(init=False, repr=False)
    # What is not shown as it is.
    _own: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lines = _LINE_END.split(self.formula)
        off = next((i for i, line in enumerate(lines) if line.strip()), 0)
        shown = visible("\n".join(lines[off:])).rstrip()
        own = {visible(line): line for line in lines[off:] if visible(line) != line}
        object.__setattr__(self, "lines_off", off)
        object.__setattr__(self, "_lines", lines)
        object.__setattr__(self, "_own", own)
        object.__setattr__(self, "shown", shown)

    def edited(self, shown: str) -> str:
        """The formula that the author means by this text."""
        if shown == self.shown:
            return self.formula
        head, rest = self._lines[: self.lines_off], self._lines[self.lines_off :]
        lines = [self._own.get(line, line) for line in shown.split("\n")]
        # A text of several lines ends in TOML as it ended there.
        end = "\n" if len(rest) > 1 and not rest[-1].strip() else ""
        return "\n".join([*head, *lines]).rstrip("\n") + end
