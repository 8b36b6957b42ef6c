"""The graph as tables of text: what the command `graph` prints for people.

One line a tensor, then one line for each use of a tensor by an operation, with what it
carried back. Called by `explorer.cli.graph`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.i18n import Language
from explorer.words.backward import operation_text
from explorer.words.graph import CUT_NAMES, STATES
from explorer.words.tables import Table, brief

if TYPE_CHECKING:
    from explorer.engine.trace.records import Trace

NOTHING = "–"


def tensors(trace: "Trace", states: Mapping[int, str], language: Language) -> Table:
    """Every tensor that has a name; `states` are those of all, by their places."""
    _ = language.text
    rows = tuple(
        (each.label, brief(each.value), brief(each.grad), _(STATES[states[place]]))
        for place, each in enumerate(trace.tensors)
        if each.names
    )
    return Table((_("tensor"), _("value"), _("gradient"), _("state")), rows, frozenset({1, 2}))


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


def _carried(trace: "Trace", edge: int, cut: str | None, language: Language) -> str:
    if cut is not None:
        return language.text("cut: {name}").format(name=CUT_NAMES.get(cut, cut))
    contribution = trace.edges[edge].contribution
    return NOTHING if contribution is None else brief(contribution)
