"""Another experiment on its way into the place of a document's: edited, checked, not yet running.

Between the edit and the moment at which PyTorch has taken it the last sound one runs on, and
somebody may do something else. Held by `explorer.ui.workbench`.
"""

from dataclasses import dataclass, field, replace

from explorer.experiment.spec import Experiment
from explorer.live.document import Document
from explorer.live.run import Run

# The way (see `explorer.live.undo.Restarted`) of one that was typed: its formula was the draft.
FORMULA = "formula"


@dataclass(frozen=True)
class Revision:
    """`experiment` was made of `base`; `way` says by what, as of every run that begins."""

    way: str
    base: Experiment
    experiment: Experiment
    run: Run = field(default_factory=Run)

    def fits(self, document: Document) -> bool:
        """Whether nothing else was done to the document since."""
        typed_on = self.way == FORMULA and document.formula != self.experiment.formula
        return self.base is document.experiment and not typed_on

    def of(self, document: Document) -> Document:
        """The document with it; a draft stays what it is until it is this formula."""
        revised = replace(document, experiment=self.experiment)
        return revised if document.draft is None else revised.drafted(document.draft)
