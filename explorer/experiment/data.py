"""The data columns: inline, from a CSV file beside the experiment, generated, or computed.

`spec` calls `load` with the experiment's `[data]` table. Every column is a float64
array with one entry (or row of features) for each row of the data; the engine
converts it to the experiment's dtype.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import PydanticCustomError

from explorer.experiment.checking import (
    MAX_ELEMENTS,
    MAX_RANGE,
    at_key,
    choice,
    kind_of,
    nested_data,
    number,
    refuse,
    settled,
    table_of,
    text,
    truth,
    unknown_key,
    whole,
    wrong_type,
)
from explorer.experiment.csvfile import Layout, Table, read_columns
from explorer.experiment.csvtext import ENCODINGS
from explorer.experiment.names import check_leaf_name, nearest, shortened
from explorer.experiment.problem import BadInput, Place

Column = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Data:
    """The columns by the names the formula uses, and the table they came from.

    Each column has shape (rows,) or (rows, features, ...). `delimiter` is that of a CSV file
    of plain numbers, and `left_out` the count of its rows that were dropped.
    """

    columns: Mapping[str, Column]
    source: Mapping[str, Any]
    delimiter: str | None = None
    left_out: int = 0

    @property
    def rows(self) -> int:
        """How many rows every column has."""
        return len(next(iter(self.columns.values())))

    def inline(self) -> "Data":
        """The same columns as from a table that holds all numbers itself."""
        numbers = {name: column.tolist() for name, column in self.columns.items()}
        return Data(self.columns, MappingProxyType(numbers))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Data) or self.columns.keys() != other.columns.keys():
            return NotImplemented if not isinstance(other, Data) else False
        pairs = ((self.columns[name], other.columns[name]) for name in self.columns)
        return all(np.array_equal(mine, theirs, equal_nan=True) for mine, theirs in pairs)

    __hash__ = None  # type: ignore[assignment]


def load(table: object, folder: Path | None) -> Data:
    """The columns that the table describes; CSV files are looked up in `folder`.

    Raises:
        BadInput: with the key `data.NAME`, or the place in the CSV file.
    """
    if isinstance(table, Data):
        return table
    if not isinstance(table, Mapping):
        raise BadInput("wrong-type", Place(key="data"), wanted="table", got=kind_of(table))
    source = dict(table)
    read = _from_file(source, folder) if "file" in source else Table(_inline(source))
    _check_rows(read.columns)
    columns = MappingProxyType(read.columns)
    return Data(columns, MappingProxyType(source), read.delimiter, read.left_out)


def _inline(table: Mapping[str, Any]) -> dict[str, Column]:
    """The columns in their order; a formula reads all with numbers, and the computed ones above."""
    by_formula = {name: value for name, value in table.items() if _has_formula(value)}
    columns = {
        name: _guarded(name, _column, value)
        for name, value in table.items()
        if name not in by_formula
    }
    for name, value in by_formula.items():
        columns[name] = _guarded(name, partial(_computed, name, columns), value)
    return {name: columns[name] for name in table}


def _has_formula(value: object) -> bool:
    return isinstance(value, Mapping) and "formula" in value


def _computed(name: str, columns: Mapping[str, Column], value: object) -> Column:
    # What reads formulas is imported for those alone who have one here.
    from explorer.experiment.computed import computed

    return computed(name, table_of(value), columns)


def _guarded(name: str, read: Callable[[object], Column], value: object) -> Column:
    try:
        check_leaf_name(name, Place())
        return read(value)
    except BadInput as problem:
        raise problem.at(key=f"data.{shortened(name)}") from None
    except PydanticCustomError as problem:
        raise settled(problem, f"data.{shortened(name)}") from None


def _column(value: object) -> Column:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return _generated(dict(value))
    if not isinstance(value, list | tuple):
        raise wrong_type("list", value)
    if not value:
        raise refuse("data-empty")
    return np.array(nested_data(value), dtype=np.float64)


_Generator = Callable[["np.random.Generator", float, float, int], Column]
_GENERATORS: Mapping[str, _Generator] = MappingProxyType(
    {
        "linspace": lambda _, first, last, count: np.linspace(first, last, count),
        "normal": lambda generator, mean, spread, count: generator.normal(mean, abs(spread), count),
        "uniform": lambda generator, low, high, count: generator.uniform(low, high, count),
    }
)


def _generated(table: dict[str, Any]) -> Column:
    seed = whole(0, 2**63 - 1)(table.pop("seed", 0))
    for key in table:
        if key not in _GENERATORS:
            raise unknown_key(key, (*_GENERATORS, "formula", "seed"))
    if len(table) != 1:
        raise refuse("generator-missing", choices=", ".join((*_GENERATORS, "formula")))
    name, arguments = table.popitem()
    if not isinstance(arguments, list | tuple) or len(arguments) != 3:
        raise refuse("generator-arguments", name, name=name)
    first, second = number(arguments[0]), number(arguments[1])
    count = whole(1, MAX_ELEMENTS)(arguments[2])
    if name == "normal" and second < 0:
        raise refuse("negative", name, got=second)
    if name == "uniform" and first > second:
        raise refuse("range-reversed", name, low=first, high=second)
    if abs(first) + abs(second) > MAX_RANGE:
        raise refuse("value-too-large", name)
    return _GENERATORS[name](np.random.default_rng(seed), first, second, count)


def _one_sign(value: object) -> str:
    sign = text(value)
    if len(sign) != 1 or sign.isalnum() or sign in "\r\n\"'.+-_\0":
        raise refuse("csv-delimiter")
    return sign


def _wanted(value: object) -> dict[str, str | int]:
    columns = table_of(value)
    if not columns:
        raise refuse("data-empty")
    return {name: at_key(shortened(name), _column_of, each) for name, each in columns.items()}


def _column_of(column: object) -> str | int:
    """A header, or a number counted from 1."""
    return column if isinstance(column, str) else whole(1, MAX_ELEMENTS)(column)


# What the table says of its file, by the keys, in the order in which they are named.
FILE_KEYS: Mapping[str, Callable[[object], Any]] = MappingProxyType(
    {
        "file": text,
        "columns": _wanted,
        "delimiter": _one_sign,
        "decimal": choice(".", ","),
        "header": truth,
        "encoding": choice(*ENCODINGS),
        "missing": choice("refuse", "drop"),
    }
)


def _from_file(table: dict[str, Any], folder: Path | None) -> Table:
    said = {key: _of_file(key, value) for key, value in table.items()}
    name, drop = said.pop("file"), said.pop("missing", "refuse") == "drop"
    for formula_name in said.get("columns", ()):
        check_leaf_name(formula_name, Place(key=f"data.columns.{shortened(formula_name)}"))
    path = _beside(name, folder or Path(), Place(key="data.file"))
    return read_columns(path, Layout(**said, drop_missing=drop))


def _of_file(key: str, value: object) -> Any:
    place = f"data.{shortened(key)}"
    if key not in FILE_KEYS:
        close = nearest(key, FILE_KEYS)
        keys = ", ".join(FILE_KEYS)
        raise BadInput("file-and-columns", Place(key=place), keys=keys, nearest=close)
    try:
        return FILE_KEYS[key](value)
    except PydanticCustomError as problem:
        raise settled(problem, place) from None


def _beside(name: str, folder: Path, place: Place) -> Path:
    """The CSV file's path: only beside or below the experiment.

    An experiment from somebody else must not make the program open whatever file
    or network share it names, nor by a link that came with it; the folder itself
    may be reached by one.
    """
    written = Path(name.replace("\\", "/"))
    outside = written.is_absolute() or ".." in written.parts or ":" in name or "\0" in name
    if not name or outside or not _is_inside(folder / written, folder):
        raise BadInput("file-outside", place, name=shortened(name))
    return folder / written


def _is_inside(path: Path, folder: Path) -> bool:
    """Whether it still is when all links are followed."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except OSError:
        # The working folder is gone: what is looked for there is not found either.
        return True


def _check_rows(columns: Mapping[str, Column]) -> None:
    if not columns:
        raise BadInput("data-empty", Place(key="data"))
    if sum(column.size for column in columns.values()) > MAX_ELEMENTS:
        raise BadInput("too-many-elements", Place(key="data"), limit=MAX_ELEMENTS)
    (first, rows), *others = [(name, len(column)) for name, column in columns.items()]
    for name, count in others:
        if count != rows:
            raise BadInput(
                "data-lengths",
                Place(key=f"data.{name}"),
                first=first,
                first_rows=rows,
                second=name,
                second_rows=count,
            )
