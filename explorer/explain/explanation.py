"""What is told of a session's gradients at one moment, as plain data.

Made by `explorer.engine.explainer`, and sent to whoever shows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.experiment.spec import Change
from explorer.explain.callsite import CallSite
from explorer.explain.prediction import Consequences
from explorer.explain.reason import REASONS, Reason
from explorer.explain.remedies import Remedy, remedies
from explorer.explain.route import Stop, route
from explorer.explain.trace_records import Trace


@dataclass(frozen=True)
class Check:
    """What a flipped switch was predicted to do, and where autograd did otherwise.

    `wrong` are the names of the tensors about which prediction and autograd differ.
    """

    change: Change
    foreseen: Consequences
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """The graph of step `step`, which the session would make next, and what it tells.

    `of_graph` are the reasons in that graph, `reasons` say why `.grad` is as it stands in the
    session. `remedies` give `backward()` something to do where it has nothing. `check` is
    of the last switch that was flipped. Of somebody's own model `sites` are the lines that the
    reasons are about.
    """

    step: int
    trace: Trace
    of_graph: Mapping[str, Reason | None]
    reasons: Mapping[str, Reason | None]
    remedies: tuple[Remedy, ...] = ()
    check: Check | None = None
    sites: Mapping[str, CallSite] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """What goes with the reason of the tensor `name`: its route to the objective, and remedies."""

    name: str
    route: tuple[Stop, ...]
    remedies: tuple[Remedy, ...]


def account(trace: Trace, name: str, reason: Reason) -> Account:
    """The account for a named tensor of the trace whose reason was found there."""
    shown = route(trace, trace.named[name]) if REASONS[reason.code].routed else ()
    return Account(name, shown, remedies(trace, reason, name))
