"""The short texts inside the picture: numbers, and symbols of operations. Of no language.

Tensors that do
not fit into a box are told by shape and norm. Called by `explorer.picture.scene` and
the command line's listing.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.experiment.operations import OPERATIONS
from explorer.words.numbers import Form, number_text

if TYPE_CHECKING:
    from explorer.explain.figures import Figure
    from explorer.explain.trace_records import TracedOperation

SHOWN_ELEMENTS = 3
LONGEST_NAME = 28
ELLIPSIS = "…"
# No number takes more signs, but for powers of ten of three digits.
LONGEST_NUMBER = 1.23456789e-45

# `x ** 2.0` and `2.0 * x` as the formula's text has them, with a plain number on one side.
_NUMBER = r"\(?(-?\d[\d.]*(?:e[-+]?\d+)?)\)?"
_OPERATOR = r"(?:\*\*|[-+*/])"
_NUMBER_LAST = re.compile(rf".*[\w)] {_OPERATOR} {_NUMBER}")
_NUMBER_FIRST = re.compile(rf"{_NUMBER} {_OPERATOR} .*")


def norm_text(norm: float) -> str:
    """`‖3.2‖`, in place of a tensor too large to write out."""
    return f"‖{number_text(norm, Form.SHORT)}‖"


def figure_text(figure: "Figure", shape: Sequence[int], norm: float) -> str:
    """A number, the start of a vector, or shape and norm of anything larger."""
    if isinstance(figure, float | int):
        return number_text(figure)
    if len(shape) == 1 and isinstance(figure, list):
        shown = [
            number_text(item, Form.SHORT)
            for item in figure[:SHOWN_ELEMENTS]
            if not isinstance(item, list)
        ]
        more = [ELLIPSIS] if len(figure) > SHOWN_ELEMENTS else []
        return f"[{', '.join([*shown, *more])}]"
    return f"{'×'.join(map(str, shape))} · {norm_text(norm)}"


def longest(text: str) -> str:
    """The longest that the text of a figure (`figure_text`) of this shape can be."""
    if "‖" in text:
        return f"{text[: text.index('‖')]}{norm_text(LONGEST_NUMBER)}"
    if text.startswith("["):
        rest = ELLIPSIS in text
        count = text.count(",") + (0 if rest else 1)
        shown = [number_text(-LONGEST_NUMBER, Form.SHORT)] * count
        return f"[{', '.join([*shown, ELLIPSIS] if rest else shown)}]"
    return number_text(-LONGEST_NUMBER) if text else ""


def shortened(name: str) -> str:
    """A name as it fits into a box: its end tells more than its middle."""
    if len(name) <= LONGEST_NAME:
        return name
    half = LONGEST_NAME // 2
    return f"{name[: half - 1]}{ELLIPSIS}{name[-half:]}"


def symbol(operation: "TracedOperation") -> str:
    """`+`, `** 2`, `2 ×`, `mean`: with the plain number that has no edge of its own."""
    bare = operation.name.rstrip("_") or operation.name
    known = OPERATIONS.get(bare)
    sign = "" if known is None else known.symbol
    if not sign:
        return shortened(operation.name)
    if len(operation.inputs) != 1 or bare == "neg":
        return sign
    if found := _NUMBER_LAST.fullmatch(operation.text):
        return f"{sign} {_plain(found[1])}"
    if found := _NUMBER_FIRST.fullmatch(operation.text):
        return f"{_plain(found[1])} {sign}"
    return sign


def _plain(number: str) -> str:
    return number_text(float(number))
