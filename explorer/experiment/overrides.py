"""`--set KEY=VALUE`: one value laid over an experiment's table before it is checked.

The key is dotted. Short forms on the way are written out (`b = 0.5` becomes
`b = { value = 0.5 }` when `parameters.b.requires_grad` is set), missing tables are
made. Called by `file`.
"""

import tomllib
from typing import Any

from explorer.experiment.checking import written_number
from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Place


def apply_override(table: dict[str, Any], override: str) -> None:
    """Set the value in the table.

    Raises:
        BadInput: `override-malformed`, `override-inside-value`, `override-index`.
    """
    key, equals, value = override.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise BadInput("override-malformed", override=shortened(override))
    container: Any = table
    for depth, part in enumerate(path[:-1], start=1):
        container = _inside(container, part, path[:depth])
    _put(container, path, _value(value.strip()))


def _value(text: str) -> object:
    """The value as TOML understands it; anything else is a string."""
    try:
        table = tomllib.loads(f"value = {text}", parse_float=written_number)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return text
    # More than one line of TOML is no value.
    return table["value"] if len(table) == 1 and "\n" not in text else text


def _inside(container: Any, part: str, path: list[str]) -> Any:
    if isinstance(container, list):
        return container[_index(container, part, path)]
    inner = container.setdefault(part, {})
    if isinstance(inner, dict | list) and not _is_short_value(path, inner):
        return inner
    key = _short_key(path)
    if key is None:
        raise BadInput("override-inside-value", Place(key=shortened(".".join(path))))
    container[part] = {key: inner}
    return container[part]


def _is_short_value(path: list[str], inner: object) -> bool:
    return _short_key(path) == "value" and isinstance(inner, list)


def _short_key(path: list[str]) -> str | None:
    """The key that a short form at this path stands for."""
    if len(path) == 2 and path[0] in ("parameters", "buffers"):
        return "value"
    return "name" if path in (["training", "optimizer"], ["training", "loss"]) else None


def _index(container: list[Any], part: str, path: list[str]) -> int:
    if not (part.isascii() and part.isdigit() and len(part) < 10 and int(part) < len(container)):
        place = Place(key=shortened(".".join(path)))
        raise BadInput("override-index", place, count=len(container))
    return int(part)


def _put(container: Any, path: list[str], value: object) -> None:
    if isinstance(container, list):
        container[_index(container, path[-1], path)] = value
    else:
        container[path[-1]] = value
