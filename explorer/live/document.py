"""The document: an experiment as it is being edited, and its file.

A value: an edit or a saving makes a new one; `explorer.live.undo` remembers what was edited.
What is done to a run by hand is the run's (`explorer.live.run`) until it is saved. Held by
`explorer.ui.workbench`.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, Self

from explorer.experiment.file import ExperimentFile, as_saved, updated_text, write
from explorer.experiment.plan import Plan
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change, Experiment
from explorer.live.frames import ExperimentStart
from explorer.live.maker import Start
from explorer.live.work import Work


class AnyDocument(Protocol):
    """What `explorer.ui.bench` asks of a document, whatever it describes."""

    @property
    def experiment(self) -> Plan:
        """What is run."""
        ...

    @property
    def is_edited(self) -> bool:
        """Whether its file does not say what it is."""
        ...

    def value(self, key: str) -> Any:
        """One value of it, by its dotted key as in the file."""
        ...

    def edited(self, key: str, value: object) -> Self:
        """With that value changed. Raises BadInput where that does not fit."""
        ...

    def as_in_file(self) -> Self:
        """What its file says."""
        ...

    def with_file_of(self, other: Self) -> Self:
        """The same, its file where the other's is by now."""
        ...

    def start(self, by_hand: tuple[Change, ...]) -> Start:
        """What begins a run of it."""
        ...

    def located(self, problem: BadInput) -> BadInput:
        """The problem, with the document's file as its place."""
        ...


@dataclass(frozen=True)
class Document:
    """`experiment` is the file's, as it was edited since.

    `recovered`: it became something else than its file's before it was shown here. `draft` is
    the formula's text as it was typed since, where that is no experiment (yet).
    """

    file: ExperimentFile
    experiment: Experiment
    recovered: bool = False
    draft: str | None = None

    @classmethod
    def of(cls, file: ExperimentFile) -> "Document":
        """What is in a file."""
        return cls(file, file.experiment)

    @property
    def is_edited(self) -> bool:
        """Whether its file does not say what it is."""
        drafted = self.draft is not None
        return drafted or self.recovered or self.experiment != self.file.experiment

    @property
    def formula(self) -> str:
        """The formula's text, as it was typed last."""
        return self.experiment.formula if self.draft is None else self.draft

    def drafted(self, formula: str | None) -> "Document":
        """With this text typed; None, or the experiment's own, is no draft."""
        same = formula == self.experiment.formula
        return replace(self, draft=None if same else formula)

    def value(self, key: str) -> Any:
        """One value of the experiment, by its dotted key as in the file."""
        found: Any = self.experiment
        for name in key.split("."):
            found = getattr(found, name)
        return found

    def edited(self, key: str, value: object) -> "Document":
        """With that value of it changed. Raises BadInput where that does not fit."""
        return replace(self, experiment=_with(self.experiment, key, value))

    def as_in_file(self) -> "Document":
        """What its file says."""
        return Document.of(self.file)

    def with_file_of(self, other: "Document") -> "Document":
        """The same, with the other's file."""
        return replace(self, file=other.file)

    def start(self, by_hand: tuple[Change, ...]) -> Start:
        """What begins a run of it."""
        return ExperimentStart(self.experiment, by_hand)

    def work(self, changes: tuple[Change, ...]) -> Work:
        """It as it stands, with what was done by hand."""
        return Work(self.file, self.experiment, changes, self.draft)

    def saved(self, path: Path, changes: tuple[Change, ...]) -> "Document":
        """Write its file, whole or not at all, these changes in it. Raises BadInput.

        A draft is no experiment, and stays a draft.
        """
        whole = self.work(changes).whole
        if not path.parent.is_dir():
            raise BadInput("folder-gone")
        text = updated_text(self.file, whole, path.parent)
        write(path, text)
        experiment = as_saved(whole, text)
        return Document(ExperimentFile(experiment, text, path), experiment, draft=self.draft)

    def located(self, problem: BadInput) -> BadInput:
        """The problem, with the document's file as its place."""
        return problem.at(file=str(self.file.path)) if self.file.path else problem


def _with(experiment: Experiment, key: str, value: object) -> Experiment:
    part, _, name = key.partition(".")
    if name:
        value = getattr(experiment, part).model_copy(update={name: value})
    return experiment.replace(**{part: value})
