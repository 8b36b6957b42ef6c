"""A formula's text as it is being typed: is it an experiment's, and what would make it one?

Asked by the window's editor after every pause, in a thread of its own. Pure Python keeps the
interpreter for as long as the switch interval says before somebody else gets a turn, and a key
stroke takes several turns: while a check is on, turns are short.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from explorer.experiment.names import check_leaf_name
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.raw import RawAssignment
from explorer.experiment.spec import Experiment
from explorer.experiment.syntax import read
from explorer.experiment.tree import Name

SHORT_TURN_S = 0.0005
PARAMETER, COLUMN, OBJECTIVE = "parameter", "column", "objective"
# Of a parameter that has only a name so far, and the rows of the first column of all.
FIRST_VALUE, FIRST_ROWS = 1.0, 5
# What an offer makes of a name is found out by trying: these are all there is to try.
_NAMED = {
    "unknown-name": (PARAMETER, COLUMN),
    # A name such as `t`, which an operation has as well.
    "function-not-called": (PARAMETER, COLUMN),
    "objective-missing": (COLUMN, OBJECTIVE),
}


@dataclass(frozen=True)
class Offer:
    """What a name could become: PARAMETER, COLUMN or OBJECTIVE."""

    kind: str
    name: str


@dataclass(frozen=True)
class Question:
    """The text, the experiment whose formula it would be, and what else is to be done to that."""

    base: Experiment
    formula: str
    offer: Offer | None = None


@dataclass(frozen=True)
class Answer:
    """The experiment, or why there is none and what is offered."""

    question: Question
    experiment: Experiment | None = None
    problem: BadInput | None = None
    offers: tuple[Offer, ...] = ()


def answer(question: Question) -> Answer:
    """What an offer makes is taken even if the text is not sound then, as it was before."""
    with _short_turns():
        parts = _parts(question)
        try:
            return Answer(question, question.base.replace(formula=question.formula, **parts))
        except BadInput as problem:
            if question.offer is None:
                return Answer(question, problem=problem, offers=_offers(problem, question))
        try:
            return Answer(question, question.base.replace(**parts))
        except BadInput as problem:
            return Answer(question, problem=problem)


@contextmanager
def _short_turns() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SHORT_TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _parts(question: Question) -> Mapping[str, Any]:
    """What becomes of the experiment, beside its formula."""
    base, offer = question.base, question.offer
    if offer is None:
        return {}
    if offer.kind == PARAMETER:
        return {"parameters": {**base.parameters, offer.name: {"value": FIRST_VALUE}}}
    if offer.kind == OBJECTIVE:
        return {"objective": offer.name}
    rows = FIRST_ROWS if base.data is None else base.data.rows
    numbers = [float(row) for row in range(1, rows + 1)]
    columns = {} if base.data is None else dict(base.data.source)
    return {"data": {**columns, offer.name: numbers}}


def _offers(problem: BadInput, question: Question) -> tuple[Offer, ...]:
    kinds = _NAMED.get(problem.code, ())
    name = _name(problem, question) if kinds else None
    if name is None:
        return ()
    from_file = question.base.data is not None and "file" in question.base.data.source
    return tuple(Offer(kind, name) for kind in kinds if not (kind == COLUMN and from_file))


def _name(problem: BadInput, question: Question) -> str | None:
    """The name that is not there yet, or the last one that the formula assigns."""
    name: object = problem.facts.get("name")
    if problem.code == "objective-missing":
        assigned = [each for each in read(question.formula) if isinstance(each, RawAssignment)]
        target = assigned[-1].targets[0] if assigned else None
        name = target.name if isinstance(target, Name) else None
    with suppress(BadInput):
        check_leaf_name(str(name), Place())
        return str(name)
    return None
