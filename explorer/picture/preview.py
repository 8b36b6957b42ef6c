"""What a flipped switch would do to the picture, before anything runs.

From the graph alone, as `explorer.explain.prediction` tells it. Called by the window's graph
view while the mouse is over a switch.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.explain.prediction import Connection, connect
from explorer.picture.elements import Scene, SceneEdge, TensorNode

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace, TracedTensor


@dataclass(frozen=True)
class Preview:
    """Keys of the nodes and lines that would lose their gradient, or get one."""

    lost: frozenset[str] = frozenset()
    gained: frozenset[str] = frozenset()


def preview(
    scene: Scene, trace: "Trace", requires_grad: Mapping[str, bool], cuts: Collection[str]
) -> Preview:
    """The picture with these switches (as for `connect`) against the picture as it is."""
    now, then = connect(trace), connect(trace, requires_grad, cuts)
    before, after = set(_with_gradient(scene, trace, now)), set(_with_gradient(scene, trace, then))
    return Preview(frozenset(before - after), frozenset(after - before))


def _with_gradient(scene: Scene, trace: "Trace", connection: Connection) -> Iterator[str]:
    for node in scene.nodes:
        if isinstance(node, TensorNode) and _has(trace.tensors[node.tensor], connection):
            yield node.key
    for edge in scene.edges:
        if _flows(edge, trace, connection):
            yield edge.key


def _has(tensor: "TracedTensor", connection: Connection) -> bool:
    """By its own name: a switch may set an alias apart from it."""
    if not tensor.names:
        return connection.reached[tensor.number]
    return tensor.names[0] in connection.named


def _flows(edge: SceneEdge, trace: "Trace", connection: Connection) -> bool:
    if not edge.uses:
        return connection.reached[edge.tensor]
    return any(_carries(use, trace, connection) for use in edge.uses)


def _carries(use: int, trace: "Trace", connection: Connection) -> bool:
    edge = trace.edges[use]
    above = trace.operations[edge.operation].outputs
    passing = connection.passing[use] and connection.requires[edge.tensor]
    return passing and any(connection.reached[output] for output in above)
