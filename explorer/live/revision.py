"""Another experiment on its way into the place of a document's: edited, checked, not yet running.

Between the edit and the moment at which PyTorch has taken it the last sound one runs on, and
somebody may do something else. Held by `explorer.ui.workbench`.
"""

from contextlib import suppress
from dataclasses import dataclass, field, replace

from explorer.experiment.edits import Edit
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Experiment
from explorer.live.document import Document
from explorer.live.run import Run

# The way (see `explorer.live.undo.Restarted`) of one that was typed: its formula was the draft.
FORMULA = "formula"


@dataclass(frozen=True)
class Revision:
    """`experiment` was made of `base`; `way` says by what, as of every run that begins.

    An `edit` has more to say: of a draft, of changes by hand.
    """

    way: str
    base: Experiment
    experiment: Experiment
    edit: Edit | None = None
    run: Run = field(default_factory=Run)

    def fits(self, document: Document) -> bool:
        """Whether nothing else was done to the document since."""
        typed_on = self.way == FORMULA and document.formula != self.experiment.formula
        return self.base is document.experiment and not typed_on

    def of(self, document: Document) -> Document:
        """The document with it; a draft stays what it is until it is this formula."""
        revised = replace(document, experiment=self.experiment)
        return revised if document.draft is None else revised.drafted(self._draft(document.draft))

    def _draft(self, draft: str) -> str:
        """What is typed, after the edit; what cannot be read yet stays as it is."""
        with suppress(BadInput):
            return draft if self.edit is None else self.edit.of_draft(draft)
        return draft
