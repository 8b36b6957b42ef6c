"""Sentences under the exported picture: why gradients are None, and how they add up.

A drawing has no line breaks of its own, so they are made here, from estimated widths. Called by
`explorer.picture.svg`.
"""

from collections.abc import Iterator, Sequence

from explorer.picture.boxes import Pen
from explorer.picture.layout import LINE_HEIGHT, MARGIN, TEXT_SIZE, text_width
from explorer.picture.shapes import Shape, words

GAP = 6.0


def notes(
    sentences: Sequence[str], top: float, width: float, pen: Pen
) -> tuple[tuple[Shape, ...], float]:
    """The sentences from `top` on, in lines no wider than `width`, and their height."""
    parts: list[Shape] = []
    y = top
    for sentence in sentences:
        for line in broken(sentence, width - 2 * MARGIN):
            y += LINE_HEIGHT
            parts.append(words(line, (MARGIN, y), TEXT_SIZE, pen.palette.text))
        y += GAP
    return tuple(parts), y + GAP - top if sentences else 0.0


def broken(sentence: str, room: float) -> Iterator[str]:
    """Lines that fit into `room`: broken at blanks, and anywhere in Chinese."""
    line = ""
    for piece in _pieces(sentence):
        if line and text_width(line + piece.rstrip(), TEXT_SIZE) > room:
            yield line.rstrip()
            line = piece.lstrip()
        else:
            line += piece
    if line.strip():
        yield line.rstrip()


def _pieces(sentence: str) -> Iterator[str]:
    """Words with the blanks behind them; of Chinese every sign by itself."""
    word = ""
    for letter in sentence:
        wide = ord(letter) > 0x2E7F
        if wide and word:
            yield word
            word = ""
        word += letter
        if wide or letter == " ":
            yield word
            word = ""
    if word:
        yield word
