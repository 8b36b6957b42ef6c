"""One way to write a number, in the form of the place where it stands."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import explorer
from explorer.words.numbers import Form, fitting_text, number_text, percent_text, speed_text

INF = float("inf")
PACKAGE = Path(explorer.__file__).parent

WRITTEN = [
    (Form.TABLE, 52.0, "52.0000"),
    (Form.TABLE, 0.0037916, "0.0038"),
    (Form.TABLE, 0.0006983, "0.0007"),
    (Form.TABLE, 9.540258583129457e-10, "9.5403e-10"),
    (Form.TABLE, -4.9e-5, "-4.9000e-05"),
    (Form.TABLE, 5.1e-5, "0.0001"),
    (Form.TABLE, 1234567.0, "1234567.0000"),
    (Form.TABLE, 1e7, "1.0000e+07"),
    (Form.CELL, 1.5, "1.5000"),
    (Form.CELL, 0.0006983, "6.983e-04"),
    (Form.CELL, 123456.0, "1.235e+05"),
    (Form.DIGITS, -0.4, "-0.4"),
    (Form.DIGITS, 123456.0, "1.2346e+05"),
    (Form.SHORT, 1 / 3, "0.3333"),
    (Form.EQUATION, 123456.0, "123456"),
    (Form.EQUATION, 1 / 3, "0.33333"),
    (Form.EQUATION, 1e20, "1e+20"),
    (Form.TYPED, 0.005, "0.005"),
    (Form.COUNT, 2150, "2,150"),
]


@pytest.mark.parametrize(("form", "value", "text"), WRITTEN)
def test_a_number_in_its_place(form: Form, value: float, text: str) -> None:
    assert number_text(value, form) == text


@pytest.mark.parametrize("form", Form)
def test_what_is_not_zero_is_never_written_as_zero(form: Form) -> None:
    if form is not Form.COUNT:
        for power in range(-45, 38):
            for value in (10.0**power, -(10.0**power), 4.9 * 10.0**power):
                assert float(number_text(value, form)) != 0


@pytest.mark.parametrize("form", Form)
def test_everywhere_the_same(form: Form) -> None:
    assert [number_text(each, form) for each in (INF, -INF, INF - INF)] == ["inf", "-inf", "nan"]
    assert number_text(-0.0, form) == number_text(0.0, form)


def test_where_there_is_little_room_there_are_fewer_digits() -> None:
    norms = [fitting_text(0.25, room, Form.ALIGNED) for room in (6, 5, 4, 3)]
    assert norms == ["0.2500", "0.25", "0.25", "0.2"]
    assert [fitting_text(each, 5, Form.ALIGNED) for each in (1234567.0, 12.3456, INF)] == (
        ["1e+06", "12.35", "inf"]
    )
    assert fitting_text(0.0012345, 7) == "0.0012"


def test_speeds() -> None:
    assert [speed_text(each) for each in (1.0, 9.94, 10.2, 8900.4)] == ["1.0", "9.9", "10", "8,900"]


# Coordinates in SVG, ticks of an axis, a slider's notches; and the step in the graph's lines.
OTHERWISE = {"numbers.py", "markup.py", "svg.py", "axis.py", "speed.py", "tab.py"}


def formatting(folder: Path) -> list[str]:
    """Where a number is written by a format of its own, as `file: format`."""
    return [
        f"{path.name}: {spec}"
        for path in sorted(folder.rglob("*.py"))
        if path.name not in OTHERWISE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for spec in specs(node)
        if re.search(r"[efgn%,]", spec)
    ]


def specs(node: ast.AST) -> Iterator[str]:
    """The formats in an f-string or a call of `format`, as far as they are written out."""
    if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
        texts = (each.value for each in node.format_spec.values if isinstance(each, ast.Constant))
        yield "".join(map(str, texts))
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "format":
        yield ast.unparse(node.args[1])[1:].strip("'\"")


@pytest.mark.parametrize("folder", ["words", "export", "cli", "ui"])
def test_nobody_else_writes_numbers(folder: str) -> None:
    assert formatting(PACKAGE / folder) == []


@pytest.mark.parametrize(
    "source", ['f"{x:.4f}"', 'f"{x:,}"', 'f"{x:.{n}g}"', 'format(x, f".{n}g")']
)
def test_who_does_is_seen(tmp_path: Path, source: str) -> None:
    (tmp_path / "a.py").write_text(source, encoding="utf-8")
    assert len(formatting(tmp_path)) == 1


def test_a_few_among_many_are_not_none() -> None:
    assert [percent_text(each) for each in (0.0, 1.0, 1 / 3, 1e-4)] == (
        ["0 %", "100 %", "33.3 %", "0.01 %"]
    )
