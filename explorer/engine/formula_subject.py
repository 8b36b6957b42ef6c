"""A formula's model as the subject of a session.

Its graph, its proofs and its curve are computed by rooms that are imported when first asked:
none is needed for training.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.engine.fitted_curve import FittedCurve
from explorer.engine.model import Model
from explorer.explain.session_reasons import Switches
from explorer.explain.trace_records import Trace

if TYPE_CHECKING:
    from explorer.engine.trace.formula import Tracer
    from explorer.explain.proof_records import Proof


class FormulaSubject(Model):
    """See `explorer.engine.subject.Subject`. Raises BadInput as `Model` does."""

    @property
    def objective_name(self) -> str:
        """The scalar that is descended: the formula's own, or the loss."""
        return self.experiment.scalar_name

    @property
    def output_name(self) -> str:
        """The prediction, if a loss compares one."""
        return self.experiment.predicted or self.experiment.scalar_name

    @property
    def first_switches(self) -> Switches:
        """As the experiment's file has them."""
        parameters = self.experiment.parameters.items()
        requires_grad = {name: parameter.requires_grad for name, parameter in parameters}
        requires_grad.update(dict.fromkeys((*self.buffers, *self.inputs), False))
        return Switches(requires_grad, frozenset(self.experiment.cuts))

    @cached_property
    def _tracer(self) -> "Tracer":
        from explorer.engine.trace.formula import Tracer

        return Tracer(self)

    def trace(self, step: int = 1) -> Trace:
        """The graph as it stands; what is read of the formula's text is kept for the next one."""
        return self._tracer.trace(step)

    def proof(self, trace: Trace, name: str) -> "Proof | None":
        """By a central difference, by algebra, by the chain rule; not of a column of batches."""
        if self.batches is not None and name in self.inputs:
            return None
        from explorer.engine.proof.proving import prove

        return prove(self, trace, name)

    def proofs(self, trace: Trace) -> "Mapping[str, Proof]":
        """Empty where the graph is too large."""
        from explorer.engine.proof.proving import prove_all

        return prove_all(self, trace)

    def fitted_curve(self) -> FittedCurve | None:
        """The prediction over the one input column, or over the rows."""
        return FittedCurve.of(self)
