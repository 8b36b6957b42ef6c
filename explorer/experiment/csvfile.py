"""Number columns out of a CSV file, with row and column named where one is bad.

Called by `data.load`. The first line holds the headers; commas, semicolons and tabs
are understood as separators. Empty lines are skipped.
"""

import csv
import math
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.experiment.checking import MAX_ELEMENTS
from explorer.experiment.names import check_leaf_name, nearest, shortened
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.textfile import Limits, read_text

_SEPARATORS = (",", ";", "\t")
LIMITS = Limits(mib=64, lines=2_000_000)
# Room for more than 200,000 columns.
MAX_ROW = 4 * 2**20
_FIRST_LINE = re.compile(r"\S[^\r\n]*")
# Possessive: it must not go back over a line of megabytes that has no end.
_ONE_LINE = re.compile(r"[^\r\n]++(?:\r\n?|\n)?|\r\n?|\n")


def read_columns(path: Path, wanted: Mapping[str, str] | None) -> dict[str, NDArray[np.float64]]:
    """The columns of the file by the formula's names, each of shape (rows,).

    `wanted` maps these names to headers; None takes every column by its header.

    Raises:
        BadInput: with the file and, where there is one, the line.
    """
    content = read_text(path, LIMITS)
    lines = _lines(content, path)
    _, headers = next(lines, (0, []))
    headers = [header.strip() for header in headers]
    places = _places(headers, wanted, path)
    # Numbers side by side: a list of objects takes five times the memory.
    columns = {name: array("d") for name in places}
    for read, (line, cells) in enumerate(lines, start=1):
        where = Place(file=str(path), line=line)
        if len(cells) != len(headers):
            raise BadInput("csv-ragged", where, wanted=len(headers), got=len(cells))
        if read * len(places) > MAX_ELEMENTS:
            raise BadInput("too-many-elements", where, limit=MAX_ELEMENTS)
        for name, index in places.items():
            columns[name].append(_number(cells[index], headers[index], where))
    if not next(iter(columns.values())):
        raise BadInput("data-empty", Place(file=str(path)))
    return {name: np.array(values, dtype=np.float64) for name, values in columns.items()}


def _separator(content: str) -> str:
    first = _FIRST_LINE.search(content)
    return max(_SEPARATORS, key=first[0].count) if first else _SEPARATORS[0]


def _lines(content: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line that is not empty."""
    source = _Rows(content)
    reader = csv.reader(source, delimiter=_separator(content))
    while True:
        source.taken = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            place = Place(file=str(path), line=reader.line_num)
            raise BadInput("csv-malformed", place, message=shortened(str(error))) from None
        except _TooLongError:
            place = Place(file=str(path), line=reader.line_num + 1)
            raise BadInput("csv-row-too-long", place, limit_mib=MAX_ROW // 2**20) from None
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


class _TooLongError(Exception):
    """A row's text, over all its lines, is longer than MAX_ROW."""


class _Rows:
    """The lines of a text for `csv.reader`, with their ends, without a copy of the whole.

    `taken` is what was given out; whoever has got a row sets it back to 0.
    """

    def __init__(self, content: str) -> None:
        self._lines = _ONE_LINE.finditer(content)
        self.taken = 0

    def __iter__(self) -> "_Rows":
        return self

    def __next__(self) -> str:
        line: str = next(self._lines)[0]
        self.taken += len(line)
        if self.taken > MAX_ROW:
            raise _TooLongError
        return line


def _places(headers: Sequence[str], wanted: Mapping[str, str] | None, path: Path) -> dict[str, int]:
    """The index of the column for each of the formula's names."""
    first = Place(file=str(path), line=1)
    if not headers:
        raise BadInput("data-empty", Place(file=str(path)))
    if wanted is None:
        for header in headers:
            _check_header(header, first)
        wanted = {header: header for header in headers}
    count_of = Counter(headers)
    for name, header in wanted.items():
        if header not in count_of:
            raise BadInput(
                "csv-header-missing",
                Place(key=f"data.columns.{name}"),
                header=shortened(header),
                nearest=nearest(header, headers),
            )
    for header in wanted.values():
        if count_of[header] > 1:
            raise BadInput("csv-header-twice", first, header=shortened(header))
    index_of = {header: index for index, header in enumerate(headers)}
    return {name: index_of[header] for name, header in wanted.items()}


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
    if not math.isfinite(value) and any(each.isdigit() for each in cell):
        # NaN and infinity are data where the cell says so, and no number that is too large.
        raise BadInput("csv-not-finite", place, header=shortened(header), cell=shortened(cell))
    return value
