"""What a tensor is in the picture: its state, and the icons for what was switched off.

Called by `explorer.picture.scene` and `document`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from explorer.picture.elements import (
    BUFFER,
    CONSTANT,
    DETACHED,
    FROZEN,
    INPUT,
    INTERMEDIATE,
    LOCK,
    SCISSORS,
    TARGET,
    TRAINING,
)

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace, TracedTensor

_LEAF_STATES: Mapping[str, str] = MappingProxyType(
    {
        "parameter": FROZEN,
        "input": INPUT,
        "buffer": BUFFER,
        "constant": CONSTANT,
        "target": TARGET,
    }
)


def switched_off(trace: "Trace") -> frozenset[str]:
    """The names whose uses are all detached."""
    return frozenset(each.switch for each in trace.operations if each.switch is not None)


def state_of(trace: "Trace", tensor: "TracedTensor", switched: frozenset[str]) -> str:
    """The state, as in `explorer.picture.elements`; `switched` from `switched_off`."""
    made = None if tensor.producer is None else trace.operations[tensor.producer]
    if (made is not None and made.cut is not None) or not switched.isdisjoint(tensor.names):
        return DETACHED
    if made is not None:
        return INTERMEDIATE
    return TRAINING if tensor.requires_grad else _LEAF_STATES.get(tensor.kind, CONSTANT)


def icons_of(tensor: "TracedTensor", state: str) -> tuple[str, ...]:
    """A lock for a frozen parameter, scissors for a detached tensor, both for one that is both."""
    frozen = tensor.kind == "parameter" and not tensor.requires_grad
    return ((LOCK,) if frozen else ()) + ((SCISSORS,) if state == DETACHED else ())


def all_states(trace: "Trace") -> Mapping[int, str]:
    """The state of every tensor by its place."""
    switched = switched_off(trace)
    return {place: state_of(trace, tensor, switched) for place, tensor in enumerate(trace.tensors)}
