"""The experiment file: TOML in and out, with `--set` overrides.

Read with the standard library's parser, which is fast and strict; written with
tomlkit, which keeps the author's comments and order (`saving`). Called by
`explorer.load`, the command line and the window.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.experiment.checking import written_number
from explorer.experiment.data import load
from explorer.experiment.filekinds import told
from explorer.experiment.leftovers import clear_beside
from explorer.experiment.names import shortened
from explorer.experiment.overrides import apply_override
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.spec import Experiment
from explorer.experiment.textfile import Limits, read_text, write_text

__all__ = ["ExperimentFile", "as_saved", "parse_text", "read", "updated_text", "write"]

_WHERE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)\s*$")
# Of blank lines and spaces the parser reads some megabytes a second, of numbers one.
LIMITS = Limits(mib=32, lines=1_000_000)
# The TOML parser's time grows with the square of a dotted key's parts.
MAX_KEY_PARTS = 100
_TOKEN = re.compile(r"""[A-Za-z0-9_\-]+|"(?:[^"\\]|\\.)*"|'[^']*'|(?P<dot>\.)|[ \t]+|(?P<end>.)""")
_LONG_STRINGS = ('"""', "'''")


@dataclass(frozen=True)
class ExperimentFile:
    """An experiment with the text it was read from; `path` is None if never saved.

    `came_from` is the file that recovered work was of: not its own until it is saved there.
    """

    experiment: Experiment
    text: str = ""
    path: Path | None = None
    came_from: Path | None = None

    @property
    def origin(self) -> Path | None:
        """Its file, or the one it came from."""
        return self.path or self.came_from


def read(path: Path, overrides: Sequence[str] = ()) -> ExperimentFile:
    """The experiment in a file, with `KEY=VALUE` overrides laid over it.

    Raises:
        BadInput: with the file and, as far as they are known, key, line and column.
    """
    try:
        text = text_of(path)
        file = parse_text(text, str(path), path.parent, overrides)
    except BadInput as problem:
        raise told(path, problem) from None
    return ExperimentFile(file.experiment, text, path)


def text_of(path: Path) -> str:
    """The text of an experiment's file, whatever it says. Raises BadInput."""
    return read_text(path, LIMITS)


def parse_text(text: str, name: str, folder: Path, overrides: Sequence[str] = ()) -> ExperimentFile:
    """The experiment in a text; `name` stands for the file in errors.

    CSV files are looked up in `folder`.
    """
    try:
        return ExperimentFile(experiment_of(text, folder, overrides), text)
    except BadInput as problem:
        raise problem.at(file=name) from None


def experiment_of(text: str, folder: Path, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment that the text describes, with the overrides."""
    table = toml_table(text)
    for override in overrides:
        apply_override(table, override)
    if "data" in table:
        table["data"] = load(table["data"], folder)
    return Experiment(**table)


def toml_table(text: str) -> dict[str, Any]:
    """What the text says, not yet checked. Raises BadInput."""
    _check_keys(text)
    try:
        return tomllib.loads(text, parse_float=written_number)
    except tomllib.TOMLDecodeError as error:
        raise _toml_problem(str(error), text) from None
    except RecursionError:
        raise BadInput("toml-too-deep") from None
    except ValueError as error:
        # An integer of more than 4,300 digits.
        raise BadInput("not-toml", message=shortened(str(error))) from None


def _check_keys(text: str) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MAX_KEY_PARTS and _key_parts(line) > MAX_KEY_PARTS:
            raise BadInput("toml-too-deep", Place(line=number))


def _key_parts(line: str) -> int:
    """The most dots between names, with nothing else between, anywhere in the line."""
    most = dots = 0
    for token in _TOKEN.finditer(line):
        if token["dot"]:
            dots += 1
            most = max(most, dots)
        elif token["end"] == "#" and not any(each in line for each in _LONG_STRINGS):
            break  # a comment, up to the end of the line
        elif token["end"]:
            dots = 0
    return most


def _toml_problem(message: str, text: str) -> BadInput:
    found = _WHERE.search(message)
    said = shortened(message[: found.start()] if found else message)
    if found and found[1]:
        place = Place(line=int(found[1]), column=int(found[2]))
    else:
        place = Place(line=text.count("\n") + 1)
    return BadInput("not-toml", place, message=said)


def updated_text(file: ExperimentFile, experiment: Experiment, folder: Path | None = None) -> str:
    """The author's text with only what differs in `experiment` written into it.

    Comments and order are kept. Without a text, a new one is written. `folder` is
    where the text will stand, if not beside the file: data of a CSV file that is not
    there, or holds other numbers, is then written into the text. Nothing that was read
    once is needed on the disk.
    """
    # tomlkit is needed for saving alone, and the window opens sooner without it.
    from explorer.experiment.saving import merged, written

    home = file.path.parent if file.path else Path()
    old = _as_written(file, home)
    for variant in _variants(experiment):
        text = merged(file.text, old, variant) if old else written(variant)
        # Better no comments than a lost change.
        for each in (text, written(variant)):
            if _describes(each, folder or home, experiment):
                return each
    return written(experiment)


def _as_written(file: ExperimentFile, home: Path) -> Experiment | None:
    """What the author's text describes, with the data that is in memory; None without a text.

    The experiment itself may differ from it by overrides.
    """
    if not file.text.strip():
        return None
    table, data = toml_table(file.text), file.experiment.data
    try:
        if "data" in table:
            read_from_it = data is not None and table["data"] == data.source
            table["data"] = data if read_from_it else load(table["data"], home)
        return Experiment(**table)
    except BadInput:
        # Overrides took the place of what is not there, or not sound.
        return None


def _variants(experiment: Experiment) -> tuple[Experiment, ...]:
    """As it is; and, if its data is in a CSV file, with the numbers taken out of it."""
    data = experiment.data
    if data is None or "file" not in data.source:
        return (experiment,)
    return experiment, experiment.replace(data=data.inline())


def _describes(text: str, folder: Path, experiment: Experiment) -> bool:
    """Whether the text, standing in this folder, is read as this experiment."""
    try:
        return experiment_of(text, folder) == experiment
    except BadInput:
        return False


def as_saved(experiment: Experiment, text: str) -> Experiment:
    """The experiment as it stands in the text: with its numbers where no CSV file is named."""
    data, table = experiment.data, toml_table(text).get("data")
    if data is None or "file" not in data.source or (isinstance(table, dict) and "file" in table):
        return experiment
    return experiment.replace(data=data.inline())


def write(path: Path, text: str) -> None:
    """Write the text to the file, whole or not at all; what killed writes left there goes.

    Raises:
        BadInput: `cannot-write`.
    """
    clear_beside(path)
    write_text(path, text)
