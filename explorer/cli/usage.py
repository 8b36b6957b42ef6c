"""The command line was called wrongly: an error of its own, said like all others.

Raised by the commands for what typer cannot check, and in place of typer's own
errors (`explorer.cli.main`); `explorer.cli.guard` says it and ends with status 2.
"""

from explorer.words import commandline

PROGRAM = "gradient-explorer"
MOST_STEPS = 1_000_000_000


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
