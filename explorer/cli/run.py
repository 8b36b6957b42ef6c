"""`run`: train without a window, and say what came out.

Called by `explorer.cli.main`. Exit status 0, or 1 when the run stopped by
itself; bad input leaves as BadInput.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from explorer import load
from explorer.cli.output import complain, print_json, print_table, progress, tell
from explorer.cli.own import own_plan
from explorer.cli.rows import Request, Rows, csv_rows
from explorer.experiment.sources import naming
from explorer.experiment.visible import visible_line
from explorer.i18n import Language

if TYPE_CHECKING:
    from explorer.engine.session import Session
    from explorer.explain.step_records import StepRecord
    from explorer.export.tables import Json, Value

    Row = dict[str, Value]


def run(request: Request, language: Language) -> int:
    """Train as asked, then print the document or the table."""
    plan = own_plan(request.source, request.example, history=request.history)
    if plan is not None:
        from explorer.cli.training import run_model

        return run_model(plan, request, language)
    experiment = load(request.source, request.overrides)
    from explorer.engine.session import Session

    with naming(request.source):
        session = Session(experiment, steps=request.steps)
        rows = Rows(request, session.steps)
        _train(request, rows, session, language)
    message = _failure_sentence(session, language)
    if request.as_json:
        print_json(_document(session, rows, request.every is not None, message))
    else:
        _print_table(session, rows, language)
    if message is not None:
        complain(message)
    return 0 if message is None else 1


def _train(request: Request, rows: Rows, session: "Session", language: Language) -> None:
    label, row = language.text("Training"), _rower(session)
    with (
        progress(session.steps, label, not request.as_json) as tick,
        csv_rows(request) as writer,
        _history(request, session) as keep,
    ):
        for record in session:
            rows.take(record.step, partial(row, record), writer)
            if keep is not None:
                keep(record)
            tick(record.step)


@contextmanager
def _history(
    request: Request, session: "Session"
) -> "Iterator[Callable[[StepRecord], None] | None]":
    """What takes each step for the history's file, which is complete when the block is left."""
    place = request.history
    if place is None:
        yield None
        return
    from explorer.experiment.wholefile import replacing
    from explorer.export.history import Recorded, written

    recorded = Recorded(session.columns, session.experiment.training.batch is not None)
    # Opened first: that it cannot be written is not said after an hour.
    with replacing(place) as file:
        yield recorded.take
        written(recorded, place, file)


def _rower(session: "Session") -> "Callable[[StepRecord], Row]":
    """Step, loss, and every parameter by its name as it was after the step's update."""
    scalars = {name: place for place, name in enumerate(session.columns)}
    all_scalar = len(scalars) == len(session.experiment.parameters)

    def row(record: "StepRecord") -> "Row":
        made: Row = {"step": record.step, "loss": record.loss}
        if all_scalar:
            return made | dict(zip(scalars, record.values, strict=True))
        for tensor in session.tensors():
            place = scalars.get(tensor.name)
            made[tensor.name] = tensor.value if place is None else record.values[place]
        return made

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
