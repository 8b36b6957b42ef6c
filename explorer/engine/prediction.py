"""Who will have a gradient, told from the graph alone, before anything runs.

Used by the reasons, and by the window to preview a switch. Autograd's own answer is compared
with the prediction (`disagreements`); both are shown where they differ. No torch here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from explorer.engine.trace.records import Trace, TracedEdge, TracedOperation

NO_SWITCHES: Mapping[str, bool] = {}


@dataclass(frozen=True)
class Connection:
    """For every tensor of a trace, by its number: does it require a gradient, does it get one.

    `passing` says for every edge whether a gradient could go back over it.
    """

    requires: tuple[bool, ...]
    reached: tuple[bool, ...]
    passing: tuple[bool, ...]


def connect(
    trace: Trace,
    requires_grad: Mapping[str, bool] = NO_SWITCHES,
    cuts: Collection[str] | None = None,
) -> Connection:
    """The graph with these switches: leaves by `requires_grad`, all detach switches by `cuts`.

    What is not named stays as in the trace, and so do all cuts if `cuts` is None.
    """
    active = trace.cuts if cuts is None else frozenset(cuts)
    passing = tuple(_passes(edge, trace.operations[edge.operation], active) for edge in trace.edges)
    requires = _requires(trace, requires_grad, passing)
    reached = _reached(trace, requires, passing, active)
    return Connection(tuple(requires), tuple(reached), passing)


def predict(
    trace: Trace,
    requires_grad: Mapping[str, bool] = NO_SWITCHES,
    cuts: Collection[str] | None = None,
) -> frozenset[str]:
    """The names of the tensors that will have a gradient with these switches; as `connect`."""
    connection = connect(trace, requires_grad, cuts)
    return frozenset(name for name, number in trace.named.items() if connection.reached[number])


def disagreements(trace: Trace, predicted: Collection[str]) -> tuple[str, ...]:
    """The tensors about which the prediction and autograd differ, in the order of the trace."""
    return tuple(
        name
        for name, number in trace.named.items()
        if (trace.tensors[number].grad is not None) != (name in predicted)
    )


def _passes(edge: TracedEdge, operation: TracedOperation, cuts: frozenset[str]) -> bool:
    if not cuts.isdisjoint(edge.read_as):
        return False
    # A switch's own detach is there only while the switch is on.
    return edge.passes or operation.switch is not None


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
    trace: Trace, requires: list[bool], passing: tuple[bool, ...], cuts: frozenset[str]
) -> list[bool]:
    """Backward from the objective, over the edges that pass a gradient on."""
    reached = [False] * len(trace.tensors)
    if trace.objective is None or not cuts.isdisjoint(trace.objective_read_as):
        return reached
    reached[trace.objective] = requires[trace.objective]
    for operation in reversed(trace.operations):
        if any(reached[output] for output in operation.outputs):
            for edge in operation.inputs:
                tensor = trace.edges[edge].tensor
                if passing[edge] and requires[tensor]:
                    reached[tensor] = True
    return reached
