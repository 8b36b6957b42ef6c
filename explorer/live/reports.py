"""What the worker says of a run, as plain frozen records; frames are in `explorer.live.frames`.

Each names the run it is about. `explorer.live.run` says what they make of it.
"""

import time
from dataclasses import dataclass, field
from uuid import UUID

from explorer.experiment.problem import BadInput, Failure
from explorer.experiment.spec import Change


@dataclass(frozen=True)
class Report:
    """Something happened to the run of this identity, when time.perf_counter() said `at_s`."""

    run: UUID
    at_s: float = field(default_factory=time.perf_counter, compare=False, kw_only=True)


@dataclass(frozen=True)
class Ready(Report):
    """The session is built."""


@dataclass(frozen=True)
class Refused(Report):
    """The session could not be built."""

    problem: BadInput


@dataclass(frozen=True)
class Tried(Report):
    """An experiment was tried for this run, with these changes by hand; `problem`: refused."""

    by_hand: tuple[Change, ...] = ()
    problem: BadInput | None = None


@dataclass(frozen=True)
class Playing(Report):
    """It steps by itself from now on, or no longer."""

    playing: bool


@dataclass(frozen=True)
class Stepped(Report):
    """A single step was made, and more may follow."""


@dataclass(frozen=True)
class Finished(Report):
    """The last step is made."""


@dataclass(frozen=True)
class Failed(Report):
    """It stopped by itself."""

    failure: Failure


@dataclass(frozen=True)
class Changed(Report):
    """A change by hand was made; `inverse` undoes it. `again`: it had been taken back before."""

    change: Change
    inverse: tuple[Change, ...]
    again: bool


@dataclass(frozen=True)
class ChangeRefused(Report):
    """A change by hand does not fit."""

    problem: BadInput


@dataclass(frozen=True)
class UndoRefused(Report):
    """What would undo a change does not fit."""

    problem: BadInput


@dataclass(frozen=True)
class Crashed(Report):
    """A defect of the program; `details` is the traceback."""

    details: str
