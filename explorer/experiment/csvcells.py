"""The numbers in the cells of a CSV file, as people and spreadsheets of many countries write them.

`1234.5`, `1,234.5`, `1.234,5`, `1 234,5` and `1'234.5` are one number. Which sign is the decimal
one is the same in the whole file; `evidence` tells it from a cell. Used by `csvfile`.
"""

import math
import re
from enum import Enum

from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Place

POINT, COMMA = ".", ","
MISSING = frozenset({"", "na", "n/a", "#n/a", "null", "none", "-", "--", "–", "—", "?", "."})
# Apostrophes and blanks, which part groups of three digits in some countries.
_GROUPING = "'’  \u00a0\u2009\u202f"


class Evidence(Enum):
    """What a cell tells of the decimal sign of its file."""

    POINT = POINT
    COMMA = COMMA
    EITHER = "either"
    """`1,234` is a thousand and more, or little more than one."""
    NOTHING = "nothing"


def _pattern(decimal: str, grouping: str) -> re.Pattern[str]:
    mark, group = re.escape(decimal), f"[{re.escape(grouping)}]"
    whole = rf"(?:[1-9]\d{{0,2}}(?:(?P<group>{group})\d{{3}})(?:(?P=group)\d{{3}})*|\d+)"
    number = rf"(?:{whole}(?:{mark}\d*)?|{mark}\d+)"
    return re.compile(rf"[+-]?{number}(?:[eE][+-]?\d{{1,5}})?", re.ASCII)


_WRITTEN = {
    POINT: _pattern(POINT, COMMA + _GROUPING),
    COMMA: _pattern(COMMA, POINT + _GROUPING),
}
# Signs and exponents taken off.
_EITHER = re.compile(r"[1-9]\d{0,2},\d{3}", re.ASCII)
_ONE_POINT = re.compile(r"0?\.\d+|\d+\.(?:\d{0,2}|\d{4,})|\d{4,}\.\d+", re.ASCII)
_DATE = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[ T]\d.*)?|\d{1,2}:\d{2}(?::\d.*)?|\d{4}-\d{2}-\d{2}.*"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}",
    re.ASCII,
)
_UNIT = re.compile(
    r"(?P<before>[$€£¥])?\s*[+-]?[\d.,]*\d(?P<after>\s*[^\s\d.,;:/\-_][^\d;:]{0,11})?"
)


def evidence(cell: str) -> Evidence:
    """What the cell tells of the decimal sign."""
    text = _bare(cell).lower().partition("e")[0].lstrip("+-")
    if "," not in text and "." not in text:
        return Evidence.NOTHING
    if _EITHER.fullmatch(text):
        return Evidence.EITHER
    if _ONE_POINT.fullmatch(text):
        return Evidence.POINT
    if "," not in text and text.count(".") == 1:
        # As Python reads it, unless others tell that the point parts thousands.
        return Evidence.NOTHING
    fits = [each for each, pattern in _WRITTEN.items() if pattern.fullmatch(text)]
    return Evidence(fits[0]) if len(fits) == 1 else Evidence.NOTHING


def is_value(cell: str) -> bool:
    """Whether it looks like data, and not like a header."""
    if is_missing(cell) or evidence(cell) is not Evidence.NOTHING:
        return True
    return number(cell, POINT) is not None or _DATE.fullmatch(cell.strip()) is not None


def is_missing(cell: str) -> bool:
    """Whether nothing stands there, or a word for it."""
    return cell.strip().lower() in MISSING


def number(cell: str, decimal: str) -> float | None:
    """The number in the cell; None if there is none."""
    text = _bare(cell)
    if not (found := _WRITTEN[decimal].fullmatch(text)):
        return _named(text)
    if group := found["group"]:
        text = text.replace(group, "")
    return float(text.replace(COMMA, POINT))


def _bare(cell: str) -> str:
    # The typographic minus sign.
    return cell.strip().replace("\u2212", "-")


def _named(text: str) -> float | None:
    """Infinity and NaN are data where the cell says so."""
    try:
        value = float(text) if not any(each.isdigit() for each in text) else 0.0
    except ValueError:
        return None
    return None if math.isfinite(value) else value


def checked(cell: str, decimal: str, header: str, place: Place) -> float:
    """The number in the cell.

    Raises:
        BadInput: `csv-not-finite`, `csv-date`, `csv-unit` or `csv-not-a-number`.
    """
    value, text = number(cell, decimal), shortened(cell)
    named = shortened(header)
    if value is None:
        raise _refused(cell.strip(), text, named, place)
    if not math.isfinite(value) and any(each.isdigit() for each in cell):
        raise BadInput("csv-not-finite", place, header=named, cell=text)
    return value


def _refused(cell: str, text: str, header: str, place: Place) -> BadInput:
    if _DATE.fullmatch(cell):
        return BadInput("csv-date", place, header=header, cell=text)
    if (unit := _UNIT.fullmatch(cell)) and (unit["before"] or unit["after"]):
        sign = shortened((unit["before"] or unit["after"]).strip())
        return BadInput("csv-unit", place, header=header, cell=text, unit=sign)
    return BadInput("csv-not-a-number", place, header=header, cell=text)
