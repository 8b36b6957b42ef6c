"""An experiment as plain tables, lists and numbers, as TOML or JSON could hold them.

Much faster than writing TOML that keeps an author's comments (`saving`): for recovery
files, which are written while somebody works. The data is left out: its columns are
kept as they are (`explorer.live.work`).
"""

from collections.abc import Mapping
from typing import Any

from explorer.experiment.spec import Batch, Buffer, Experiment, Loss, Optimizer, Training

# All other keys are plain values.
_APART = frozenset({"parameters", "buffers", "changes", "training", "data"})


def plain(experiment: Experiment) -> dict[str, Any]:
    """What `Experiment(**parts, data=…)` makes this experiment of again."""
    keys = [key for key in type(experiment).model_fields if key not in _APART]
    parts: dict[str, Any] = {key: getattr(experiment, key) for key in keys}
    parts["parameters"] = {name: _parameter(each) for name, each in experiment.parameters.items()}
    parts["buffers"] = {name: _parameter(each) for name, each in experiment.buffers.items()}
    parts["changes"] = [change.as_dict() for change in experiment.changes]
    if experiment.has_training:
        parts["training"] = _training(experiment.training)
    return {key: each for key, each in parts.items() if each is not None}


def _parameter(parameter: Buffer) -> dict[str, Any]:
    return {key: getattr(parameter, key) for key in parameter.model_fields_set}


def _training(training: Training) -> dict[str, Any]:
    parts = {key: getattr(training, key) for key in training.model_fields_set}
    return {key: _named(each) for key, each in parts.items()}


def _named(value: object) -> object:
    if isinstance(value, Batch):
        return value.as_dict()
    if isinstance(value, Mapping):
        return {name: group.as_dict() for name, group in value.items()}
    return {"name": value.name, **value.options} if isinstance(value, Loss | Optimizer) else value
