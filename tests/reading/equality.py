"""What makes two experiments one: all that a run can see, however the file or formula says it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from explorer.experiment.spec import Change, Experiment
from explorer.experiment.tree import Expression, Name, Number


def differences(one: Experiment, other: Experiment) -> list[str]:
    """The parts in which they differ; titles, comments and the spelling of a formula are none."""
    first, second = parts(one), parts(other)
    return [name for name in first if first[name] != second[name]]


def parts(experiment: Experiment) -> dict[str, Any]:
    trains = experiment.has_training or bool(experiment.changes)
    read = {*experiment.inputs, *([experiment.prediction] if experiment.prediction else [])}
    return {
        "dtype": experiment.dtype,
        "program": [_line(each) for each in experiment.program.assignments],
        "objective": (experiment.prediction, experiment.predicted, experiment.objective),
        "parameters": [
            (name, _numbers(each, experiment), each.requires_grad, each.optimize or not trains)
            for name, each in experiment.parameters.items()
        ],
        "buffers": {name: _numbers(each, experiment) for name, each in experiment.buffers.items()},
        "data": {name: _bits(experiment.columns[name], experiment.dtype) for name in read},
        "detach": experiment.cuts,
        "loss": experiment.training.loss if experiment.prediction else None,
        "training": _training(experiment) if trains else None,
        "changes": [each for change in experiment.changes for each in _changes(experiment, change)],
    }


def _line(line: Any) -> tuple[Any, ...]:
    return line.name, _expression(line.expression), line.records


def _expression(each: Expression) -> Any:
    match each:
        case Number(value):
            return repr(float(value))
        case Name(name):
            return ("name", name)
    arguments = [_expression(one) for one in each.arguments]
    return each.operation, arguments, sorted(map(str, each.options)), each.in_place, each.named


def _bits(values: Any, dtype: str) -> tuple[tuple[int, ...], bytes]:
    array = np.asarray(values, dtype=dtype)
    return array.shape, array.tobytes()


def _numbers(leaf: Any, experiment: Experiment) -> Any:
    return _bits(leaf.array(), experiment.dtype)


def _training(experiment: Experiment) -> Any:
    training = experiment.training
    common = dict(training.optimizer.options)
    own = {name: dict(group.options) for name, group in training.groups.items()}
    rows = experiment.data.rows if experiment.data is not None else 0
    batch = training.batch if experiment.inputs or experiment.prediction else None
    return (
        training.optimizer.name,
        [
            (name, members, {**common, **own.get(name, {})})
            for name, members in experiment.param_groups.items()
        ],
        (training.steps, training.zero_grad, training.clip_grad_norm, training.clip_grad_value),
        # More steps than there are make no update, a batch of more rows has all.
        min(training.accumulate, training.steps + 1),
        batch and (min(batch.size, rows), batch.shuffle, batch.seed if batch.shuffle else 0),
    )


def _changes(experiment: Experiment, change: Change) -> Iterator[Any]:
    """One for each thing that it changes, and for each group."""
    if change.tensor is not None:
        value = None if change.value is None else _bits(change.value, experiment.dtype)
        yield change.step, change.tensor, change.requires_grad, change.detach, value
    groups = [change.group] if change.group else list(experiment.param_groups)
    for key, option in change.options.items():
        yield change.step, key, option, groups
    for key, limit in change.clipping.items():
        yield change.step, key, limit
