"""One step's graph: forward under capture, backward listened to, records out.

`trace` takes any callable on tensors; `explorer.engine.trace.formula` and
`explorer.engine.trace.module` prepare experiments and modules for it. It works on copies of the
leaves and gives back the state of the random numbers, so that a training run goes on with
the same bits whether or not it was traced.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch

from explorer.engine.refusals import failure
from explorer.engine.trace.assembly import Assembly, Notes
from explorer.engine.trace.backward_hooks import Flow, run_backward
from explorer.engine.trace.capture import Capture
from explorer.engine.trace.modules import RunningModules
from explorer.experiment.problem import Failure
from explorer.explain.trace_records import Trace

Leaves = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Outcome:
    """What a traced function may return: the objective, and tensors with names of their own."""

    objective: torch.Tensor | None
    named: Mapping[str, torch.Tensor] = field(default_factory=dict)


NOTHING_NOTED = Notes()


def trace(
    function: Callable[..., Any],
    leaves: Leaves,
    *,
    kinds: Mapping[str, str] | None = None,
    annotate: Callable[[Capture], Notes] | None = None,
    step: int = 1,
    random: bool = True,
    refusals: tuple[type[Exception], ...] = (),
    copied: bool = True,
    running: RunningModules | None = None,
) -> Trace:
    """The graph of `function(*leaves)` and of its backward pass.

    `function` returns the objective (a tensor of one element) or an Outcome; anything else
    gives a trace without an objective. `kinds` says which leaves are not parameters ("input",
    "buffer"); `annotate` adds what the source says once the forward pass is over; `step`
    is the step the trace is of. Without `random` the function is known to draw no random
    numbers, and their state needs no care. What the function raises comes through, except for
    `refusals`: of those the trace has what was computed before, and the failure. Unless they are
    `copied`, the leaves are used themselves, and changed if the function changes them. With
    `running` operations know where they were called.
    """
    copies = _copies(leaves) if copied else dict(leaves)
    capture = Capture(copies, kinds or {}, running)
    refused: Failure | None = None
    result: Any = None
    listening = running or nullcontext()
    numbers = _same_random_numbers() if random else nullcontext()
    with torch.enable_grad(), numbers, listening, capture:
        try:
            result = function(*copies.values())
        except refusals as error:
            refused = failure(error, step)
    outcome = result if isinstance(result, Outcome) else Outcome(result)
    for name, tensor in outcome.named.items():
        capture.tensors[capture.find(tensor)].names.append(name)
    objective = outcome.objective if isinstance(outcome.objective, torch.Tensor) else None
    index = None if objective is None else capture.find(objective)
    notes = NOTHING_NOTED if annotate is None or refused else annotate(capture)
    flow = run_backward(capture, objective, step) if refused is None else Flow(failure=refused)
    with torch.no_grad():
        return Assembly(capture, flow, notes).trace(index)


def _copies(leaves: Leaves) -> dict[str, torch.Tensor]:
    """Copies that require gradients as the originals do; one shared by two names stays one."""
    with torch.no_grad():
        made = {id(leaf): leaf.clone() for leaf in leaves.values()}
    for leaf in leaves.values():
        if leaf.requires_grad:
            made[id(leaf)].requires_grad_()
    return {name: made[id(leaf)] for name, leaf in leaves.items()}


@contextmanager
def _same_random_numbers() -> Iterator[None]:
    """Give the state of PyTorch's random numbers back as it was."""
    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)
