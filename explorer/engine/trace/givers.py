"""Which modules gave a tensor: what a detach switch on one of them cuts, or would cut.

Kept by the capture of somebody's own model. A module gives what is made while it runs; what it
only hands on (outside training, dropout does) other code may have from elsewhere, so that nobody
can say which uses are of its output.
"""

from collections.abc import Iterable


class Givers:
    """`of` has for a tensor's index the modules that gave it, the innermost first.

    `cuts` are the modules whose detach switch is on, `handing_on` those that made not all of
    their output.
    """

    def __init__(self, cuts: frozenset[str] = frozenset()) -> None:
        self.cuts = cuts
        self.of: dict[int, tuple[str, ...]] = {}
        self.handing_on: set[str] = set()
        # What the switch of the module that ended last is about to cut.
        self._cut_next: dict[int, str] = {}

    def gave(self, module: str, given: Iterable[int], first_made: int) -> None:
        """A module ended, and gave these tensors; it made those from `first_made` on."""
        self._cut_next.clear()
        for index in given:
            if index < first_made:
                self.handing_on.add(module)
            else:
                self.of[index] = (*self.of.get(index, ()), module)
            if module in self.cuts:
                self._cut_next[index] = module

    def switch_behind(self, tensor: int) -> str | None:
        """The module whose switch is what detaches this tensor now."""
        return self._cut_next.pop(tensor, None)
