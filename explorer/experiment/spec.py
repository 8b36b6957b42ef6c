"""The experiment: formula, parameters, data, training and changes, checked as a whole.

`file` builds it from TOML, `explorer.load` and the window from that; the engine
runs it. Frozen: `replace` gives a changed copy, checked again. The order of checks is
that of the file: keys and kinds first, then the formula, then what must fit together.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from explorer.experiment import consistency
from explorer.experiment import formula as language
from explorer.experiment.batch import Batch
from explorer.experiment.changes import CLIPPING, MAX_STEPS, Change
from explorer.experiment.checking import (
    Part,
    as_bad_input,
    choice,
    limit,
    refuse,
    text,
    whole,
    wrong_type,
)
from explorer.experiment.data import Data, load
from explorer.experiment.groups import (
    REST,
    Group,
    UpdateOptions,
    checked,
    read_groups,
    starting_options,
)
from explorer.experiment.losses import Loss, read_loss
from explorer.experiment.optimizers import Optimizer, read_optimizer
from explorer.experiment.parameter import Buffer, Parameter

__all__ = [
    "Batch",
    "Buffer",
    "Change",
    "Data",
    "Experiment",
    "Group",
    "Loss",
    "Optimizer",
    "Parameter",
    "Training",
    "UpdateOptions",
]

ZERO_GRAD = ("none", "zero", "never")
DTYPES = ("float32", "float64")


class Training(Part):
    """How the parameters are moved.

    `loss` compares the prediction with its column (mean squared error if not said);
    None when the formula computes its own objective. `zero_grad`: "none" sets gradients
    to None before each backward pass (PyTorch's default), "zero" to zeros, "never" lets
    them add up. `groups` are the optimizer's options for some of the parameters. The gradients
    of all parameters are clipped before an update, together by their norm or each number by
    itself. With `accumulate` n, n steps in a row make one update, after the last of them, and
    gradients are cleared before the first. With `batch` a step has some rows of the data.
    """

    loss: Annotated[Any, BeforeValidator(read_loss)] = None
    optimizer: Annotated[Any, BeforeValidator(read_optimizer)] = Field(default_factory=Optimizer)
    groups: Annotated[Any, BeforeValidator(read_groups)] = Field(default_factory=dict)
    steps: Annotated[int, BeforeValidator(whole(1, MAX_STEPS))] = 1000
    zero_grad: Annotated[str, BeforeValidator(choice(*ZERO_GRAD))] = "none"
    clip_grad_norm: Annotated[float | None, BeforeValidator(limit)] = None
    clip_grad_value: Annotated[float | None, BeforeValidator(limit)] = None
    accumulate: Annotated[int, BeforeValidator(whole(1, MAX_STEPS))] = 1
    batch: Batch | None = None

    @model_validator(mode="after")
    def _check_groups(self) -> Self:
        object.__setattr__(self, "groups", checked(self.groups, self.optimizer))
        if self.clip_grad_norm is not None and self.clip_grad_value is not None:
            raise refuse("clipped-twice", "clip_grad_value")
        return self


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise wrong_type("list", value)
    return tuple(text(each) for each in value)


def _sequence(value: object) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise wrong_type("list", value)
    return tuple(value)


class Experiment(Part):
    """Everything about a run. Build it with keywords, or read it with `file.read`.

    Raises:
        BadInput: from the constructor and from `replace`, with the dotted key and, in
            the formula, line and column.
    """

    formula: Annotated[str, BeforeValidator(text)]
    title: Annotated[str, BeforeValidator(text)] = ""
    objective: Annotated[str | None, BeforeValidator(text)] = None
    dtype: Annotated[str, BeforeValidator(choice(*DTYPES))] = "float32"
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    buffers: dict[str, Buffer] = Field(default_factory=dict)
    detach: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    data: Annotated[Data | None, BeforeValidator(lambda value: value)] = None
    training: Training = Field(default_factory=Training)
    changes: Annotated[tuple[Change, ...], BeforeValidator(_sequence)] = ()

    def __init__(self, **parts: Any) -> None:
        try:
            super().__init__(**parts)
        except ValidationError as error:
            raise as_bad_input(error) from None

    @classmethod
    def prepare(cls, value: object) -> dict[str, Any]:
        """A key given as None counts as absent."""
        table = super().prepare(value)
        return {key: each for key, each in table.items() if each is not None}

    @field_validator("data", mode="before")
    @classmethod
    def _load_data(cls, value: object) -> Data | None:
        return None if value is None else load(value, None)

    @field_validator("training", mode="before")
    @classmethod
    def _checked_again(cls, value: object) -> object:
        # A copy with `model_copy(update=...)` was not checked.
        if isinstance(value, Training):
            return {name: getattr(value, name) for name in value.model_fields_set}
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._settle_loss()
        consistency.check(self)
        in_order = tuple(sorted(self.changes, key=lambda change: change.step))
        object.__setattr__(self, "changes", in_order)
        return self

    def _settle_loss(self) -> None:
        """Fill in the mean squared error where a prediction has no loss of its own."""
        if "loss" not in self.training.model_fields_set:
            settled = self.training.model_copy()
            # Past pydantic on purpose: it must not count as given by the author.
            object.__setattr__(settled, "loss", Loss() if self.prediction else None)
            object.__setattr__(self, "training", settled)

    # What follows from the parts

    @property
    def columns(self) -> Mapping[str, np.ndarray[Any, np.dtype[np.float64]]]:
        """The data columns; empty without data."""
        return MappingProxyType({}) if self.data is None else self.data.columns

    @cached_property
    def program(self) -> language.Program:
        """The checked formula."""
        leaves = {**self.parameters, **self.buffers}
        return language.parse(self.formula, leaves, self.columns, self._shapes)

    @property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """What is known of the leaves; how many rows a step has is not."""
        leaves = {**self.parameters, **self.buffers}
        shapes = {name: leaf.dimensions for name, leaf in leaves.items()}
        if self.training.batch is None:
            shapes |= {name: column.shape for name, column in self.columns.items()}
        return shapes

    @property
    def prediction(self) -> str | None:
        """The data column that the formula assigns, if it assigns one."""
        program = self.program
        assigned = {*program.names, *program.numbers, *program.plain}
        return next((name for name in self.columns if name in assigned), None)

    @property
    def predicted(self) -> str | None:
        """The tensor that is compared with the column `prediction`: the last of that name."""
        column = self.prediction
        return None if column is None else self.program.last(column)

    @property
    def scalar_name(self) -> str:
        """What training descends: the objective, the last tensor of that name, or `loss`."""
        return self.program.last(self.objective) if self.objective else "loss"

    @property
    def has_training(self) -> bool:
        """Whether the file has a `[training]` table; `training` is there in any case."""
        return "training" in self.model_fields_set

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The columns that the formula reads."""
        reads = self.program.reads
        return tuple(name for name in self.columns if name in reads and name != self.prediction)

    @cached_property
    def cuts(self) -> frozenset[str]:
        """The names cut from the start: by a switch, or by a detach() that is their whole line."""
        leaves = (name for name, parameter in self.parameters.items() if parameter.detach)
        return frozenset((*leaves, *self.detach, *self.program.written))

    @cached_property
    def optimized(self) -> tuple[str, ...]:
        """The parameters that the optimizer holds."""
        return tuple(name for name, each in self.parameters.items() if each.optimize)

    @cached_property
    def param_groups(self) -> Mapping[str, tuple[str, ...]]:
        """The parameters of each of the optimizer's groups, by the groups' names."""
        groups = self.training.groups
        named = {each for group in groups.values() for each in group.tensors}
        rest = tuple(name for name in self.optimized if name not in named)
        own = {name: group.tensors for name, group in groups.items()}
        return {REST: rest, **own} if rest or not groups else own

    @property
    def update_options(self) -> UpdateOptions:
        """What the first update reads, but for the changes of its step."""
        training = self.training
        options = starting_options(training.optimizer, training.groups, self.optimized)
        clipping = {key: getattr(training, key) for key in CLIPPING}
        return replace(options, **clipping)

    @property
    def rates(self) -> Mapping[str, Any]:
        """The learning rate of each group of the optimizer, by the group's name."""
        groups = self.update_options.groups
        return {name: optimizer.options["lr"] for name, optimizer in groups.items()}

    @property
    def coloured(self) -> tuple[str, ...]:
        """What has a colour of its own in the plots: the parameters."""
        return tuple(self.parameters)

    @property
    def has_epochs(self) -> bool:
        """Whether there are batches, and so a mean loss of each epoch."""
        return self.training.batch is not None

    @property
    def leaves(self) -> tuple[str, ...]:
        """The parameters, then the buffers, then the inputs."""
        return (*self.parameters, *self.buffers, *self.inputs)

    @property
    def tensors(self) -> tuple[str, ...]:
        """Every named tensor: the leaves, then the assigned ones in order."""
        return (*self.leaves, *self.program.names)

    def replace(self, **parts: Any) -> "Experiment":
        """A copy with these parts changed, checked as a whole."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return Experiment(**{**given, **parts})

    def check_change(self, change: Change, options: UpdateOptions | None = None) -> None:
        """Refuse a change that does not fit, as the file's changes are refused.

        `options` are what the update reads by now; those of the start if None.

        Raises:
            BadInput: its key is that of the change (`tensor`, `value`, `lr`).
        """
        consistency.check_change(self, change, options or self.update_options, "")
