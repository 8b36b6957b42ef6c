"""What must fit together in an experiment: names, sizes, objective, changes.

Called by `spec.Experiment` once every part is right in itself.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from pydantic_core import PydanticCustomError

from explorer.experiment.changes import CLIPPING, Change
from explorer.experiment.checking import MAX_ELEMENTS, settled, shape_of
from explorer.experiment.groups import UpdateOptions
from explorer.experiment.names import check_leaf_name, nearest, shortened
from explorer.experiment.parameter import Buffer
from explorer.experiment.problem import BadInput, Place

if TYPE_CHECKING:
    from explorer.experiment.spec import Experiment
    from explorer.experiment.tree import Program

_FLOAT32_MAX = float(np.finfo(np.float32).max)


def check(experiment: "Experiment") -> None:
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
    options = experiment.update_options
    # Their keys count as the author wrote them, their options add up as they take effect.
    in_order = sorted(enumerate(experiment.changes), key=lambda pair: pair[1].step)
    for index, change in in_order:
        _check_step(experiment, change, f"changes.{index}")
        options = check_change(experiment, change, options, f"changes.{index}")


def _check_names(experiment: "Experiment") -> None:
    taken = set(experiment.columns)
    for key, names in (("parameters", experiment.parameters), ("buffers", experiment.buffers)):
        for name in names:
            place = Place(key=f"{key}.{shortened(name)}")
            check_leaf_name(name, place)
            if name in taken:
                raise BadInput("name-used-twice", place, name=name)
            taken.add(name)


def _check_sizes(experiment: "Experiment") -> None:
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


def _check_options(experiment: "Experiment", options: Mapping[str, object], below: str) -> None:
    """PyTorch refuses to work on float32 numbers with one that is none."""
    if experiment.dtype == "float32":
        for name, value in options.items():
            _check_float32(value, f"{below}{name}", _FLOAT32_MAX)


def _check_objective(experiment: "Experiment") -> None:
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


def _check_optimized(experiment: "Experiment") -> None:
    """PyTorch makes no optimizer that holds nothing."""
    if experiment.has_training and experiment.parameters and not experiment.optimized:
        name = next(iter(experiment.parameters))
        raise BadInput("nothing-optimized", Place(key=f"parameters.{name}.optimize"))


def _check_groups(experiment: "Experiment") -> None:
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


def _check_named_objective(
    experiment: "Experiment", objective: str, predictions: list[str]
) -> None:
    place, program = Place(key="objective"), experiment.program
    name = shortened(objective)
    if "loss" in experiment.training.model_fields_set:
        raise BadInput("loss-and-objective", Place(key="training.loss"), name=name)
    if predictions:
        raise BadInput("objective-and-prediction", place, name=name, prediction=predictions[0])
    if objective in {*experiment.parameters, *experiment.buffers, *experiment.columns}:
        raise BadInput("objective-not-computed", place, name=name)
    last = program.last(objective)
    if last not in program.names and not _is_number(program, last):
        close = nearest(objective, program.names)
        raise BadInput("unknown-tensor", place, name=name, nearest=close)


def _is_number(program: "Program", name: str) -> bool:
    return name in program.numbers or name in program.plain


def _check_tensor(experiment: "Experiment", name: str, place: Place) -> None:
    if name in experiment.tensors:
        return
    if _is_number(experiment.program, name):
        raise BadInput("tensor-is-number", place, name=name)
    close = nearest(name, experiment.tensors)
    raise BadInput("unknown-tensor", place, name=shortened(name), nearest=close)


def _check_step(experiment: "Experiment", change: Change, prefix: str) -> None:
    steps = experiment.training.steps
    if change.step > steps:
        place = Place(key=f"{prefix}.step")
        raise BadInput("change-beyond-run", place, step=change.step, steps=steps)


def check_change(
    experiment: "Experiment", change: Change, options: UpdateOptions, prefix: str
) -> UpdateOptions:
    """Refuse a change that does not fit; gives what the update reads after the change."""
    below = f"{prefix}." if prefix else ""
    if change.tensor is not None:
        _check_tensor(experiment, change.tensor, Place(key=f"{below}tensor"))
        _check_switch(experiment, change, change.tensor, below)
    try:
        changed = options.checked(change)
    except PydanticCustomError as problem:
        raise settled(problem, prefix) from None
    _check_options(experiment, {**change.options, **change.clipping}, below)
    return changed


def _check_switch(experiment: "Experiment", change: Change, name: str, below: str) -> None:
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
