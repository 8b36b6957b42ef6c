"""Data columns: inline, generated, and out of CSV files."""

import os
from pathlib import Path

import numpy as np
import pytest

from explorer.experiment import csvfile
from explorer.experiment.data import load
from explorer.experiment.problem import BadInput, Place


def test_inline_columns() -> None:
    data = load({"x": [[1, 2], [3, 4]], "y": [1, 2.5]}, None)
    assert data.rows == 2
    assert data.columns["x"].shape == (2, 2)
    assert data.columns["y"].dtype == np.float64


def test_generated_columns_repeat() -> None:
    table = {
        "x": {"linspace": [0, 1, 5]},
        "y": {"normal": [0, 1, 5], "seed": 3},
        "z": {"uniform": [-1, 1, 5]},
    }
    data = load(table, None)
    np.testing.assert_array_equal(data.columns["x"], [0, 0.25, 0.5, 0.75, 1])
    assert data == load(table, None)
    assert data != load({**table, "y": {"normal": [0, 1, 5], "seed": 4}}, None)
    assert data != load({"x": [1]}, None)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv(tmp_path: Path, separator: str, start: str, end: str) -> None:
    rows = [["time", "note", "height"], ["0", "a", "1"], ["", "", ""], ["1e1", "b", " -2.5 "]]
    content = start + "".join(separator.join(row) + end for row in rows)
    (tmp_path / "points.csv").write_bytes(content.encode())
    table = {"file": "points.csv", "columns": {"x": "time", "y": "height"}}
    data = load(table, tmp_path)
    np.testing.assert_array_equal(data.columns["x"], [0, 10])
    np.testing.assert_array_equal(data.columns["y"], [1, -2.5])
    assert dict(data.source) == table


def test_csv_columns_by_header(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "points.csv").write_text('"x","y"\n"1","2"\n', encoding="utf-8")
    data = load({"file": "sub/points.csv"}, tmp_path)
    assert list(data.columns) == ["x", "y"]
    assert data.rows == 1


WIDE = 20_000


@pytest.mark.parametrize("mapped", [False, True])
def test_each_column_is_looked_up_once(tmp_path: Path, mapped: bool) -> None:
    class Header(str):
        """Counts how often headers are compared: twenty thousand times each would hang."""

        __slots__ = ()
        compared = 0

        def __eq__(self, other: object) -> bool:
            Header.compared += 1
            return str(self) == other

        __hash__ = str.__hash__

    headers = [Header(f"c{place}") for place in range(WIDE)]
    wanted = {f"d{place}": header for place, header in enumerate(headers)} if mapped else None
    place = Place(file="wide.csv", line=1)
    found = (
        csvfile._all(headers, (), place)
        if wanted is None
        else csvfile._places(headers, wanted, place)
    )
    assert list(found.values()) == list(range(WIDE))
    assert Header.compared < 20 * WIDE


def test_a_wide_file_is_read(tmp_path: Path) -> None:
    names = [f"c{place}" for place in range(WIDE)]
    rows = [[str(place + row) for place in range(WIDE)] for row in range(2)]
    (tmp_path / "wide.csv").write_text("\n".join(map(",".join, [names, *rows])))
    data = load({"file": "wide.csv"}, tmp_path)
    assert list(data.columns) == names
    np.testing.assert_array_equal(data.columns["c19999"], [19_999, 20_000])


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_cells_of_several_lines_and_the_line_of_a_fault(tmp_path: Path, end: str) -> None:
    rows = ["x,note", f'1,"a{end}{end}b"', "", "2,c", "x,d"]
    (tmp_path / "points.csv").write_bytes(end.join(rows).encode())
    with pytest.raises(BadInput, match="csv-not-a-number") as caught:
        load({"file": "points.csv", "columns": {"x": "x"}}, tmp_path)
    assert caught.value.place.line == 7


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """An experiment's folder with data inside and outside of it, which links lead to."""
    folder, outside = tmp_path / "experiment", tmp_path / "outside"
    for each in (folder / "inside", outside):
        each.mkdir(parents=True)
        (each / "points.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    for name, target in (
        ("away.csv", outside / "points.csv"),
        ("up.csv", "../outside/points.csv"),
        ("folder", outside),
        ("hop.csv", "away.csv"),
        ("lost.csv", outside / "not there"),
        ("system", "/proc"),
        ("near.csv", "inside/points.csv"),
        ("near", "inside"),
    ):
        (folder / name).symlink_to(target)
    (tmp_path / "way").symlink_to(folder)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX systems")
@pytest.mark.parametrize(
    "name",
    ["away.csv", "up.csv", "folder/points.csv", "hop.csv", "lost.csv", "system/version"],
)
def test_a_link_out_of_the_folder_is_out_of_it(linked: Path, name: str) -> None:
    for folder in (linked, linked.parent / "way"):
        with pytest.raises(BadInput, match="file-outside") as caught:
            load({"file": name}, folder)
        assert caught.value.place.key == "data.file"


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX systems")
@pytest.mark.parametrize("name", ["near.csv", "near/points.csv", "inside/points.csv"])
def test_links_inside_of_it_are_followed(linked: Path, name: str) -> None:
    for folder in (linked, linked.parent / "way"):
        assert load({"file": name}, folder).rows == 1
