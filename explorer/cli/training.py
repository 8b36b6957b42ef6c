"""`run` on somebody's own model: the loss of some steps, and how every parameter ended.

Called by `explorer.cli.run`. Exit status 0, or 1 when the run stopped by itself.
"""

from typing import TYPE_CHECKING

from explorer.cli.output import complain, print_json, print_table, progress, tell
from explorer.cli.rows import Request, Rows, csv_rows
from explorer.i18n import Language

if TYPE_CHECKING:
    from explorer.export.tables import Json
    from explorer.own.plan import ModelPlan
    from explorer.own.training import Outcome


def run_model(plan: "ModelPlan", request: Request, language: Language) -> int:
    """Train, then print the document or the tables."""
    from explorer.own.loading import Given, load
    from explorer.own.random import start_afresh
    from explorer.own.reference import referred
    from explorer.own.switches import Switches, parsed
    from explorer.own.theirs import their_code
    from explorer.own.training import train
    from explorer.words.errors import failure_sentence

    wanted = parsed(request.overrides)
    start_afresh()
    setup = load(referred(plan.subject), Given(plan.shape, plan.batch))
    switches = Switches(setup.model)
    for switch in wanted:
        switches.set(switch)
    steps = request.steps or plan.training.steps
    rows = Rows(request, steps)
    label = language.text("Training")
    with (
        progress(steps, label, not request.as_json) as tick,
        csv_rows(request) as writer,
        their_code(setup.file),
    ):

        def on_step(step: int, loss: float) -> None:
            rows.take(step, lambda: {"step": step, "loss": loss}, writer)
            tick(step)

        outcome = train(setup, steps, on_step, plan.changes, switches)
    failure = outcome.failure
    message = failure_sentence(failure, language) if failure else ""
    if request.as_json:
        print_json(_document(plan.subject, outcome, rows, request.every is not None, message))
    else:
        _tell(outcome, rows, language)
    if message:
        complain(message)
    return 1 if failure else 0


def _tell(outcome: "Outcome", rows: Rows, language: Language) -> None:
    from explorer.words import tables
    from explorer.words.own import trained_table

    print_table(tables.steps(rows.with_last, language))
    tell("")
    print_table(trained_table(outcome.parameters, language))


def _document(
    subject: str, outcome: "Outcome", rows: Rows, every: bool, message: str
) -> "dict[str, Json]":
    from explorer.export.tables import failure_document, plain

    document: dict[str, Json] = {
        "subject": subject,
        "steps": outcome.steps,
        "loss": plain(outcome.loss),
        "parameters": {
            each.name: {
                "shape": list(each.shape),
                "requires_grad": each.requires_grad,
                "norm": plain(each.norm),
                "moved": plain(each.moved),
                "grad_norm": plain(each.grad_norm),
            }
            for each in outcome.parameters
        },
    }
    if every:
        document["rows"] = [{key: plain(value) for key, value in row.items()} for row in rows.asked]
    if outcome.failure is not None:
        document["failure"] = failure_document(outcome.failure, message)
    return document
