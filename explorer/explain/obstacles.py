"""All that stands between a tensor and its gradient on the way where the least does.

A reason names the first cut; behind it there may be another, and what is frozen may be cut as
well. Read from the records of a trace alone, once for all its tensors. Called by
`explorer.explain.reasons`. No torch here.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from explorer.explain.prediction import Connection
from explorer.explain.queries import edges, kept
from explorer.explain.trace_records import Trace, TracedEdge, TracedOperation, TracedTensor

FROZEN = "frozen"
UNUSED = "unused"
# Nobody follows more of them, and a chain of cuts may have thousands.
MOST = 5

# A code and the name that goes with it.
Obstacle = tuple[str, str]


class _Way(NamedTuple):
    """The rest of a way: how much stands there, what comes first, and the way from there on."""

    cost: int
    obstacle: Obstacle | None = None
    rest: "_Way | None" = None

    def obstacles(self) -> Iterator[Obstacle]:
        """In order, at most MOST."""
        way, found = self, 0
        while way.rest is not None and found < MOST:
            if way.obstacle is not None:
                yield way.obstacle
                found += 1
            way = way.rest


_FREE = _Way(0)


class Obstacles:
    """Of one trace and its connection.

    `leads_on` says which uses the objective depends on, `cut` what cuts an edge.
    """

    def __init__(
        self,
        trace: Trace,
        connection: Connection,
        leads_on: Callable[[TracedEdge], bool],
        cut: Callable[[TracedEdge], Obstacle],
    ) -> None:
        self._trace = trace
        self._connection = connection
        self._leads_on = leads_on
        self._cut = cut

    def after(self, number: int) -> list[Obstacle]:
        """What stands between the tensor and the objective, were it to require a gradient."""
        way = self._after[number]
        return [(UNUSED, "")] if way is None else list(way.obstacles())

    def before(self, number: int, thawed: bool) -> list[Obstacle]:
        """What keeps the tensor from requiring a gradient; nothing where it does.

        Either what requires one is cut off, or a parameter is to be thawed first.
        """
        way = (self._from_frozen if thawed else self._from_required)[number]
        return [] if way is None else list(way.obstacles())[::-1]

    @cached_property
    def _after(self) -> list[_Way | None]:
        """For every tensor its way to the objective; None where there is none."""
        trace = self._trace
        found: list[_Way | None] = [None] * len(trace.tensors)
        if trace.objective is not None:
            found[trace.objective] = _FREE
        for operation in reversed(trace.operations):
            for edge in filter(self._leads_on, edges(trace, operation.inputs)):
                ways = self._onward(edge, operation, found)
                found[edge.tensor] = _shortest(found[edge.tensor], *ways)
        return found

    def _onward(
        self, edge: TracedEdge, operation: TracedOperation, found: list[_Way | None]
    ) -> Iterator[_Way | None]:
        trace, passes = self._trace, self._connection.passing[edge.number]
        for output in operation.outputs:
            if not trace.tensors[output].differentiable_type:
                # From whole numbers and truth values nothing could come back anyhow.
                yield _longer(found[output] and _FREE, self._cut(edge))
            else:
                yield _longer(found[output], None if passes else self._cut(edge))
        if operation.reads or kept(trace, operation):
            # The numbers go on elsewhere; what stands there is not looked at.
            yield _longer(_FREE, self._cut(edge))

    @cached_property
    def _from_required(self) -> list[_Way | None]:
        return self._before([_FREE if each else None for each in self._connection.requires])

    @cached_property
    def _from_frozen(self) -> list[_Way | None]:
        return self._before(
            [
                _Way(1, (FROZEN, tensor.label), _FREE) if _can_be_thawed(tensor) else None
                for tensor in self._trace.tensors
            ]
        )

    def _before(self, found: list[_Way | None]) -> list[_Way | None]:
        """For every tensor its way from those that have one already."""
        trace = self._trace
        for operation in trace.operations:
            uses = [edge for edge in edges(trace, operation.inputs) if edge.depends]
            ways = [
                _longer(
                    found[edge.tensor],
                    None if self._connection.passing[edge.number] else self._cut(edge),
                )
                for edge in uses
            ]
            for output in operation.outputs:
                found[output] = _shortest(found[output], *ways)
        return found


def _can_be_thawed(tensor: TracedTensor) -> bool:
    frozen = tensor.leaf and tensor.kind == "parameter" and not tensor.requires_grad
    return frozen and tensor.differentiable_type


def _longer(way: _Way | None, obstacle: Obstacle | None) -> _Way | None:
    if way is None:
        return None
    return way if obstacle is None else _Way(way.cost + 1, obstacle, way)


def _shortest(*ways: _Way | None) -> _Way | None:
    there = [way for way in ways if way is not None]
    return min(there, key=lambda way: way.cost) if there else None


def as_facts(obstacles: list[Obstacle]) -> list[Mapping[str, Any]]:
    """The fact `behind` of a reason: codes, each with its cuts or with the tensor's name."""
    return [
        {"code": code, "cuts": [name]} if name and code != FROZEN else _plain(code, name)
        for code, name in obstacles
    ]


def _plain(code: str, name: str) -> Mapping[str, Any]:
    return {"code": code, "tensor": name} if name else {"code": code}
