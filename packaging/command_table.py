"""The command line as plain records, read from the program's own typer table.

So that completions (`completions.py`) and manual (`linux/manual.py`) can neither
forget a command nor name one that is gone.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# The checkout, whose version and texts these are, before any installed one.
sys.path.insert(0, str(ROOT))

from explorer import i18n  # noqa: E402
from explorer.cli.app import command  # noqa: E402
from explorer.cli.usage import PROGRAM  # noqa: E402
from explorer.paths import builtin_experiments  # noqa: E402


@dataclass(frozen=True)
class Item:
    """An option (`names` are its spellings) or an argument (`names` is empty).

    `metavar` and `help` are English message ids; `metavar` is empty for a flag.
    """

    names: tuple[str, ...]
    metavar: str
    help: str
    required: bool
    repeated: bool


@dataclass(frozen=True)
class Command:
    """One command, or the program itself, whose `name` is empty."""

    name: str
    help: str
    arguments: tuple[Item, ...]
    options: tuple[Item, ...]


@dataclass(frozen=True)
class CommandLine:
    """Everything `gradient-explorer --help` knows."""

    program: Command
    commands: tuple[Command, ...]


def command_line() -> CommandLine:
    """The table as it is now."""
    typed = command()
    english = i18n.load("en")
    context = typed.make_context(PROGRAM, [], resilient_parsing=True, obj=english)
    commands = typed.commands.items()
    return CommandLine(
        _command("", typed, context),
        tuple(_command(name, each, context) for name, each in commands),
    )


def experiments() -> tuple[str, ...]:
    """The names that stand for built-in experiments."""
    return tuple(builtin_experiments())


def _command(name: str, typed: Any, context: Any) -> Command:
    items = [item for item in typed.get_params(context) if not item.hidden]
    return Command(
        name,
        typed.help,
        tuple(_item(item) for item in items if item.param_type_name == "argument"),
        tuple(_item(item) for item in items if item.param_type_name == "option"),
    )


def _item(typed: Any) -> Item:
    argument = typed.param_type_name == "argument"
    return Item(
        names=() if argument else (*typed.opts, *typed.secondary_opts),
        metavar=typed.metavar or "",
        help=typed.help or "",
        required=bool(typed.required),
        repeated=bool(typed.multiple) or typed.nargs == -1,
    )
