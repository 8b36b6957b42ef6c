"""An experiment back into TOML, keeping what its author wrote.

`merged` compares the experiment with the one its text describes and writes only what
differs into the author's document; `written` makes a new text. Called by
`file.updated_text`. The keys are the fields of the experiment's parts: one that is not
named here is written as the value it is.
"""

from collections.abc import Collection, Mapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Item
from tomlkit.toml_document import TOMLDocument

from explorer.experiment.changes import Change
from explorer.experiment.checking import Part
from explorer.experiment.groups import Group
from explorer.experiment.losses import LOSSES, Loss
from explorer.experiment.optimizers import OPTIMIZERS, Optimizer
from explorer.experiment.parameter import Buffer
from explorer.experiment.spec import Batch, Experiment, Training

# The keys that are more than a value; each has its own lines in `merged` and `written`.
_APART = frozenset({"detach", "parameters", "buffers", "data", "training", "changes"})
_APART_IN_TRAINING = frozenset({"loss", "optimizer", "groups", "batch"})


def _value_keys(part: Part, apart: Collection[str]) -> list[str]:
    """The other keys, in the order of the fields; the formula, which is long, comes last."""
    keys = [key for key in type(part).model_fields if key not in apart]
    return sorted(keys, key="formula".__eq__)


def merged(text: str, old: Experiment, new: Experiment) -> str:
    """The text with what differs between `old` and `new` written in."""
    document = tomlkit.parse(text)
    for key in _value_keys(new, _APART):
        _set(document, key, getattr(old, key), getattr(new, key))
    _set(document, "detach", list(old.detach), list(new.detach) or None)
    _merge_parameters(document, "parameters", old.parameters, new.parameters)
    _merge_parameters(document, "buffers", old.buffers, new.buffers)
    if old.data != new.data or _reads_file(old) != _reads_file(new):
        _set(document, "data", None, _data(new))
    _merge_training(document, old.training, new.training)
    _merge_changes(document, old.changes, new.changes)
    return tomlkit.dumps(document)


def written(experiment: Experiment) -> str:
    """A new text for the experiment, with everything that is not a default."""
    document = tomlkit.document()
    for key in _value_keys(experiment, _APART):
        _set(document, key, _default(experiment, key), getattr(experiment, key))
    _set(document, "detach", [], list(experiment.detach))
    _merge_parameters(document, "parameters", {}, experiment.parameters)
    _merge_parameters(document, "buffers", {}, experiment.buffers)
    _set(document, "data", None, _data(experiment))
    if experiment.has_training:
        _merge_training(document, type(experiment.training)(), experiment.training)
        _table(document, "training")["steps"] = experiment.training.steps
    _merge_changes(document, (), experiment.changes)
    return tomlkit.dumps(document)


def _default(part: Part, key: str) -> object:
    return type(part).model_fields[key].get_default(call_default_factory=True)


def _set(container: Any, key: str, old: object, new: object) -> None:
    """Write the new value if it differs; None takes the key away."""
    if old == new:
        return
    if new is None:
        container.pop(key, None)
    else:
        container[key] = _item(new)


def _item(value: object) -> Any:
    if isinstance(value, str) and "\n" in value:
        # The line break after the quotes is the layout's: the parser takes it away.
        quoted = tomlkit.string(value, multiline=True).as_string()
        # A carriage return before a line break would be read as part of it.
        inner = quoted[3:].removeprefix("\n").replace("\r", "\\r")
        return tomlkit.value('"""\n' + inner)
    if isinstance(value, Mapping) and not isinstance(value, Item):
        return _inline(value)
    return _plain(value)


def _plain(value: object) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _inline(entries: Mapping[str, object]) -> Any:
    table = tomlkit.inline_table()
    for key, value in entries.items():
        table[key] = _plain(value)
    return table


def _table(document: Any, key: str) -> Any:
    """The table of that name, made if it is missing."""
    if key not in document:
        document[key] = tomlkit.table()
    return document[key]


def _merge_parameters(
    document: TOMLDocument, key: str, old: Mapping[str, Buffer], new: Mapping[str, Buffer]
) -> None:
    if old == new:
        return
    table = _table(document, key)
    for name in old:
        if name not in new:
            table.pop(name, None)
    for name, parameter in new.items():
        before = old.get(name)
        if parameter != before:
            _merge_parameter(table, name, before, parameter)


def _parameter_entries(parameter: Buffer) -> dict[str, object]:
    """The keys that are set or not as PyTorch has them."""
    entries = {key: getattr(parameter, key) for key in type(parameter).model_fields}
    return {key: each for key, each in entries.items() if each != _default(parameter, key)}


def _merge_parameter(table: Any, name: str, old: Buffer | None, new: Buffer) -> None:
    entries = _parameter_entries(new)
    if old is None or not isinstance(table[name], dict):
        short = entries.keys() == {"value"}
        table[name] = _plain(new.value) if short else _inline(entries)
        return
    before = _parameter_entries(old)
    for key in (*before, *entries):
        # A key the author wrote stays, even at its default: the table then reads as it did.
        value = entries.get(key, _default(new, key))
        _set(table[name], key, before.get(key), _plain(value))


def _data(experiment: Experiment) -> object:
    if experiment.data is None:
        return None
    table = tomlkit.table()
    for key, value in experiment.data.source.items():
        table[key] = _inline(value) if isinstance(value, Mapping) else _plain(_listed(value))
    return table


def _reads_file(experiment: Experiment) -> bool:
    return experiment.data is not None and "file" in experiment.data.source


def _listed(value: object) -> object:
    tolist = getattr(value, "tolist", None)
    return tolist() if tolist else value


def _merge_training(document: TOMLDocument, old: Training, new: Training) -> None:
    if old == new:
        return
    table = _table(document, "training")
    for key in _value_keys(new, _APART_IN_TRAINING):
        _set(table, key, getattr(old, key), getattr(new, key))
    if old.loss != new.loss and "loss" in new.model_fields_set:
        _set(table, "loss", None, _loss(new.loss))
    _merge_optimizer(table, old.optimizer, new.optimizer)
    _merge_groups(table, old.groups, new.groups)
    _merge_batch(table, old.batch, new.batch)


def _loss(loss: Loss | None) -> object:
    if loss is None:
        return None
    if dict(loss.options) == LOSSES[loss.name].defaults:
        return loss.name
    return _inline({"name": loss.name, **loss.options})


def _merge_optimizer(table: Any, old: Optimizer, new: Optimizer) -> None:
    if old == new:
        return
    present = table.get("optimizer")
    if old.name != new.name or not isinstance(present, dict):
        defaults = OPTIMIZERS[new.name].defaults
        options = {key: each for key, each in new.options.items() if each != defaults[key]}
        table["optimizer"] = _inline({"name": new.name, **options}) if options else new.name
        return
    for key, value in new.options.items():
        _set(present, key, _plain(old.options[key]), _plain(value))


def _merge_groups(table: Any, old: Mapping[str, Group], new: Mapping[str, Group]) -> None:
    if old == new:
        return
    groups = _table(table, "groups") if new else table.get("groups", {})
    for name in old:
        if name not in new:
            groups.pop(name, None)
    for name, group in new.items():
        entries = group.as_dict()
        before = old[name].as_dict() if name in old else {}
        if name not in groups:
            groups[name] = tomlkit.table()
        for key in (*before, *entries):
            _set(groups[name], key, before.get(key), entries.get(key))
    if not new:
        table.pop("groups", None)


def _merge_batch(table: Any, old: Batch | None, new: Batch | None) -> None:
    if old == new:
        return
    present = table.get("batch")
    if old is None or new is None or not isinstance(present, dict):
        _set(table, "batch", None, None if new is None else new.as_dict())
        if new is None:
            table.pop("batch", None)
        return
    for key, value in new:
        _set(present, key, getattr(old, key), value)


def _merge_changes(
    document: TOMLDocument, old: tuple[Change, ...], new: tuple[Change, ...]
) -> None:
    """Take away the author's changes that are gone, and put new ones after the others."""
    if old == new:
        return
    present = document.get("changes")
    left = list(new)
    kept = [] if present is None else [each for each in present if _took(left, each)]
    if present is not None and not isinstance(present, AoT):
        document["changes"] = [*kept, *(_inline(change.as_dict()) for change in left)]
        return
    if present is not None:
        for index in reversed(range(len(present))):
            if not any(present[index] is each for each in kept):
                del present[index]
    tables = present if present is not None else tomlkit.aot()
    for change in left:
        tables.append(_block(change))
    if present is None:
        document["changes"] = tables
    elif not len(tables):
        document.pop("changes")


def _took(changes: list[Change], table: Any) -> bool:
    """Whether the author's table is one of these changes; takes it out of them."""
    change = Change.model_validate(table.unwrap())
    if change not in changes:
        return False
    changes.remove(change)
    return True


def _block(change: Change) -> Any:
    table = tomlkit.table()
    table.trivia.indent = "\n"
    for key, value in change.as_dict().items():
        table[key] = value
    return table
