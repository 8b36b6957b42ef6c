"""Completions for bash, zsh and fish, written from the command line's own table.

    python packaging/completions.py FOLDER     write the three files there

They are static: the program is not started at each press of Tab, as click's own
completions do (and a program that opens a window without arguments had better
not be). Called by `linux/desktop.py` when a package is built; nothing generated
is kept in git.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from basics import BuildError
from command_table import Command, CommandLine, Item, command_line, experiments
from explorer.cli.usage import PROGRAM
from explorer.i18n import AVAILABLE

Kind = Literal["experiment", "file", "language", "text", "flag"]

# What may stand for a metavariable. A new one has to be decided upon here.
KINDS: dict[str, Kind] = {
    "FILE|NAME": "experiment",
    "FILE": "file",
    "FILE.py": "file",
    "PATH.py:FACTORY": "file",
    "PNG": "file",
    "CODE": "language",
    "KEY=VALUE": "text",
    "N": "text",
    **dict.fromkeys(
        ("SHAPE", "MODULE:NAME", "RULE", "RULES", "LEVEL", "FORMAT", "WxH", "NAME"), "text"
    ),
    "": "flag",
}
LANGUAGES = tuple(code for code, _name in AVAILABLE)


class UnknownMetavarError(BuildError):
    """An option's metavariable is not in `KINDS`: nobody has said how to complete it."""


def kind(item: Item) -> Kind:
    """How to complete what stands for `item`."""
    try:
        return KINDS[item.metavar]
    except KeyError:
        name = " ".join(item.names)
        raise UnknownMetavarError(f"{item.metavar!r} of {name!r}: add it to KINDS") from None


def with_value(items: Iterable[Item], wanted: Kind | None = None) -> list[str]:
    """The spellings of the options that take a value (of this kind)."""
    return [
        name
        for item in items
        for name in item.names
        if kind(item) != "flag" and wanted in {None, kind(item)}
    ]


def spellings(items: Iterable[Item]) -> list[str]:
    """All spellings of all options."""
    return [name for item in items for name in item.names]


def every_option(line: CommandLine) -> list[Item]:
    """The options of the program and of all its commands."""
    return [item for each in (line.program, *line.commands) for item in each.options]


BASH = """\
# bash completion for {program}: generated from its command line
_gradient_explorer() {{
    local cur=$2 previous=$3 command="" word position=1
    COMPREPLY=()
    while ((position < COMP_CWORD)); do
        word=${{COMP_WORDS[position]}}
        case $word in
            {commands}) command=$word; break ;;
        esac
        ((position++))
    done
    case $previous in
        {languages_of}) _gradient_explorer_words "{languages}"; return ;;
        {files_of}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        {texts_of}) return ;;
    esac
    case $command/$cur in
{options}
    esac
    case $command in
{words}
    esac
}}

_gradient_explorer_words() {{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}}

# The words given, and the experiment files and folders there are.
_gradient_explorer_experiments() {{
    compopt -o filenames
    mapfile -t COMPREPLY < <(
        compgen -W "$1" -- "$cur"
        compgen -d -- "$cur"
        compgen -f -X '!*.toml' -- "$cur"
    )
}}

complete -F _gradient_explorer {program} {program}-window
"""


def bash(line: CommandLine) -> str:
    """The completion for bash; it stands alone, without bash-completion's functions."""
    options = every_option(line)
    rows = [
        f'        {each.name}/-*) _gradient_explorer_words "{" ".join(spellings(each.options))}"; '
        "return ;;"
        for each in (line.program, *line.commands)
    ]
    names = [each.name for each in line.commands]
    words = [_bash_words("''", [*names, *experiments()])]
    words += [_bash_words(each.name, experiments()) for each in line.commands if each.arguments]
    return BASH.format(
        program=PROGRAM,
        commands="|".join(names),
        languages_of="|".join(with_value(options, "language")),
        languages=" ".join(LANGUAGES),
        files_of="|".join(sorted(set(with_value(options, "file")))),
        texts_of="|".join(sorted(set(with_value(options, "text")))),
        options="\n".join(rows),
        words="\n".join(words),
    )


def _bash_words(command: str, words: Iterable[str]) -> str:
    return f'        {command}) _gradient_explorer_experiments "{" ".join(words)}" ;;'


ZSH_VALUES: dict[Kind, str] = {
    "experiment": ":experiment:_gradient_explorer_experiments",
    "file": ":file:_files",
    "language": f":language:({' '.join(LANGUAGES)})",
    "text": ":value: ",
    "flag": "",
}

ZSH = """\
#compdef {program} {program}-window
# zsh completion for {program}: generated from its command line

_gradient_explorer_experiments() {{
    _alternative 'names:built-in experiment:({experiments})' \\
        'files:experiment file:_files -g "*.toml"'
}}

_gradient_explorer_commands() {{
    local -a commands=(
{commands}
    )
    _describe command commands
    _gradient_explorer_experiments
}}

_gradient_explorer() {{
    local state line
    local -A opt_args
    _arguments -C \\
{program_options}
        '1: :_gradient_explorer_commands' '*:: :->rest'
    [[ $state == rest ]] || return
    case $line[1] in
{cases}
    esac
}}

_gradient_explorer "$@"
"""


def zsh(line: CommandLine) -> str:
    """The completion for zsh."""
    commands = [f"        {_quote(f'{each.name}:{_plain(each.help)}')}" for each in line.commands]
    options = [f"        {_zsh_option(item)} \\" for item in line.program.options]
    return ZSH.format(
        program=PROGRAM,
        experiments=" ".join(experiments()),
        commands="\n".join(commands),
        program_options="\n".join(options),
        cases="\n".join(_zsh_case(each) for each in line.commands),
    )


def _zsh_case(each: Command) -> str:
    parts = [_zsh_option(item) for item in each.options]
    parts += [f"'1{ZSH_VALUES[kind(item)]}'" for item in each.arguments]
    return f"        {each.name}) _arguments {' '.join(parts)} ;;"


def _zsh_option(item: Item) -> str:
    names = item.names
    repeat = "*" if item.repeated else ""
    text = _plain(item.help).replace("[", "(").replace("]", ")").replace(":", "\\:")
    return " ".join(_quote(f"{repeat}{name}[{text}]{ZSH_VALUES[kind(item)]}") for name in names)


FISH_VALUES: dict[Kind, str] = {
    "experiment": " -x",
    "file": " -r -F",
    "language": f" -x -a '{' '.join(LANGUAGES)}'",
    "text": " -x",
    "flag": "",
}


def fish(line: CommandLine) -> str:
    """The completion for fish."""
    names = " ".join(each.name for each in line.commands)
    first = f"-n 'not __fish_seen_subcommand_from {names}'"
    takers = " ".join(each.name for each in line.commands if each.arguments)
    later = f"-n '__fish_seen_subcommand_from {takers}'"
    files = f"-k -a '{' '.join(experiments())} (__fish_complete_suffix .toml)'"
    rows = [f"# fish completion for {PROGRAM}: generated from its command line"]
    rows += [f"complete -c {PROGRAM}-window -w {PROGRAM}", f"complete -c {PROGRAM} -f"]
    rows += [_fish_option("", item) for item in line.program.options]
    for each in line.commands:
        rows.append(f"complete -c {PROGRAM} {first} -a {each.name} -d {_quote(_plain(each.help))}")
        condition = f" -n '__fish_seen_subcommand_from {each.name}'"
        rows += [_fish_option(condition, item) for item in each.options]
    rows += [f"complete -c {PROGRAM} {condition} {files}" for condition in (first, later)]
    return "\n".join(rows) + "\n"


def _fish_option(condition: str, item: Item) -> str:
    names = " ".join(f"-l {name.removeprefix('--')}" for name in item.names)
    text = _quote(_plain(item.help))
    return f"complete -c {PROGRAM}{condition} {names}{FISH_VALUES[kind(item)]} -d {text}"


def _plain(text: str) -> str:
    """A help text as one line without a full stop."""
    return " ".join(text.split()).removesuffix(".")


def _quote(text: str) -> str:
    """The text in single quotes, which all three shells read alike but for the quote itself."""
    return "'" + text.replace("'", "’") + "'"


SHELLS: dict[str, Callable[[CommandLine], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
FILE_NAMES = {"bash": PROGRAM, "zsh": f"_{PROGRAM}", "fish": f"{PROGRAM}.fish"}


def completion(shell: str) -> str:
    """The completion script for `shell`."""
    return SHELLS[shell](command_line())


def main() -> int:
    """Write all three into the folder named on the command line."""
    folder = Path(sys.argv[1])
    for shell, name in FILE_NAMES.items():
        target = folder / shell / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(completion(shell), encoding="utf-8")
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
