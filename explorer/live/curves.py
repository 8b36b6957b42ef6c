"""Which curves of the parameters a frame has: one for each number, or one for each tensor.

A tensor's curve is its Euclidean norm, and beside the gradients' the norm of its gradient. The
history keeps them with the recorded numbers (`explorer.live.history`), so that their extremes are
right however many steps a point stands for. Used by `explorer.live.frames`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

# The choice there is: by how many there are, always each number, always one for each tensor.
AUTOMATIC, ELEMENTS, NORMS = CHOICES = ("automatic", "elements", "norms")
# So many lines can be told apart.
MOST_SINGLE = 12


@dataclass(frozen=True)
class Drawn:
    """The curves by their names, and the columns of the history that they are."""

    names: tuple[str, ...]
    values: tuple[int, ...]
    grads: tuple[int, ...]


class Columns:
    """Where the history of a session has its numbers: the loss first, values, gradients.

    `names` are those of the recorder: `a`, `w[0]`, `|W|`. `recorded` is how many columns there
    are with all that is recorded; behind them stand the norms, of the values and the gradients.
    """

    def __init__(self, names: Sequence[str], recorded: int) -> None:
        self._names = tuple(names)
        self._recorded = recorded
        self._tensors: list[tuple[str, range]] = []
        for owner, places in groupby(range(len(names)), lambda place: owner_of(names[place])):
            first, *others = places
            self._tensors.append((owner, range(first, first + 1 + len(others))))
        several = [places for _, places in self._tensors if len(places) > 1]
        self.norms = tuple(
            slice(start + places.start, start + places.stop)
            for start in (1, 1 + len(names))
            for places in several
        )

    def drawn(self, choice: str, chosen: str | None) -> Drawn:
        """The curves by this choice; of the chosen tensor there are all numbers in any case."""
        by_norm = choice == NORMS or (choice == AUTOMATIC and len(self._names) > MOST_SINGLE)
        names, values, grads = [], [], []
        count, norm = len(self._names), self._recorded
        for owner, places in self._tensors:
            several = len(places) > 1
            if several and by_norm:
                names.append(norm_of(owner))
                values.append(norm)
                grads.append(norm + len(self.norms) // 2)
            if not (several and by_norm) or owner == chosen:
                names += self._names[places.start : places.stop]
                values += [1 + place for place in places]
                grads += [1 + count + place for place in places]
            norm += several
        return Drawn(tuple(names), tuple(values), tuple(grads))


def owner_of(column: str) -> str:
    """The parameter that a column belongs to: `w` for `w[0,1]` and `|w|`."""
    return column.strip("|").partition("[")[0]


def norm_of(tensor: str) -> str:
    """The name of the column of a tensor's norm."""
    return f"|{tensor}|"


def is_norm(column: str) -> bool:
    """Whether a column is of a norm."""
    return column.startswith("|")
