"""The `.grad` of a session's leaves between two steps, as `explorer.explain` asks about them.

Called by `explorer.engine.explainer`, and for the window's table.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import torch

from explorer.engine.movement import Update, moved_by
from explorer.engine.tensors import all_finite
from explorer.explain.session_reasons import KeptGrad
from explorer.explain.trace_records import Trace

if TYPE_CHECKING:
    from explorer.engine.session import Session

# What torch.nn.utils.clip_grad_norm_ adds to the norm.
NORM_EPS = 1e-6
Moved = Mapping[str, tuple[str, ...]]


def kept_grads(session: "Session", trace: Trace, moved: Moved | None = None) -> dict[str, KeptGrad]:
    """Of every leaf that has a `.grad`; `trace` is that of the next step."""
    grads = {
        name: leaf.grad for name, leaf in session.subject.leaves.items() if leaf.grad is not None
    }
    if moved is None:
        unreached = (name for name in grads if trace.tensors[trace.named[name]].grad is None)
        moved = {} if trace.failure else going_on(session, unreached)
    finite = {name: all_finite(grad) for name, grad in grads.items()}
    broke = None if all(finite.values()) else session.breakdown()
    return {
        name: KeptGrad(
            is_zero=not grad.count_nonzero(),
            is_finite=finite[name],
            held=name in session.held,
            moved_by=moved.get(name, ()),
            since=None if broke is None else broke.since.get(name),
            clipped=_clipped(session, grad) if name in session.subject.parameters else None,
            broken_by=None if broke is None or finite[name] else broke.broken_by(name),
        )
        for name, grad in grads.items()
    }


def _clipped(session: "Session", grad: torch.Tensor) -> Mapping[str, float] | None:
    """What the last update's clipping did to it: None for nothing."""
    options = session.options
    if not session.step or session.step % session.experiment.training.accumulate:
        return None
    limit, norm = options.clip_grad_norm, session.norm
    if limit is not None and norm is not None and limit < norm + NORM_EPS:
        return {"limit": limit, "norm": norm}
    limit = options.clip_grad_value
    if limit is not None and bool((grad.abs() == limit).any()):
        return {"limit": limit}
    return None


def going_on(session: "Session", unreached: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What the next update moves these parameters by, though no gradient reaches them."""
    found = {}
    for name in unreached:
        leaf = session.held.get(name)
        gradient = None if leaf is None else _left(leaf, session)
        if leaf is not None and gradient is not None:
            found[name] = moved_by(session.optimizer.rule, _update(session, leaf, gradient))
    return found


def waits(session: "Session") -> bool:
    """Whether gradients that will be cleared are kept until steps still to come have added up."""
    training = session.experiment.training
    return training.zero_grad != "never" and session.step % training.accumulate > 0


def _left(leaf: torch.Tensor, session: "Session") -> torch.Tensor | None:
    """The `.grad` that the next update finds if backward() writes none."""
    # Only the first of the steps that make an update together clears it.
    zero_grad = "never" if waits(session) else session.experiment.training.zero_grad
    if leaf.grad is None or zero_grad == "none":
        return None
    return torch.zeros_like(leaf.grad) if zero_grad == "zero" else leaf.grad


def _update(session: "Session", leaf: torch.Tensor, gradient: torch.Tensor) -> Update:
    state, count = session.optimizer.before_update(leaf)
    options = session.optimizer.options_of(leaf)
    return Update(leaf.detach(), gradient, False, state, count, options)
