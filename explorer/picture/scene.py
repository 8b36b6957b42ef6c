"""Trace -> Scene: what the picture shows, before anybody asks where.

Nameless intermediates are not drawn: the line goes on from the operation that made them.
Groups (`explorer.picture.grouping`) that are not in `expanded` are one node each, and
all the lines into and out of them are bundled. Called by the command `graph` and, wherever a
trace was made, for the window's graph view.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from explorer.explain.cuts import CUT, FLOWS, NOTHING, role_of
from explorer.explain.queries import is_finite, is_zero, norm
from explorer.picture.echoes import with_echoes
from explorer.picture.elements import (
    CONSTANT,
    FROZEN,
    TARGET,
    TOP,
    TRAINING,
    GroupNode,
    Node,
    OperationNode,
    Scene,
    SceneEdge,
    TensorNode,
)
from explorer.picture.flow import width
from explorer.picture.grouping import Grouping, group
from explorer.picture.keys import Keys, group_key
from explorer.picture.states import icons_of, state_of, switched_off
from explorer.picture.texts import figure_text, norm_text, shortened, symbol
from explorer.words.numbers import number_text

if TYPE_CHECKING:
    from explorer.explain.figures import Figure
    from explorer.explain.trace_records import Trace, TracedTensor

# Up to here a graph opens with everything in view, and with the numbers at its edges.
MOST_NODES_OPEN = 80
MOST_NODES_NUMBERED = 60

Path = tuple[str, ...]


def scene(trace: "Trace", expanded: Collection[str] | None = None) -> Scene:
    """The picture of a trace.

    `expanded` are the keys of the groups shown in full. Without it small graphs are open and
    of large ones as much as can be looked at.
    """
    grouping = group(trace)
    opened = _opened(trace, grouping) if expanded is None else frozenset(map(_bare, expanded))
    return _Painter(trace, grouping, opened).scene()


def every_group(trace: "Trace") -> frozenset[str]:
    """The keys of all groups, to show everything."""
    return frozenset(map(group_key, group(trace).names))


def _bare(key: str) -> str:
    return key.removeprefix("g:")


def _opened(trace: "Trace", grouping: Grouping) -> frozenset[str]:
    """Groups from the outside in, as long as the picture stays small; stretches mean nothing."""
    members: Counter[Path] = Counter()
    inner: dict[Path, set[str]] = {}
    drawn = [path for place, path in enumerate(grouping.tensors) if _drawn(trace, place)]
    for path in (*grouping.operations, *drawn):
        members[path] += 1
        for depth, key in enumerate(path):
            inner.setdefault(path[:depth], set()).add(key)
    shown = members[()] + len(inner.get((), ()))
    opened: set[str] = set()
    pending: list[Path] = sorted((key,) for key in inner.get((), ()))
    while pending:
        path = pending.pop(0)
        grown = shown - 1 + members[path] + len(inner.get(path, ()))
        if grown <= MOST_NODES_OPEN and path[-1] not in grouping.sections:
            shown = grown
            opened.add(path[-1])
            pending.extend(sorted((*path, key) for key in inner.get(path, ())))
    return frozenset(opened)


def _drawn(trace: "Trace", tensor: int) -> bool:
    """Whether the tensor has a box: it has a name, was given, or is the objective."""
    traced = trace.tensors[tensor]
    return bool(traced.names) or tensor == trace.objective or _given(trace, tensor)


def _given(trace: "Trace", tensor: int) -> bool:
    return trace.tensors[tensor].producer is None and bool(trace.uses[tensor])


@dataclass(slots=True)
class _Line:
    """A line between two nodes while it is being put together."""

    tensor: int
    uses: list[int] = field(default_factory=list)
    parts: list["Figure"] = field(default_factory=list)
    roles: dict[str, str | None] = field(default_factory=dict)


def _around(path: Path) -> str:
    """The key of the innermost group on the path."""
    return group_key(path[-1]) if path else TOP


class _Painter:
    """Puts one scene together."""

    def __init__(self, trace: "Trace", grouping: Grouping, expanded: frozenset[str]) -> None:
        self._trace = trace
        self._grouping = grouping
        self._expanded = expanded
        self._passed = frozenset(trace.backward)
        self._keys = Keys(trace)
        self._backward = {operation: place for place, operation in enumerate(trace.backward)}
        self._switched = switched_off(trace)
        parameters = [
            place
            for place, tensor in enumerate(trace.tensors)
            if tensor.kind == "parameter" and tensor.names
        ]
        self._colors = {place: color for color, place in enumerate(parameters)}
        self._tally = self._count()
        self._lines: dict[tuple[str, str, int], _Line] = {}

    def scene(self) -> Scene:
        nodes = self._nodes()
        self._draw_lines()
        edges = _measured([self._edge(ends, line) for ends, line in self._lines.items()])
        trace = self._trace
        nodes, edges = with_echoes(trace, nodes, edges)
        return Scene(
            nodes=tuple(nodes),
            edges=tuple(edges),
            frames=tuple(self._frames()),
            objective=None if trace.objective is None else self._source(trace.objective),
            operations=len(trace.operations),
            parameters=self._parameters(),
            numbers=len(nodes) <= MOST_NODES_NUMBERED,
            failure=None if trace.failure is None else trace.failure.code,
            places={place: self._source(place) for place in range(len(trace.tensors))},
            operation_places={each.number: self._target(each.number) for each in trace.operations},
        )

    def _parameters(self) -> tuple[int, int]:
        received = [self._trace.tensors[place].grad is not None for place in self._colors]
        return sum(received), len(received)

    # -- nodes -----------------------------------------------------------------

    def _closed(self, path: Path) -> str | None:
        """The outermost closed group on the path: what stands for all inside it."""
        return next((key for key in path if key not in self._expanded), None)

    def _nodes(self) -> list[Node]:
        """Leaves first, then operations with their results, as they were computed."""
        nodes: dict[str, Node] = {}
        trace = self._trace
        for place, tensor in enumerate(trace.tensors):
            if tensor.producer is None and _drawn(trace, place):
                self._add(nodes, self._grouping.tensors[place], self._tensor(place))
        for place, operation in enumerate(trace.operations):
            self._add(nodes, self._grouping.operations[place], self._operation(place))
            for output in operation.outputs:
                if _drawn(trace, output):
                    self._add(nodes, self._grouping.tensors[output], self._tensor(output))
        return list(nodes.values())

    def _add(self, nodes: dict[str, Node], path: Path, node: Node) -> None:
        closed = self._closed(path)
        if closed is None:
            nodes[node.key] = replace(node, group=_around(path))
        elif isinstance(node, OperationNode) and group_key(closed) not in nodes:
            nodes[group_key(closed)] = self._group(path[: path.index(closed) + 1])

    def _tensor(self, place: int) -> TensorNode:
        tensor = self._trace.tensors[place]
        state = state_of(self._trace, tensor, self._switched)
        quiet = tensor.grad is None and state in (CONSTANT, TARGET)
        return TensorNode(
            key=self._keys.tensors[place],
            group=TOP,
            tensor=place,
            name=shortened(self._name(place)),
            label=tensor.label,
            also=tensor.names[1:],
            value=figure_text(tensor.value, tensor.shape, norm(tensor.value)),
            gradient="" if quiet else self._gradient(tensor),
            has_gradient=tensor.grad is not None,
            state=state,
            icons=icons_of(tensor, state),
            color=self._colors.get(place),
            objective=place == self._trace.objective,
        )

    def _name(self, place: int) -> str:
        """Its label; inside a module's frame the leaf's own part of it is enough."""
        tensor, path = self._trace.tensors[place], self._grouping.tensors[place]
        leaf = tensor.producer is None and path and self._closed(path) is None
        prefix = f"{self._grouping.names[path[-1]]}." if leaf else ""
        return tensor.label.removeprefix(prefix)

    def _gradient(self, tensor: "TracedTensor") -> str:
        if tensor.grad is None:
            return "None"
        return figure_text(tensor.grad, tensor.shape, norm(tensor.grad))

    def _operation(self, place: int) -> OperationNode:
        operation = self._trace.operations[place]
        return OperationNode(
            key=self._keys.operations[place],
            group=TOP,
            operation=place,
            name=operation.name,
            symbol=symbol(operation),
            text=operation.text,
            cut=operation.cut,
            switch=operation.switch,
            grad_mode=operation.grad_mode,
            backward=self._backward.get(place),
        )

    # -- groups ----------------------------------------------------------------

    def _group(self, path: Path) -> GroupNode:
        key, counts = path[-1], self._tally
        return GroupNode(
            key=group_key(key),
            group=_around(path[:-1]),
            name=self._grouping.names[key],
            section=key in self._grouping.sections,
            expanded=key in self._expanded,
            operations=counts[key, "operations"],
            training=counts[key, TRAINING],
            frozen=counts[key, FROZEN],
            cuts=counts[key, CUT],
            objective=key in self._home_of_objective(),
        )

    def _home_of_objective(self) -> Path:
        objective = self._trace.objective
        return () if objective is None else self._grouping.tensors[objective]

    def _count(self) -> Counter[tuple[str, str]]:
        """What is inside each group, at any depth."""
        counts: Counter[tuple[str, str]] = Counter()
        trace, grouping = self._trace, self._grouping
        for operation, path in zip(trace.operations, grouping.operations, strict=True):
            counts.update((key, "operations") for key in path)
            counts.update((key, CUT) for key in path if operation.cut is not None)
        for tensor, path in zip(trace.tensors, grouping.tensors, strict=True):
            if tensor.kind == "parameter":
                state = TRAINING if tensor.requires_grad else FROZEN
                counts.update((key, state) for key in path)
        return counts

    def _frames(self) -> Iterator[GroupNode]:
        """Expanded groups that can be seen, outer before inner."""
        seen: set[str] = set()
        for path in self._grouping.operations:
            for depth, key in enumerate(path):
                if key not in self._expanded:
                    break
                if key not in seen:
                    seen.add(key)
                    yield self._group(path[: depth + 1])

    # -- lines -----------------------------------------------------------------

    def _source(self, tensor: int) -> str:
        """The key of the node that a tensor's lines start from."""
        closed = self._closed(self._grouping.tensors[tensor])
        if closed is not None:
            return group_key(closed)
        producer = self._trace.tensors[tensor].producer
        if producer is None or _drawn(self._trace, tensor):
            return self._keys.tensors[tensor]
        return self._keys.operations[producer]

    def _target(self, operation: int) -> str:
        closed = self._closed(self._grouping.operations[operation])
        return self._keys.operations[operation] if closed is None else group_key(closed)

    def _draw_lines(self) -> None:
        """Uses of tensors, and from an operation to its own results, in order."""
        trace = self._trace
        for place, operation in enumerate(trace.operations):
            target = self._target(place)
            for edge in operation.inputs:
                self._draw_use(edge, target)
            for output in operation.outputs:
                source = self._source(output)
                if source != target and _drawn(trace, output):
                    self._draw_result(target, source, output)

    def _draw_use(self, edge: int, target: str) -> None:
        use = self._trace.edges[edge]
        source = self._source(use.tensor)
        if source == target:
            return
        bundled = source.startswith("g:") or target.startswith("g:")
        line = self._line(source, target, -1 if bundled else edge, use.tensor)
        line.uses.append(edge)
        role, cut = role_of(self._trace, use, self._passed)
        line.roles.setdefault(role, cut)
        if use.contribution is not None:
            line.parts.append(use.contribution)

    def _draw_result(self, source: str, target: str, output: int) -> None:
        line = self._line(source, target, -1, output)
        grad = self._trace.tensors[output].grad
        made_by = self._trace.tensors[output].producer
        line.roles[FLOWS if grad is not None and made_by in self._passed else NOTHING] = None
        if grad is not None:
            line.parts.append(grad)

    def _line(self, source: str, target: str, edge: int, tensor: int) -> _Line:
        return self._lines.setdefault((source, target, edge), _Line(tensor))

    def _edge(self, ends: tuple[str, str, int], line: _Line) -> SceneEdge:
        source, target, edge = ends
        role = next(role for role in (FLOWS, CUT, NOTHING) if role in line.roles)
        flows = role == FLOWS and bool(line.parts)
        single = flows and len(line.uses) == 1
        return SceneEdge(
            key=f"{source}>{target}" + (f"@{self._trace.edges[edge].slot}" if edge >= 0 else ""),
            source=source,
            target=target,
            tensor=line.tensor,
            uses=tuple(line.uses),
            role=role,
            cut=line.roles.get(CUT),
            contribution=self._number(line) if single else "",
            magnitude=math.hypot(*map(norm, line.parts)) if flows else None,
            zero=flows and all(map(is_zero, line.parts)),
            finite=all(map(is_finite, line.parts)),
        )

    def _number(self, line: _Line) -> str:
        """The contribution where it is one number, else its norm."""
        [part] = line.parts
        if isinstance(part, float | int):
            return number_text(part)
        return norm_text(norm(part))


def _measured(edges: list[SceneEdge]) -> list[SceneEdge]:
    """With widths, which compare each flow with the largest in the picture."""
    sizes = [edge.magnitude for edge in edges if edge.magnitude is not None]
    largest = max(filter(math.isfinite, sizes), default=0.0)
    return [
        edge if edge.magnitude is None else replace(edge, width=width(edge.magnitude, largest))
        for edge in edges
    ]
