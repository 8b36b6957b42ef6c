"""Unsaved work: everything needed to go on with it, on no other file.

`encoded` and `decoded` are its form in a recovery file: a line of JSON for whoever lists
such files, one with the document and one with its data. They are written while somebody
works: what takes long, merging changes into the author's text, is left to the next saving.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from explorer.experiment.file import ExperimentFile, toml_table
from explorer.experiment.plain import plain
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change, Data, Experiment

FORMAT = 1


@dataclass(frozen=True)
class Work:
    """A document as it stands: its file, the experiment by now, changes made by hand.

    `draft` is the formula's text as it is being typed, where it is no experiment's.
    """

    file: ExperimentFile
    experiment: Experiment
    changes: tuple[Change, ...] = ()
    draft: str | None = None

    @property
    def title(self) -> str:
        """The experiment's own, or its file's name; empty if it has neither."""
        origin = self.file.origin
        return self.experiment.title or (origin.stem if origin else "")

    @property
    def whole(self) -> Experiment:
        """The experiment with the changes among its own. Raises BadInput."""
        if not self.changes:
            return self.experiment
        return self.experiment.replace(changes=(*self.experiment.changes, *self.changes))


@dataclass(frozen=True)
class Heading:
    """What a list of unsaved work shows; `time` is in seconds since 1970."""

    title: str
    time: float


def encoded(work: Work, time: float, columns: str) -> str:
    """The lines: heading, document, and the columns as `packed` made them."""
    origin = work.file.origin
    body = {
        "text": work.file.text,
        "path": _absolute(origin) if origin else None,
        "experiment": plain(work.experiment),
        "changes": [change.as_dict() for change in work.changes],
        "draft": work.draft,
    }
    heading = {"format": FORMAT, "title": work.title, "time": time}
    return f"{json.dumps(heading)}\n{json.dumps(body)}\n{columns}\n"


def _absolute(path: Path) -> str:
    """The next window may be started in another folder."""
    try:
        return os.path.abspath(path)
    except OSError:
        # The working folder is gone.
        return str(path)


def packed(data: Data | None) -> str:
    """The columns' numbers, bit for bit; they stay the same as long as a document is open."""
    if data is None:
        return "null"
    return json.dumps(
        {
            name: [list(column.shape), base64.b64encode(column.astype("<f8").tobytes()).decode()]
            for name, column in data.columns.items()
        }
    )


def heading_of(line: str) -> Heading:
    """From the first line. Raises ValueError if it is not one."""
    table = _table(line)
    if table.get("format") != FORMAT:
        raise ValueError("of another version")
    title, time = table.get("title"), table.get("time")
    if not isinstance(title, str) or not isinstance(time, int | float):
        raise ValueError("no title or time")  # noqa: TRY004 (it is a file's content)
    return Heading(title, float(time))


def decoded(text: str) -> Work:
    """The work in a recovery file, its changes among the experiment's own.

    Raises ValueError, or BadInput: nothing else.
    """
    heading, body, columns, *_ = [*text.split("\n"), "", ""]
    heading_of(heading)
    table, numbers = _table(body), _json(columns)
    try:
        source, path = table["text"], table["path"]
        data = _data(_unpacked(numbers), source)
        experiment = Experiment(**{**table["experiment"], "data": data})
        changes = tuple(Change.checked(**each) for each in table["changes"])
        origin = Path(path) if path else None
        draft = table.get("draft")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from None
    file = ExperimentFile(experiment, source, came_from=origin)
    whole = Work(file, experiment, changes).whole
    return Work(file, whole, draft=draft if isinstance(draft, str) else None)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _table(text: str) -> dict[str, Any]:
    table = _json(text)
    if not isinstance(table, dict):
        raise ValueError("not a table")  # noqa: TRY004 (it is a file's content)
    return table


def _unpacked(columns: dict[str, Any] | None) -> dict[str, np.ndarray[Any, Any]] | None:
    if columns is None:
        return None
    return {
        name: np.frombuffer(base64.b64decode(numbers), "<f8").astype(float).reshape(shape)
        for name, (shape, numbers) in columns.items()
    }


def _data(columns: Mapping[str, np.ndarray[Any, Any]] | None, text: str) -> Data | None:
    """The columns, as from the table that the author wrote if it names their file.

    When it is saved beside that file, the name may stay.
    """
    if columns is None:
        return None
    numbers = Data(MappingProxyType(dict(columns)), {}).inline()
    try:
        table = toml_table(text).get("data")
    except BadInput:
        return numbers
    if isinstance(table, dict) and "file" in table:
        return Data(numbers.columns, MappingProxyType(table))
    return numbers
