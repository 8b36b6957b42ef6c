"""What was done, so that it can be taken back and done again.

A value, like the document and the run it speaks of. An entry says what was done; how that is
undone is the business of `explorer.ui.workbench`, which holds the history of its document.
"""

from dataclasses import dataclass, replace
from typing import Any

from explorer.experiment.spec import Change
from explorer.live.document import AnyDocument
from explorer.live.run import Run

# An earlier run keeps its whole history in memory: only so many can be gone back to.
MOST_EARLIER_RUNS = 6


@dataclass(frozen=True)
class Changed:
    """A change by hand, and what undoes it."""

    change: Change
    inverse: tuple[Change, ...]


@dataclass(frozen=True)
class Edited:
    """One value of the document by its dotted key, which the present run went along with."""

    key: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Typed:
    """The formula's text became another one, which no run followed; None: that of the run."""

    old: str | None
    new: str | None


@dataclass(frozen=True)
class Restarted:
    """Another run took the place of one: `way` is the command, such as `reset`.

    `document` and `run` are the ones to go back to, whichever way. A run that is not `kept` is
    made again, from its start.
    """

    way: str
    document: AnyDocument
    run: Run
    kept: bool = True


Entry = Changed | Edited | Typed | Restarted


@dataclass(frozen=True)
class Undo:
    """What was done, the last last, and what of it was undone, the first to redo last."""

    done: tuple[Entry, ...] = ()
    undone: tuple[Entry, ...] = ()

    def did(self, entry: Entry) -> "Undo":
        """Something new was done: what was undone before is gone for good."""
        return Undo(_limited((*self.done, entry)))

    def typed(self, entry: Typed, since: Typed | None) -> "tuple[Undo, Typed]":
        """More was typed: one entry with `since`, if that was the last thing done; and which."""
        if since is None or not self.done or self.done[-1] is not since:
            return self.did(entry), entry
        entry, before = Typed(since.old, entry.new), self.done[:-1]
        return Undo(before if entry.old == entry.new else (*before, entry)), entry

    def without(self, entry: Entry | None) -> "Undo":
        """It became part of something else."""
        return replace(self, done=tuple(each for each in self.done if each is not entry))

    def did_again(self, entry: Entry) -> "Undo":
        """What was undone was done again."""
        return replace(self, done=_limited((*self.done, entry)))

    def taken(self) -> tuple[Entry, "Undo"]:
        """The last thing done, and the history without it."""
        return self.done[-1], replace(self, done=self.done[:-1])

    def did_undo(self, entry: Entry) -> "Undo":
        """This was undone, and can be done again."""
        return replace(self, undone=_limited((*self.undone, entry)))

    def taken_undone(self) -> tuple[Entry, "Undo"]:
        """The last thing undone, and the history without it."""
        return self.undone[-1], replace(self, undone=self.undone[:-1])

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that can be gone back to as they are."""
        entries = (*self.done, *self.undone)
        return tuple(each.run for each in entries if isinstance(each, Restarted) and each.kept)


def _limited(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """With the oldest run forgotten, where too many are kept, and the changes made in it.

    Its document can still be gone back to, with everything that was done by hand in it.
    """
    kept = [at for at, each in enumerate(entries) if isinstance(each, Restarted) and each.kept]
    if len(kept) <= MOST_EARLIER_RUNS:
        return entries
    at, *_ = kept
    before = [each for each in entries[:at] if not isinstance(each, Changed)]
    forgotten = entries[at]
    assert isinstance(forgotten, Restarted)
    return (*before, replace(forgotten, kept=False), *entries[at + 1 :])
