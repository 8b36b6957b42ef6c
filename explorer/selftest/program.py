"""Checks of what surrounds the engine: resources, languages, the command line."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from xml.etree import ElementTree

from explorer import i18n, load, paths
from explorer.i18n import N_
from explorer.selftest.checks import (
    MISSING,
    UNTRANSLATED,
    Bench,
    Check,
    FaultError,
    expect,
)

# The reference article's three programs.
EXPERIMENTS = ("connected-branch", "detached-branch", "line-fit")
STEPS = 25


def resources(_bench: Bench) -> None:
    """The built-in experiments can be read."""
    for name in EXPERIMENTS:
        if name not in paths.builtin_experiments():
            raise FaultError(MISSING, name=name)
    for name in paths.builtin_experiments():
        load(name)


def languages(_bench: Bench) -> None:
    """Every language but English, in which the texts are written, has its own for our checks."""
    for code, _name in i18n.AVAILABLE:
        language = i18n.load(code)
        for text in (check.name for check in CHECKS):
            if code != "en" and language.text(text) == text:
                raise FaultError(UNTRANSLATED, text=text, language=code)


def command_line(bench: Bench) -> None:
    """The commands that need no window, as they are typed."""
    csv, svg = bench.folder / "run.csv", bench.folder / "graph.svg"
    names = [each["name"] for each in json.loads(_call(bench, "list", "--json"))]
    expect("list", sorted(names), sorted(paths.builtin_experiments()))
    run = ("run", "line-fit", "--steps", str(STEPS), "--csv", str(csv), "--json")
    expect("run --json", json.loads(_call(bench, *run))["steps"], STEPS)
    expect("run --csv", len(_lines(csv)), STEPS + 1)
    _call(bench, "graph", "detached-branch", "--svg", str(svg))
    root = ElementTree.fromstring(svg.read_text(encoding="utf-8"))
    expect("graph --svg", root.tag, "{http://www.w3.org/2000/svg}svg")
    for tables in (("--help",), ("gradients", "detached-branch"), ("check", "line-fit")):
        _call(bench, *tables)


def layout_process(_bench: Bench) -> None:
    """The program starts itself to lay out what is large, and gets an answer."""
    from explorer.engine.session import prepared
    from explorer.picture.layout import layout
    from explorer.picture.layout_process import answered
    from explorer.picture.scene import scene

    small = scene(prepared(load("detached-branch")).trace())
    answer = answered(small, False, interrupted=bool)
    # The two layouts would fill the screen.
    expect("layout", answer == layout(small), True)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _call(bench: Bench, *arguments: str) -> str:
    """What a command prints. Raises FaultError if it ends with a status other than 0."""
    with redirect_stdout(io.StringIO()) as printed:
        status = bench.command_line(arguments, bench.language)
    expect(" ".join(arguments[:2]), status, 0)
    return printed.getvalue()


CHECKS = (
    Check(N_("the built-in experiments"), resources),
    Check(N_("the texts of every language"), languages),
    Check(N_("the command line: tables, JSON, CSV and SVG"), command_line),
    Check(N_("a graph is laid out by a process of its own"), layout_process),
)
