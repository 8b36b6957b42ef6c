"""A PyTorch program's text -> the experiment that gives what the program gives.

The one entry of this room, for the command `import`, the window and `explorer.read_program`.
"""

import ast
from dataclasses import dataclass

import torch

from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Experiment
from explorer.experiment.visible import visible_line
from explorer.reading import calls, statements
from explorer.reading.emit import experiment_of
from explorer.reading.expressions import evaluate
from explorer.reading.functions import Returned
from explorer.reading.reader import Entries, Reader
from explorer.reading.report import LineReport
from explorer.reading.source import Source
from explorer.reading.training import Finished

_ENTRIES = Entries(evaluate, statements.run, calls.invoke)


@dataclass(frozen=True)
class Reading:
    """What was understood of a program.

    `experiment` and its `text` as a file are None and empty if it cannot be taken over: then
    `problem` says where and why. `lines` say of each statement what became of it; `unseeded`
    whether its random numbers are those of seed 0, for want of a seed of its own.
    """

    experiment: Experiment | None
    text: str
    lines: tuple[LineReport, ...]
    unseeded: bool = False
    problem: BadInput | None = None


def read_program(text: str, name: str = "") -> Reading:
    """The experiment of a program, which is not run.

    `name` is the title of one that says none itself.
    """
    try:
        source = Source(text)
    except BadInput as problem:
        return Reading(None, "", (), problem=problem)
    reader = Reader(source, _ENTRIES)
    try:
        experiment, toml = _experiment(reader, source, name)
        _check_last_batch(reader, source, name, toml)
    except BadInput as problem:
        return Reading(None, "", reader.report.lines(problem), problem=problem)
    except RecursionError:
        where = source.place(reader.now) if reader.now is not None else source.end
        return Reading(None, "", (), problem=BadInput("program-too-deep", where, limit=150))
    lines = reader.report.lines()
    return Reading(experiment, toml, lines, reader.random)


def _experiment(reader: Reader, source: Source, name: str) -> tuple[Experiment, str]:
    with _untouched():
        _read(reader)
        return experiment_of(reader, _title(source, name))


def _check_last_batch(reader: Reader, source: Source, name: str, toml: str) -> None:
    """The last batch may have fewer rows; with it the program has to be the same."""
    taken = reader.training.batch if reader.training is not None else None
    if taken is None or not taken.uneven:
        return
    _, other = _experiment(Reader(source, _ENTRIES, last_batch=True), source, name)
    if other != toml:
        raise reader.refuse(taken.node, "program-last-batch", rows=taken.count, size=taken.size)


class _untouched:  # noqa: N801 (a context manager)
    """The random numbers of the process are as they were afterwards."""

    def __enter__(self) -> None:
        self._fork = torch.random.fork_rng(devices=[])
        self._fork.__enter__()
        torch.manual_seed(0)

    def __exit__(self, *error: object) -> None:
        self._fork.__exit__(*error)  # type: ignore[arg-type]


def _read(reader: Reader) -> None:
    reader.frame.names["__name__"] = "__main__"
    try:
        reader.run(reader.source.tree.body)
    except Finished:
        return
    except (statements.LoopEnd, Returned) as end:
        said = f"{reader.shown(end.node)} in no loop or function"
        raise reader.refuse(end.node, "program-not-python", message=said) from None
    raise BadInput("program-no-backward", reader.source.end)


def _title(source: Source, name: str) -> str:
    """The docstring's first line, or a comment's that the program begins with."""
    said = ast.get_docstring(source.tree) or ""
    first = source.text.lstrip("\ufeff").split("\n", 1)[0]
    comment = first.startswith("#") and not first.startswith(("#!", "# -*-", "# coding"))
    if not said and comment:
        said = first.lstrip("# ")
    line = said.strip().split("\n")[0].strip()
    return visible_line(line)[:200] or name
