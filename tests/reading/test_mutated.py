"""A program with a line or a word taken out, doubled or exchanged is read or refused, no more."""

import random
import re
from pathlib import Path

import pytest
from drawing import asked

from explorer.i18n import load
from explorer.reading.program import read_program
from explorer.words.errors import sentence

HERE = Path(__file__).parent
PROGRAMS = sorted([*HERE.glob("programs/*.py"), *HERE.glob("refused/*.py")])
WORD = re.compile(r"\w+|[^\w\s]")
PARTS = 4


def mutated(text: str, source: random.Random, words: list[str]) -> str:
    lines = text.split("\n")
    at = source.randrange(len(lines))
    way = source.randrange(4)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(at, source.choice(lines))
    else:
        found = list(WORD.finditer(lines[at]))
        if found:
            one = source.choice(found)
            other = source.choice(words) if way == 2 else ""
            lines[at] = lines[at][: one.start()] + other + lines[at][one.end() :]
    return "\n".join(lines)


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_is_changed_has_an_answer(part: int) -> None:
    source = random.Random(part)
    texts = [path.read_text(encoding="utf-8") for path in PROGRAMS]
    words = sorted({word for text in texts for word in WORD.findall(text)})
    for _ in range(asked(200, 10) // PARTS):
        text = source.choice(texts)
        for _ in range(source.randrange(1, 4)):
            text = mutated(text, source, words)
        try:
            reading = read_program(text)
            if reading.problem is not None:
                assert sentence(reading.problem, load("zh_CN"))
        except Exception as error:
            raise AssertionError(text) from error
