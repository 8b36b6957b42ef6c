"""The whole model in one line: who receives a gradient, and why the others receive none.

Stands over the graph.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from explorer.explain.reason import Reason
from explorer.i18n import Language
from explorer.words import graph
from explorer.words.enumeration import names_text, whole_modules
from explorer.words.reason_entry import Clause
from explorer.words.reasons import WORDS, form

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace, TracedTensor


def model_summary(trace: "Trace", reasons: Mapping[str, Reason | None], language: Language) -> str:
    """`2 of 4 parameters receive a gradient; b and d are frozen.`

    `reasons` are those of `explorer.explain.reasons.reasons(trace)`.
    """
    if trace.failure is not None:
        return graph.summary(0, 0, True, language)
    parameters = [each for each in trace.tensors if each.kind == "parameter" and each.names]
    clauses = [_count(parameters, language)]
    labels = [each.label for each in parameters]
    for ((one, many), cuts), found in _grouped(parameters, reasons).items():
        names = whole_modules(found, labels) if trace.givers else found
        clause = language.plural(one, many, len(names))
        said = {"names": names_text(names, language), "cuts": names_text(cuts, language)}
        clauses.append(clause.format(**said))
    return language.text("{text}.").format(text=clauses_text(clauses, language))


def sums_text(reasons: Mapping[str, Reason | None], language: Language) -> str:
    """Whose `.grad` is another number than in the graph of one step; empty if nobody's.

    `reasons` are those of a session as it stands.
    """
    summed = [
        name
        for name, reason in reasons.items()
        if reason is not None and reason.code == "accumulated"
    ]
    if not summed:
        return ""
    text = language.plural(
        "In the table .grad of {names} is the sum of several steps.",
        "In the table the .grad of {names} are sums of several steps.",
        len(summed),
    )
    return text.format(names=names_text(summed, language))


def _count(parameters: "Sequence[TracedTensor]", language: Language) -> str:
    received = sum(each.grad is not None for each in parameters)
    if not parameters:
        return language.text("The model has no parameters")
    if len(parameters) == 1:
        if received:
            return language.text("The only parameter receives a gradient")
        return language.text("The only parameter receives no gradient")
    text = language.plural(
        "{received} of {n} parameters receives a gradient",
        "{received} of {n} parameters receive a gradient",
        received,
    )
    return text.format(received=received, n=len(parameters))


def _grouped(
    parameters: "Sequence[TracedTensor]", reasons: Mapping[str, Reason | None]
) -> dict[tuple[Clause, tuple[str, ...]], list[str]]:
    """The parameters' names by what is to be said of them, in the order of the parameters."""
    found: dict[tuple[Clause, tuple[str, ...]], list[str]] = {}
    for parameter in parameters:
        reason = reasons.get(parameter.label)
        if reason is None:
            continue
        clause = WORDS[form(reason)].clause
        if clause is not None:
            cuts = tuple(reason.facts.get("cuts", ()))
            found.setdefault((clause, cuts), []).append(parameter.label)
    return found


def clauses_text(clauses: Sequence[str], language: Language) -> str:
    """Clauses one after another; at least one."""
    text = clauses[0]
    for clause in clauses[1:]:
        text = language.text("{text}; {more}").format(text=text, more=clause)
    return text
