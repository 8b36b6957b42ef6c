"""What the commands do, but for `run`, which has a file of its own.

Each returns an exit status and is called by `explorer.cli.main`; bad input leaves
as `BadInput`, which the guard says. torch and Qt are imported where they are
first needed.
"""

import gc
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import load
from explorer.cli.output import complain, print_json, print_table, tell
from explorer.cli.own import (
    NO_EXAMPLE,
    Example,
    first_step,
    is_parameter,
    own_plan,
    sentences,
    written_plan,
)
from explorer.experiment.names import shortened_path
from explorer.experiment.sources import naming
from explorer.i18n import Language
from explorer.paths import builtin_experiments

if TYPE_CHECKING:
    from explorer.engine.gradients import GradientReport
    from explorer.own.explaining import Told


def list_experiments(language: Language, *, as_json: bool) -> int:
    """`list`: the built-in experiments."""
    import tomllib

    from explorer.export.tables import experiments_document
    from explorer.words import tables

    titles = {
        name: str(tomllib.loads(path.read_text(encoding="utf-8")).get("title", name))
        for name, path in builtin_experiments().items()
    }
    if as_json:
        print_json(experiments_document(titles))
    else:
        print_table(tables.experiments(titles, language))
    return 0


@dataclass(frozen=True, slots=True)
class GradientsRequest:
    """What the command line asked for. `after`: how many steps are made before, or None."""

    source: str
    overrides: tuple[str, ...] = ()
    example: Example = NO_EXAMPLE
    after: int | None = None
    as_json: bool = False


def gradients(request: GradientsRequest, language: Language) -> int:
    """`gradients`: one forward and one backward pass, or the state after some steps."""
    refused = {"set": request.overrides, "after": request.after is not None}
    plan = own_plan(request.source, request.example, **refused)
    if plan is not None:
        return _gradients_of_model(first_step(plan), request, language)
    return _gradients_of_experiment(request, language)


def _gradients_of_model(told: "Told", request: GradientsRequest, language: Language) -> int:
    from explorer.export.tables import failure_document, gradients_document, with_sites
    from explorer.words import tables
    from explorer.words.errors import failure_sentence
    from explorer.words.numbers import Form, number_text

    trace, failure = told.trace, told.trace.failure
    message = failure_sentence(failure, language) if failure else ""
    found = None if trace.objective is None else trace.tensors[trace.objective].value
    value = found if isinstance(found, float) else None
    if request.as_json:
        failed = failure_document(failure, message) if failure else None
        document = gradients_document("loss", value, told.tensors, told.reasons, failed)
        print_json(with_sites(document, told.sites))
    else:
        if value is not None:
            tell(f"{language.text('loss')} = {number_text(value, Form.TABLE)}\n")
        parameters = [each for each in told.tensors if is_parameter(told, each.name)]
        print_table(tables.model_gradients(parameters, sentences(told, language), language))
    if message:
        complain(message)
    return 1 if failure else 0


def _gradients_of_experiment(request: GradientsRequest, language: Language) -> int:
    from explorer.words.errors import failure_sentence

    source, after = request.source, request.after
    experiment = load(source, request.overrides)
    # After the file was read: a mistake in it is said without waiting for torch.
    from explorer.engine import gradients as engine
    from explorer.engine.state_after import state_after

    with naming(source):
        report = engine.gradients(experiment) if after is None else state_after(experiment, after)
    message = failure_sentence(report.failure, language) if report.failure else ""
    if request.as_json:
        _print_gradients(report, message)
    else:
        _tell_gradients(report, language)
    if message:
        complain(message)
    return 1 if report.failure else 0


def script(source: str, overrides: Sequence[str], place: Path | None, language: Language) -> int:  # noqa: ARG001 (a program has no language)
    """`script`: the experiment as a PyTorch program, printed or written to a file."""
    from explorer.code.script import script as written
    from explorer.experiment.wholefile import replacing

    text = written(load(source, overrides))
    if place is None:
        print(text, end="")
        return 0
    with replacing(place) as file:
        file.write(text)
    return 0


def _print_gradients(report: "GradientReport", message: str) -> None:
    from explorer.export.tables import after_steps, failure_document, gradients_document

    failure = failure_document(report.failure, message) if report.failure else None
    name, value = report.objective_name, report.objective_value
    document = gradients_document(name, value, report.tensors, report.reasons, failure)
    if report.batch is not None:
        document["batch"] = list(report.batch)
    if report.step is not None:
        document = after_steps(document, report.step, report.moved_by, report.parts)
    print_json(document)


def _tell_gradients(report: "GradientReport", language: Language) -> None:
    from explorer.words import tables
    from explorer.words.causes import moves
    from explorer.words.numbers import Form, number_text
    from explorer.words.reasons import reason_sentences
    from explorer.words.tables import figures_text

    name, value = report.objective_name, report.objective_value
    if report.step is not None:
        tell(language.text("Steps made: {step}").format(step=report.step))
    if report.batch is not None:
        text = language.text("Rows of the batch, counted from 0: {rows}")
        tell(text.format(rows=figures_text(report.batch)))
    if value is not None:
        tell(f"{name} = {number_text(value, Form.TABLE)}\n")
    why = reason_sentences(report.reasons, language)
    moved = None if report.step is None else moves(report.moved_by, report.parts, language)
    print_table(tables.gradients(report.tensors, why, language, moved))


def check(source: str, language: Language, *, as_json: bool) -> int:
    """`check`: everything `run` would refuse, without running.

    The engine is asked too: only PyTorch knows whether shapes fit. Of a run of somebody's own
    model it is what stands in the file, for the model is made by running its code.
    """
    plan = written_plan(source)
    title = _checked_title(source) if plan is None else plan.subject
    if as_json:
        print_json({"valid": True, "title": title})
    else:
        valid = language.text("{file} is a valid experiment.")
        tell(valid.format(file=shortened_path(source)))
    return 0


def _checked_title(source: str) -> str:
    experiment = load(source)
    from explorer.engine.session import Session

    with naming(source):
        Session(experiment)
    return experiment.title


def self_test(language: Language) -> int:
    """`--self-test`: see `explorer.selftest`."""
    from explorer.cli import main
    from explorer.selftest.running import run

    status = run(language, main)
    if status:
        # What is broken may take the process with it as it ends, and its status too.
        sys.stdout.flush()
        os._exit(status)
    return status


def open_window(source: str | None, language: Language, **wanted: Any) -> int:
    """`open`, and the program without a command: the window. `wanted`: see `opening.Wanted`."""
    # What is imported stays: collecting it again and again takes a tenth of the start.
    # The window's own collector (explorer.ui.garbage) begins when everything is there.
    gc.disable()
    try:
        from explorer.ui import opening

        return opening.open_window(opening.Wanted(source, **wanted), language)
    finally:
        gc.enable()
