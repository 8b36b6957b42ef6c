"""A run of somebody's own model as a file: which factory, how many steps, which changes.

TOML, beside the model, to be opened again and run without a window. It holds no numbers of the
model: those come from the factory. No torch.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from explorer.experiment.changes import MAX_STEPS, Change
from explorer.experiment.checking import Part, as_bad_input, text, whole
from explorer.experiment.file import text_of, toml_table, write
from explorer.experiment.problem import BadInput
from explorer.own.plan import DEFAULT_STEPS, Length, ModelPlan
from explorer.own.reference import SUFFIX, Reference, reference, referred

KEY = "subject"
ENDING = ".gx.toml"
_NAMES_ONE = re.compile(rf"""^\s*["']?{KEY}["']?\s*=""", re.MULTILINE)


@dataclass(frozen=True)
class ModelFile:
    """A plan and where it is written; `path` is None if it is in no file yet.

    The plan's subject is as the working folder has it, in the file as the file's folder does.
    """

    plan: ModelPlan
    path: Path | None = None


def is_model_file(path: Path) -> bool:
    """Whether the file names a model; False of any other, and of what cannot be read."""
    try:
        said = text_of(path) if path.suffix == ".toml" else ""
        # An experiment is read soon enough: not twice.
        return bool(_NAMES_ONE.search(said)) and KEY in toml_table(said)
    except BadInput:
        return False


class _Training(Part):
    """How long the run is."""

    steps: Annotated[int, BeforeValidator(whole(1, MAX_STEPS))] = DEFAULT_STEPS


class _Written(Part):
    """What stands in a file."""

    subject: Annotated[str, BeforeValidator(text)]
    input: Annotated[str | None, BeforeValidator(text)] = None
    batch: Annotated[str | None, BeforeValidator(text)] = None
    training: _Training = Field(default_factory=_Training)
    changes: tuple[Change, ...] = ()


def read_model_file(path: Path) -> ModelFile:
    """The plan in a file. Raises BadInput with the file and, as far as known, the key."""
    try:
        plan = _plan(toml_table(text_of(path)), path.parent)
    except BadInput as problem:
        raise problem.at(file=str(path)) from None
    return ModelFile(plan, path)


def _plan(table: Mapping[str, Any], folder: Path) -> ModelPlan:
    try:
        written = _Written(**table)
    except ValidationError as error:
        raise as_bad_input(error) from None
    plan = ModelPlan(
        subject=_moved(written.subject, folder),
        training=Length(written.training.steps),
        changes=tuple(sorted(written.changes, key=lambda change: change.step)),
        shape=written.input,
        batch=written.batch,
    )
    for place, change in enumerate(written.changes):
        try:
            plan.check_change(change)
        except BadInput as problem:
            raise problem.at(key=f"changes.{place}") from None
    return plan


def _moved(subject: str, folder: Path) -> str:
    """The reference from the working folder, of one from this folder."""
    try:
        named = referred(subject)
    except BadInput as problem:
        raise problem.at(key=KEY) from None
    return str(replace(named, home=str(folder / named.home))) if named.is_file else subject


def write_model_file(plan: ModelPlan, path: Path) -> None:
    """Write the file, whole or not at all. Raises BadInput."""
    write(path, model_text(plan, path.parent))


def model_text(plan: ModelPlan, folder: Path) -> str:
    """The plan as a file in this folder has it."""
    import tomlkit

    document = tomlkit.document()
    named = reference(plan.subject)
    subject = plan.subject if named is None else str(_from(named, folder))
    for key, value in ((KEY, subject), ("input", plan.shape), ("batch", plan.batch)):
        if value is not None:
            document.add(key, tomlkit.item(value))
    document.add("training", tomlkit.item({"steps": plan.training.steps}))
    if plan.changes:
        changes = tomlkit.aot()
        for change in plan.changes:
            changes.append(tomlkit.item(change.as_dict()))
        document.add("changes", changes)
    return tomlkit.dumps(document)


def _from(named: Reference, folder: Path) -> Reference:
    """As somebody in the folder would write it: plainly, where the model is there or below."""
    if not named.is_file:
        return named
    home = os.path.abspath(named.home)
    try:
        beside = os.path.relpath(home, folder)
    except ValueError:
        # On another drive.
        beside = home
    return replace(named, home=Path(beside).as_posix())


def model_path(subject: str, ending: str = ENDING) -> Path:
    """Where to save what was done to a model: beside it, under its name."""
    named = reference(subject)
    if named is None or not named.is_file:
        return Path(f"model{ending}")
    return Path(named.home.removesuffix(SUFFIX) + ending)
