"""Edits of an experiment as values: what is done to a whole document in one go.

Each makes another experiment, checked as a whole, and says what becomes of the rest of a
document: of a text that is being typed, and of a change by hand. `way` is what it is called
where it is undone (`explorer.live.undo`). Made in the window, applied by the workbench.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, Protocol

from explorer.experiment.data import Data
from explorer.experiment.groups import Group
from explorer.experiment.names import check_leaf_name, check_name, nearest, shortened
from explorer.experiment.parameter import Buffer
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.renaming import renamed_text
from explorer.experiment.spec import Change, Experiment

# `h#2` is what `h` means where it is assigned the second time.
_AGAIN = re.compile(r"#\d+$")
RANDOM = ("normal", "uniform")


class Edit(Protocol):
    """See the module's docstring. All of them raise BadInput where the edit does not fit."""

    @property
    def way(self) -> str:
        """The key of what it is called."""

    def of(self, experiment: Experiment) -> Experiment:
        """The experiment after it."""

    def of_draft(self, formula: str) -> str:
        """A text that is being typed, after it."""

    def of_change(self, change: Change) -> Change:
        """A change by hand, after it."""


@dataclass(frozen=True)
class _Plain:
    """Of what concerns neither a draft nor changes by hand."""

    def of_draft(self, formula: str) -> str:
        """As it is."""
        return formula

    def of_change(self, change: Change) -> Change:
        """As it is."""
        return change


@dataclass(frozen=True)
class Add(_Plain):
    """A parameter more, the last; `start` as the file has it: a number, a list or a table."""

    name: str
    start: Any = 1.0
    way: str = field(default="parameter", init=False)

    def of(self, experiment: Experiment) -> Experiment:
        """With it."""
        place = Place(key=f"parameters.{shortened(self.name)}")
        check_leaf_name(self.name, place)
        if self.name in experiment.tensors:
            raise BadInput("name-used-twice", place, name=self.name)
        return experiment.replace(parameters={**experiment.parameters, self.name: self.start})


@dataclass(frozen=True)
class Remove(_Plain):
    """A parameter or buffer that the formula does not read any more, and what is said of it."""

    name: str
    way: str = field(default="remove_parameter", init=False)

    def of(self, experiment: Experiment) -> Experiment:
        """Without it, its groups' mention of it and its changes."""
        _check_leaf(experiment, self.name)
        if self.name in experiment.program.reads:
            raise BadInput("tensor-in-use", Place(key="formula"), name=self.name)
        return experiment.replace(
            parameters=_without(experiment.parameters, self.name),
            buffers=_without(experiment.buffers, self.name),
            changes=tuple(each for each in experiment.changes if each.tensor != self.name),
            **_training(experiment, _groups_without(experiment, self.name)),
        )


@dataclass(frozen=True)
class Rename:
    """Another name for a parameter, a buffer, a column or a tensor that the formula assigns."""

    name: str
    new: str
    way: str = field(default="rename", init=False)

    def of(self, experiment: Experiment) -> Experiment:
        """So called everywhere: in the formula, in changes, groups and the list of cuts."""
        known = {_AGAIN.sub("", each) for each in experiment.tensors} | {*experiment.columns}
        if self.name not in known:
            close = nearest(self.name, known)
            raise BadInput("unknown-tensor", Place(), name=shortened(self.name), nearest=close)
        leaves = {*experiment.parameters, *experiment.buffers, *experiment.columns}
        check = check_leaf_name if self.name in leaves else check_name
        check(self.new, Place())
        if self.new == self.name:
            return experiment
        if self.new in known:
            raise BadInput("name-used-twice", Place(), name=self.new)
        groups = {
            key: replace(group, tensors=tuple(map(self._called, group.tensors)))
            for key, group in experiment.training.groups.items()
        }
        objective = experiment.objective
        return experiment.replace(
            formula=self.of_draft(experiment.formula),
            parameters=self._keys(experiment.parameters),
            buffers=self._keys(experiment.buffers),
            data=self._data(experiment.data),
            objective=None if objective is None else self._called(objective),
            detach=tuple(map(self._called, experiment.detach)),
            changes=tuple(map(self.of_change, experiment.changes)),
            **_training(experiment, groups),
        )

    def of_draft(self, formula: str) -> str:
        """With the name changed. Raises BadInput."""
        return renamed_text(formula, self.name, self.new)

    def of_change(self, change: Change) -> Change:
        """Of the same tensor."""
        if change.tensor is None:
            return change
        return change.model_copy(update={"tensor": self._called(change.tensor)})

    def _called(self, tensor: str) -> str:
        return self.new + tensor[len(self.name) :] if self._is_meant(tensor) else tensor

    def _is_meant(self, tensor: str) -> bool:
        return _AGAIN.sub("", tensor) == self.name

    def _keys(self, table: Mapping[str, Any]) -> dict[str, Any]:
        return {self._called(name): each for name, each in table.items()}

    def _data(self, data: Data | None) -> object:
        if data is None or self.name not in data.columns:
            return data
        columns, source = self._keys(data.columns), dict(data.source)
        if "file" not in source:
            return Data(columns, self._keys(source))
        headers = source.get("columns") or {name: name for name in data.columns}
        return Data(columns, {**source, "columns": self._keys(headers)})


@dataclass(frozen=True)
class Start(_Plain):
    """How a parameter or buffer starts: `value`, or `shape` with `init`, `seed` and `scale`.

    And `optimize` of a parameter, if it is to be another.
    """

    name: str
    start: Mapping[str, Any]
    way: str = field(default="start", init=False)

    def of(self, experiment: Experiment) -> Experiment:
        """With this start; its switches stay, but for those that are given."""
        _check_leaf(experiment, self.name)
        parts = {}
        for key in ("parameters", "buffers"):
            table = getattr(experiment, key)
            if self.name in table:
                parts[key] = {**table, self.name: _started(table[self.name], self.start)}
        return experiment.replace(**parts)


@dataclass(frozen=True)
class Several:
    """Edits one after the other, which are undone as one."""

    edits: tuple[Edit, ...]
    way: str

    def of(self, experiment: Experiment) -> Experiment:
        """After all of them."""
        return reduce(lambda done, edit: edit.of(done), self.edits, experiment)

    def of_draft(self, formula: str) -> str:
        """After all of them."""
        return reduce(lambda done, edit: edit.of_draft(done), self.edits, formula)

    def of_change(self, change: Change) -> Change:
        """After all of them."""
        return reduce(lambda done, edit: edit.of_change(done), self.edits, change)


@dataclass(frozen=True)
class NewSeeds(_Plain):
    """Other random starting values: every seed one higher. Without random ones nothing differs."""

    way: str = field(default="random_start", init=False)

    def of(self, experiment: Experiment) -> Experiment:
        """With other seeds."""
        parameters = {
            name: _started(each, {**_start(each), "seed": each.seed + 1})
            if each.value is None and each.init in RANDOM
            else each
            for name, each in experiment.parameters.items()
        }
        return experiment.replace(parameters=parameters)


@dataclass(frozen=True)
class Put(_Plain):
    """A value of the experiment or its training by its dotted key; None: its default."""

    key: str
    value: Any
    way: str = field(default="setting", init=False)

    def of(self, experiment: Experiment) -> Experiment:
        """With this value."""
        part, _, name = self.key.partition(".")
        if not name:
            return experiment.replace(**{part: self.value})
        training = experiment.training
        given = {each: getattr(training, each) for each in training.model_fields_set}
        given[name] = self.value
        kept = {each: value for each, value in given.items() if value is not None}
        return experiment.replace(training=kept)


def _start(leaf: Buffer) -> dict[str, Any]:
    """What says how it starts."""
    keys = ("value", "shape", "init", "seed", "scale")
    return {key: getattr(leaf, key) for key in keys if key in leaf.model_fields_set}


def _started(leaf: Buffer, start: Mapping[str, Any]) -> dict[str, Any]:
    """The leaf's table with another start."""
    switches = {key: getattr(leaf, key) for key in leaf.model_fields_set - _start(leaf).keys()}
    return {**switches, **start}


def _check_leaf(experiment: Experiment, name: str) -> None:
    leaves = {*experiment.parameters, *experiment.buffers}
    if name not in leaves:
        close = nearest(name, leaves)
        raise BadInput("unknown-tensor", Place(), name=shortened(name), nearest=close)


def _without(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: each for key, each in table.items() if key != name}


def _groups_without(experiment: Experiment, name: str) -> dict[str, Group]:
    """A group of nothing is none."""
    left = {
        key: replace(group, tensors=tuple(each for each in group.tensors if each != name))
        for key, group in experiment.training.groups.items()
    }
    return {key: group for key, group in left.items() if group.tensors}


def _training(experiment: Experiment, groups: Mapping[str, Group]) -> dict[str, Any]:
    """The training with these groups, if the author wrote any."""
    training = experiment.training
    if not training.groups:
        return {}
    return {"training": training.model_copy(update={"groups": groups})}
