"""Reasons for a session as it stands: what `.grad` shows there, and since when.

A trace tells what the next step would give. In a running session `.grad` may not be there
yet, may be left over from an earlier step, and an intermediate has none at all. Called by
the window's worker.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from explorer.experiment.spec import Change
from explorer.explain.prediction import predict
from explorer.explain.reason import Reason
from explorer.explain.trace_records import Trace


@dataclass(frozen=True)
class Switches:
    """How the switches stand: `requires_grad` of every leaf, and who is detached."""

    requires_grad: Mapping[str, bool]
    cuts: Collection[str]


@dataclass(frozen=True)
class SessionMoment:
    """A session between two steps: the last step done, who has a `.grad`.

    `first` are the switches it began with, `changes` what was changed since.
    """

    step: int
    with_grad: frozenset[str]
    first: Switches
    changes: tuple[Change, ...]


def session_reasons(
    trace: Trace,
    in_graph: Mapping[str, Reason | None],
    moment: SessionMoment,
) -> dict[str, Reason | None]:
    """For every named tensor why its `.grad` is as it is now; None where there is nothing to say.

    `trace` is that of the session's model now, of its next step, and `in_graph` its reasons. To
    the codes of a single pass come `not-yet`, `not-leaf` (PyTorch keeps no `.grad` there, the
    trace has its value) and `stale`, with the `step` that the gradient was left over from.
    """
    if trace.objective is None:
        # The next forward pass breaks off: what `.grad` holds is from the step before.
        return dict(in_graph)
    flowing = predict(trace)
    settings = list(_settings(moment.first, moment.changes))

    def reason(name: str, found: Reason | None) -> Reason | None:
        tensor = trace.tensors[trace.named[name]]
        if not tensor.leaf:
            return Reason("not-leaf") if name in flowing else found
        if moment.with_grad.isdisjoint(tensor.names):
            return Reason("not-yet") if name in flowing else found
        if name in flowing:
            return found
        return Reason("stale", {"step": _last_step(trace, name, settings, moment.step)})

    return {name: reason(name, found) for name, found in in_graph.items()}


# The switches as they stood up to and with a step (None: until now).
_Setting = tuple[int | None, Switches]


def _settings(first: Switches, changes: Iterable[Change]) -> Iterator[_Setting]:
    """All settings of the switches in the session, in order."""
    requires_grad, cuts = dict(first.requires_grad), set(first.cuts)
    for change in changes:
        if change.tensor is None or change.step is None:
            continue
        yield change.step - 1, Switches(dict(requires_grad), frozenset(cuts))
        if change.requires_grad is not None:
            requires_grad[change.tensor] = change.requires_grad
        if change.detach is not None:
            (cuts.add if change.detach else cuts.discard)(change.tensor)
    yield None, Switches(requires_grad, frozenset(cuts))


def _last_step(trace: Trace, name: str, settings: list[_Setting], now: int) -> int:
    """The last step in which a gradient reached the tensor."""
    for until, switches in reversed(settings):
        if name in predict(trace, switches.requires_grad, switches.cuts):
            return now if until is None else until
    return now
