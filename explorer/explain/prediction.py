"""Who will have a gradient, told from the graph alone, before anything runs.

Used by the reasons, and by the window to preview a switch. Autograd's own answer is compared
with the prediction (`disagreements`); both are shown where they differ. No torch here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from explorer.explain.trace_records import Trace, TracedEdge, TracedOperation

NO_SWITCHES: Mapping[str, bool] = {}


@dataclass(frozen=True)
class Connection:
    """For every tensor of a trace, by its number: does it require a gradient, does it get one.

    `passing` says for every edge whether a gradient could go back over it. `named` are the
    names that have a gradient: a switch may set a name apart from the tensor it had in the trace.
    """

    requires: tuple[bool, ...]
    reached: tuple[bool, ...]
    passing: tuple[bool, ...]
    named: frozenset[str]


def connect(
    trace: Trace,
    requires_grad: Mapping[str, bool] = NO_SWITCHES,
    cuts: Collection[str] | None = None,
) -> Connection:
    """The graph with these switches: leaves by `requires_grad`, all detach switches by `cuts`.

    What is not named stays as in the trace, and so do all cuts if `cuts` is None.
    """
    active = trace.cuts if cuts is None else frozenset(cuts)
    added = _added(trace, active)
    given = _given_by(trace, added)
    passing = tuple(
        edge.read_as not in added
        and edge.number not in given
        and _passes(edge, trace.operations[edge.operation], active)
        for edge in trace.edges
    )
    requires = _requires(trace, requires_grad, passing)
    is_cut_off = trace.objective_read_as in added or None in given
    reached = _reached(trace, requires, passing, is_cut_off)
    named = (name for name, number in trace.named.items() if reached[number])
    apart = {name for name in added if name in trace.written or trace.aliases.get(name) in added}
    return Connection(tuple(requires), tuple(reached), passing, frozenset(named) - apart)


def switched(
    trace: Trace, tensor: str, requires_grad: bool | None = None, detach: bool | None = None
) -> tuple[Mapping[str, bool], frozenset[str]]:
    """All switches once these of one tensor are set (None: left alone), as `connect` takes them."""
    leaves = NO_SWITCHES if requires_grad is None else {tensor: requires_grad}
    if detach is None:
        return leaves, trace.cuts
    return leaves, trace.cuts | {tensor} if detach else trace.cuts - {tensor}


def switched_part(
    trace: Trace, name: str, requires_grad: bool | None = None, detach: bool | None = None
) -> tuple[Mapping[str, bool], frozenset[str]] | None:
    """The same of a parameter or a module of somebody's own model, the whole if nothing is named.

    None where the trace does not tell what a detached output would cut.
    """
    if detach is not None and name in trace.handing_on:
        return None
    leaves, cuts = switched(trace, name, None, detach)
    if requires_grad is not None:
        leaves = dict.fromkeys(_parameters_in(trace, name), requires_grad)
    return leaves, cuts


def _parameters_in(trace: Trace, name: str) -> Iterator[str]:
    for each, number in trace.named.items():
        is_inside = not name or each == name or each.startswith(f"{name}.")
        if is_inside and trace.tensors[number].kind == "parameter":
            yield each


def predict(
    trace: Trace,
    requires_grad: Mapping[str, bool] = NO_SWITCHES,
    cuts: Collection[str] | None = None,
) -> frozenset[str]:
    """The names of the tensors that will have a gradient with these switches; as `connect`."""
    return connect(trace, requires_grad, cuts).named


def disagreements(trace: Trace, predicted: Collection[str]) -> tuple[str, ...]:
    """The tensors about which the prediction and autograd differ, in the order of the trace."""
    return tuple(
        name
        for name, number in trace.named.items()
        if (trace.tensors[number].grad is not None) != (name in predicted)
    )


def _added(trace: Trace, active: frozenset[str]) -> set[str]:
    """The names cut by switches that have no operation in the trace yet, and their aliases."""
    added: set[str] = set(active - trace.cuts)
    if added:
        for name, other in trace.aliases.items():
            if other in added:
                added.add(name)
    return added


def _given_by(trace: Trace, modules: Collection[str]) -> Collection[int | None]:
    """The uses of what these modules gave."""
    if not modules or not trace.givers:
        return ()
    return {use for use, givers in trace.givers.items() if not set(givers).isdisjoint(modules)}


def _passes(edge: TracedEdge, operation: TracedOperation, active: frozenset[str]) -> bool:
    # A switch's own detach is there only while the switch is on.
    return edge.passes if operation.switch is None else operation.switch not in active


def _requires(
    trace: Trace, requires_grad: Mapping[str, bool], passing: tuple[bool, ...]
) -> list[bool]:
    """Forward: what is computed from something that requires a gradient requires one too."""
    requires = [tensor.requires_grad for tensor in trace.tensors]
    for name, wanted in requires_grad.items():
        requires[trace.named[name]] = wanted
    for operation in trace.operations:
        passed = any(
            passing[edge] and requires[trace.edges[edge].tensor] for edge in operation.inputs
        )
        for output in operation.outputs:
            tensor = trace.tensors[output]
            # What requires a gradient right behind a cut was told to by the program itself.
            told = tensor.requires_grad and operation.cut is not None
            requires[output] = told or (passed and tensor.differentiable_type)
    return requires


def _reached(
    trace: Trace, requires: list[bool], passing: tuple[bool, ...], is_cut_off: bool
) -> list[bool]:
    """Backward from the objective, over the edges that pass a gradient on."""
    reached = [False] * len(trace.tensors)
    if trace.objective is None or is_cut_off:
        return reached
    reached[trace.objective] = requires[trace.objective]
    for operation in reversed(trace.operations):
        if any(reached[output] for output in operation.outputs):
            for edge in operation.inputs:
                tensor = trace.edges[edge].tensor
                if passing[edge] and requires[tensor]:
                    reached[tensor] = True
    _share(trace, reached, passing)
    return reached


def _share(trace: Trace, reached: list[bool], passing: tuple[bool, ...]) -> None:
    """Without a switch's own detach, what the operation gave is the tensor it was given."""
    for operation in trace.operations:
        if operation.switch is not None and passing[operation.inputs[0]]:
            reached[operation.outputs[0]] = reached[trace.edges[operation.inputs[0]].tensor]


@dataclass(frozen=True)
class Consequences:
    """Whose gradient is lost or gained by switches, in the order of the trace.

    `stops`: with these switches `backward()` raises, since nothing requires a gradient.
    """

    lost: tuple[str, ...]
    gained: tuple[str, ...]
    stops: bool


def consequences(
    trace: Trace,
    requires_grad: Mapping[str, bool] = NO_SWITCHES,
    cuts: Collection[str] | None = None,
) -> Consequences:
    """What the switches (as for `connect`) would change against the trace's own."""
    now, then = predict(trace), connect(trace, requires_grad, cuts)
    return Consequences(
        tuple(name for name in trace.named if name in now and name not in then.named),
        tuple(name for name in trace.named if name in then.named and name not in now),
        trace.objective is None or not then.reached[trace.objective],
    )
