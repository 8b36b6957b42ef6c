"""Number columns out of a CSV file, with row and column named where one is bad.

Called by `data.load`. The first line holds the headers; commas, semicolons and tabs
are understood as separators. Empty lines are skipped.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.experiment.names import check_leaf_name, nearest, shortened
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.textfile import read_text

_SEPARATORS = (",", ";", "\t")


def read_columns(path: Path, wanted: Mapping[str, str] | None) -> dict[str, NDArray[np.float64]]:
    """The columns of the file by the formula's names, each of shape (rows,).

    `wanted` maps these names to headers; None takes every column by its header.

    Raises:
        BadInput: with the file and, where there is one, the line.
    """
    content = read_text(path)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=_separator(content))
    lines = _lines(reader, path)
    _, headers = next(lines, (0, []))
    headers = [header.strip() for header in headers]
    places = _places(headers, wanted, path)
    columns: dict[str, list[float]] = {name: [] for name in places}
    for line, cells in lines:
        where = Place(file=str(path), line=line)
        if len(cells) != len(headers):
            raise BadInput("csv-ragged", where, wanted=len(headers), got=len(cells))
        for name, index in places.items():
            columns[name].append(_number(cells[index], headers[index], where))
    if not next(iter(columns.values())):
        raise BadInput("data-empty", Place(file=str(path)))
    return {name: np.array(values, dtype=np.float64) for name, values in columns.items()}


def _separator(content: str) -> str:
    first = content.lstrip().partition("\n")[0]
    return max(_SEPARATORS, key=first.count)


def _lines(reader: Iterator[list[str]], path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line that is not empty."""
    numbered = iter(reader)
    while True:
        try:
            cells = next(numbered)
        except StopIteration:
            return
        except csv.Error as error:
            line = int(getattr(reader, "line_num", 1))
            place = Place(file=str(path), line=line)
            raise BadInput("csv-malformed", place, message=shortened(str(error))) from None
        if any(cell.strip() for cell in cells):
            yield int(getattr(reader, "line_num", 1)), cells


def _places(headers: Sequence[str], wanted: Mapping[str, str] | None, path: Path) -> dict[str, int]:
    """The index of the column for each of the formula's names."""
    first = Place(file=str(path), line=1)
    if not headers:
        raise BadInput("data-empty", Place(file=str(path)))
    if wanted is None:
        for header in headers:
            _check_header(header, first)
        wanted = {header: header for header in headers}
    for name, header in wanted.items():
        if header not in headers:
            raise BadInput(
                "csv-header-missing",
                Place(key=f"data.columns.{name}"),
                header=shortened(header),
                nearest=nearest(header, headers),
            )
    for header in wanted.values():
        if headers.count(header) > 1:
            raise BadInput("csv-header-twice", first, header=shortened(header))
    return {name: headers.index(header) for name, header in wanted.items()}


def _check_header(header: str, place: Place) -> None:
    try:
        check_leaf_name(header, place)
    except BadInput:
        raise BadInput("csv-header-not-a-name", place, header=shortened(header)) from None


def _number(cell: str, header: str, place: Place) -> float:
    try:
        # Python would read 1_000 as 1000, and digits of every script.
        value = float(cell) if cell.isascii() and "_" not in cell else None
    except ValueError:
        value = None
    if value is None:
        raise BadInput("csv-not-a-number", place, header=shortened(header), cell=shortened(cell))
    if not math.isfinite(value):
        raise BadInput("csv-not-finite", place, header=shortened(header), cell=shortened(cell))
    return value
