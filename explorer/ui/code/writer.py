"""The program of an experiment, as the tab Code shows it."""

from dataclasses import dataclass

from explorer.code.places import places
from explorer.code.script import script
from explorer.experiment.problem import BadInput
from explorer.experiment.visible import visible
from explorer.live.work import Work

# More lines than these are not shown: nobody reads that many numbers.
MOST_LINES = 10_000


@dataclass(frozen=True)
class Listing:
    """A program, and how it is shown; `problem` says why there is none.

    `shown` has the first and the last lines of a long program: after `head` of them there is
    one that stands for the `left_out` others. `places` are the lines, in the whole program,
    that make the experiment's tensors.
    """

    program: str = ""
    shown: str = ""
    head: int = 0
    left_out: int = 0
    places: tuple[tuple[str, int], ...] = ()
    problem: BadInput | None = None


def listing(work: Work) -> Listing:
    """The program of the experiment as it would be saved now."""
    try:
        experiment = work.whole
    except BadInput as problem:
        return Listing(problem=problem)
    program = script(experiment)
    found = places(program, experiment.tensors, experiment.leaves)
    lines = visible(program).rstrip("\n").split("\n")
    left_out = max(0, len(lines) - MOST_LINES)
    head = MOST_LINES // 2 if left_out else len(lines)
    if left_out:
        lines[head : head + left_out] = [""]
    return Listing(program, "\n".join(lines), head, left_out, tuple(found.items()))
