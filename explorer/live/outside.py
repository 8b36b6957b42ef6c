"""What became of a document's files while it was open.

Told by what is in them, not by their times: another editor may write the same again, and
a restored copy may be older. What was read is in memory.
"""

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from explorer.experiment.data import load
from explorer.experiment.file import ExperimentFile, text_of
from explorer.experiment.problem import BadInput

_UNWRITABLE = frozenset({"is-a-folder", "not-a-file", "cannot-read"})


class Fate(Enum):
    """What happened to a file."""

    FILE_CHANGED = "file-changed"
    FILE_GONE = "file-gone"
    DATA_CHANGED = "data-changed"
    DATA_GONE = "data-gone"


@dataclass(frozen=True)
class Outside:
    """What happened, and to which file (its name)."""

    fate: Fate
    name: str


def changed_outside(file: ExperimentFile, target: Path) -> tuple[Outside, ...]:
    """What somebody should know before the experiment is saved as `target`."""
    if file.path is None or not file.path.parent.is_dir():
        return ()
    found = []
    if _same(file.path, target):
        found.append((_fate_of_file(file.path, file.text), file.path.name))
    if _same(file.path.parent, target.parent):
        found.append((_fate_of_data(file, file.path.parent), _data_name(file)))
    return tuple(Outside(fate, name) for fate, name in found if fate is not None)


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return os.path.normpath(path) == os.path.normpath(other)


def _fate_of_file(path: Path, text: str) -> Fate | None:
    try:
        return None if text_of(path) == text else Fate.FILE_CHANGED
    except BadInput as problem:
        if problem.code == "no-such-file":
            return Fate.FILE_GONE
        # What is no file, or not to be read, writing it will tell.
        return None if problem.code in _UNWRITABLE else Fate.FILE_CHANGED


def _fate_of_data(file: ExperimentFile, folder: Path) -> Fate | None:
    data = file.experiment.data
    if data is None or "file" not in data.source:
        return None
    try:
        return None if load(dict(data.source), folder) == data else Fate.DATA_CHANGED
    except BadInput as problem:
        return Fate.DATA_GONE if problem.code == "no-such-file" else Fate.DATA_CHANGED


def _data_name(file: ExperimentFile) -> str:
    data = file.experiment.data
    return "" if data is None else str(data.source.get("file", ""))
