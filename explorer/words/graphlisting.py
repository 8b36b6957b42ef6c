"""The graph as tables of text: what the command `graph` prints for people.

One line a tensor, then one line for each use of a tensor by an operation, with what it
carried back. Called by `explorer.cli.graph`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.i18n import Language
from explorer.words.backward import operation_text
from explorer.words.graph import STATES
from explorer.words.proof import chain_text, proof_rows
from explorer.words.reasons import CUT_NAMES
from explorer.words.tables import Table, brief

if TYPE_CHECKING:
    from explorer.explain.proof_records import Proof
    from explorer.explain.trace_records import Trace

NOTHING = "–"
# Of a model with many parameters a picture does not explain each.
MOST_SENTENCES = 6


def tensors(
    trace: "Trace", states: Mapping[int, str], why: Mapping[str, str], language: Language
) -> Table:
    """Every tensor that has a name; `states` by their places, `why` the sentences by name."""
    _ = language.text
    rows = tuple(
        (
            each.label,
            brief(each.value),
            brief(each.grad),
            _(STATES[states[place]]),
            why.get(each.names[0], ""),
        )
        for place, each in enumerate(trace.tensors)
        if each.names
    )
    headings = (_("tensor"), _("value"), _("gradient"), _("state"), _("why"))
    return Table(headings, rows, frozenset({1, 2}), frozenset({4}))


def contributions(trace: "Trace", cuts: Mapping[int, str], language: Language) -> Table:
    """Every use of a tensor, as it was called; `cuts` are the codes of the edges that are cut."""
    _ = language.text
    rows = tuple(
        (
            operation_text(trace, operation.number),
            trace.tensors[trace.edges[edge].tensor].label,
            _carried(trace, edge, cuts.get(edge), language),
        )
        for operation in trace.operations
        for edge in operation.inputs
    )
    headings = (_("operation"), _("input"), _("contribution to its gradient"))
    return Table(headings, rows, frozenset({2}))


def proofs(found: "Mapping[str, Proof]", language: Language) -> Table:
    """One line for each thing that a proof says, the tensor's name at its first."""
    _ = language.text
    rows = tuple(
        (name if place == 0 else "", label, text)
        for name, proof in found.items()
        for place, (label, text) in enumerate(proof_rows(proof, language))
    )
    return Table((_("tensor"), _("by"), _("gradient")), rows, prose=frozenset({2}))


def sentences(
    trace: "Trace", why: Mapping[str, str], found: "Mapping[str, Proof]"
) -> tuple[str, ...]:
    """What is said under a picture of the parameters: why, or how the gradient adds up."""
    names = [each.names[0] for each in trace.tensors if each.kind == "parameter" and each.names]
    said = [why[name] for name in names if name in why]
    added = [
        f"∂{proof.objective}/∂{name} = {chain_text(proof.chain)}"
        for name, proof in found.items()
        if name in names and proof.chain is not None
    ]
    return (*said[:MOST_SENTENCES], *added[:MOST_SENTENCES])


def _carried(trace: "Trace", edge: int, cut: str | None, language: Language) -> str:
    if cut is not None:
        return language.text("cut: {name}").format(name=CUT_NAMES.get(cut, cut))
    contribution = trace.edges[edge].contribution
    return NOTHING if contribution is None else brief(contribution)
