"""CSV files as people and programs write them: each loads rightly, or is refused at its place."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from explorer.experiment import csvfile
from explorer.experiment.data import FILE_KEYS, Data, load
from explorer.experiment.problem import BadInput
from explorer.i18n import load as language
from explorer.words.errors import sentence

NBSP = "\u00a0"
XY = {"x": [1.5, 2.5], "y": [3.0, 4.0]}


def of(folder: Path, content: str | bytes, **keys: Any) -> Data:
    written = content if isinstance(content, bytes) else content.encode()
    (folder / "points.csv").write_bytes(written)
    return load({"file": "points.csv", **keys}, folder)


class Loads(NamedTuple):
    content: str | bytes
    columns: dict[str, list[float]] = XY
    keys: dict[str, Any] = {}  # noqa: RUF012 (read only)


LOADS = {
    # delimiters
    "comma": Loads("x,y\n1.5,3\n2.5,4\n"),
    "semicolon": Loads("x;y\n1.5;3\n2.5;4\n"),
    "tab": Loads("x\ty\n1.5\t3\n2.5\t4\n"),
    "pipe": Loads("x|y\n1.5|3\n2.5|4\n"),
    "blank": Loads("x y\n1.5 3\n2.5 4\n"),
    "blanks side by side": Loads("  x    y\n1.5    3\n  2.5  4  \n"),
    "comma and blank": Loads("x, y\n1.5, 3\n2.5, 4\n"),
    "colon, said so": Loads("x:y\n1.5:3\n2.5:4\n", keys={"delimiter": ":"}),
    "Excel's first line": Loads("sep=;\nx;y\n1,5;3\n2,5;4\n"),
    "one column": Loads("x\n1.5\n2.5\n", {"x": [1.5, 2.5]}),
    "a text with other delimiters": Loads(
        'x,y,note\n1.5,3,"a;b;c"\n2.5,4,d\n', keys={"columns": {"x": "x", "y": "y"}}
    ),
    # encodings
    "UTF-8 with a mark": Loads("\ufeffx,y\n1.5,3\n2.5,4\n"),
    "UTF-16, little end first": Loads("\ufeffx,y\n1.5,3\n2.5,4\n".encode("utf-16-le")),
    "UTF-16, big end first": Loads("\ufeffx\ty\n1.5\t3\n2.5\t4\n".encode("utf-16-be")),
    "UTF-16 without a mark": Loads("x,y\n1.5,3\n2.5,4\n".encode("utf-16-le")),
    "UTF-16 the other way without one": Loads("x,y\n1.5,3\n2.5,4\n".encode("utf-16-be")),
    "cp1252": Loads(
        "Größe;€\n1,5;3\n2,5;4\n".encode("cp1252"), keys={"columns": {"x": "Größe", "y": "€"}}
    ),
    "a byte that cp1252 lacks": Loads(
        b"x,y,\x81\n1.5,3,1\n2.5,4,1\n", keys={"columns": {"x": 1, "y": 2}}
    ),
    "a Chinese spreadsheet": Loads(
        "时间,高度\n1.5,3\n2.5,4\n".encode("gb18030"),
        keys={"encoding": "gb18030", "columns": {"x": "时间", "y": "高度"}},
    ),
    # line ends
    "of Windows": Loads("x,y\r\n1.5,3\r\n2.5,4\r\n"),
    "of old Macs": Loads("x,y\r1.5,3\r2.5,4\r"),
    "mixed": Loads("x,y\r\n1.5,3\n2.5,4\r"),
    "none at the end": Loads("x,y\n1.5,3\n2.5,4"),
    "empty lines": Loads("\n\nx,y\n\n1.5,3\n  \n2.5,4\n,\n\n"),
    # headers
    "no header": Loads("1.5,3\n2.5,4\n", {"c1": [1.5, 2.5], "c2": [3, 4]}),
    "no header, named": Loads("1.5,3\n2.5,4\n", keys={"columns": {"x": 1, "y": 2}}),
    "no header, with a comma": Loads("1,5;3\n2,5;4\n", keys={"columns": {"x": 1, "y": 2}}),
    "a header of numbers": Loads(
        "2019,2020\n1.5,3\n2.5,4\n", keys={"columns": {"x": "2019", "y": "2020"}}
    ),
    "a header of numbers, said so": Loads(
        "2019,2020\n1.5,3\n2.5,4\n", keys={"header": True, "columns": {"x": 1, "y": 2}}
    ),
    "no header, said so": Loads("nan,3\n", {"c1": [math.nan], "c2": [3]}, {"header": False}),
    "a header of several lines": Loads(
        '"x\nin m",y\n1.5,3\n2.5,4\n', keys={"columns": {"x": "x\nin m", "y": "y"}}
    ),
    "numpy's header": Loads("# x y\n1.5 3\n2.5 4\n"),
    "comments": Loads("# measured\n# by night\nx,y\n1.5,3\n2.5,4\n"),
    "pandas's index": Loads(",x,y\n0,1.5,3\n1,2.5,4\n", keys={"columns": {"x": 2, "y": 3}}),
    "chosen columns": Loads("x,a,y\n1.5,b,3\n2.5,c,4\n", keys={"columns": {"x": "x", "y": "y"}}),
    "duplicate names, by number": Loads("x,x\n1.5,3\n2.5,4\n", keys={"columns": {"x": 1, "y": 2}}),
    "the units' row in the header": Loads(
        "x (m),y [°C]\n1.5,3\n2.5,4\n", keys={"columns": {"x": "x (m)", "y": "y [°C]"}}
    ),
    # quotes
    "all quoted": Loads('"x","y"\n"1.5","3"\n"2.5","4"\n'),
    "quotes inside of quotes": Loads(
        '"the ""x""",y\n1.5,3\n2.5,4\n', keys={"columns": {"x": 'the "x"', "y": "y"}}
    ),
    # numbers
    "decimal comma": Loads("x;y\n1,5;3\n2,5;4\n"),
    "decimal comma in quotes": Loads('x,y\n"1,5","3"\n"2,5","4"\n'),
    "decimal comma, one column": Loads("x\n1,5\n2,5\n", {"x": [1.5, 2.5]}, {"decimal": ","}),
    "decimal comma and tabs": Loads("x\ty\n1,5\t3\n2,5\t4\n"),
    "three decimals, said so": Loads("x;y\n1,500;3\n2,500;4\n", keys={"decimal": ","}),
    "three decimals below one": Loads("x\ty\n0,125\t3\n", {"x": [0.125], "y": [3]}),
    "thousands, English": Loads(
        'x,y\n"1,234.5",3\n"12,345",4\n', {"x": [1234.5, 12345], "y": [3, 4]}
    ),
    "thousands, German": Loads("x;y\n1.234,5;3\n12.345;4\n", {"x": [1234.5, 12345], "y": [3, 4]}),
    "thousands, told by a later row": Loads(
        "x;y\n1.234;3\n2,5;4\n", {"x": [1234, 2.5], "y": [3, 4]}
    ),
    "thousands, French": Loads(
        f"x;y\n1{NBSP}234,5;3\n12\u202f345;4\n", {"x": [1234.5, 12345], "y": [3, 4]}
    ),
    "thousands, Swiss": Loads("x;y\n1'234.5;3\n12’345;4\n", {"x": [1234.5, 12345], "y": [3, 4]}),
    "thousands, said so": Loads('x\n"1,234"\n', {"x": [1234]}, {"decimal": "."}),
    "millions": Loads('x;y\n1.234.567;3\n"2";4\n', {"x": [1234567, 2], "y": [3, 4]}),
    "exponents": Loads("x,y\n15e-1,+3\n.25E1,4.\n"),
    "a typographic minus": Loads("x,y\n\u22121.5,3\n", {"x": [-1.5], "y": [3]}),
    "not finite on purpose": Loads(
        "x,y\nnan,-inf\nInf,4\n", {"x": [math.nan, math.inf], "y": [-math.inf, 4]}
    ),
    # missing values and odd rows
    "missing, left out": Loads("x,y\n1.5,3\n,4\nNA,5\n2.5,4\n7,n/a\n", keys={"missing": "drop"}),
    "missing where nobody looks": Loads(
        "x,y,z\n1.5,3,\n2.5,4,1\n", keys={"columns": {"x": "x", "y": "y"}}
    ),
    "a delimiter at the end of rows": Loads("x,y\n1.5,3,\n2.5,4,\n"),
    "a delimiter at the end of all": Loads("x,y,\n1.5,3,\n2.5,4,\n"),
    "one only in the header": Loads("x,y,\n1.5,3\n2.5,4\n"),
    "an empty column": Loads("x,,y\n1.5,,3\n2.5,,4\n"),
}


class Refused(NamedTuple):
    content: str | bytes
    code: str
    line: int | None
    column: int | None
    keys: dict[str, Any] = {}  # noqa: RUF012 (read only)


REFUSED = {
    "nothing": Refused("", "data-empty", None, None),
    "a mark alone": Refused(b"\xef\xbb\xbf", "data-empty", None, None),
    "a header alone": Refused("x,y\n", "data-empty", None, None),
    "too few cells": Refused("x,y\n1,2\n3\n", "csv-ragged", 3, 2),
    "too many cells": Refused("x,y\n1,2\n3,4,5\n", "csv-ragged", 3, 3),
    "ragged after blanks": Refused("x y\n1 2\n3 4 5\n", "csv-ragged", 3, 3),
    "a text": Refused("x,y\n1,2\n3,four\n", "csv-not-a-number", 3, 2),
    "two signs": Refused("x,y\n1,--2\n", "csv-not-a-number", 2, 2),
    "an underscore": Refused("x,y\n1,2\n1_000,2\n", "csv-not-a-number", 3, 1),
    "digits of another script": Refused("x,y\n1,٣\n", "csv-not-a-number", 2, 2),
    "groups of two": Refused("x;y\n1.23,4;1\n", "csv-not-a-number", 2, 1),
    "a comma among points": Refused("x;y\n1.5;2\n3,25;4\n", "csv-not-a-number", 3, 1),
    "too large": Refused("x,y\n1,2\n3,1e999\n", "csv-not-finite", 3, 2),
    "a date": Refused("t,y\n2026-11-27,2\n", "csv-date", 2, 1),
    "a date in a file without header": Refused("2026-11-27;2\n", "csv-date", 1, 1),
    "a German date": Refused("t;y\n27.11.2026;2,5\n", "csv-date", 2, 1),
    "an American date": Refused("t,y\n1,2\n11/27/2026,2\n", "csv-date", 3, 1),
    "a date with a time": Refused("t,y\n2026-11-27T20:15:00Z,2\n", "csv-date", 2, 1),
    "a time": Refused("t,y\n20:15:00,2\n", "csv-date", 2, 1),
    "a unit": Refused("x,y\n1,2 kg\n", "csv-unit", 2, 2),
    "a percentage": Refused("x,y\n1,12%\n", "csv-unit", 2, 2),
    "money": Refused("x,y\n1,$3.50\n", "csv-unit", 2, 2),
    "degrees": Refused("x;y\n1;20,5 °C\n", "csv-unit", 2, 2),
    "a missing value": Refused("x,y\n1,2\n3,\n,4\n", "csv-missing", 3, 2),
    "a word for it": Refused("x,y\n1,2\n#N/A,4\n", "csv-missing", 3, 1),
    "all are missing": Refused("x,y\n1,\n2,\n", "data-empty", None, None, {"missing": "drop"}),
    "an unclear comma": Refused('x,y\n"1,234",2\n', "csv-decimal-unclear", 2, 1),
    "duplicate names": Refused("x,x\n1,2\n", "csv-header-twice", 1, None),
    "a header that is no name": Refused("\nx,2 y\n1,2\n", "csv-header-not-a-name", 2, None),
    "a header that is missing": Refused("x,\n1,2\n", "csv-header-not-a-name", 1, None),
    "a column too far": Refused(
        "x,y\n1,2\n", "csv-column-missing", None, None, {"columns": {"x": 3}}
    ),
    "a quote that is never closed": Refused('x,y\n1,2\n3,"4\n5,6\n', "csv-quote-open", 3, 2),
    "a quote in the header": Refused('x,"y\n1,2\n', "csv-quote-open", 1, 2),
    "a quote within a cell": Refused('x,y\n1,"2"3\n', "csv-malformed", 2, None),
    "a NUL": Refused("x,y\n1,2\n3,4\0\n", "csv-nul", 3, 2),
    "NULs alone": Refused(b"\0" * 99, "csv-nul", 1, 1),
    "half of a sign": Refused("\ufeffx,y\n".encode("utf-16-le") + b"1", "csv-encoding", 2, None),
    "another encoding": Refused(b"x,y\n1,\xff\n", "csv-encoding", 2, None, {"encoding": "utf-8"}),
    "a picture": Refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "csv-nul", 3, 1),
}


@pytest.mark.parametrize("name", LOADS)
def test_loads(tmp_path: Path, name: str) -> None:
    case = LOADS[name]
    data = of(tmp_path, case.content, **case.keys)
    assert list(data.columns) == list(case.columns)
    for each, column in case.columns.items():
        np.testing.assert_array_equal(data.columns[each], column)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path: Path, name: str) -> None:
    case = REFUSED[name]
    with pytest.raises(BadInput) as caught:
        of(tmp_path, case.content, **case.keys)
    place = caught.value.place
    assert (caught.value.code, place.line, place.column) == (case.code, case.line, case.column)
    assert sentence(caught.value, language("en"))


def test_there_are_sixty_files() -> None:
    assert len(LOADS) + len(REFUSED) >= 90


def test_missing_values_are_counted(tmp_path: Path) -> None:
    content = "x,y\n1,2\n,\n3,\n,4\n5,6\n"
    with pytest.raises(BadInput) as caught:
        of(tmp_path, content)
    assert dict(caught.value.facts) == {"count": 2, "header": "y"}
    assert of(tmp_path, content, missing="drop").left_out == 2


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("delimiter", "ab", "csv-delimiter"),
        ("delimiter", '"', "csv-delimiter"),
        ("delimiter", 1, "wrong-type"),
        ("decimal", ";", "unknown-choice"),
        ("header", "no", "wrong-type"),
        ("encoding", "klingon", "unknown-choice"),
        ("missing", "fill", "unknown-choice"),
        ("columns", {"x": 0}, "out-of-range"),
        ("columns", {"x": True}, "wrong-type"),
        ("columns", {}, "data-empty"),
        ("delimeter", ";", "file-and-columns"),
    ],
)
def test_keys_are_checked(tmp_path: Path, key: str, value: object, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        of(tmp_path, "x,y\n1,2\n", **{key: value})
    assert caught.value.code == code
    assert str(caught.value.place.key).startswith(f"data.{key}")


def test_every_key_is_in_the_corpus() -> None:
    used = {key for case in LOADS.values() for key in case.keys}
    assert used | {"file"} == set(FILE_KEYS)


def test_both_ways_read_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(0).normal(size=(200, 3)) * 10.0 ** np.arange(-9, -3)[:3]
    content = "a b c\n" + "\n".join(" ".join(map(repr, row)) for row in numbers.tolist())
    fast = of(tmp_path, content)
    assert fast.delimiter is None
    comma = of(tmp_path, content.replace(" ", ","))
    assert comma.delimiter == ","
    monkeypatch.setattr(csvfile, "_fast", lambda *_: None)
    careful = of(tmp_path, content)
    assert fast == comma == careful
    np.testing.assert_array_equal(fast.columns["b"], numbers[:, 1])


def test_a_large_table_of_plain_numbers_is_read_by_numpy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Cell by cell it takes ten times as long.
    monkeypatch.setattr(csvfile, "_careful", lambda *_: pytest.fail("read twice"))
    for row in ("1.5;-2e3\r\n", "1,5;-2e3\n"):
        assert of(tmp_path, "x;y\r\n" + row * 5000).rows == 5000


@pytest.mark.parametrize("row", ["1", '"1"'], ids=["bare", "quoted"])
def test_wide_tables(tmp_path: Path, row: str) -> None:
    for width in (10_000, 20_000):
        names = [f"c{index}" for index in range(width)]
        data = of(tmp_path, "\n".join([",".join(names), ",".join([row] * width)]))
        assert list(data.columns) == names


def test_a_line_of_200_megabytes_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "points.csv"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(BadInput, match="file-too-large"):
        load({"file": "points.csv"}, tmp_path)
