"""The document of a window on somebody's own model: what is run of it, and the file of that.

As `explorer.live.document` is an experiment's. A value; held by `explorer.ui.subject.bench`.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.experiment.changes import Change
from explorer.experiment.problem import BadInput
from explorer.live.modelrun import ModelStart
from explorer.own.modelfile import ModelFile, write_model_file
from explorer.own.plan import Anatomy, Length, ModelPlan


@dataclass(frozen=True)
class ModelDocument:
    """`experiment` is the plan in the file, as it was edited since."""

    file: ModelFile
    experiment: ModelPlan

    @classmethod
    def of(cls, file: ModelFile) -> "ModelDocument":
        """What is in a file, or a model that is in none yet."""
        return cls(file, file.plan)

    @property
    def is_edited(self) -> bool:
        """Whether its file does not say what it is; how long it runs is no edit before."""
        return self.file.path is not None and self.experiment != self.file.plan

    def value(self, key: str) -> Any:
        """One value of the plan, by its dotted key as in the file."""
        found: Any = self.experiment
        for name in key.split("."):
            found = getattr(found, name)
        return found

    def edited(self, key: str, value: Any) -> "ModelDocument":
        """With that value of it changed."""
        if key == "training.steps":
            key, value = "training", Length(value)
        return replace(self, experiment=replace(self.experiment, **{key: value}))

    def as_in_file(self) -> "ModelDocument":
        """What its file says."""
        return ModelDocument.of(self.file).known(self.experiment.anatomy)

    def with_file_of(self, other: "ModelDocument") -> "ModelDocument":
        """The same, with the other's file."""
        return replace(self, file=other.file)

    def start(self, by_hand: tuple[Change, ...]) -> ModelStart:
        """What begins a run of it."""
        return ModelStart(self.experiment, by_hand)

    def known(self, anatomy: Anatomy) -> "ModelDocument":
        """With what the model was seen to be made of."""
        return replace(self, experiment=replace(self.experiment, anatomy=anatomy))

    def saved(self, path: Path, changes: tuple[Change, ...]) -> "ModelDocument":
        """Write its file, whole or not at all, these changes in it. Raises BadInput."""
        if not path.parent.is_dir():
            raise BadInput("folder-gone")
        every = sorted((*self.experiment.changes, *changes), key=lambda change: change.step)
        plan = replace(self.experiment, changes=tuple(every))
        write_model_file(plan, path)
        return ModelDocument(ModelFile(plan, path), plan)

    def located(self, problem: BadInput) -> BadInput:
        """The problem as it is: their code's place is named by it."""
        return problem
