"""What happens on an edge of the trace on the way back: it flows, is cut, or nothing comes.

Told from the records alone, for the pictures (`explorer.export.graph.flow`) and for a
tensor's way to the objective (`explorer.engine.ways`). Importing it does not import torch.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from explorer.engine.trace.records import Trace, TracedEdge

FLOWS = "flows"
CUT = "cut"
NOTHING = "none"


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
    if operation.reads or operation.makes:
        return "rewrapped"
    outputs = (trace.tensors[number] for number in operation.outputs)
    whole = not any(output.differentiable_type for output in outputs)
    return "integer" if whole else "no-derivative"
