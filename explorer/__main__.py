"""The program: `gradient-explorer`, `gradient-explorer-window`, `python -m explorer`.

The first two run nothing of what stands in the working folder. `python -m` looks there before
anywhere else, for `explorer` too: that is Python's own, and `python -P -m explorer` ends it.
What is left to us is to take that folder off the path before the next import.

Opening the window goes past typer, which would cost it some tenths of a second:
with no argument, or with the one file a desktop hands over. Everything else is
for `explorer.cli`.
"""

import os
import sys

if (
    __name__ == "__main__"
    and not sys.flags.safe_path
    # Unless it holds the program itself, as in a checkout.
    and sys.path[0] != os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
):
    del sys.path[0]

from collections.abc import Sequence
from functools import partial

from explorer import i18n
from explorer.cli.guard import guarded
from explorer.cli.output import prepare_streams
from explorer.cli.usage import UsageError
from explorer.words import commandline

LANGUAGE_OPTION, PYTHON_OPTION = "--language", "--python"
# The program calls itself with this: see explorer.picture.layout_process.
LAY_OUT = "--lay-out"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit status. `arguments` are sys.argv's by default."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given == [LAY_OUT]:
        from explorer.picture.layout_process import serve

        return serve()
    prepare_streams()
    # Looking for pydantic's plugins in everything that is installed takes time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Else PyTorch makes a folder under a name that everybody can foresee, where everybody may
    # write, and does not start if somebody was there before. Nothing is compiled here, so that
    # nothing is written: any folder that is there will do.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.dirname(os.path.abspath(__file__)))
    code, rest = _split(LANGUAGE_OPTION, given)
    python, rest = _split(PYTHON_OPTION, rest)
    # An unknown code is refused in the reader's own language.
    known = code is None or i18n.match(code) is not None
    language = i18n.load(code if known else None)
    action = partial(_main, rest)
    if python is not None:
        action = partial(_elsewhere, python, rest)
    if not known:
        action = partial(_refuse_language, str(code))
    return guarded(partial(action, language), language)


def _main(arguments: list[str], language: i18n.Language) -> int:
    if not arguments or _names_one_experiment(arguments):
        from explorer.cli.commands import open_window

        return open_window(arguments[0] if arguments else None, language)
    from explorer.cli import main as command_line

    return command_line(arguments, language)


def _elsewhere(python: str, arguments: list[str], language: i18n.Language) -> int:
    from explorer.cli.elsewhere import run_elsewhere

    return run_elsewhere(python, arguments, language)


def _refuse_language(code: str, _language: i18n.Language) -> int:
    known = ", ".join(name for name, _ in i18n.AVAILABLE)
    raise UsageError(commandline.UNKNOWN_LANGUAGE, given=code, known=known)


def _names_one_experiment(arguments: list[str]) -> bool:
    """True for one argument that is a file, a built-in experiment or somebody's own model."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        return False
    from explorer.own.reference import reference
    from explorer.paths import builtin_experiments

    (source,) = arguments
    return os.path.isfile(source) or source in builtin_experiments() or bool(reference(source))


def _split(option: str, arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """The value of an option, wherever it stands, and the arguments without it.

    Where the value is missing the option stays, for typer to refuse.
    """
    rest = list(arguments)
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name != option:
            continue
        if equals:
            del rest[position]
            return value, rest
        if len(arguments) > position + 1:
            del rest[position : position + 2]
            return arguments[position + 1], rest
    return None, rest


if __name__ == "__main__":
    sys.exit(main())
