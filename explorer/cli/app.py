"""The commands and their options, for typer.

Parsing and acting are two steps: each function here only says what is to be
done and returns it as an `Action`, which `explorer.cli.main` then calls. So
nothing below imports torch or Qt, and `--help` is quick. Texts are marked with
`N_` and translated where they are shown (`explorer.cli.help`).
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer import __version__
from explorer.cli import commands, usage
from explorer.cli.audit import AuditRequest
from explorer.cli.audit import audit as audit_model
from explorer.cli.audit import rule as show_rule
from explorer.cli.graph import GraphRequest
from explorer.cli.graph import graph as trace
from explorer.cli.help import SpokenCommand, SpokenGroup
from explorer.cli.own import Example
from explorer.cli.reading import import_program
from explorer.cli.rows import Request
from explorer.cli.run import run as train
from explorer.cli.usage import PROGRAM, UsageError, whole_number
from explorer.i18n import N_, Language
from explorer.words.commandline import TOO_MUCH

Action = Callable[[Language], int]

Source = Annotated[
    str,
    typer.Argument(
        metavar=N_("FILE|NAME"),
        help=N_("An experiment file, or the name of a built-in experiment (see list)."),
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar=N_("KEY=VALUE"),
        help=N_(
            "Change one value of the experiment, for example training.optimizer.lr=0.01 or "
            "parameters.b.requires_grad=true. May be given several times."
        ),
    ),
]
Input = Annotated[
    str | None,
    typer.Option(
        "--input",
        metavar=N_("SHAPE"),
        help=N_("For a bare module: an input of random numbers of this shape, such as 4,3,32,32."),
    ),
]
Batch = Annotated[
    str | None,
    typer.Option(
        "--batch",
        metavar=N_("MODULE:NAME"),
        help=N_("For a bare module: a batch, or a function that gives one."),
    ),
]
Steps = Annotated[
    str | None,
    typer.Option(
        "--steps",
        metavar=N_("N"),
        help=N_("Run N steps, whatever the experiment says."),
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar=N_("FILE"), help=N_("Write into a file instead of printing.")
    ),
]
Select = Annotated[
    str | None,
    typer.Option(
        "--select", metavar=N_("RULES"), help=N_("Check only these rules (a,b,c); see rule.")
    ),
]
Ignore = Annotated[
    str | None,
    typer.Option("--ignore", metavar=N_("RULES"), help=N_("Leave these rules out.")),
]
FailOn = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        metavar=N_("LEVEL"),
        help=N_("End with status 1 from this level on: note, warning (the default) or error."),
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline", metavar=N_("FILE"), help=N_("Be silent on the findings in this file.")
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help=N_("Print one JSON document, for other programs.")),
]


def command() -> Any:
    """The whole command line as typer's command object. Its context's `obj` is the Language."""
    app = typer.Typer(
        cls=SpokenGroup,
        add_completion=False,
        rich_markup_mode=None,
        help=N_("See what requires_grad and detach do to a real PyTorch model while it trains."),
    )
    app.callback(invoke_without_command=True)(root)
    for name, function, text in _COMMANDS:
        app.command(name, cls=SpokenCommand, help=text)(function)
    return typer.main.get_command(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"{PROGRAM} {__version__}")
        raise typer.Exit


def root(
    ctx: typer.Context,
    language: Annotated[  # noqa: ARG001 (taken out of the line before: here for --help)
        str | None,
        typer.Option(
            "--language",
            metavar=N_("CODE"),
            help=N_("The language to speak: en or zh_CN. May stand anywhere on the line."),
        ),
    ] = None,
    python: Annotated[  # noqa: ARG001 (taken out of the line before: here for --help)
        str | None,
        typer.Option(
            "--python",
            metavar=N_("FILE"),
            help=N_(
                "Let this Python run the command, with the packages that are installed there. "
                "May stand anywhere on the line."
            ),
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 (its callback acts)
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help=N_("Print the version.")
        ),
    ] = False,
    self_test: Annotated[
        bool,
        typer.Option(
            "--self-test",
            help=N_("Try out everything that was installed, the window too, and report."),
        ),
    ] = False,
) -> Action | None:
    """Options of the program itself; without a command it opens the window."""
    if not self_test:
        return None if ctx.invoked_subcommand else partial(commands.open_window, None)
    if ctx.invoked_subcommand:
        raise UsageError(TOO_MUCH, name=ctx.invoked_subcommand)
    return commands.self_test


def list_(json: Json = False) -> Action:
    """See `explorer.cli.commands.list_experiments`."""
    return partial(commands.list_experiments, as_json=json)


def run(
    source: Source,
    *,
    steps: Steps = None,
    overrides: Overrides = None,
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            metavar=N_("N"),
            help=N_("Show only every N-th step; with --json, adds these rows to the document."),
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar=N_("FILE"),
            help=N_("Write the rows to a CSV file: every step, or every N-th with --every."),
        ),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            "--history",
            metavar=N_("FILE"),
            help=N_(
                "Write every step's loss, values and gradients to a CSV file, or to JSON if its "
                "name ends in .json."
            ),
        ),
    ] = None,
    input_: Input = None,
    batch: Batch = None,
    json: Json = False,
) -> Action:
    """See `explorer.cli.run`."""
    request = Request(
        source=source,
        overrides=tuple(overrides or ()),
        steps=whole_number("--steps", steps),
        every=whole_number("--every", every),
        csv=csv,
        history=history,
        as_json=json,
        example=Example(input_, batch),
    )
    return partial(train, request)


def gradients(
    source: Source,
    *,
    overrides: Overrides = None,
    after: Annotated[
        str | None,
        typer.Option(
            "--after",
            metavar=N_("N"),
            help=N_(
                "Make N steps of the run first: .grad as it stands then, and what moved each "
                "parameter in the last step. 0 is before the first."
            ),
        ),
    ] = None,
    input_: Input = None,
    batch: Batch = None,
    json: Json = False,
) -> Action:
    """See `explorer.cli.commands.gradients`."""
    request = commands.GradientsRequest(
        source=source,
        overrides=tuple(overrides or ()),
        example=Example(input_, batch),
        after=whole_number("--after", after, least=0),
        as_json=json,
    )
    return partial(commands.gradients, request)


def graph(
    source: Source,
    *,
    overrides: Overrides = None,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar=N_("FILE"), help=N_("Draw the graph into an SVG file.")),
    ] = None,
    dark: Annotated[bool, typer.Option("--dark", help=N_("Draw on a dark ground."))] = False,
    whole: Annotated[
        bool,
        typer.Option("--all", help=N_("Draw every operation, also of a large graph.")),
    ] = False,
    input_: Input = None,
    batch: Batch = None,
    json: Json = False,
) -> Action:
    """See `explorer.cli.graph`."""
    request = GraphRequest(
        source=source,
        overrides=tuple(overrides or ()),
        svg=svg,
        dark=dark,
        whole=whole,
        example=Example(input_, batch),
        as_json=json,
    )
    return partial(trace, request)


def audit(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar=N_("PATH.py:FACTORY"),
            help=N_("Your model: a function in a file, or in a module as package.module:FACTORY."),
        ),
    ] = None,
    *,
    steps: Annotated[
        str | None,
        typer.Option("--steps", metavar=N_("N"), help=N_("Make N steps; 3 if not given.")),
    ] = None,
    select: Select = None,
    ignore: Ignore = None,
    fail_on: FailOn = None,
    baseline: Baseline = None,
    write_baseline: Annotated[
        bool,
        typer.Option("--write-baseline", help=N_("Write what is found into that file.")),
    ] = False,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar=N_("FORMAT"),
            help=N_("text, json, sarif, github or html."),
        ),
    ] = "text",
    place: Output = None,
    input_: Input = None,
    batch: Batch = None,
) -> Action:
    """See `explorer.cli.audit`."""
    request = AuditRequest(
        source=source,
        example=Example(input_, batch),
        steps=whole_number("--steps", steps),
        select=_listed(select),
        ignore=_listed(ignore),
        fail_on=fail_on,
        baseline=baseline,
        write_baseline=write_baseline,
        form=form,
        place=place,
    )
    return partial(audit_model, request)


def _listed(names: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (names or "").split(",") if name.strip())


def rule(
    name: Annotated[
        str | None,
        typer.Argument(metavar=N_("RULE"), help=N_("The rule; all are listed without it.")),
    ] = None,
) -> Action:
    """See `explorer.cli.audit.rule`."""
    return partial(show_rule, name)


def script(
    source: Source,
    *,
    overrides: Overrides = None,
    place: Output = None,
) -> Action:
    """See `explorer.cli.commands.script`."""
    return partial(commands.script, source, tuple(overrides or ()), place)


def import_(
    source: Annotated[
        str,
        typer.Argument(
            metavar=N_("FILE.py"),
            help=N_("A PyTorch program, which is not run; - reads standard input."),
        ),
    ],
    *,
    place: Output = None,
    json: Json = False,
) -> Action:
    """See `explorer.cli.reading`."""
    return partial(import_program, source, place, as_json=json)


def check(source: Source, json: Json = False) -> Action:
    """See `explorer.cli.commands.check`."""
    return partial(commands.check, source, as_json=json)


def open_(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar=N_("FILE|NAME"),
            help=N_("An experiment file, or the name of a built-in experiment (see list)."),
        ),
    ] = None,
    *,
    play: Annotated[bool, typer.Option("--play", help=N_("Start training at once."))] = False,
    graph_tab: Annotated[
        bool, typer.Option("--graph", help=N_("Show the graph rather than the plots."))
    ] = False,
    steps: Steps = None,
    screenshot: Annotated[
        Path | None,
        typer.Option(
            "--screenshot",
            metavar=N_("PNG"),
            help=N_("Save a picture of the window; with --play, when the run is done."),
        ),
    ] = None,
    leave: Annotated[
        bool,
        typer.Option("--quit", help=N_("Close the window again when everything is done.")),
    ] = False,
    size: Annotated[
        str | None,
        typer.Option(
            "--size", metavar=N_("WxH"), help=N_("The window's width and height: 1280x800.")
        ),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            "--scale", metavar=N_("N"), help=N_("Draw everything so many times as large.")
        ),
    ] = None,
    theme: Annotated[
        str | None,
        typer.Option("--theme", metavar=N_("NAME"), help=N_("light, dark, or system.")),
    ] = None,
    input_: Input = None,
    batch: Batch = None,
) -> Action:
    """See `explorer.ui.opening.open_window`."""
    return partial(
        commands.open_window,
        source,
        play=play,
        graph_tab=graph_tab,
        steps=whole_number("--steps", steps),
        screenshot=screenshot,
        quit_when_done=leave,
        size=usage.size("--size", size),
        scale=usage.scale("--scale", scale),
        theme=usage.choice("--theme", usage.THEMES, theme),
        shape=input_,
        batch=batch,
    )


_COMMANDS: tuple[tuple[str, Callable[..., Action], str], ...] = (
    ("list", list_, N_("List the built-in experiments.")),
    ("run", run, N_("Train an experiment without a window and print what came out.")),
    (
        "gradients",
        gradients,
        N_("Show every tensor's gradient after one forward and one backward pass."),
    ),
    (
        "graph",
        graph,
        N_("Show one step's graph: values forward, gradients backward, and where they are cut."),
    ),
    (
        "audit",
        audit,
        N_("Make a few steps of your own model, and say what is wrong with its gradients."),
    ),
    ("rule", rule, N_("Say what a rule of audit looks for, with an example.")),
    ("script", script, N_("Write the experiment as a plain PyTorch program.")),
    ("import", import_, N_("Make an experiment of a PyTorch program, without running it.")),
    ("check", check, N_("Check an experiment file without running it.")),
    ("open", open_, N_("Open the window.")),
)
