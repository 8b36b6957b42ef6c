"""What happens on an edge of the trace on the way back: it flows, is cut, or nothing comes.

Decided here once, from the records alone, for the pictures (`explorer.picture.flow`), for a
tensor's way to the objective (`explorer.explain.route`) and for the sentences
(`explorer.explain.reasons`). Importing it does not import torch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from explorer.explain.queries import results

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace, TracedEdge, TracedOperation

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
    if edge.passes or not _had_something(trace, edge):
        return Role(NOTHING)
    return Role(CUT, cut_code(trace, edge))


def _had_something(trace: "Trace", edge: "TracedEdge") -> bool:
    """Whether there was something to be cut; a detach() is shown wherever it stands."""
    if trace.operations[edge.operation].cut is not None:
        return True
    return edge.depends and trace.tensors[edge.tensor].requires_grad


def cut_code(trace: "Trace", edge: "TracedEdge") -> str:
    """What cuts this edge, over which no gradient goes back: one of the codes below.

    The cause is the one without which a gradient would pass. So `no-grad` comes after those that
    cut outside no_grad() just as well: without it, `w > 0` is a truth value still and a number
    taken out by `.item()` is out. Of an operation without a derivative inside no_grad()
    PyTorch tells nothing, so there the mode stands as the cause.
    """
    cut = _Cut(edge, trace.operations[edge.operation], trace)
    return cut.operation.cut or next(code for code, applies in _CAUSES if applies(cut))


@dataclass(frozen=True, slots=True)
class _Cut:
    """An edge over which no gradient goes back."""

    edge: "TracedEdge"
    operation: "TracedOperation"
    trace: "Trace"

    @property
    def gives_whole_numbers(self) -> bool:
        """Or truth values; what gives no tensor at all, as `if x > 0` does, gives one of these."""
        tensors = (self.trace.tensors[number] for number in results(self.trace, self.operation))
        return not any(tensor.differentiable_type for tensor in tensors)


# Of operations that exist to cut, which name the code themselves.
OWN_CUTS = ("detached", "data-access")
# Where there is nothing that a gradient could be of.
NO_SLOPE = frozenset({"integer", "no-derivative"})

_CAUSES: tuple[tuple[str, Callable[[_Cut], bool]], ...] = (
    ("rewrapped", lambda cut: cut.operation.reads or cut.operation.makes),
    ("integer", lambda cut: cut.gives_whole_numbers),
    ("no-grad", lambda cut: not cut.operation.grad_mode),
    ("no-derivative", lambda cut: True),  # noqa: ARG005 (the others look at it)
)

# In the order of weight: what somebody wrote or switched on purpose stands first.
CUT_CODES: tuple[str, ...] = (*OWN_CUTS, *(code for code, _ in _CAUSES))
