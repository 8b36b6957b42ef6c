"""What a trace of somebody's own model tells: reasons, each with the line that it is about."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from explorer.explain.callsite import CallSite
from explorer.explain.reason import Reason
from explorer.explain.reasons import reasons
from explorer.explain.route import culprit
from explorer.explain.step_records import TensorState
from explorer.explain.trace_records import Trace, TracedTensor
from explorer.own.definitions import definition


@dataclass(frozen=True)
class Told:
    """A trace, the reasons of its named tensors, and for each the line it is about."""

    trace: Trace
    reasons: Mapping[str, Reason | None]
    sites: Mapping[str, CallSite]

    @property
    def tensors(self) -> tuple[TensorState, ...]:
        """The named tensors: parameters, buffers, inputs."""
        return tuple(_state(each) for each in self.trace.tensors if each.names and each.leaf)


def told(model: nn.Module, trace: Trace) -> Told:
    """Read the trace of a model."""
    found = reasons(trace)
    sites = {name: site_of(model, trace, name, each) for name, each in found.items() if each}
    return Told(trace, found, {name: site for name, site in sites.items() if site is not None})


# They are about the tensor itself, wherever it is used.
_OF_THE_TENSOR = frozenset({"frozen", "integer", "unused"})


def site_of(model: nn.Module, trace: Trace, name: str, reason: Reason) -> CallSite | None:
    """Where a gradient is cut, or becomes zero or broken; else where its tensor is made."""
    by_itself = reason.code in _OF_THE_TENSOR and "cuts" not in reason.facts
    number = None if by_itself else culprit(trace, trace.named[name])
    if number is not None and trace.operations[number].switch is not None:
        # No line of theirs is the cause.
        return None
    site = None if number is None else trace.operations[number].site
    return site or definition(model, name)


def _state(tensor: TracedTensor) -> TensorState:
    return TensorState(
        name=tensor.names[0],
        shape=tensor.shape,
        value=tensor.value,
        grad=tensor.grad,
        requires_grad=tensor.requires_grad,
        detached=False,
        leaf=True,
        reached=tensor.grad is not None,
    )
