"""How a flow on an edge is drawn, and which edges are cut.

Called by `explorer.picture.scene` for the picture and by the command line's listing. The
role of an edge is told by `explorer.explain.cuts`.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.explain.cuts import role_of

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace

# Contributions this many powers of ten below the largest are drawn as the thinnest.
SHOWN_DECADES = 4.0


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
