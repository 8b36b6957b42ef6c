"""A run's whole history: every step's numbers as CSV, JSON, or a numpy record array.

A column for the step, the loss, each recorded number of the parameters (`a`, `w[0]`, and `|W|`,
the norm of a large one), and each one's gradient (`a.grad`). With batches there is the mean loss
of the last complete epoch too. Called by `run --history` and by `explorer.run`.
"""

import csv
import json
import math
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from explorer.experiment.wholefile import replacing
from explorer.export.tables import Json, plain

if TYPE_CHECKING:
    from explorer.explain.step_records import StepRecord

NAN = math.nan


class Recorded:
    """The steps of a run as they are made, some eight bytes a number.

    `columns` are those of the session.
    """

    def __init__(self, columns: Sequence[str], batched: bool) -> None:
        epochs = ["epoch_loss"] if batched else []
        self.names = ("step", "loss", *epochs, *columns, *(f"{name}.grad" for name in columns))
        self._batched = batched
        self._numbers = array("d")
        # Of a gradient that is None there is no number; one that is NaN is something else.
        self._there = bytearray()

    def take(self, record: "StepRecord") -> None:
        """Add a step."""
        epochs = [record.epoch_loss] if self._batched else []
        row = [record.step, record.loss, *epochs, *record.values, *record.grads]
        self._numbers.extend([NAN if each is None else each for each in row])
        self._there.extend([each is not None for each in row])

    @property
    def array(self) -> "np.recarray[Any, Any]":
        """A record for each step, with the names as fields; NaN where there is no gradient."""
        kinds = [(name, np.int64 if name == "step" else np.float64) for name in self.names]
        table = np.array(self._numbers).reshape(-1, len(self.names))
        made = np.empty(len(table), dtype=kinds)
        for index, name in enumerate(self.names):
            made[name] = table[:, index]
        return made.view(np.recarray)

    def rows(self) -> Iterator[list[Json]]:
        """The steps; None where there is no gradient, and words for what is not finite."""
        width = len(self.names)
        for start in range(0, len(self._numbers), width):
            numbers = self._numbers[start : start + width].tolist()
            there = self._there[start : start + width]
            row = [
                plain(each) if known else None for each, known in zip(numbers, there, strict=True)
            ]
            yield [int(numbers[0]), *row[1:]]

    def document(self) -> dict[str, Json]:
        """The columns by their names."""
        columns = list(zip(*self.rows(), strict=True)) or [()] * len(self.names)
        return {name: list(column) for name, column in zip(self.names, columns, strict=True)}

    def write_csv(self, file: IO[str]) -> None:
        """A line for each step under the names; a cell without a number is empty."""
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.names)
        writer.writerows(self.rows())

    def write_json(self, file: IO[str]) -> None:
        """One object with a list for each name."""
        json.dump(self.document(), file, allow_nan=False)
        file.write("\n")


def write(recorded: Recorded, path: Path) -> None:
    """The history as the file's name says it; whole or not at all. Raises BadInput."""
    with replacing(path) as file:
        written(recorded, path, file)


def written(recorded: Recorded, path: Path, file: IO[str]) -> None:
    """The same into a file that is open already."""
    if path.suffix.lower() == ".json":
        recorded.write_json(file)
    else:
        recorded.write_csv(file)
