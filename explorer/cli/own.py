"""The commands on somebody's own model, where its name stands in an experiment's place.

Called by `explorer.cli.commands` and `explorer.cli.graph`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.usage import UsageError
from explorer.i18n import Language
from explorer.own.reference import reference
from explorer.words.commandline import NOT_FOR_A_MODEL, NOT_FOR_AN_EXPERIMENT

if TYPE_CHECKING:
    from explorer.own.explaining import Told
    from explorer.own.plan import ModelPlan


@dataclass(frozen=True, slots=True)
class Example:
    """The options that give a bare module something to compute; see `explorer.own.loading`."""

    shape: str | None = None
    batch: str | None = None


NO_EXAMPLE = Example()
# Of a model without a window.
RUN_STEPS = 100


def own_plan(source: str, example: Example, **refused: object) -> "ModelPlan | None":
    """What is to be run of the model that a source names, or None for an experiment.

    A source may also be the file of a run, as the window saves it. `refused` are options that
    are not for a model, and whether they were given. Raises BadInput.
    """
    plan = written_plan(source)
    named = reference(source) if plan is None else None
    if named is not None:
        from explorer.own.plan import Length, ModelPlan

        plan = ModelPlan(str(named), Length(RUN_STEPS), shape=example.shape, batch=example.batch)
    elif example != NO_EXAMPLE:
        option = "--input" if example.batch is None else "--batch"
        raise UsageError(NOT_FOR_AN_EXPERIMENT, option=option)
    if plan is not None:
        for name, given in refused.items():
            if given:
                raise UsageError(NOT_FOR_A_MODEL, option=f"--{name}")
    return plan


def written_plan(source: str) -> "ModelPlan | None":
    """What the file of a run says; None of any other source. Raises BadInput."""
    if not source.endswith(".toml"):
        return None
    from explorer.own.modelfile import is_model_file, read_model_file

    path = Path(source)
    return read_model_file(path).plan if is_model_file(path) else None


def first_step(plan: "ModelPlan") -> "Told":
    """What the model's first step tells. Raises BadInput."""
    from explorer.own.explaining import told
    from explorer.own.loading import Given, load
    from explorer.own.random import start_afresh
    from explorer.own.reference import referred
    from explorer.own.session import ModelSession
    from explorer.own.theirs import their_code
    from explorer.own.tracing import traced

    start_afresh()
    setup = load(referred(plan.subject), Given(plan.shape, plan.batch))
    session = ModelSession(setup, 1, plan.changes)
    session.settle()
    with their_code(setup.file):
        trace = traced(setup, session.next_batch(), cuts=session.switches.cuts)
    return told(setup.model, trace)


def is_parameter(told: "Told", name: str) -> bool:
    """Whether the tensor is one that could be trained: no buffer and no input."""
    return told.trace.tensors[told.trace.named[name]].kind == "parameter"


def sentences(told: "Told", language: Language) -> dict[str, str]:
    """Why each gradient is as it is, with the line where that is so."""
    from explorer.words import own

    return own.sentences(told.reasons, told.sites, language)
