"""`--help` in the reader's language, laid out with rich.

typer's commands with one thing changed: how help is shown. Help texts and
metavariables are marked with `N_` where they are declared (`explorer.cli.app`)
and translated here. The language is the context's `obj`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

from explorer.i18n import N_, Language

if TYPE_CHECKING:
    from rich.console import Console

# typer's own help of its --help option: marked here so that it is extracted.
SHOW_THIS = N_("Show this message and exit.")

Row = tuple[str, str]


class SpokenCommand(TyperCommand):
    """A command whose help is in the reader's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 (typer's signature)
        """Print the help; `formatter` is left empty, as typer's own rich help does."""
        show(self, ctx)


class SpokenGroup(TyperGroup):
    """The group of all commands, with help in the reader's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 (typer's signature)
        """Print the help; `formatter` is left empty, as typer's own rich help does."""
        show(self, ctx)


def show(command: Any, ctx: Any) -> None:
    """Print usage, description, commands, arguments and options of a command."""
    from rich.console import Console

    language: Language = ctx.obj
    _ = language.text
    console = Console(highlight=False)
    parameters = [item for item in command.get_params(ctx) if not item.hidden]
    arguments = [item for item in parameters if item.param_type_name == "argument"]
    options = [item for item in parameters if item.param_type_name == "option"]
    commands = getattr(command, "commands", {})
    console.print(usage(ctx.command_path, arguments, bool(commands), language), markup=False)
    console.print()
    console.print(_(command.help), markup=False)
    _section(console, _("Commands"), [(name, _(each.help)) for name, each in commands.items()])
    _section(console, _("Arguments"), _argument_rows(arguments, language))
    _section(console, _("Options"), _option_rows(options, language))


def usage(path: str, arguments: Iterable[Any], group: bool, language: Language) -> str:
    """One line: the command, where its options stand, and its arguments."""
    _ = language.text
    options = _("OPTIONS")
    parts = [path, f"[{options}]", *(_argument(each, language) for each in arguments)]
    if group:
        parts.append(_("COMMAND …"))
    return _("Usage: {line}").format(line=" ".join(parts))


def _argument(item: Any, language: Language) -> str:
    name = language.text(item.metavar or item.name.upper())
    return name if item.required else f"[{name}]"


def _argument_rows(arguments: Iterable[Any], language: Language) -> list[Row]:
    return [(_argument(item, language), language.text(item.help)) for item in arguments]


def _option_rows(options: Iterable[Any], language: Language) -> list[Row]:
    return [(_option(item, language), language.text(item.help)) for item in options]


def _option(item: Any, language: Language) -> str:
    value = f" {language.text(item.metavar)}" if item.metavar else ""
    return ", ".join(item.opts) + value


def _section(console: "Console", title: str, rows: list[Row]) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table.grid(padding=(0, 3))
    table.add_column(no_wrap=True, style="bold cyan")
    table.add_column()
    for name, text in rows:
        table.add_row(Text(name), Text(text))
    console.print()
    console.print(Text(title, style="bold"))
    console.print(Padding(table, (0, 0, 0, 2), expand=False))
