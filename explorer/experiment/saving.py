"""An experiment back into TOML, keeping what its author wrote.

`merged` compares the experiment with the one its text describes and writes only what
differs into the author's document; `written` makes a new text. Called by
`file.updated_text`. The keys are the fields of the experiment's parts: one that is not
named here is written as the value it is.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, String, Table
from tomlkit.toml_document import TOMLDocument

from explorer.experiment.changes import Change
from explorer.experiment.checking import Part
from explorer.experiment.groups import Group
from explorer.experiment.losses import LOSSES, Loss
from explorer.experiment.optimizers import OPTIMIZERS, Optimizer
from explorer.experiment.parameter import INIT_KEYS, Buffer
from explorer.experiment.spec import Batch, Experiment, Training

T = TypeVar("T")
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
    _merge_data(document, old, new)
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
        container[key] = _quoted(container.get(key), new) or _item(new)


def _quoted(present: object, value: object) -> Any:
    """A text in the author's own kind of quotes, where it can stand in them; else None."""
    if not isinstance(present, String) or not isinstance(value, str):
        return None
    quotes = "'''" if present.as_string().startswith("'''") else present.as_string()[:1]
    inside = f"\n{value}" if quotes == "'''" else value
    written = f"{quotes}{inside}{quotes}"
    with suppress(TOMLKitError, ValueError):
        item = tomlkit.value(written) if quotes.startswith("'") else None
        return item if item is not None and item.unwrap() == value else None
    return None


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
    old = _renamed(table, old, new)
    for name in old:
        if name not in new:
            table.pop(name, None)
    for name, parameter in new.items():
        before = old.get(name)
        if parameter != before:
            _merge_parameter(table, name, before, parameter)


def _renamed(table: Any, old: Mapping[str, T], new: Mapping[str, object]) -> Mapping[str, T]:
    """The old entries, under new names where only names differ; so they are called in the table.

    There are as many as before, and the others are where they were.
    """
    different = [(was, name) for was, name in zip(old, new, strict=False) if was != name]
    gone, come = old.keys() - new.keys(), new.keys() - old.keys()
    same_places = {was for was, _ in different} == gone and {name for _, name in different} == come
    if len(old) != len(new) or not same_places:
        return old
    names = {was: name for was, name in different if _rename(table, was, name)}
    return {names.get(name, name): each for name, each in old.items()}


def _rename(table: Any, was: str, name: str) -> bool:
    """Call a value otherwise, in its place and with its comment; False if that cannot be.

    What is a table under a heading of its own, or is written in several places, stays.
    """
    container, item = getattr(table, "value", None), table.get(was)
    if (
        not isinstance(container, Container)
        or not isinstance(item, Item)
        or isinstance(item, Table)
    ):
        return False
    # tomlkit has no other way to change a key alone.
    container._replace(was, name, item)
    dict.pop(table, was, None)
    dict.__setitem__(table, name, item)
    return True


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
        if key in INIT_KEYS and new.value is not None:
            value = None
        _set(table[name], key, before.get(key), _plain(value))


def _merge_data(document: TOMLDocument, old: Experiment, new: Experiment) -> None:
    """Column by column, where both tables hold the numbers themselves."""
    if old.data == new.data and _reads_file(old) == _reads_file(new):
        return
    if None in (old.data, new.data) or _reads_file(old) or _reads_file(new):
        _set(document, "data", None, _data(new))
        if new.data is None:
            document.pop("data", None)
        return
    assert old.data is not None
    assert new.data is not None
    table = _table(document, "data")
    before, after = _renamed(table, old.data.source, new.data.source), new.data.source
    for name in before:
        if name not in after:
            table.pop(name, None)
    for name, source in after.items():
        if name not in before or not _same(before[name], source):
            table[name] = (
                _inline(source) if isinstance(source, Mapping) else _plain(_listed(source))
            )


def _same(one: object, other: object) -> bool:
    """Of columns' sources: lists, arrays, or tables that say how one is made."""
    return one is other or bool(_listed(one) == _listed(other))


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
    tables = [] if present is None else list(present)
    kept = [each for each in tables if _took(left, each)]
    kept += [each for each in tables if not _is_in(kept, each) and _became(left, each)]
    if present is not None and not isinstance(present, AoT):
        in_order = [each for each in tables if _is_in(kept, each)]
        document["changes"] = [*in_order, *(_inline(change.as_dict()) for change in left)]
        return
    if present is not None:
        for index in reversed(range(len(present))):
            if not _is_in(kept, present[index]):
                del present[index]
    blocks = present if present is not None else tomlkit.aot()
    for change in left:
        blocks.append(_block(change))
    if present is None:
        document["changes"] = blocks
    elif not len(blocks):
        document.pop("changes")


def _took(changes: list[Change], table: Any) -> bool:
    """Whether the author's table is one of these changes; takes it out of them."""
    change = Change.model_validate(table.unwrap())
    if change not in changes:
        return False
    changes.remove(change)
    return True


def _is_in(tables: list[Any], table: Any) -> bool:
    return any(table is each for each in tables)


def _became(changes: list[Change], table: Any) -> bool:
    """Whether one of these changes is what became of the author's table; takes it out of them.

    It sets the same keys at the same step: of a tensor that is called otherwise, or another value.
    """
    before = Change.model_validate(table.unwrap()).as_dict()
    for change in changes:
        entries = change.as_dict()
        if entries.keys() == before.keys() and change.step == before["step"]:
            for key, value in entries.items():
                _set(table, key, before[key], _plain(value))
            changes.remove(change)
            return True
    return False


def _block(change: Change) -> Any:
    table = tomlkit.table()
    table.trivia.indent = "\n"
    for key, value in change.as_dict().items():
        table[key] = value
    return table
