"""The picture at one moment of the backward pass: what has flowed so far, and where it is now.

Called by the window's graph view while somebody steps through the pass.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.explain.queries import norm
from explorer.picture.elements import Scene, SceneEdge, TensorNode
from explorer.picture.texts import figure_text

if TYPE_CHECKING:
    from explorer.explain.backward_steps import BackwardStep, Walk
    from explorer.explain.trace_records import Trace

# After a sum to which something will still be added.
MORE = " +"


@dataclass(frozen=True)
class Moment:
    """Keys of nodes and lines: `carried` by now, `present` in this very step.

    `gradients`: the sums so far as text, by the keys of the tensors' nodes.
    """

    carried: frozenset[str]
    present: frozenset[str]
    gradients: Mapping[str, str]


def moment(scene: Scene, trace: "Trace", walk: "Walk") -> Moment:
    """The scene as the walk stands."""
    carried = {edge.key for edge in scene.edges if _carried(edge, trace, walk)}
    step = walk.steps[walk.number] if walk.steps else None
    return Moment(
        frozenset(carried),
        frozenset(() if step is None else _present(scene, step)),
        {
            node.key: _sum(trace, walk, node.tensor)
            for node in scene.nodes
            if isinstance(node, TensorNode) and node.tensor in walk.totals
        },
    )


def _carried(edge: SceneEdge, trace: "Trace", walk: "Walk") -> bool:
    if edge.uses:
        return not walk.edges.isdisjoint(edge.uses)
    return trace.tensors[edge.tensor].producer in walk.operations


def _present(scene: Scene, step: "BackwardStep") -> Iterator[str]:
    """The operation, and the lines over which it has just sent something."""
    if step.operation is None:
        if scene.objective is not None:
            yield scene.objective
        return
    # A closed group stands for the operation inside it.
    yield scene.operation_places[step.operation]
    uses = {part.edge for part in step.parts}
    yield from (edge.key for edge in scene.edges if not uses.isdisjoint(edge.uses))


def _sum(trace: "Trace", walk: "Walk", tensor: int) -> str:
    total, shape = walk.totals[tensor], trace.tensors[tensor].shape
    text = "" if total is None else figure_text(total, shape, norm(total))
    return text if tensor in walk.complete else text + MORE
