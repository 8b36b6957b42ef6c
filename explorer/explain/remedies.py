"""Which switches to flip so that a gradient is there that is not: the way out of a reason.

Read from the records of a trace alone, like the reasons themselves; the window offers the
flips beside the reason. What no switch undoes (a detach() inside a larger expression, a
rounding, a tensor that is not used) has none. No torch here.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Literal

from explorer.explain.prediction import Connection, connect
from explorer.explain.queries import edges
from explorer.explain.reason import REASONS, Reason, RemedyKind
from explorer.explain.reasons import reasons
from explorer.explain.trace_records import Trace, TracedEdge, TracedTensor

MOST_PARAMETERS = 3


@dataclass(frozen=True)
class Remedy:
    """Set the switch `requires_grad` or `detach` of `tensor` to `wanted`: a change's own words."""

    tensor: str
    switch: Literal["requires_grad", "detach"]
    wanted: bool


def remedies(trace: Trace, reason: Reason | None, name: str) -> tuple[Remedy, ...]:
    """The flips that together undo what the reason for the tensor `name` says, in order.

    `trace` is the one that the reason was found in. They give the tensor a gradient, whatever
    else is in the way, and there are none if they would not. Of several parameters to be thawed
    for `nothing-requires-grad` any one is enough. For `stale` they are those for what cuts it
    off now.
    """
    kind = None if reason is None else REASONS[reason.code].remedy
    finder = None if kind is None else _FINDERS.get(kind)
    return () if finder is None else finder(trace, name)


def remedy(trace: Trace, reason: Reason | None, name: str) -> tuple[Remedy, ...]:
    """The same with one parameter to be thawed, where one is enough."""
    flips = remedies(trace, reason, name)
    thawed = [each for each in flips if each.switch == "requires_grad"]
    rest = tuple(each for each in flips if each.switch == "detach")
    for each in thawed[:-1]:
        if name in _with(trace, {each.tensor: True}, {flip.tensor for flip in rest}).named:
            return (each, *rest)
    return (*thawed[-1:], *rest)


def with_remedies(trace: Trace, found: Mapping[str, Reason | None]) -> dict[str, Reason | None]:
    """The reasons, each with the fact `remedy`: the changes that together bring a gradient.

    In the form of an experiment file's changes, without `step`; None where none do.
    """
    return {name: _with_remedy(trace, reason, name) for name, reason in found.items()}


def _with_remedy(trace: Trace, reason: Reason | None, name: str) -> Reason | None:
    if reason is None:
        return None
    flips = remedy(trace, reason, name)
    changes = [{"tensor": each.tensor, each.switch: each.wanted} for each in flips]
    return Reason(reason.code, {**reason.facts, "remedy": changes or None})


def _thaw(trace: Trace, name: str) -> tuple[Remedy, ...]:
    leaf = trace.tensors[trace.named[name]]
    # Of a buffer PyTorch would refuse to go on updating the numbers.
    return () if leaf.kind == "buffer" else _thawed(trace, name, [leaf])


def _thaw_sources(trace: Trace, name: str) -> tuple[Remedy, ...]:
    """The frozen parameters that the tensor is computed from, cuts or no cuts."""
    wanted = {trace.named[name]}
    for operation in reversed(trace.operations):
        if not wanted.isdisjoint(operation.outputs):
            inputs = edges(trace, operation.inputs)
            wanted.update(edge.tensor for edge in inputs if edge.depends)
    leaves = (trace.tensors[number] for number in sorted(wanted))
    frozen = (leaf for leaf in leaves if leaf.kind == "parameter" and not leaf.requires_grad)
    return _thawed(trace, name, list(islice(frozen, MOST_PARAMETERS)))


def _thawed(trace: Trace, name: str, leaves: Sequence[TracedTensor]) -> tuple[Remedy, ...]:
    """Thaw the leaves, and reconnect what is cut then."""
    # A leaf's own name comes first, then those of its aliases.
    names = [leaf.names[0] for leaf in leaves]
    flips = _reconnected(trace, name, dict.fromkeys(names, True)) if names else None
    thaw = (Remedy(each, "requires_grad", True) for each in names)
    return () if flips is None else (*thaw, *flips)


def _as_now(trace: Trace, name: str) -> tuple[Remedy, ...]:
    """A gradient left over: why would the next step give none?"""
    return remedies(trace, reasons(trace)[name], name)


def _reconnect(trace: Trace, name: str) -> tuple[Remedy, ...]:
    """The detach switches, or where they do not help what else could bring it a gradient."""
    found = _reconnected(trace, name, {})
    return _thaw_sources(trace, name) if found is None else found


def _reconnected(trace: Trace, name: str, leaves: Mapping[str, bool]) -> tuple[Remedy, ...] | None:
    """Detach switches before the tensor, if it requires no gradient, and then those after it.

    `leaves` are those that require one besides. None where no switch helps.
    """
    start, flips = trace.named[name], set[str]()
    possible = _with(trace, leaves, trace.cuts)
    for walk in (_before, _after):
        now = _with(trace, leaves, flips)
        if name not in now.named:
            flips.update(walk(trace, start, now, possible))
    if name not in _with(trace, leaves, flips).named:
        return None
    in_order = (operation.switch for operation in trace.operations)
    return tuple(Remedy(each, "detach", False) for each in in_order if each in flips)


def _with(trace: Trace, leaves: Mapping[str, bool], flips: Collection[str]) -> Connection:
    return connect(trace, leaves, trace.cuts.difference(flips))


def _before(trace: Trace, start: int, now: Connection, possible: Connection) -> set[str]:
    """The switches on the ways to the tensor, back to what requires a gradient as it is."""
    flips, wanted = set[str](), {start}
    for operation in reversed(trace.operations):
        if all(output not in wanted or now.requires[output] for output in operation.outputs):
            continue
        for edge in _open(trace, operation.inputs, possible):
            if possible.requires[edge.tensor]:
                wanted.add(edge.tensor)
                flips.update(_switch(trace, edge, now))
    return flips


def _after(trace: Trace, start: int, now: Connection, possible: Connection) -> set[str]:
    """The switches on the ways to the objective, up to where one is free as it is."""
    free, leading = _leading(trace, now), _leading(trace, possible)
    flips, met, pending = set[str](), set[int](), [*_same(trace, start, now)]
    while pending:
        number = pending.pop()
        if number in met or free[number]:
            continue
        met.add(number)
        for edge in _open(trace, trace.uses[number], possible):
            outputs = trace.operations[edge.operation].outputs
            if any(leading[output] for output in outputs):
                flips.update(_switch(trace, edge, now))
                pending.extend(outputs)
    return flips


def _same(trace: Trace, number: int, now: Connection) -> Iterator[int]:
    """The tensor, and those that it is, now that switches have left their detach calls out."""
    yield number
    while (maker := trace.tensors[number].producer) is not None:
        operation = trace.operations[maker]
        if operation.switch is None or not now.passing[operation.inputs[0]]:
            return
        number = trace.edges[operation.inputs[0]].tensor
        yield number


def _open(trace: Trace, numbers: Sequence[int], possible: Connection) -> Iterator[TracedEdge]:
    """The edges that pass a gradient once no switch cuts any more."""
    return edges(trace, (number for number in numbers if possible.passing[number]))


def _switch(trace: Trace, edge: TracedEdge, now: Connection) -> tuple[str, ...]:
    """The switch that cuts the edge as it is."""
    switch = trace.operations[edge.operation].switch
    return () if switch is None or now.passing[edge.number] else (switch,)


def _leading(trace: Trace, connection: Connection) -> list[bool]:
    """For every tensor whether a gradient could come back to it from the objective."""
    leads = [False] * len(trace.tensors)
    if trace.objective is not None:
        leads[trace.objective] = True
    for operation in reversed(trace.operations):
        if any(leads[output] for output in operation.outputs):
            for edge in operation.inputs:
                if connection.passing[edge]:
                    leads[trace.edges[edge].tensor] = True
    return leads


_FINDERS: Mapping[RemedyKind, Callable[[Trace, str], tuple[Remedy, ...]]] = MappingProxyType(
    {
        RemedyKind.THAW: _thaw,
        RemedyKind.THAW_SOURCES: _thaw_sources,
        RemedyKind.RECONNECT: _reconnect,
        RemedyKind.AS_NOW: _as_now,
    }
)
