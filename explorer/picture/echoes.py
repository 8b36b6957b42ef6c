"""Lines that would drown the picture start at an echo, the name of their source once more.

Like a net's label in a circuit diagram. Without it a weight that a thousand steps share would
lay a thousand lines over the picture, and the layout, whose time grows with the
layers that lines pass, would take minutes. Called by `explorer.picture.scene`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.picture.elements import EchoNode, Node, SceneEdge, TensorNode
from explorer.picture.texts import shortened

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace

# Of a node used more often, only the lines to what is near are drawn.
MOST_USES = 8
NEAR_LAYERS = 3
# The lines of a picture may pass this many layers in all; beyond it the longest are echoed.
MOST_LAYERS_PASSED = 800


def with_echoes(
    trace: "Trace", nodes: Sequence[Node], edges: Sequence[SceneEdge]
) -> tuple[list[Node], list[SceneEdge]]:
    """The same picture without the lines that are too long or too many."""
    echoed = _to_be_echoed(nodes, edges)
    if not echoed:
        return list(nodes), list(edges)
    by_key = {node.key: node for node in nodes}
    echoes: dict[str, dict[str, EchoNode]] = {}
    drawn = []
    for edge in edges:
        if edge.key in echoed:
            echo = _echo(trace, edge, by_key)
            echoes.setdefault(edge.target, {}).setdefault(echo.key, echo)
            drawn.append(replace(edge, source=echo.key))
        else:
            drawn.append(edge)
    return [each for node in nodes for each in (*_beside(node, echoes), node)], drawn


def _beside(node: Node, echoes: Mapping[str, Mapping[str, EchoNode]]) -> Sequence[EchoNode]:
    return tuple(echoes.get(node.key, {}).values())


def _echo(trace: "Trace", edge: SceneEdge, nodes: Mapping[str, Node]) -> EchoNode:
    source, target = nodes[edge.source], nodes[edge.target]
    return EchoNode(
        key=f"{source.key}@{target.key}",
        group=target.group,
        of=source.key,
        tensor=edge.tensor,
        name=shortened(trace.tensors[edge.tensor].label),
        color=source.color if isinstance(source, TensorNode) else None,
    )


def _to_be_echoed(nodes: Sequence[Node], edges: Sequence[SceneEdge]) -> frozenset[str]:
    """Far lines of nodes used often, then the longest, until few layers are passed."""
    layers = _layers(nodes, edges)
    uses = Counter(edge.source for edge in edges)
    passed = {edge.key: layers[edge.target] - layers[edge.source] - 1 for edge in edges}
    echoed = {
        edge.key
        for edge in edges
        if uses[edge.source] > MOST_USES and passed[edge.key] >= NEAR_LAYERS
    }
    total = sum(length for key, length in passed.items() if key not in echoed)
    for key in sorted(passed, key=lambda key: -passed[key]):
        if total <= MOST_LAYERS_PASSED:
            break
        if key not in echoed:
            echoed.add(key)
            total -= passed[key]
    return frozenset(echoed)


def _layers(nodes: Sequence[Node], edges: Sequence[SceneEdge]) -> dict[str, int]:
    """How deep each node lies at least: nodes come in the order of the computation.

    What has nothing above it stands right above its first use.
    """
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for edge in edges:
        above.setdefault(edge.target, []).append(edge.source)
        below.setdefault(edge.source, []).append(edge.target)
    layers: dict[str, int] = {}
    for node in nodes:
        depths = (layers.get(source, 0) + 1 for source in above.get(node.key, ()))
        layers[node.key] = max(depths, default=0)
    first = {
        node.key: min(layers[target] for target in below[node.key]) - 1
        for node in nodes
        if node.key in below and node.key not in above
    }
    return {**layers, **first}
