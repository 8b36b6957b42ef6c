"""Keys of nodes that stay the same while switches are flipped.

A flip takes operations away or brings them, and every number behind it moves. So a tensor goes
by its name, and an operation by the named tensor its result goes into, counted from there. Called
by `explorer.picture.scene`.
"""

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace, TracedOperation, TracedTensor


def group_key(group: str) -> str:
    """The node's key of a group."""
    return f"g:{group}"


class Keys:
    """`tensors` and `operations` are the keys by their places in the trace; all differ."""

    def __init__(self, trace: "Trace") -> None:
        self._counts: Counter[str] = Counter()
        self.tensors = [f"t:{self._numbered(_called(tensor))}" for tensor in trace.tensors]
        homes = _homes(trace)
        self.operations = [""] * len(trace.operations)
        # From the end: what is near the name keeps its number if something comes before it.
        for operation in reversed(trace.operations):
            home = f"o:{_base(operation, homes[operation.number])}"
            self.operations[operation.number] = self._numbered(home)

    def _numbered(self, base: str) -> str:
        """The second of the same is `…~2`."""
        self._counts[base] += 1
        count = self._counts[base]
        return base if count == 1 else f"{base}~{count}"


def _called(tensor: "TracedTensor") -> str:
    """Its name; what has none is counted among its kind, by a sign no name has."""
    return tensor.names[0] if tensor.names else f"~{tensor.kind}"


def _base(operation: "TracedOperation", home: str) -> str:
    """A switch's own detach is no part of the formula, and counts with no other."""
    return f"~{operation.switch}" if operation.switch is not None else home


def _homes(trace: "Trace") -> list[str]:
    """For every operation the name of the tensor that its result goes into first."""
    homes = [""] * len(trace.operations)
    for operation in reversed(trace.operations):
        for output in operation.outputs:
            names, uses = trace.tensors[output].names, trace.uses[output]
            if names:
                homes[operation.number] = names[0]
            elif uses and not homes[operation.number]:
                homes[operation.number] = homes[trace.edges[uses[0]].operation]
    return homes
