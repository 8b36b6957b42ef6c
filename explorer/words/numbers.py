"""How a number is written for people: one function, and a form for each place it stands in.

What other programs read (JSON, CSV, files) is written with every digit, elsewhere. Called by
the other modules of `words`, by the graph's picture and by the window.
"""

import math
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType

DECIMALS = 4
# Whole numbers beyond are not told apart by double precision.
_LARGEST_WHOLE = 1e15


class Form(Enum):
    """Where a number stands.

    TABLE: in a column of the command line, with the four decimals of the article that this
    program grew from, or by a power of ten where these would show nothing or fill the line.
    CELL: the same in the window, where at least four digits are wanted of it in less room.
    DIGITS: in pictures and sentences, with five significant digits, to compare with a calculation
    by hand. SHORT: with four, beside others. EQUATION: with five, but all of a whole number.
    ALIGNED: with four, zeros too, one under the other. TYPED: as somebody would type it. COUNT:
    of steps, in groups of thousands.
    """

    TABLE = "table"
    CELL = "cell"
    DIGITS = "digits"
    SHORT = "short"
    EQUATION = "equation"
    ALIGNED = "aligned"
    TYPED = "typed"
    COUNT = "count"


def number_text(value: float, form: Form = Form.DIGITS) -> str:
    """The number as it is written there; `nan`, `inf` and `-inf` everywhere.

    A negative zero is a zero.
    """
    if not math.isfinite(value):
        return str(float(value))
    return _WRITERS[form](value + 0)


def fitting_text(value: float, characters: int, form: Form = Form.CELL) -> str:
    """The number in a cell of so many characters: with fewer digits rather than cut off."""
    text = number_text(value, form)
    digits = DECIMALS
    while len(text) > characters and digits and math.isfinite(value):
        text = f"{value:.{digits}g}"
        digits -= 1
    return text


def speed_text(steps_per_second: float) -> str:
    """Steps a second: those below ten with a decimal."""
    if steps_per_second < 10:
        return f"{steps_per_second:.1f}"
    return number_text(steps_per_second, Form.COUNT)


def percent_text(share: float) -> str:
    """A share of one, in per cent with three digits: a few among many are not none."""
    return f"{100 * share:.3g} %"


def _in_table(value: float) -> str:
    text = f"{value:.{DECIMALS}f}"
    shows_nothing = value != 0 and float(text) == 0
    return f"{value:.{DECIMALS}e}" if shows_nothing or abs(value) >= 1e7 else text


def _in_cell(value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.{DECIMALS}f}"
    return f"{value:.3e}"


def _in_equation(value: float) -> str:
    if value == int(value) and abs(value) < _LARGEST_WHOLE:
        return str(int(value))
    return f"{value:.5g}"


_WRITERS: Mapping[Form, Callable[[float], str]] = MappingProxyType(
    {
        Form.TABLE: _in_table,
        Form.CELL: _in_cell,
        Form.DIGITS: lambda value: f"{value:.5g}",
        Form.SHORT: lambda value: f"{value:.4g}",
        Form.EQUATION: _in_equation,
        Form.ALIGNED: lambda value: f"{value:#.4g}".rstrip("."),
        Form.TYPED: lambda value: f"{value:g}",
        Form.COUNT: lambda value: f"{value:,.0f}",
    }
)
