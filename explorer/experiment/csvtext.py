"""A CSV file's text: its encoding, its delimiter, where its rows begin, and its rows.

What can be seen in the file is found out here; what cannot is a key of the experiment
(`Layout`). Used by `csvfile`.

Python's own `csv.Sniffer` is not used: it needs a second for a long line, takes letters for
delimiters, and does not look at whether the lines agree.
"""

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Place

# Room for more than 200,000 columns.
MAX_ROW = 4 * 2**20
ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1", "gb18030", "big5", "shift_jis", "euc_kr")
# The earlier one is taken where lines agree on several: a comma may be part of a number.
_DELIMITERS = ("\t", ";", "|", ",", " ")
_SAMPLE_LINES = 20
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
_LINE = re.compile(r"([^\r\n]*+)(\r\n?|\n|$)")
_QUOTED = re.compile(r'"[^"]*+"')
# UTF-16 has a NUL in half of the bytes of plain text.
_MANY_NULS = 0.3


@dataclass(frozen=True)
class Layout:
    """What the experiment says of its CSV file; None is found out from the file.

    `columns` gives the formula's names the headers, or the columns' numbers from 1.
    """

    columns: Mapping[str, str | int] | None = None
    delimiter: str | None = None
    decimal: str | None = None
    header: bool | None = None
    encoding: str | None = None
    drop_missing: bool = False


@dataclass(frozen=True)
class Body:
    """A file's text from its first row on: `start` is that row's place, `line` its number.

    `comment` is the last line before that began with a hash sign, if there was one.
    """

    text: str
    delimiter: str
    start: int = 0
    line: int = 1
    comment: str | None = None


def decoded(content: bytes, encoding: str | None, path: Path) -> tuple[str, str]:
    """The text without a byte order mark, and the encoding's name.

    Raises:
        BadInput: `csv-encoding`, with the line.
    """
    name = encoding or _encoding(content)
    try:
        text = content.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeDecodeError as error:
        if encoding is None and name == "utf-8":
            # Every byte is a sign in one of them.
            return _western(content), "cp1252"
        place = Place(file=str(path), line=content.count(b"\n", 0, error.start) + 1)
        raise BadInput("csv-encoding", place, encoding=name) from None
    return text.removeprefix("\ufeff"), name


def _encoding(content: bytes) -> str:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    sample = content[: 2**12]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even + odd <= _MANY_NULS * len(sample) or (even and odd):
        return "utf-8"
    return "utf-16-be" if even else "utf-16-le"


def _western(content: bytes) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def body(text: str, layout: Layout, path: Path) -> Body:
    """Where the rows begin, and what is between their cells.

    Raises:
        BadInput: `csv-nul`, with row and column; it is in no table.
    """
    found = _after_comments(text)
    delimiter = layout.delimiter or found.delimiter or _delimiter(found, layout.decimal)
    found = replace(found, delimiter=delimiter)
    if (place := text.find("\0")) >= 0:
        line, column = _cell_at(found, place)
        raise BadInput("csv-nul", Place(file=str(path), line=line, column=column))
    return found


def _cell_at(found: Body, place: int) -> tuple[int, int]:
    """The number of the line, and of the cell in it, where a sign of the text stands."""
    before = io.StringIO(found.text[:place], newline=None).read()
    line = before[before.rfind("\n") + 1 :]
    column = len(line.split()) if found.delimiter == " " else line.count(found.delimiter) + 1
    return before.count("\n") + 1, column


def _after_comments(text: str) -> Body:
    """Past the lines that say something about the table, as Excel and numpy write them."""
    start, number, delimiter, comment = 0, 1, "", None
    while start < len(text):
        line = _LINE.match(text, start)
        assert line is not None
        if told := _SEPARATOR_LINE.fullmatch(line[1].strip('" ')):
            delimiter = told[1]
        elif line[1].lstrip().startswith("#"):
            comment = line[1].lstrip()[1:]
        elif line[1].strip():
            break
        start, number = line.end(), number + 1
    return Body(text, delimiter, start, number, comment)


def _delimiter(found: Body, decimal: str | None) -> str:
    """The delimiter on which the first lines agree best."""
    sample = list(islice(_filled(found), _SAMPLE_LINES))
    quoted = any('"' in line for line in sample)
    bare = [_QUOTED.sub('""', line) for line in sample]
    best, most = "", 0.0
    for each in _DELIMITERS:
        if each == "," == decimal and not quoted:
            continue
        counts = [len(line.split()) - 1 if each == " " else line.count(each) for line in bare]
        agreement = counts.count(counts[0]) / len(counts) if counts and counts[0] else 0.0
        # Headers and texts have blanks too.
        if agreement > most and (each != " " or (agreement > 0.5 and not best)):
            best, most = each, agreement
    return best or (";" if decimal == "," else ",")


def _filled(found: Body) -> Iterator[str]:
    start = found.start
    while start < len(found.text):
        line = _LINE.match(found.text, start)
        assert line is not None
        start = line.end()
        if line[1].strip():
            yield line[1][:MAX_ROW]


class _TooLongError(Exception):
    """A row's text, over all its lines, is longer than MAX_ROW."""


class _Lines:
    """The lines of a text for `csv.reader`, with their ends.

    `taken` is what was given out; whoever has got a row sets it back to 0.
    """

    def __init__(self, text: str, start: int) -> None:
        self._lines = io.StringIO(text, newline="")
        self._lines.seek(start)
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.taken += len(line)
            if self.taken > MAX_ROW:
                raise _TooLongError
            yield line


def rows(found: Body, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The line in which a row ends, and its cells, of every row that is not empty.

    Raises:
        BadInput: `csv-malformed`, `csv-quote-open` or `csv-row-too-long`, with the line.
    """
    source = _Lines(found.text, found.start)
    blanks = found.delimiter == " "
    reader = csv.reader(
        iter(source), delimiter=found.delimiter, skipinitialspace=blanks, strict=True
    )
    before = found.line - 1
    while True:
        source.taken = 0
        begun = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _malformed(found, path, begun, str(error)) from None
        except _TooLongError:
            place = Place(file=str(path), line=before + begun + 1)
            raise BadInput("csv-row-too-long", place, limit_mib=MAX_ROW // 2**20) from None
        if any(cell and not cell.isspace() for cell in cells):
            yield before + reader.line_num, cells


def _malformed(found: Body, path: Path, begun: int, message: str) -> BadInput:
    """What is wrong in the row after `begun` lines: mostly a quote that is never closed."""
    lines = io.StringIO(found.text, newline="")
    lines.seek(found.start)
    first = next(islice(lines, begun, None), "").rstrip("\r\n")
    place = Place(file=str(path), line=found.line + begun, column=_open_cell(first, found))
    if place.column is None:
        return BadInput("csv-malformed", place, message=shortened(message))
    return BadInput("csv-quote-open", place)


def _open_cell(line: str, found: Body) -> int | None:
    """The number of the line's cell whose quote is not closed in it."""
    if _QUOTED.sub("", line).count('"') % 2 == 0:
        return None
    before = _QUOTED.sub("", line[: line.rfind('"')])
    return before.count(found.delimiter) + 1
