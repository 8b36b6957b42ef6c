"""The changes of a run: which wait for their step, which took effect, and which a hand made.

An experiment's session and that of somebody's own model are such runs; how a change is made, and
what is refused, each knows itself.
"""

from abc import ABC, abstractmethod
from bisect import insort
from collections.abc import Iterable, Sequence

from explorer.experiment.changes import Change


class ChangingRun(ABC):
    """A run with changes planned for its steps; `step` is the last completed one, 0 at first.

    `by_hand` are changes of an earlier run, to be made again at their steps, after those
    that are planned for the same.
    """

    def __init__(self, planned: Iterable[Change], by_hand: Iterable[Change]) -> None:
        self.step = 0
        self._by_hand = sorted(by_hand, key=_step_of)
        # The next one is the last.
        self._waiting = sorted((*planned, *self._by_hand), key=_step_of)[::-1]
        self._applied: list[Change] = []

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes that took effect so far, in order: the file's and those made by hand."""
        return tuple(self._applied)

    @property
    def changes_by_hand(self) -> tuple[Change, ...]:
        """Those made by hand, and those that are to be made again at steps still to come."""
        return tuple(self._by_hand)

    def apply(self, change: Change) -> Change:
        """Make a change now, between two steps; returns it stamped with the next step.

        The file's own changes for that step come first, as they will when the run
        is replayed from a saved file. Raises BadInput if it does not fit.
        """
        stamped = change.model_copy(update={"step": self.step + 1})
        self.settle()
        self._check(stamped)
        self._make(stamped)
        insort(self._by_hand, stamped, key=_step_of)
        return stamped

    def take_back(self, change: Change, inverse: Sequence[Change]) -> bool:
        """Make the last change by hand undone, as if it had not been made.

        False where that cannot be: a step was made since, or another change.
        """
        last = self._applied[-1] if self._applied else None
        if change.step != self.step + 1 or last != change or change not in self._by_hand:
            return False
        for each in inverse:
            self._make(each)
        del self._applied[-1 - len(inverse) :]
        place = len(self._by_hand) - 1 - self._by_hand[::-1].index(change)
        del self._by_hand[place]
        return True

    def settle(self) -> None:
        """Make the planned changes for the next step now. Raises BadInput if one does not fit."""
        while self._waiting and self._waiting[-1].step <= self.step + 1:
            self._make(self._waiting.pop())

    @abstractmethod
    def _check(self, change: Change) -> None:
        """Raise BadInput for a change by hand that does not fit."""

    @abstractmethod
    def _make(self, change: Change) -> None:
        """Let the change take effect, and add it to those that did."""


def _step_of(change: Change) -> int:
    return change.step
