"""One forward and backward pass without an update: the gradient of every named tensor.

Computed on copies of the leaves, so that a training run is not disturbed.
Called by the command `gradients` and by the window's worker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch

from explorer.engine.refusals import REFUSALS, failure
from explorer.engine.subject import Subject
from explorer.engine.tensors import states
from explorer.experiment.problem import Failure
from explorer.experiment.spec import Experiment
from explorer.explain.figures import Nested
from explorer.explain.reason import Reason
from explorer.explain.step_records import TensorState


@dataclass(frozen=True)
class GradientReport:
    """The objective and every named tensor: parameters, inputs, then intermediates.

    `failure` is set where PyTorch refused; all gradients are None then, and where it was in the
    forward pass the objective and what is computed have no values. `reasons` has for
    each tensor why its gradient is None, zero, not finite or not the whole, with the fact
    `remedy`, and None where it is none of these; it is empty if they were not asked for.
    `step` is how many steps were made before, and `moved_by` what moved each parameter in the
    last of them (`explorer.engine.state_after`); `parts` is what each of these causes added to
    the move, where it can be split. `batch` are the rows of the data that the pass was made
    with, where it was not all of them.
    """

    objective_name: str
    objective_value: float | None
    tensors: tuple[TensorState, ...]
    failure: Failure | None = None
    reasons: Mapping[str, Reason | None] = field(default_factory=dict)
    step: int | None = None
    moved_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, Nested]] = field(default_factory=dict)
    batch: tuple[int, ...] | None = None


def gradients(experiment: Experiment) -> GradientReport:
    """The pass that the experiment's first step makes, with reasons. Raises BadInput."""
    # Not needed for a frame of the window, whose first one should come soon.
    from explorer.engine.explainer import Explainer

    explainer = Explainer.of(experiment)
    return replace(report(explainer.session.subject), reasons=explainer.reasons_with_remedies())


@dataclass(frozen=True)
class Pass:
    """A forward and backward pass: what it went through, with what autograd left in `.grad`.

    `leaves` are copies; `computed` is empty, and `objective` None, where the forward pass
    broke off. After a `failure` no gradient is to be believed: the pass may have come some way.
    """

    leaves: Mapping[str, torch.Tensor]
    computed: Mapping[str, torch.Tensor]
    objective: torch.Tensor | None
    failure: Failure | None


def run_pass(subject: Subject, step: int = 1) -> Pass:
    """The pass from the model's present values, which are left alone."""
    copies = {
        name: leaf.detach().clone().requires_grad_(leaf.requires_grad)
        for name, leaf in subject.leaves.items()
    }
    try:
        objective, named = subject.named_forward(copies)
    except REFUSALS as error:
        return Pass(copies, {}, None, failure(error, step))
    for tensor in named.values():
        # Intermediates forget their gradient unless they are told to keep it.
        if tensor.requires_grad and not tensor.is_leaf:
            tensor.retain_grad()
    return Pass(copies, named, objective, _backward(objective, step))


def report(subject: Subject, step: int = 1) -> GradientReport:
    """The pass from the model's present values, written out."""
    made = run_pass(subject, step)
    found = (
        *states(subject, made.leaves.items()),
        *computed_states(subject, made),
    )
    if made.failure is not None:
        found = tuple(replace(each, grad=None) for each in found)
    value = None if made.objective is None else float(made.objective.item())
    return GradientReport(subject.objective_name, value, found, made.failure, batch=_batch(subject))


def computed_states(
    subject: Subject, made: Pass, limit: int | None = None
) -> tuple[TensorState, ...]:
    """The intermediates of a pass; `limit` as for `tensors.states`."""
    if made.objective is None:
        return tuple(_uncomputed(name, subject) for name in subject.intermediates)
    return states(subject, made.computed.items(), limit)


def _batch(subject: Subject) -> tuple[int, ...] | None:
    return None if subject.batches is None else tuple(subject.batches.rows.tolist())


def _uncomputed(name: str, subject: Subject) -> TensorState:
    """The record of a tensor that the formula did not come to."""
    return TensorState(name, (), None, None, False, name in subject.cuts, False)


def _backward(objective: torch.Tensor, step: int) -> Failure | None:
    try:
        objective.backward()  # type: ignore[no-untyped-call]
    except REFUSALS as error:
        return failure(error, step, objective)
    return None
