"""The experiment: formula, parameters, data, training and changes, checked as a whole.

`file` builds it from TOML, `explorer.load` and the window from that; the engine
runs it. Frozen: `replace` gives a changed copy, checked again. The order of checks is
that of the file: keys and kinds first, then the formula, then what must fit together.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from explorer.experiment.batch import Batch
from explorer.experiment.changes import CLIPPING, MAX_STEPS, Change
from explorer.experiment.checking import (
    MAX_ELEMENTS,
    Part,
    as_bad_input,
    choice,
    limit,
    refuse,
    settled,
    shape_of,
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
from explorer.experiment.language import parse
from explorer.experiment.losses import Loss, read_loss
from explorer.experiment.names import check_leaf_name, nearest, shortened
from explorer.experiment.optimizers import Optimizer, read_optimizer
from explorer.experiment.parameter import Buffer, Parameter
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.tree import Program

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
_FLOAT32_MAX = float(np.finfo(np.float32).max)


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
    groups: Annotated[Any, BeforeValidator(read_groups)] = Field(
        default_factory=lambda: MappingProxyType({})
    )
    steps: Annotated[int, BeforeValidator(whole(1, MAX_STEPS))] = 1000
    zero_grad: Annotated[str, BeforeValidator(choice(*ZERO_GRAD))] = "none"
    clip_grad_norm: Annotated[float | None, BeforeValidator(limit)] = None
    clip_grad_value: Annotated[float | None, BeforeValidator(limit)] = None
    accumulate: Annotated[int, BeforeValidator(whole(1, MAX_STEPS))] = 1
    batch: Batch | None = None

    @model_validator(mode="after")
    def _check_groups(self) -> Self:
        if self.groups:
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
        _check_together(self)
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
    def program(self) -> Program:
        """The checked formula."""
        leaves = {**self.parameters, **self.buffers}
        return parse(self.formula, leaves, self.columns, self._shapes)

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

    @cached_property
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
        _check_change(self, change, options or self.update_options, "")


# -- what must fit together: names, sizes, objective, changes ------------------------------------


def _check_together(experiment: Experiment) -> None:
    """Raise BadInput for the first thing that does not fit."""
    _check_names(experiment)
    _check_sizes(experiment)
    _check_objective(experiment)
    _check_optimized(experiment)
    _check_groups(experiment)
    if experiment.training.batch is not None and experiment.data is None:
        raise BadInput("batch-without-data", Place(key="training.batch"))
    for name in experiment.detach:
        _check_tensor(experiment, name, Place(key="detach"))
    if not experiment.changes:
        return
    options = experiment.update_options
    # Their keys count as the author wrote them, their options add up as they take effect.
    in_order = sorted(enumerate(experiment.changes), key=lambda pair: pair[1].step)
    for index, change in in_order:
        _check_step(experiment, change, f"changes.{index}")
        options = _check_change(experiment, change, options, f"changes.{index}")


def _check_names(experiment: Experiment) -> None:
    taken = set(experiment.columns)
    for key, names in (("parameters", experiment.parameters), ("buffers", experiment.buffers)):
        for name in names:
            try:
                _check_name(name, taken)
            except BadInput as problem:
                raise problem.at(key=f"{key}.{shortened(name)}") from None
            taken.add(name)


def _check_name(name: str, taken: Collection[str]) -> None:
    check_leaf_name(name, Place())
    if name in taken:
        raise BadInput("name-used-twice", name=name)


def _check_sizes(experiment: Experiment) -> None:
    given = [*experiment.parameters.values(), *experiment.buffers.values()]
    sizes = [math.prod(each.dimensions) for each in given]
    if sum(sizes) > MAX_ELEMENTS:
        raise BadInput("too-many-elements", Place(key="parameters"), limit=MAX_ELEMENTS)
    if experiment.dtype == "float64":
        return
    for name, parameter in experiment.parameters.items():
        _check_values(parameter, f"parameters.{name}")
    for name, buffer in experiment.buffers.items():
        _check_values(buffer, f"buffers.{name}")
    for name, column in experiment.columns.items():
        _check_float32(column, f"data.{name}")
    training = experiment.training
    _check_options(experiment, training.optimizer.options, "training.optimizer.")
    clipping = {key: getattr(training, key) for key in CLIPPING}
    limits = {key: each for key, each in clipping.items() if each is not None}
    _check_options(experiment, limits, "training.")
    for name, group in training.groups.items():
        _check_options(experiment, group.options, f"training.groups.{shortened(name)}.")
    if training.loss is not None:
        _check_options(experiment, training.loss.options, "training.loss.")


def _check_values(tensor: Buffer, key: str) -> None:
    # Random values are at most some ten times the scale, which is checked below.
    _check_float32(tensor.scale if tensor.value is None else tensor.value, key)


def _check_float32(values: object, key: str, limit: float = _FLOAT32_MAX / 100) -> None:
    """What is infinite on purpose is not too large."""
    numbers = np.asarray(values, dtype=np.float64)
    if (np.abs(numbers[np.isfinite(numbers)]) > limit).any():
        raise BadInput("too-large-for-float32", Place(key=key))


def _check_options(experiment: Experiment, options: Mapping[str, object], below: str) -> None:
    """PyTorch refuses to work on float32 numbers with one that is none."""
    if experiment.dtype == "float32":
        for name, value in options.items():
            _check_float32(value, f"{below}{name}", _FLOAT32_MAX)


def _check_objective(experiment: Experiment) -> None:
    program, objective = experiment.program, experiment.objective
    assigned = {*program.names, *program.numbers, *program.plain}
    predictions = [name for name in experiment.columns if name in assigned]
    place = Place(key="objective")
    if len(predictions) > 1:
        first, second = predictions[:2]
        raise BadInput("two-predictions", Place(key="formula"), first=first, second=second)
    if objective is not None:
        _check_named_objective(experiment, objective, predictions)
    elif not predictions:
        raise BadInput("objective-missing", place)
    for name in (objective, *predictions):
        if name is not None and _is_number(program, program.last(name)):
            raise BadInput("objective-is-number", place, name=str(name))


def _check_optimized(experiment: Experiment) -> None:
    """PyTorch makes no optimizer that holds nothing."""
    if experiment.has_training and experiment.parameters and not experiment.optimized:
        name = next(iter(experiment.parameters))
        raise BadInput("nothing-optimized", Place(key=f"parameters.{name}.optimize"))


def _check_groups(experiment: Experiment) -> None:
    """Every parameter of a group is one of the optimizer's, and in no other group."""
    group_of: dict[str, str] = {}
    for name, group in experiment.training.groups.items():
        place = Place(key=f"training.groups.{shortened(name)}.tensors")
        for tensor in group.tensors:
            if tensor not in experiment.parameters:
                close = nearest(tensor, experiment.parameters)
                raise BadInput("unknown-tensor", place, name=shortened(tensor), nearest=close)
            if tensor not in experiment.optimized:
                raise BadInput("group-not-optimized", place, name=tensor)
            if tensor in group_of:
                first, second = (shortened(each) for each in (group_of[tensor], name))
                raise BadInput("two-groups", place, name=tensor, first=first, second=second)
            group_of[tensor] = name


def _check_named_objective(experiment: Experiment, objective: str, predictions: list[str]) -> None:
    place, program = Place(key="objective"), experiment.program
    if "loss" in experiment.training.model_fields_set:
        raise BadInput("loss-and-objective", Place(key="training.loss"), name=shortened(objective))
    if predictions:
        raise BadInput(
            "objective-and-prediction", place, name=shortened(objective), prediction=predictions[0]
        )
    if objective in {*experiment.parameters, *experiment.buffers, *experiment.columns}:
        raise BadInput("objective-not-computed", place, name=shortened(objective))
    last = program.last(objective)
    if last not in program.names and not _is_number(program, last):
        close = nearest(objective, program.names)
        raise BadInput("unknown-tensor", place, name=shortened(objective), nearest=close)


def _is_number(program: Program, name: str) -> bool:
    return name in program.numbers or name in program.plain


def _check_tensor(experiment: Experiment, name: str, place: Place) -> None:
    if name in experiment.tensors:
        return
    if _is_number(experiment.program, name):
        raise BadInput("tensor-is-number", place, name=name)
    close = nearest(name, experiment.tensors)
    raise BadInput("unknown-tensor", place, name=shortened(name), nearest=close)


def _check_step(experiment: Experiment, change: Change, prefix: str) -> None:
    steps = experiment.training.steps
    if change.step > steps:
        place = Place(key=f"{prefix}.step")
        raise BadInput("change-beyond-run", place, step=change.step, steps=steps)


def _check_change(
    experiment: Experiment, change: Change, options: UpdateOptions, prefix: str
) -> UpdateOptions:
    """Refuse a change that does not fit; gives what the update reads after the change."""
    below = f"{prefix}." if prefix else ""
    if change.tensor is not None:
        _check_tensor(experiment, change.tensor, Place(key=f"{below}tensor"))
        _check_switch(experiment, change, change.tensor, below)
    if not (change.options or change.clipping):
        return options
    try:
        changed = options.checked(change)
    except PydanticCustomError as problem:
        raise settled(problem, prefix) from None
    _check_options(experiment, {**change.options, **change.clipping}, below)
    return changed


def _check_switch(experiment: Experiment, change: Change, name: str, below: str) -> None:
    if change.requires_grad is not None and name not in experiment.leaves:
        place = Place(key=f"{below}requires_grad")
        raise BadInput("requires-grad-on-intermediate", place, name=name)
    if change.requires_grad is not None and name in experiment.buffers:
        raise BadInput("requires-grad-of-buffer", Place(key=f"{below}requires_grad"), name=name)
    if change.value is None:
        return
    place = Place(key=f"{below}value")
    parameter = {**experiment.buffers, **experiment.parameters}.get(name)
    if parameter is None:
        raise BadInput("value-of-non-parameter", place, name=name)
    if experiment.dtype == "float32":
        _check_float32(change.value, f"{below}value")
    got, wanted = shape_of(change.value), parameter.dimensions
    if got != wanted:
        raise BadInput(
            "value-shape", place, tensor=name, got=str(list(got)), wanted=str(list(wanted))
        )
