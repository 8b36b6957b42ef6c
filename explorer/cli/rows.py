"""What `run` was asked for, and which steps' rows come of it.

Shared by `explorer.cli.run`, which trains an experiment, and `explorer.cli.training`, which
trains somebody's own model.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.own import NO_EXAMPLE, Example

if TYPE_CHECKING:
    from explorer.export.tables import RowWriter, Value

    Row = dict[str, Value]

SHOWN_ROWS = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for. `steps` and `every` are at least 1, or None."""

    source: str
    overrides: tuple[str, ...] = ()
    steps: int | None = None
    every: int | None = None
    csv: Path | None = None
    history: Path | None = None
    as_json: bool = False
    example: Example = NO_EXAMPLE


class Rows:
    """Decides which steps' rows are kept for showing and which go to the CSV file."""

    def __init__(self, request: Request, steps: int) -> None:
        self._kept: list[Row] = []
        self._last: tuple[int, Callable[[], Row]] | None = None
        self._written_every = request.every or 1
        evenly = max(1, -(-steps // SHOWN_ROWS))
        # Rows that nobody asked for would only cost memory.
        unasked = steps + 1 if request.as_json else evenly
        self._kept_every = request.every or unasked

    def take(self, step: int, row: "Callable[[], Row]", writer: "RowWriter | None") -> None:
        """Keep or write this step's row, if it is one of those; `row` makes it."""
        self._last = step, row
        if writer is not None and step % self._written_every == 0:
            writer.write(row())
        if step % self._kept_every == 0:
            self._kept.append(row())

    @property
    def asked(self) -> "Sequence[Row]":
        """Those of `--every`, or for people about ten, evenly chosen."""
        return self._kept

    @property
    def with_last(self) -> "Sequence[Row]":
        """The same, and the row of the last step, for a person who wants to see the end."""
        if self._last is None:
            return self._kept
        step, row = self._last
        if self._kept and self._kept[-1]["step"] == step:
            return self._kept
        return [*self._kept, row()]


def csv_rows(request: Request) -> "contextlib.AbstractContextManager[RowWriter | None]":
    """The file that the rows go to as well, if one was named."""
    from explorer.export.tables import csv_file

    return contextlib.nullcontext() if request.csv is None else csv_file(request.csv)
