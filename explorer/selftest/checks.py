"""A check, its fault, and the folder that checks may write to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.i18n import N_, Language

if TYPE_CHECKING:
    from explorer.ui.driver import Trial

WRONG = N_("{what} is {got}, not {wanted}")
MISSING = N_("{name} is missing")
UNDRAWABLE = N_("{name} cannot be drawn")
UNTRANSLATED = N_("“{text}” is not translated into {language}")
LATE = N_("nothing happened for {seconds} seconds")
NOT_OPEN = N_("there is no window")


class FaultError(Exception):
    """A check did not pass: a message template and the facts that fill it."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message, facts)
        self.message = message
        self.facts = facts


# The program's own command line: arguments to exit status.
CommandLine = Callable[[Sequence[str], Language], int]


@dataclass
class Bench:
    """What the checks work with. `trial` is the open window, between its first and last check.

    `give_up` is told why the process cannot go on, and ends it: Qt, from which nothing can be
    raised, would abort it.
    """

    language: Language
    folder: Path
    command_line: CommandLine
    give_up: Callable[[str], object] = print
    trial: "Trial | None" = field(default=None)

    @property
    def window(self) -> "Trial":
        """The open window. Raises FaultError where it did not open."""
        if self.trial is None:
            raise FaultError(NOT_OPEN)
        return self.trial


@dataclass(frozen=True)
class Check:
    """One line of the report: what is tried, in English, and the function that tries it."""

    name: str
    try_it: Callable[[Bench], None]


def expect(what: str, got: object, wanted: object) -> None:
    """Raise FaultError unless the two are equal, bit for bit."""
    if got != wanted:
        raise FaultError(WRONG, what=what, got=got, wanted=wanted)
