"""The command line: from arguments to an exit status.

`main` parses with typer and calls the action; `explorer.__main__` calls it, under
the guard, for everything but opening the window. Imports neither torch nor Qt
until a command needs them.
"""

from collections.abc import Sequence
from typing import Any

from explorer.i18n import Language


def main(arguments: Sequence[str], language: Language) -> int:
    """Parse, then act; returns the exit status.

    Raises `UsageError` where the arguments cannot be used, and whatever the
    action raises; `explorer.cli.guard.guarded` says all of them.
    """
    outcome = _parse(list(arguments), language)
    # `--help` was shown already: typer answers with its status.
    return outcome if isinstance(outcome, int) else outcome(language)


def _parse(arguments: list[str], language: Language) -> Any:
    import typer

    from explorer.cli.app import command
    from explorer.cli.usage import PROGRAM, UsageError
    from explorer.words.commandline import restate

    # typer's usage errors have a public name for one of them only; this is their base.
    refused: Any = typer.BadParameter.__mro__[1]
    try:
        return command().main(
            arguments,
            prog_name=PROGRAM,
            standalone_mode=False,
            windows_expand_args=False,
            obj=language,
        )
    except refused as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else PROGRAM
        message, facts = restate(error.format_message())
        raise UsageError(message, command=path, **facts) from None
