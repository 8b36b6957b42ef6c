"""Number columns out of a CSV or TSV file, with row and column named where one is bad.

Called by `data.load`. Two libraries read it. A table of plain numbers, which most large files
are, goes through `numpy.loadtxt`: numpy is there in any case, and its reader in C takes a
second for a million rows. It knows neither missing values, decimal commas nor where a mistake
is. Whatever it does not take is read again by Python's `csv`, which weighs nothing, cell by cell.
pandas and polars would read faster still, but add 40 to 100 MB to the installers.
"""

import io
import math
import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.experiment.checking import MAX_ELEMENTS
from explorer.experiment.csvcells import (
    COMMA,
    POINT,
    Evidence,
    checked,
    evidence,
    is_missing,
    is_value,
)
from explorer.experiment.csvtext import MAX_ROW, Body, Layout, body, decoded, rows
from explorer.experiment.names import check_leaf_name, nearest, shortened
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.textfile import Limits, read_bytes

__all__ = ["LIMITS", "MAX_ROW", "Layout", "Table", "read_columns"]

LIMITS = Limits(mib=64, lines=2_000_000)
_FILLED = re.compile(r"\S")
_END = re.compile(r"\r\n?|\n")
_NOT_PLAIN = {POINT: '"_', COMMA: '"_.'}
_AS_IT_IS = Layout()


@dataclass(frozen=True)
class Table:
    """The columns by the formula's names, each of shape (rows,), and how they were read.

    `delimiter` is there if `csv.DictReader` and `float` read the same by themselves.
    `left_out`: how many rows had missing values and were dropped.
    """

    columns: dict[str, NDArray[np.float64]]
    delimiter: str | None = None
    left_out: int = 0


@dataclass(frozen=True)
class _Sheet:
    """A file's rows, and which of their cells are wanted under which names.

    `written`: the first row, if it is the header.
    """

    path: Path
    layout: Layout
    body: Body
    headers: Sequence[str]
    places: Mapping[str, int]
    written: Sequence[str] | None

    @property
    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line and cells of each row below the header."""
        return islice(rows(self.body, self.path), int(self.written is not None), None)

    def place(self, line: int, index: int | None = None) -> Place:
        """The place of a cell; both count from 1."""
        return Place(file=str(self.path), line=line, column=None if index is None else index + 1)


def read_columns(path: Path, layout: Layout = _AS_IT_IS) -> Table:
    """The columns of the file that the layout wants; without any, all of them.

    Raises:
        BadInput: with the file and, where there is one, line and column.
    """
    text, encoding = decoded(read_bytes(path, LIMITS), layout.encoding, path)
    sheet = _sheet(body(text, layout, path), layout, path)
    decimal = layout.decimal or (_decimal(sheet) if _has_commas(sheet.body) else POINT)
    whole = _fast(sheet, decimal)
    if whole is None:
        decimal = layout.decimal or _decimal(sheet)
        numbers, left_out = _careful(sheet, decimal)
        if not len(numbers):
            raise BadInput("data-empty", Place(file=str(path)))
        return Table(
            dict(zip(sheet.places, np.ascontiguousarray(numbers.T), strict=True)), None, left_out
        )
    columns = {name: whole[:, index].copy() for name, index in sheet.places.items()}
    simple = decimal == POINT and encoding == "utf-8" and _is_simple(sheet)
    return Table(columns, sheet.body.delimiter if simple else None)


def _is_simple(sheet: _Sheet) -> bool:
    """Whether `csv.DictReader` finds the columns by their names."""
    by_number = any(isinstance(each, int) for each in (sheet.layout.columns or {}).values())
    begins = sheet.body.line == 1 and sheet.written == sheet.headers
    return begins and not by_number and sheet.body.delimiter != " "


# -- headers -----------------------------------------------------------------------------


def _sheet(found: Body, layout: Layout, path: Path) -> _Sheet:
    line, first = next(rows(found, path), (0, []))
    if not first:
        raise BadInput("data-empty", Place(file=str(path)))
    has_header = _has_header(first, layout)
    headers = [cell.strip() for cell in first] if has_header else _above(found, first, path)
    unused = _unused(headers, found, path)
    while headers and len(headers) - 1 in unused:
        headers.pop()
    place = Place(file=str(path), line=line)
    if layout.columns is None:
        places = _all(headers, unused, place)
    else:
        places = _places(headers, layout.columns, place)
    return _Sheet(path, layout, found, headers, places, first if has_header else None)


def _has_header(first: Sequence[str], layout: Layout) -> bool:
    """Whether the first row has the columns' names: it does if it has anything but data."""
    if layout.header is not None:
        return layout.header
    if any(isinstance(each, str) for each in (layout.columns or {}).values()):
        return True
    return not all(map(is_value, first))


def _above(found: Body, first: Sequence[str], path: Path) -> list[str]:
    """Headers of a table whose first row has none: from a comment above it, or made up."""
    if found.comment is not None:
        comment = Body(found.comment.strip(), found.delimiter)
        _, cells = next(rows(comment, path), (0, []))
        if len(cells) == len(first):
            return [cell.strip() for cell in cells]
    return [f"c{index}" for index in range(1, len(first) + 1)]


def _unused(headers: Sequence[str], found: Body, path: Path) -> set[int]:
    """The columns that have neither header nor cells, as spreadsheets leave them."""
    unused = {index for index, header in enumerate(headers) if not header}
    for _, cells in rows(found, path):
        if not unused:
            break
        unused -= {index for index in unused if index < len(cells) and cells[index].strip()}
    return unused


def _all(headers: Sequence[str], unused: Collection[int], place: Place) -> dict[str, int]:
    """Every column's index by its header, which a formula can use."""
    places: dict[str, int] = {}
    for index, header in enumerate(headers):
        if index in unused:
            continue
        if header in places:
            raise _twice(header, headers, place)
        try:
            check_leaf_name(header, place)
        except BadInput:
            said, number = shortened(header), index + 1
            raise BadInput("csv-header-not-a-name", place, header=said, number=number) from None
        places[header] = index
    return places


def _twice(header: str, headers: Sequence[str], place: Place) -> BadInput:
    number = headers.index(header) + 1
    return BadInput("csv-header-twice", place, header=shortened(header), number=number)


def _places(
    headers: Sequence[str], wanted: Mapping[str, str | int], place: Place
) -> dict[str, int]:
    """The index of the wanted column for each of the formula's names."""
    count_of = Counter(headers)
    index_of = {header: index for index, header in enumerate(headers)}
    return {
        name: column - 1 if isinstance(column, int) else index_of[column]
        for name, column in wanted.items()
        if _checked(name, column, headers, count_of, place)
    }


def _checked(
    name: str, column: str | int, headers: Sequence[str], count_of: Mapping[str, int], place: Place
) -> bool:
    key = Place(key=f"data.columns.{name}")
    if isinstance(column, int):
        if column > len(headers):
            raise BadInput("csv-column-missing", key, count=len(headers))
    elif column not in count_of:
        close = nearest(column, headers)
        raise BadInput("csv-header-missing", key, header=shortened(column), nearest=close)
    elif count_of[column] > 1:
        raise _twice(column, headers, place)
    return True


# -- a table of plain numbers ------------------------------------------------------------


def _fast(sheet: _Sheet, decimal: str) -> NDArray[np.float64] | None:
    """All rows, read by numpy; None if anything in them is not a plain number."""
    rest = sheet.body.text[_first_row(sheet) :]
    # Of these numpy has no idea, or another one.
    if not rest.isascii() or any(each in rest for each in _NOT_PLAIN[decimal]):
        return None
    if not _FILLED.search(rest) or _is_long(rest):
        return None
    delimiter = None if sheet.body.delimiter == " " else sheet.body.delimiter
    lines = io.StringIO(rest.replace(decimal, POINT), newline=None if "\r" in rest else "\n")
    try:
        numbers = np.loadtxt(lines, delimiter=delimiter, comments=None, ndmin=2)
    except ValueError:
        return None
    if numbers.shape[1] != len(sheet.headers) or not np.isfinite(numbers).all():
        return None
    if len(numbers) * len(sheet.places) > MAX_ELEMENTS:
        # Read again, it is said in which line that is.
        return None
    return numbers


def _first_row(sheet: _Sheet) -> int:
    """Where the line of the header ends."""
    text, start = sheet.body.text, sheet.body.start
    if sheet.written is None:
        return start
    end = _END.search(text, start)
    return len(text) if end is None else end.end()


def _is_long(text: str) -> bool:
    """Whether a line is longer than a row may be; numpy would take much memory for it."""
    signs = np.frombuffer(text.encode("ascii"), np.uint8)
    ends = np.flatnonzero((signs == 10) | (signs == 13))
    bounds = np.concatenate(([-1], ends, [len(text)]))
    return bool(np.diff(bounds).max() > MAX_ROW)


# -- any other table ---------------------------------------------------------------------


@dataclass
class _Gaps:
    """Missing values and rows that have any; the first one's line and index."""

    count: int = 0
    rows: int = 0
    first: tuple[int, int] = (0, 0)


def _careful(sheet: _Sheet, decimal: str) -> tuple[NDArray[np.float64], int]:
    """All rows, cell by cell, and how many were left out for missing values.

    Raises:
        BadInput: `csv-missing`, and of what is in a cell or a row.
    """
    wanted, width = list(sheet.places.values()), len(sheet.headers)
    # Numbers side by side: a list of objects takes five times the memory.
    numbers, gaps = array("d"), _Gaps()
    # Python would read 1_000 as 1000, and digits of every script.
    plain = decimal == POINT and sheet.body.text.isascii() and "_" not in sheet.body.text
    for read, (line, cells) in enumerate(sheet.rows, start=1):
        if len(cells) != width:
            _check_width(cells, width, sheet.place(line))
        if read * len(wanted) > MAX_ELEMENTS:
            raise BadInput("too-many-elements", sheet.place(line), limit=MAX_ELEMENTS)
        row = _plain_row(cells, wanted) if plain else None
        numbers.extend(row or _row(cells, line, decimal, sheet, gaps))
    if gaps.count and not sheet.layout.drop_missing:
        header = shortened(sheet.headers[gaps.first[1]])
        raise BadInput("csv-missing", sheet.place(*gaps.first), count=gaps.count, header=header)
    return np.array(numbers).reshape(-1, len(wanted)), gaps.rows


def _check_width(cells: list[str], width: int, place: Place) -> None:
    """Refuse a row of another width; empty cells at its end are none."""
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) != width:
        column = min(len(cells), width) + 1
        where = Place(file=place.file, line=place.line, column=column)
        raise BadInput("csv-ragged", where, wanted=width, got=len(cells))


def _plain_row(cells: Sequence[str], wanted: Sequence[int]) -> list[float] | None:
    try:
        row = [float(cells[index]) for index in wanted]
    except ValueError:
        return None
    return row if math.isfinite(sum(row)) else None


def _row(cells: Sequence[str], line: int, decimal: str, sheet: _Sheet, gaps: _Gaps) -> list[float]:
    """The row's numbers; none at all if one is missing."""
    row = []
    for index in sheet.places.values():
        if is_missing(cells[index]):
            gaps.first = gaps.first if gaps.count else (line, index)
            gaps.count += 1
        else:
            place = sheet.place(line, index)
            row.append(checked(cells[index], decimal, sheet.headers[index], place))
    if len(row) < len(sheet.places):
        gaps.rows += 1
        return []
    return row


def _has_commas(found: Body) -> bool:
    """Whether a cell may have one."""
    return "," in found.text and (found.delimiter != "," or '"' in found.text)


def _decimal(sheet: _Sheet) -> str:
    """The decimal sign, by the first cell that tells it.

    Raises:
        BadInput: `csv-decimal-unclear`, if cells have commas and none tells.
    """
    unclear = None
    for line, cells in sheet.rows:
        for index in sheet.places.values():
            found = evidence(cells[index]) if index < len(cells) else Evidence.NOTHING
            if found in (Evidence.POINT, Evidence.COMMA):
                return str(found.value)
            if found is Evidence.EITHER and unclear is None:
                unclear = line, index
    if unclear is None:
        return POINT
    cells = next(cells for line, cells in sheet.rows if line == unclear[0])
    header, cell = shortened(sheet.headers[unclear[1]]), shortened(cells[unclear[1]])
    raise BadInput("csv-decimal-unclear", sheet.place(*unclear), header=header, cell=cell)
