"""What the parts of an experiment share: strict kinds of value, and refusals.

pydantic walks the tables; the functions here check single values and refuse with
one of our codes, and `as_bad_input` turns what pydantic found into a `BadInput` with
the dotted key, so that nobody ever reads pydantic's own words.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from explorer.experiment.names import nearest, shortened
from explorer.experiment.problem import BadInput, Fact, Place

T = TypeVar("T")
V = TypeVar("V")
MAX_DIMENSIONS = 8
MAX_ELEMENTS = 10_000_000
# A wider range overflows on the way, in numpy as in PyTorch.
MAX_RANGE = 1e300


def refuse(code: str, key: str = "", **facts: Fact) -> PydanticCustomError:
    """A refusal for pydantic to carry up; `key` is below the value being checked."""
    return PydanticCustomError(code, "refused", {"below": key, **facts})


def kind_of(value: object) -> str:
    """What a value is, as a key of the kinds' wordings (`explorer.words.errors`)."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "truth"),
        (int, "whole-number"),
        (float, "number"),
        (str, "text"),
        ((list, tuple), "list"),
        (dict, "table"),
        (type(None), "nothing"),
    )
    return next((kind for types, kind in kinds if isinstance(value, types)), "other")


def wrong_type(wanted: str, value: object, key: str = "") -> PydanticCustomError:
    """The refusal of a value of the wrong kind."""
    return refuse("wrong-type", key, wanted=wanted, got=kind_of(value))


def number(value: object) -> float:
    """A finite number as a float; integers are taken, truth values are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type("number", value)
    try:
        result = float(value)
    except OverflowError:
        raise refuse("value-too-large") from None
    if not math.isfinite(result):
        raise refuse("not-finite", got=str(result))
    return result


def at_least_zero(value: object) -> float:
    """A finite number that is not negative."""
    checked = number(value)
    if checked < 0:
        raise refuse("negative", got=checked)
    return checked


def limit(value: object) -> float:
    """A number that is not negative, or infinity, which limits nothing."""
    return value if value == math.inf and isinstance(value, float) else at_least_zero(value)


def any_number(value: object) -> float:
    """A number as data may be: NaN and infinity stand for themselves."""
    if isinstance(value, float) and math.isnan(value):
        # One and the same, so that two equal experiments are equal.
        return math.nan
    return value if isinstance(value, float) and math.isinf(value) else number(value)


def written_number(text: str) -> float | int:
    """A number of a TOML file: for `tomllib`'s `parse_float`.

    Infinite is only what says so. What is beyond float64 stays a whole number that large,
    which is then refused as such.
    """
    value = float(text)
    if math.isinf(value) and "inf" not in text:
        return int(math.copysign(1, value)) * 10**400
    return value


def truth(value: object) -> bool:
    """True or false, and nothing that merely counts as it."""
    if not isinstance(value, bool):
        raise wrong_type("truth", value)
    return value


def text(value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise wrong_type("text", value)
    return value


def whole(least: int, most: int) -> Callable[[object], int]:
    """A check for a whole number within these bounds (both allowed)."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type("whole-number", value)
        if not least <= value <= most:
            # Python refuses to print integers of more than 4,300 digits.
            raise refuse("out-of-range", least=least, most=most)
        return value

    return check


def choice(*choices: str) -> Callable[[object], str]:
    """A check for one of these strings."""

    def check(value: object) -> str:
        given = text(value)
        if given not in choices:
            raise unknown_choice(given, choices)
        return given

    return check


def unknown_choice(given: str, choices: Collection[str], key: str = "") -> PydanticCustomError:
    """The refusal of a word that is not among the choices."""
    return refuse(
        "unknown-choice",
        key,
        given=shortened(given),
        choices=", ".join(choices),
        nearest=nearest(given, choices),
    )


def unknown_key(name: object, known: Iterable[str]) -> PydanticCustomError:
    """The refusal of a key that nobody knows; names the nearest one that there is."""
    key = shortened(str(name))
    return refuse("unknown-key", key, name=key, nearest=nearest(str(name), known))


Nested = float | tuple["Nested", ...]


def nested(value: object, check: Callable[[object], float] = number) -> Nested:
    """A number or nested lists of them, all of one shape, as floats and tuples."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    result = _nested(value, MAX_DIMENSIONS, check)
    shape_of(result)
    return result


def nested_data(value: object) -> Nested:
    """The same of numbers that may be NaN or infinite."""
    return nested(value, any_number)


def first_broken(value: Nested) -> float | None:
    """The first number that is not finite."""
    if isinstance(value, tuple):
        found = (first_broken(each) for each in value)
        return next((each for each in found if each is not None), None)
    return None if math.isfinite(value) else value


def _nested(value: object, dimensions_left: int, check: Callable[[object], float]) -> Nested:
    if not isinstance(value, list | tuple):
        return check(value)
    if dimensions_left == 0:
        raise refuse("too-many-dimensions", limit=MAX_DIMENSIONS)
    if not value:
        raise refuse("list-empty")
    return tuple(_nested(each, dimensions_left - 1, check) for each in value)


def shape_of(value: Nested) -> tuple[int, ...]:
    """The shape of nested tuples; refuses rows of different length."""
    if not isinstance(value, tuple):
        return ()
    shapes = {shape_of(each) for each in value}
    if len(shapes) > 1:
        raise refuse("list-ragged")
    return (len(value), *shapes.pop())


def table_of(value: object) -> dict[str, Any]:
    """A table with string keys, as a new dictionary."""
    if not isinstance(value, Mapping):
        raise wrong_type("table", value)
    return dict(value)


class Checked(Protocol):
    """An option of an entry, which checks the values that it is given."""

    @property
    def check(self) -> Callable[[object], Any]:
        """The value, or a refusal."""


class Named(Protocol):
    """An entry of a table of losses, or of optimizers."""

    @property
    def options(self) -> Mapping[str, Checked]:
        """Its options by their keys."""


def named(value: object, entries: Mapping[str, Named]) -> tuple[str, dict[str, Any]]:
    """The name of an entry and the options given: of `"adam"`, or a table with `name`."""
    table = {"name": value} if isinstance(value, str) else table_of(value)
    if "name" not in table:
        raise refuse("missing-key", "name")
    name = table.pop("name")
    if not isinstance(name, str):
        raise wrong_type("text", name, "name")
    if name not in entries:
        raise unknown_choice(name, tuple(entries), "name")
    known, options = entries[name].options, dict[str, Any]()
    for key, given in table.items():
        if key not in known:
            raise unknown_key(key, ("name", *known))
        options[key] = at_key(key, known[key].check, given)
    return name, options


class Part(BaseModel):
    """A part of an experiment: frozen, and every unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @classmethod
    def prepare(cls, value: object) -> dict[str, Any]:
        """The table with short forms written out; the parts override it."""
        return table_of(value)

    @classmethod
    def known_keys(cls) -> tuple[str, ...]:
        """The keys an author may write."""
        return tuple(cls.model_fields)

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, value: object) -> object:
        if isinstance(value, cls):
            return value
        prepared = cls.prepare(value)
        for key in prepared:
            if key not in cls.model_fields:
                raise unknown_key(key, cls.known_keys())
        return prepared


def at_key(key: str, check: Callable[[V], T], value: V) -> T:
    """The checked value of a key; a refusal names the key, and what is below it."""
    try:
        return check(value)
    except PydanticCustomError as problem:
        facts = dict(problem.context or {})
        below = facts.pop("below", "")
        raise refuse(problem.type, f"{key}.{below}" if below else key, **facts) from None


def settled(problem: PydanticCustomError, key: str) -> BadInput:
    """A refusal met outside pydantic, at the value with this dotted key."""
    facts = dict(problem.context or {})
    parts = [part for part in (key, facts.pop("below", "")) if part]
    return BadInput(problem.type, Place(key=".".join(parts) or None), **facts)


_WANTED = {"string_type": "text", "dict_type": "table", "tuple_type": "list", "list_type": "list"}


def as_bad_input(error: ValidationError) -> BadInput:
    """The first thing pydantic found, as a BadInput with its dotted key."""
    first = error.errors(include_url=False)[0]
    facts: dict[str, Any] = dict(first.get("ctx", {}))
    parts = [shortened(str(part)) for part in first["loc"]]
    below = facts.pop("below", "")
    place = Place(key=".".join([*parts, below] if below else parts) or None)
    kind = first["type"]
    if kind == "missing":
        return BadInput("missing-key", place)
    if kind in _WANTED:
        wanted, got = _WANTED[kind], kind_of(first["input"])
        return BadInput("wrong-type", place, wanted=wanted, got=got)
    return BadInput(kind, place, **facts)
