"""The switches of the tensors in the picture: what there is to flip at a node.

Shared by the double click, the context menu and the preview. No Qt.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from explorer.explain.prediction import Consequences, consequences, switched, switched_part
from explorer.explain.trace_records import Trace
from explorer.picture.elements import EchoNode, Node, OperationNode, TensorNode

REQUIRES_GRAD, DETACH = "requires_grad", "detach"


@dataclass(frozen=True)
class Switch:
    """A switch of a tensor and how it stands; `name` as PyTorch calls it."""

    tensor: str
    name: str
    on: bool


def switches_at(trace: Trace, node: Node, named: Collection[str]) -> tuple[Switch, ...]:
    """What can be flipped there; the first is what a double click flips.

    `named` are the experiment's tensors; the loss that closes the graph is none of them.
    """
    if isinstance(node, OperationNode):
        return _of_cut(trace, node)
    if not isinstance(node, TensorNode | EchoNode):
        return ()
    tensor = trace.tensors[node.tensor]
    names = [name for name in tensor.names if name in named]
    if not names:
        return ()
    made_by = None if tensor.producer is None else trace.operations[tensor.producer].switch
    if made_by is not None:
        # It is what a switch cut off: that switch is the one to flip.
        return (Switch(made_by, DETACH, on=True),)
    # The name that is cut, should the tensor have several.
    name = next((each for each in names if each in trace.cuts), names[0])
    detach = Switch(name, DETACH, name in trace.cuts)
    if not tensor.leaf or tensor.kind == "buffer":
        return (detach,)
    return Switch(names[0], REQUIRES_GRAD, tensor.requires_grad), detach


def _of_cut(trace: Trace, node: OperationNode) -> tuple[Switch, ...]:
    """An operation that a switch put there."""
    outputs = trace.operations[node.operation].outputs
    names = (name for output in outputs for name in trace.tensors[output].names)
    found = [node.switch] if node.switch else [name for name in names if name in trace.cuts]
    return tuple(Switch(name, DETACH, on=True) for name in found if name is not None)


def flipped(trace: Trace, switch: Switch) -> tuple[Mapping[str, bool], frozenset[str]] | None:
    """All switches after the flip, as `explorer.explain.prediction` takes them.

    None where the trace does not tell: of what is not in it, say.
    """
    wanted = {switch.name: not switch.on}
    if switch.tensor in trace.named:
        return switched(trace, switch.tensor, **wanted)
    return switched_part(trace, switch.tensor, **wanted) if trace.givers else None


def foreseen(trace: Trace, switch: Switch) -> Consequences | None:
    """What the flip would do; None where the trace does not tell."""
    switches = flipped(trace, switch)
    return None if switches is None else consequences(trace, *switches)
