"""What a project says of its audits: `[tool.gradient-explorer.audit]` in its pyproject.toml.

Looked for in the working folder and those above it. The command line's own options come first.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from explorer.experiment.names import nearest
from explorer.experiment.problem import BadInput, Place
from explorer.explain.audit.records import Intent
from explorer.explain.audit.rule import LEVELS
from explorer.explain.audit.rules import RULES

FILE = "pyproject.toml"
TABLE = "tool.gradient-explorer.audit"
MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class Settings:
    """As the keys of the table, with `_` for `-`. `file` is where it was read."""

    subject: str | None = None
    steps: int | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    baseline: str | None = None
    expect_frozen: tuple[str, ...] = ()
    expect_trainable: tuple[str, ...] = ()
    expect_zero: tuple[str, ...] = ()
    expect_unused: tuple[str, ...] = ()
    file: Path | None = None

    @property
    def intent(self) -> Intent:
        """What is declared of the model."""
        return Intent(
            self.expect_frozen, self.expect_trainable, self.expect_zero, self.expect_unused
        )

    def beside(self, path: str) -> Path:
        """A path that is written in the file: from the folder that it is in."""
        return Path(path) if self.file is None else self.file.parent / path


_KEYS = {each.name.replace("_", "-"): each.name for each in fields(Settings) if each.name != "file"}
_LISTS = frozenset({"select", "ignore"}) | {key for key in _KEYS if key.startswith("expect-")}


def settings(folder: Path) -> Settings:
    """Those of the project that the folder is in; the defaults where there are none.

    Raises BadInput for what cannot be used, with the file and the key.
    """
    for home in (folder, *folder.parents):
        file = home / FILE
        if file.is_file():
            return _read(file)
    return Settings()


def _read(file: Path) -> Settings:
    place = Place(str(file))
    try:
        whole = tomllib.loads(file.read_bytes()[:MOST_BYTES].decode("utf-8"))
    except OSError as error:
        raise BadInput("cannot-read", place, reason=error.strerror or str(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("not-toml", place, message=str(error)) from None
    table: Any = whole
    for part in TABLE.split("."):
        table = table.get(part, {}) if isinstance(table, Mapping) else {}
    if not isinstance(table, Mapping):
        return Settings()
    given = {_KEYS[key]: _value(file, key, table[key]) for key in map(_known(file), table)}
    return Settings(**given, file=file)


def _known(file: Path) -> Any:
    def known(key: str) -> str:
        if key not in _KEYS:
            place = Place(str(file), key=f"{TABLE}.{key}")
            raise BadInput("audit-key", place, name=key, nearest=nearest(key, _KEYS))
        return key

    return known


def _value(file: Path, key: str, value: Any) -> Any:
    place = Place(str(file), key=f"{TABLE}.{key}")
    if key in _LISTS:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise BadInput("audit-value", place, wanted="texts", given=str(value))
        return checked_rules(value, place) if key in ("select", "ignore") else tuple(value)
    if key == "steps":
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 1_000_000:
            raise BadInput("audit-value", place, wanted="steps", given=str(value))
    elif not isinstance(value, str):
        raise BadInput("audit-value", place, wanted="text", given=str(value))
    return checked_level(value, place) if key == "fail-on" else value


def checked_rules(names: Collection[str], place: Place | None = None) -> tuple[str, ...]:
    """The names, if they are all rules'. Raises BadInput `no-such-rule`."""
    for name in names:
        if name not in RULES:
            raise BadInput("no-such-rule", place, name=name, nearest=nearest(name, RULES))
    return tuple(names)


def checked_level(level: str, place: Place | None = None) -> str:
    """The level, if findings can fail at it. Raises BadInput `no-such-level`."""
    if level not in LEVELS:
        raise BadInput("no-such-level", place, name=level, known=", ".join(LEVELS))
    return level
