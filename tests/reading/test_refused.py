"""What cannot be taken over is refused at the line where it stands, with what to do."""

import re
from pathlib import Path

import pytest

from explorer.i18n import load
from explorer.reading.program import read_program
from explorer.words.errors import sentence

PROGRAMS = sorted((Path(__file__).parent / "refused").glob("*.py"))
MARK = re.compile(r"# <- ([a-z-]+)")


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_line_is_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wanted = [
        (number, found[1])
        for number, line in enumerate(text.split("\n"), start=1)
        if (found := MARK.search(line))
    ]
    reading = read_program(text)
    problem = reading.problem
    assert problem is not None
    if wanted:
        assert [(problem.place.line, problem.code)] == wanted
        assert problem.place.column
    for language in ("en", "zh_CN"):
        assert sentence(problem, load(language))
    assert reading.experiment is None


def test_every_line_is_reported() -> None:
    path = Path(__file__).parent / "refused" / "two_losses.py"
    reading = read_program(path.read_text(encoding="utf-8"))
    outcomes = {each.line: each.outcome for each in reading.lines}
    assert outcomes[9] == "not understood"
    assert outcomes[2] == "used"
