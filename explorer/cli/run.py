"""`run`: train without a window, and say what came out.

Called by `explorer.cli.main`. Exit status 0, or 1 when the run stopped by
itself; bad input leaves as BadInput.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import load
from explorer.cli.commands import naming
from explorer.cli.output import complain, print_json, print_table, progress, tell
from explorer.cli.own import NO_EXAMPLE, Example, own_plan
from explorer.experiment.visible import visible_line
from explorer.i18n import Language

if TYPE_CHECKING:
    from explorer.engine.session import Session
    from explorer.explain.step_records import StepRecord
    from explorer.export.tables import Json, RowWriter, Value

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
    as_json: bool = False
    example: Example = NO_EXAMPLE


def run(request: Request, language: Language) -> int:
    """Train as asked, then print the document or the table."""
    plan = own_plan(request.source, request.example)
    if plan is not None:
        from explorer.cli.training import run_model

        return run_model(plan, request, language)
    experiment = load(request.source, request.overrides)
    from explorer.engine.session import Session

    with naming(request.source):
        session = Session(experiment, steps=request.steps)
        rows = Rows(request, session)
        _train(request, rows, session, language)
    message = _failure_sentence(session, language)
    if request.as_json:
        print_json(_document(session, rows, request.every is not None, message))
    else:
        _print_table(session, rows, language)
    if message is not None:
        complain(message)
    return 0 if message is None else 1


def _train(request: Request, rows: "Rows", session: "Session", language: Language) -> None:
    label = language.text("Training")
    with progress(session.steps, label, not request.as_json) as tick, _csv(request.csv) as writer:
        for record in session:
            rows.take(record, writer)
            tick(record.step)


class Rows:
    """Decides which steps' rows are kept for showing and which go to the CSV file.

    `asked` are those of `--every`, or for people about ten, evenly chosen.
    """

    def __init__(self, request: Request, session: "Session") -> None:
        self._session = session
        self._scalars = {name: place for place, name in enumerate(session.columns)}
        self._kept: list[Row] = []
        self._last: StepRecord | None = None
        self._written_every = request.every or 1
        evenly = max(1, -(-session.steps // SHOWN_ROWS))
        # Rows that nobody asked for would only cost memory.
        unasked = session.steps + 1 if request.as_json else evenly
        self._kept_every = request.every or unasked

    def take(self, record: "StepRecord", writer: "RowWriter | None") -> None:
        """Keep or write this step's row, if it is one of those."""
        self._last = record
        if writer is not None and record.step % self._written_every == 0:
            writer.write(self._row(record))
        if record.step % self._kept_every == 0:
            self._kept.append(self._row(record))

    @property
    def asked(self) -> "Sequence[Row]":
        """Every N-th row."""
        return self._kept

    @property
    def with_last(self) -> "Sequence[Row]":
        """The same, and the row of the last step, for a person who wants to see the end."""
        last = self._last
        if last is None or (self._kept and self._kept[-1]["step"] == last.step):
            return self._kept
        return [*self._kept, self._row(last)]

    def _row(self, record: "StepRecord") -> "Row":
        """Step, loss, and every parameter by its name as it was after the step's update."""
        row: Row = {"step": record.step, "loss": record.loss}
        if len(self._scalars) == len(self._session.experiment.parameters):
            return row | dict(zip(self._scalars, record.values, strict=True))
        for tensor in self._session.tensors():
            place = self._scalars.get(tensor.name)
            row[tensor.name] = tensor.value if place is None else record.values[place]
        return row


def _failure_sentence(session: "Session", language: Language) -> str | None:
    from explorer.words.errors import failure_sentence

    return None if session.failure is None else failure_sentence(session.failure, language)


def _document(session: "Session", rows: Rows, every: bool, message: str | None) -> "Json":
    from explorer.export import tables

    failure = session.failure
    return tables.run_document(
        title=session.experiment.title,
        steps=session.step,
        loss=session.loss,
        tensors=session.tensors(),
        rows=rows.asked if every else None,
        changes=[change.as_dict() for change in session.changes],
        failure=tables.failure_document(failure, message or "") if failure else None,
    )


def _print_table(session: "Session", rows: Rows, language: Language) -> None:
    from explorer.words import tables

    tell(f"{visible_line(language.text(session.experiment.title))}\n")
    print_table(tables.steps(rows.with_last, language))


@contextlib.contextmanager
def _csv(path: Path | None) -> "Iterator[RowWriter | None]":
    from explorer.export.tables import csv_file

    if path is None:
        yield None
        return
    with csv_file(path) as writer:
        yield writer
