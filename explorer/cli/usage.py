"""The command line was called wrongly: an error of its own, said like all others.

Raised by the commands for what typer cannot check, and in place of typer's own
errors (`explorer.cli.main`); `explorer.cli.guard` says it and ends with status 2.
"""

import re
from collections.abc import Sequence

from explorer.words import commandline
from explorer.words.numbers import Form, number_text

PROGRAM = "gradient-explorer"
MOST_STEPS = 1_000_000_000
# Of the window, in pixels before scaling. The least is what it can be made by hand.
LEAST_SIZE, MOST_PIXELS = (700, 400), 16_384
LEAST_SCALE, MOST_SCALE = 0.5, 4.0
THEMES = ("light", "dark", "system")
_SIZE = re.compile(r"([0-9]{1,6})[x×]([0-9]{1,6})")


class UsageError(Exception):
    """The arguments cannot be used. `facts` fill the template `message`.

    `command` is what to ask for help: `gradient-explorer run`.
    """

    def __init__(self, message: str, *, command: str = PROGRAM, **facts: str | int) -> None:
        super().__init__(message, facts)
        self.message = message
        self.command = command
        self.facts = facts


def whole_number(option: str, given: str | None, least: int = 1) -> int | None:
    """The value of a counting option, at least 1 or 0; None where it was not given."""
    if given is None:
        return None
    # Eleven digits are past the limit; int() refuses thousands of them in a way of its own.
    plain = given.isascii() and given.isdigit() and len(given) < 11
    number = int(given) if plain else -1
    if not least <= number <= MOST_STEPS:
        raise UsageError(
            commandline.NOT_A_WHOLE_NUMBER, option=option, least=least, most=MOST_STEPS, given=given
        )
    return number


def size(option: str, given: str | None) -> tuple[int, int] | None:
    """Width and height from `1280x800`; None where it was not given."""
    if given is None:
        return None
    found = _SIZE.fullmatch(given.strip().lower())
    pair = (int(found[1]), int(found[2])) if found else (0, 0)
    if any(not low <= each <= MOST_PIXELS for each, low in zip(pair, LEAST_SIZE, strict=True)):
        least = "x".join(map(str, LEAST_SIZE))
        raise UsageError(
            commandline.NOT_A_SIZE, option=option, example="1280x800", least=least, given=given
        )
    return pair


def scale(option: str, given: str | None) -> float | None:
    """A factor such as 2 or 1.5; None where it was not given."""
    if given is None:
        return None
    try:
        factor = float(given)
    except ValueError:
        factor = 0.0
    if not LEAST_SCALE <= factor <= MOST_SCALE:
        least, most = (number_text(each, Form.TYPED) for each in (LEAST_SCALE, MOST_SCALE))
        raise UsageError(
            commandline.NOT_A_SCALE, option=option, least=least, most=most, given=given
        )
    return factor


def choice(option: str, known: Sequence[str], given: str | None) -> str | None:
    """One of the known words; None where it was not given."""
    if given is not None and given not in known:
        raise UsageError(
            commandline.NOT_A_CHOICE, option=option, known=", ".join(known), given=given
        )
    return given
