"""The commands on somebody's own model, where its name stands in an experiment's place.

Called by `explorer.cli.commands` and `explorer.cli.graph`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.cli.usage import UsageError
from explorer.i18n import Language
from explorer.own.reference import Reference, reference
from explorer.words.commandline import NOT_FOR_A_MODEL, NOT_FOR_AN_EXPERIMENT

if TYPE_CHECKING:
    from explorer.own.explaining import Told


@dataclass(frozen=True, slots=True)
class Example:
    """The options that give a bare module something to compute; see `explorer.own.loading`."""

    shape: str | None = None
    batch: str | None = None


NO_EXAMPLE = Example()


def own_model(source: str, example: Example, **refused: object) -> Reference | None:
    """The reference that a source is, or None for an experiment.

    `refused` are options that are not for a model, and whether they were given.
    """
    named = reference(source)
    if named is not None:
        for name, given in refused.items():
            if given:
                raise UsageError(NOT_FOR_A_MODEL, option=f"--{name}")
    elif example != NO_EXAMPLE:
        option = "--input" if example.batch is None else "--batch"
        raise UsageError(NOT_FOR_AN_EXPERIMENT, option=option)
    return named


def first_step(named: Reference, example: Example) -> "Told":
    """What the model's first step tells. Raises BadInput."""
    from explorer.own.explaining import told
    from explorer.own.loading import Given, load
    from explorer.own.theirs import their_code
    from explorer.own.tracing import traced

    setup = load(named, Given(example.shape, example.batch))
    with their_code(setup.file):
        trace = traced(setup, setup.first_batch())
    return told(setup.model, trace)


def is_parameter(told: "Told", name: str) -> bool:
    """Whether the tensor is one that could be trained: no buffer and no input."""
    return told.trace.tensors[told.trace.named[name]].kind == "parameter"


def sentences(told: "Told", language: Language) -> dict[str, str]:
    """Why each gradient is as it is, with the line where that is so."""
    from explorer.words import own

    return own.sentences(told.reasons, told.sites, language)
