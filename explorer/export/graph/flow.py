"""What happens on an edge of the trace on the way back: it flows, is cut, or nothing comes.

Called by `explorer.export.graph.scene` for the picture and by `document` for JSON.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from explorer.export.graph.records import CUT, FLOWS, NOTHING

if TYPE_CHECKING:
    from explorer.engine.trace.records import Trace, TracedEdge

# Contributions this many powers of ten below the largest are drawn as the thinnest.
SHOWN_DECADES = 4.0


class Role(NamedTuple):
    """FLOWS, CUT or NOTHING, and for a cut the code of its reason."""

    role: str
    cut: str | None = None


def role_of(trace: "Trace", edge: "TracedEdge", passed: frozenset[int]) -> Role:
    """The role of an edge; `passed` are the operations autograd went through."""
    if edge.contribution is not None or (edge.merged and edge.operation in passed):
        return Role(FLOWS)
    if edge.passes:
        return Role(NOTHING)
    code = _cut_code(trace, edge)
    return Role(NOTHING) if code is None else Role(CUT, code)


def _cut_code(trace: "Trace", edge: "TracedEdge") -> str | None:
    """Why nothing could pass; None where there was nothing to be cut."""
    operation, tensor = trace.operations[edge.operation], trace.tensors[edge.tensor]
    if operation.cut is not None:
        return operation.cut
    if not (edge.depends and tensor.requires_grad):
        return None
    if not operation.grad_mode:
        return "no-grad"
    return "rewrapped" if operation.reads or operation.makes else "integer"


def width(magnitude: float, largest: float) -> float:
    """From 0 to 1 by the logarithm of the magnitude, 1 for the largest in the picture."""
    if not math.isfinite(magnitude):
        return 1.0
    if magnitude <= 0.0 or largest <= 0.0:
        return 0.0
    decades = math.log10(magnitude / largest) / SHOWN_DECADES
    return min(1.0, max(0.0, 1.0 + decades))


def cut_edges(trace: "Trace") -> Mapping[int, str]:
    """The codes of all edges that are cut, by their places."""
    passed = frozenset(trace.backward)
    roles = (role_of(trace, edge, passed) for edge in trace.edges)
    return {place: cut for place, (_, cut) in enumerate(roles) if cut is not None}
