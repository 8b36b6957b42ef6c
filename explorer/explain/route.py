"""One route from a tensor to the objective, short enough to be drawn beside a sentence.

It shows the cause: the cut, or the operation where the gradient became zero, NaN or infinite,
the same one that `explorer.explain.reasons` names. Called by the window where it says why a
gradient is None, zero or not a number. No torch here.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from explorer.explain.cuts import CUT, FLOWS, NOTHING, role_of
from explorer.explain.nonfinite import first_nonfinite
from explorer.explain.queries import (
    carries_broken,
    carries_zero,
    edges,
    from_numbers,
    is_finite,
    is_zero,
    results,
)
from explorer.explain.trace_records import Trace, TracedEdge
from explorer.explain.zero_gradients import ZeroWays

TENSOR = "tensor"
OPERATION = "operation"
GAP = "gap"
ZERO = "zero"
BROKEN = "broken"
ELLIPSIS = "…"

MOST_STOPS = 9


class Stop(NamedTuple):
    """A tensor, an operation, or a gap on the way. A named tuple, since chains have thousands.

    `kind` is TENSOR, OPERATION or GAP, `number` its place in the trace; of a gap how many
    stops are left out there (0: the way leaves the graph, through plain numbers). `flow` says
    what comes back over the line to the next stop: FLOWS, ZERO, BROKEN (NaN or infinity),
    NOTHING or CUT (`cut` is the code); None at the end.
    """

    kind: str
    label: str
    number: int
    flow: str | None = None
    cut: str | None = None


class _Use(NamedTuple):
    """The use of a tensor, and the tensor that came of it."""

    edge: TracedEdge
    result: int


# How a search came to each tensor; None where it began.
_Found = dict[int, _Use | None]


def route(trace: Trace, tensor_number: int) -> tuple[Stop, ...]:
    """The route from the tensor to the objective, both included.

    Nameless intermediates are left out, and of a way of more than MOST_STOPS the parts far
    from its ends and from the cause. With no way to the objective there are only the two of
    them, with NOTHING between them. What was computed from a cut tensor, and so has no
    gradient, has that tensor and the cut before it: its way does not begin with itself.
    """
    goal = trace.objective
    asked = _tensor_stop(trace, tensor_number)
    if goal is None:
        return (asked,)
    broken = _flow_to(trace, tensor_number) == BROKEN
    named = first_nonfinite(trace, tensor_number) if broken else None
    before = _uses_before(trace, tensor_number)
    uses = [] if goal == tensor_number else _uses(trace, tensor_number, goal, named)
    stops = list(_Stops(trace, goal, tensor_number).of([*before, *(uses or ())])) or [asked]
    if uses is None:
        # There is no route. What was found before the tensor asked about ends with it.
        stops[-1:] = [asked._replace(flow=NOTHING), _tensor_stop(trace, goal)]
    wanted = {(TENSOR, tensor_number), (OPERATION, named)}
    return tuple(_shortened(stops, wanted))


def culprit(trace: Trace, tensor_number: int) -> int | None:
    """The operation on the route that cuts it, or where what comes back becomes zero or broken.

    None where no operation does: the tensor is frozen, or nothing leads to the objective.
    """
    if _flow_to(trace, tensor_number) == BROKEN:
        return first_nonfinite(trace, tensor_number)
    stops = route(trace, tensor_number)
    cause = _cause(stops)
    if all(stop.flow in (FLOWS, None) for stop in stops):
        return None
    later = (stop.number for stop in stops[cause + 1 :] if stop.kind == OPERATION)
    return next(later, None)


# -- finding it --------------------------------------------------------------------


def _uses(trace: Trace, start: int, goal: int, named: int | None) -> list[_Use] | None:
    """The shortest way that shows why the gradient is as it is; None if there is none.

    It leads through the operation `named`, if that can be.
    """
    lead = _uses_to_the_zero(trace, start) if _flow_to(trace, start) == ZERO else []
    if named is not None:
        outputs = trace.operations[named].outputs
        found = (_shortest(trace, start, output) for output in outputs)
        lead = next(filter(None, found), [])
    rest = _shortest(trace, lead[-1].result if lead else start, goal)
    return None if rest is None else [*lead, *rest]


def _shortest(trace: Trace, start: int, goal: int) -> list[_Use] | None:
    """The shortest of the ways over the edges that say most; empty where it is there already."""
    found = (_search(trace, start, goal, follows) for follows in _choices(trace, start))
    return next((uses for uses in found if uses is not None), None)


_Follows = Callable[[TracedEdge], bool]


def _choices(trace: Trace, start: int) -> Iterator[_Follows]:
    """Which edges to follow, the best choice first."""
    if trace.tensors[start].grad is not None:
        if _flow_to(trace, start) == BROKEN:
            yield carries_broken
        yield lambda edge: edge.contribution is not None and not is_zero(edge.contribution)
        yield lambda edge: edge.contribution is not None
    elif not trace.tensors[start].requires_grad:
        # Where the gradient would flow if it were asked for.
        yield lambda edge: edge.passes
    yield lambda edge: edge.depends and not trace.operations[edge.operation].reads
    yield lambda edge: edge.depends


def _search(trace: Trace, start: int, goal: int, follows: _Follows) -> list[_Use] | None:
    """Breadth first from the tensor, over the edges wanted."""
    came: _Found = {start: None}
    pending = deque((start,))
    makers = [each.number for each in trace.operations if from_numbers(trace, each)]
    while pending and goal not in came:
        tensor = pending.popleft()
        for edge in filter(follows, _uses_after(trace, tensor, came[tensor])):
            for result in _results(trace, edge, makers):
                if result not in came:
                    came[result] = _Use(edge, result)
                    pending.append(result)
    return _collected(came, goal, lambda use: use.edge.tensor)[::-1] if goal in came else None


def _uses_after(trace: Trace, tensor: int, use: _Use | None) -> Iterator[TracedEdge]:
    """The uses of a tensor once it had the numbers that the use gave it."""
    since = -1 if use is None else use.edge.operation
    return (edge for edge in edges(trace, trace.uses[tensor]) if edge.operation > since)


def _results(trace: Trace, edge: TracedEdge, makers: list[int]) -> Sequence[int]:
    """What came of a use; of numbers taken out, the tensors later made of plain numbers.

    Such makers are met once, and then dropped.
    """
    operation = trace.operations[edge.operation]
    found = list(results(trace, operation))
    while operation.reads and makers and makers[-1] > operation.number:
        found += results(trace, trace.operations[makers.pop()])
    return found


def _collected(found: _Found, place: int, next_place: Callable[[_Use], int]) -> list[_Use]:
    """The uses from here to where the search began."""
    uses = []
    while (use := found[place]) is not None:
        uses.append(use)
        place = next_place(use)
    return uses


def _uses_to_the_zero(trace: Trace, number: int) -> list[_Use]:
    """From a gradient of zero to behind the operation where it became so."""
    uses: list[_Use] = []
    ways = ZeroWays(trace)
    while (use := ways.use(number)) is not None:
        onward = use.alive or use.zeros
        if onward:
            number = onward[0]
            uses.append(_Use(use.edge, number))
        if use.alive or not onward:
            break
    return uses


def _uses_before(trace: Trace, end: int) -> list[_Use]:
    """To what requires no gradient, from the nearest tensor that does: the cut is there."""
    if trace.tensors[end].requires_grad:
        return []
    onward: _Found = {end: None}
    pending = deque((end,))
    while pending:
        result = pending.popleft()
        for edge in _made_of(trace, result):
            if edge.tensor not in onward:
                onward[edge.tensor] = _Use(edge, result)
                pending.append(edge.tensor)
                if trace.tensors[edge.tensor].requires_grad:
                    return _collected(onward, edge.tensor, lambda use: use.result)
    return []


def _made_of(trace: Trace, result: int) -> Iterable[TracedEdge]:
    producer = trace.tensors[result].producer
    inputs = () if producer is None else trace.operations[producer].inputs
    return (edge for edge in edges(trace, inputs) if edge.depends)


# -- telling it --------------------------------------------------------------------


def _tensor_stop(trace: Trace, number: int, flow: str | None = None) -> Stop:
    return Stop(TENSOR, trace.tensors[number].label, number, flow)


class _Stops:
    """Makes the stops of a route."""

    def __init__(self, trace: Trace, *shown: int) -> None:
        self._trace = trace
        self._shown = frozenset(shown)
        self._passed = frozenset(trace.backward)

    def of(self, uses: list[_Use]) -> Iterator[Stop]:
        """Tensors with a name and all operations, with the flows between them."""
        if not uses:
            return
        stop = _tensor_stop(self._trace, uses[0].edge.tensor)
        for use in uses:
            yield self._with_flow(stop, use.edge)
            used, made = use.edge.operation, self._trace.tensors[use.result].producer
            if made is not None and made != used:
                yield self._operation_stop(used, NOTHING)
                yield Stop(GAP, ELLIPSIS, 0, NOTHING)
                used = made
            # To one that it changed, and did not make, nothing comes back from there.
            flow = NOTHING if made is None else _flow_to(self._trace, use.result)
            stop = self._operation_stop(used, flow)
            if self._trace.tensors[use.result].names or use.result in self._shown:
                yield stop
                stop = _tensor_stop(self._trace, use.result)
        yield stop

    def _operation_stop(self, number: int, flow: str) -> Stop:
        return Stop(OPERATION, self._trace.operations[number].name, number, flow)

    def _with_flow(self, stop: Stop, edge: TracedEdge) -> Stop:
        """The flow into the operation; past a nameless tensor the worse of the two."""
        role, cut = role_of(self._trace, edge, self._passed)
        if role == FLOWS:
            role = self._what_flows(edge, stop.flow)
        return stop if role == stop.flow else Stop(*stop[:3], role, cut)

    def _what_flows(self, edge: TracedEdge, before: str | None) -> str:
        inputs = self._inputs(edge)
        if any(map(carries_broken, inputs)):
            return BROKEN
        return ZERO if all(map(carries_zero, inputs)) else before or FLOWS

    def _inputs(self, edge: TracedEdge) -> Sequence[TracedEdge]:
        """The edge; of merged ones those of its tensor, since the first has what flows."""
        if not edge.merged:
            return (edge,)
        inputs = edges(self._trace, self._trace.operations[edge.operation].inputs)
        return [each for each in inputs if each.tensor == edge.tensor]


def _flow_to(trace: Trace, tensor: int) -> str:
    """What comes back to the operation that made the tensor."""
    grad = trace.tensors[tensor].grad
    if grad is None:
        return NOTHING
    if not is_finite(grad):
        return BROKEN
    return ZERO if is_zero(grad) else FLOWS


# -- making it short ---------------------------------------------------------------


def _shortened(stops: list[Stop], wanted: Collection[tuple[str, int | None]]) -> list[Stop]:
    """At most MOST_STOPS: the ends, what is wanted, the cause, and what is next to them."""
    if len(stops) <= MOST_STOPS:
        return stops
    kept: set[int] = set()
    for place in _by_weight(stops, wanted):
        if len(_with_gaps(stops, kept | {place})) <= MOST_STOPS:
            kept.add(place)
        elif len(kept) >= MOST_STOPS - 2:
            break
    return _with_gaps(stops, kept)


def _by_weight(stops: list[Stop], wanted: Collection[tuple[str, int | None]]) -> Iterator[int]:
    """The places in the order in which they are wanted."""
    last, cause = len(stops) - 1, _cause(stops)
    yield from (0, last)
    yield from (place for place, stop in enumerate(stops) if (stop.kind, stop.number) in wanted)
    yield from (place for place in (cause, cause + 1, cause + 2) if place < last)
    for distance in range(1, MOST_STOPS):
        yield from (distance, last - distance)


def _cause(stops: Sequence[Stop]) -> int:
    """The stop before the cut, or before where what comes back ends or becomes zero."""
    flows = [stop.flow for stop in stops]
    if CUT in flows:
        return flows.index(CUT)
    ends = (place for place, flow in enumerate(flows[1:]) if flows[place] != FLOWS == flow)
    return next(ends, 0)


def _with_gaps(stops: list[Stop], kept: set[int]) -> list[Stop]:
    """The stops kept, with a gap for each stretch between them; one stop alone stays."""
    found: list[Stop] = []
    before = -1
    for place in sorted(kept):
        left_out = place - before - 1
        if left_out == 1:
            found.append(stops[place - 1])
        elif left_out:
            flow = stops[place - 1]
            found.append(Stop(GAP, ELLIPSIS, left_out, flow.flow, flow.cut))
        found.append(stops[place])
        before = place
    return found
