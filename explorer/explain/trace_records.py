"""The trace as plain records: what the graph view, the reasons and the export read.

No tensor and no torch in here, so a trace may cross threads. Everything is numbered:
`Trace.tensors`, `Trace.operations` and `Trace.edges` refer to each other by number, and an
operation always has a higher number than those its inputs came from. The records are named
tuples because the smallest model makes some thirty of them, at most five times a second
while it trains.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from explorer.experiment.problem import Failure
from explorer.experiment.tree import Position
from explorer.explain.callsite import CallSite
from explorer.explain.figures import Figure, Nested


class TracedTensor(NamedTuple):
    """One tensor, or one version of it: an in-place operation makes a new one.

    `names`: all names it goes by, empty for a nameless intermediate; `label` is what to call
    it in any case. `kind` is "parameter", "input", "buffer", "constant" or "intermediate".
    `value` is as it was when made. `grad` is its total gradient in this step, None where
    nothing flowed. `producer` is the operation that made it.
    """

    number: int
    names: tuple[str, ...]
    label: str
    kind: str
    shape: tuple[int, ...]
    dtype: str
    differentiable_type: bool
    requires_grad: bool
    value: Figure
    grad: Figure | None
    producer: int | None

    @property
    def leaf(self) -> bool:
        """Whether no operation of the trace made it."""
        return self.producer is None


class TracedOperation(NamedTuple):
    """One operation in the order it was called.

    `inputs` are edges, in the order of the arguments (a tensor given twice is two edges);
    `outputs` are tensors. `cut` is "detached" or "data-access" for the operations that exist
    to cut, `switch` the tensor whose detach switch takes the operation out: the one that is
    cut, or the one that the operation gives where the formula's own line is a detach().
    `reads`: it read numbers out of its inputs (`.item()`); `makes`: it made a tensor from
    numbers. `within` are the calls of a formula's functions in which it stands, outermost first.
    Of somebody's own program `site` is the line that called it, and `module` the name of the
    module that ran then.
    """

    number: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    grad_mode: bool
    grad_fn: str | None
    in_place: bool
    cut: str | None
    switch: str | None
    reads: bool
    makes: bool
    text: str
    position: Position | None
    within: tuple[str, ...]
    site: CallSite | None = None
    module: str = ""


class ZeroPart(NamedTuple):
    """What trying the operation showed of an edge over which nothing but zeros came back.

    `cancels`: parts that are not zero added up to 0, which with other weights they do not.
    Else every part is zero, and `values` are the edges of those inputs of which another value
    makes it something else, all else equal. `factor` is the one that it is multiplied by, and
    `number` a plain number instead of it; None where there is none. Of an operation whose
    outputs had gradients of zero as well it is what it would do with others.
    """

    cancels: bool = False
    factor: int | None = None
    number: float | None = None
    values: tuple[int, ...] = ()


class BrokenPart(NamedTuple):
    """Where a NaN or an infinity comes from that came back over an edge.

    The `operation` that made it, `forward` in its values or else in its derivative; or the
    given `tensor` that has it.
    """

    operation: int | None
    tensor: int | None
    forward: bool


class TracedEdge(NamedTuple):
    """The use of a tensor by an operation, and what flowed back over it.

    `read_as`: the name by which a formula read it, None for a nameless one; a detach switch on
    it, or on what it is an alias of, cuts the edge. `passes`: a gradient of the output would be
    passed on to this input, were the input to require one. `depends`: the output's numbers
    depend on the input's, not only its shape. `contribution` has the tensor's shape; None where
    nothing flowed. `derivative` is the local derivative, where both are small: of a pointwise
    operation with the output's shape, to be multiplied element by element, else with the
    output's shape followed by the input's. For large ones see `queries.gain`.
    `merged`: one backward function served several uses of this tensor, and their sum stands
    at the first. `zero` is why nothing but zeros came back, None where something did, or where
    the operation would pass on another gradient of its output. `broken` is where a NaN or an
    infinity comes from that came back while the output's gradient had none.
    """

    number: int
    tensor: int
    operation: int
    slot: int
    read_as: str | None
    passes: bool
    depends: bool
    contribution: Figure | None
    derivative: Nested | None
    merged: bool
    zero: ZeroPart | None = None
    broken: BrokenPart | None = None


class Mismatch(NamedTuple):
    """The contributions into a tensor did not add up to its gradient."""

    tensor: int
    gradient: Figure
    total: Figure


@dataclass(frozen=True)
class Trace:
    """The graph of one step.

    `objective` is the tensor descended (None if the function gave no single tensor),
    `objective_read_as` the name by which a formula gives it. `backward` are the
    operations in the order in which autograd went through them. `failure` says why there
    was no backward pass. `mismatches` is empty unless contributions do not add up. `cuts`
    are the names whose detach switch is on. `written` are those that the formula detaches
    itself, and whose switch leaves that call out. `aliases` has for each name that is only
    another one for a tensor the name it was read by, in the formula's order; of `written`
    ones the name that they detach. Of somebody's own program `givers` has for an edge the modules
    whose output is what is used there, the innermost first, and for None those that gave the
    objective; modules `handing_on` gave something that they did not make, so of their output
    that is not known.
    """

    tensors: tuple[TracedTensor, ...]
    operations: tuple[TracedOperation, ...]
    edges: tuple[TracedEdge, ...]
    objective: int | None
    objective_read_as: str | None = None
    backward: tuple[int, ...] = ()
    failure: Failure | None = None
    mismatches: tuple[Mismatch, ...] = ()
    cuts: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    givers: Mapping[int | None, tuple[str, ...]] = field(default_factory=dict)
    handing_on: frozenset[str] = frozenset()

    @property
    def broke_off(self) -> bool:
        """Whether PyTorch refused for another reason than that nothing requires a gradient."""
        return self.failure is not None and self.failure.code != "nothing-requires-grad"

    @cached_property
    def named(self) -> Mapping[str, int]:
        """Every name and its tensor."""
        return {name: tensor.number for tensor in self.tensors for name in tensor.names}

    @cached_property
    def uses(self) -> tuple[tuple[int, ...], ...]:
        """For every tensor the edges that lead from it, in order."""
        found: list[list[int]] = [[] for _ in self.tensors]
        for edge in self.edges:
            found[edge.tensor].append(edge.number)
        return tuple(map(tuple, found))
