"""The document: an experiment as it is being edited, and its file.

A value: an edit or a saving makes a new one. Each edit keeps what was there before, so that
it can be taken back. What is done to a run by hand is the run's (`explorer.live.run`) until
it is saved. Held by `explorer.ui.workbench`.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.experiment.file import ExperimentFile, as_saved, updated_text, write
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change, Experiment
from explorer.live.work import Work


@dataclass(frozen=True)
class Edit:
    """One value of the experiment, by its dotted key as in the file: before and after."""

    key: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Document:
    """`experiment` is the file's after the `edits`, the last of them last.

    `recovered`: it became something else than its file's before it was shown here.
    """

    file: ExperimentFile
    experiment: Experiment
    edits: tuple[Edit, ...] = ()
    recovered: bool = False

    @classmethod
    def of(cls, file: ExperimentFile) -> "Document":
        """What is in a file."""
        return cls(file, file.experiment)

    @property
    def is_edited(self) -> bool:
        """Whether its file does not say what it is."""
        return self.recovered or self.experiment != self.file.experiment

    def edited(self, key: str, value: object) -> "Document":
        """With one value of it changed. Raises BadInput where that does not fit."""
        changed = _with(self.experiment, key, value)
        edit = Edit(key, _value(self.experiment, key), value)
        return replace(self, experiment=changed, edits=(*self.edits, edit))

    def undone(self) -> "Document":
        """Without its last edit. Raises BadInput if what was there before does not fit."""
        *before, last = self.edits
        experiment = _with(self.experiment, last.key, last.old)
        return replace(self, experiment=experiment, edits=tuple(before))

    def work(self, changes: tuple[Change, ...]) -> Work:
        """It as it stands, with what was done by hand."""
        return Work(self.file, self.experiment, changes)

    def saved(self, path: Path, changes: tuple[Change, ...]) -> "Document":
        """Write its file, whole or not at all, these changes in it. Raises BadInput."""
        whole = self.work(changes).whole
        if not path.parent.is_dir():
            raise BadInput("folder-gone")
        text = updated_text(self.file, whole, path.parent)
        write(path, text)
        experiment = as_saved(whole, text)
        return Document(ExperimentFile(experiment, text, path), experiment, self.edits)

    def located(self, problem: BadInput) -> BadInput:
        """The problem, with the document's file as its place."""
        return problem.at(file=str(self.file.path)) if self.file.path else problem


def _value(experiment: Experiment, key: str) -> object:
    found: object = experiment
    for name in key.split("."):
        found = getattr(found, name)
    return found


def _with(experiment: Experiment, key: str, value: object) -> Experiment:
    part, _, name = key.partition(".")
    if name:
        value = getattr(experiment, part).model_copy(update={name: value})
    return experiment.replace(**{part: value})
