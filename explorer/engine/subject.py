"""What a session trains: named tensors with switches, and the way from them to an objective.

A session, what explains it and what makes frames of it know a subject by `Subject` alone. The
first of its kind is a formula's model, `explorer.engine.formula_subject`; a second one has
to offer what stands here, and nothing else.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, Protocol

import torch

from explorer.engine.fitted_curve import FittedCurve
from explorer.explain.session_reasons import Switches
from explorer.explain.trace_records import Trace

if TYPE_CHECKING:
    from explorer.engine.batches import Batches
    from explorer.explain.proof_records import Proof


class Subject(Protocol):
    """Tensors, switches, a forward pass; what can be told of it comes as plain records.

    The leaves are `parameters`, then what else is given. `forward(*arguments)` is the
    objective, one element, of the leaves as they stand: the hot path of a step.
    """

    @property
    def dtype(self) -> torch.dtype:
        """That of the objective."""

    @property
    def forward(self) -> Callable[..., torch.Tensor]:
        """From `arguments` to the objective. Another function after a flip of a detach switch."""

    @property
    def arguments(self) -> Sequence[torch.Tensor]:
        """What `forward` takes: always the same tensor objects, unless there are batches."""

    @property
    def batches(self) -> "Batches | None":
        """How the rows of its data are gone through; None: each step has them all."""

    @property
    def objective_name(self) -> str:
        """What is descended."""

    @property
    def output_name(self) -> str:
        """The last tensor before a loss compares it, else what is descended."""

    @property
    def parameters(self) -> Mapping[str, torch.Tensor]:
        """The leaves that are trained."""

    @property
    def leaves(self) -> Mapping[str, torch.Tensor]:
        """Every named tensor that is given and not computed."""

    @property
    def intermediates(self) -> Sequence[str]:
        """The names that are computed, in order."""

    @property
    def cuts(self) -> Set[str]:
        """The names whose detach switch is on."""

    @property
    def first_switches(self) -> Switches:
        """The switches as they stood before any change."""

    def set_requires_grad(self, name: str, wanted: bool) -> None:
        """Flip a leaf's switch. Raises KeyError for what is no leaf."""

    def set_detached(self, name: str, wanted: bool) -> None:
        """Let every use of the tensor read `tensor.detach()`, or no longer."""

    def set_cuts(self, names: Set[str]) -> None:
        """Detach these tensors and no others."""

    def set_value(self, name: str, value: Any) -> None:
        """Copy new numbers (of the same shape) into the parameter, in place."""

    def named_forward(
        self, leaves: Mapping[str, torch.Tensor]
    ) -> tuple[torch.Tensor, Mapping[str, torch.Tensor]]:
        """The objective and every intermediate, computed from `leaves`, cuts in place."""

    def trace(self, step: int = 1) -> Trace:
        """The graph of the step it would make now; `step` is its number."""

    def proof(self, trace: Trace, name: str) -> "Proof | None":
        """The gradient of one tensor worked out in other ways; None where there are none."""

    def proofs(self, trace: Trace) -> "Mapping[str, Proof]":
        """Those of all tensors of a small graph."""

    def fitted_curve(self) -> FittedCurve | None:
        """What a plot of data and fit shows; None where there is no such plot."""
