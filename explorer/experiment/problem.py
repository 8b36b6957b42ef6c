"""Bad input as a value: a code, its facts and the place. No sentences here.

Everything that refuses an experiment (file reader, validator, formula checker,
compiler, command line) raises `BadInput`. `explorer.words.errors` turns it into
a sentence in the reader's language; the command line exits with status 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

Fact = str | int | float


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the input: any part may be unknown.

    `line` and `column` count from 1. `key` is the dotted TOML key, for example
    `training.optimizer.lr`. With `key == "formula"` the line and column are
    those of the formula's own text.
    """

    file: str | None = None
    key: str | None = None
    line: int | None = None
    column: int | None = None


class BadInput(Exception):  # noqa: N818 (the design's word; it is not the program that errs)
    """The user's input cannot be used.

    `code` selects the sentence in `explorer.words.errors`, `facts` fill its
    placeholders.
    """

    def __init__(self, code: str, place: Place | None = None, **facts: Fact) -> None:
        super().__init__(code, place, facts)
        self.code = code
        self.place = place or Place()
        self.facts: Mapping[str, Fact] = MappingProxyType(facts)

    def at(self, **parts: str | int | None) -> "BadInput":
        """The same problem with the unknown parts of its place filled in."""
        known = {name: value for name, value in parts.items() if getattr(self.place, name) is None}
        return BadInput(self.code, replace(self.place, **known), **self.facts)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Failure:
    """A run that stopped by itself, as a value (see `explorer.engine.session`).

    Codes: `non-finite`, `nothing-requires-grad`, `torch-error`, `out-of-memory`, `wrong-dtype`,
    `overwritten`.
    `facts` are texts, numbers, and the figures of tensors by their labels.
    """

    code: str
    step: int
    facts: Mapping[str, Any] = field(default_factory=dict)
