"""The named tensors of an experiment and their switches.

The only holder of torch tensors in a session. `requires_grad` is PyTorch's own
`requires_grad_()` on the leaf; `detach` compiles the formula anew with the cut in
place, or without the `.detach()` that a line of the formula is. Used by the trainer,
the gradient report and the trace.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import torch

from explorer.engine.batches import Batches
from explorer.engine.compiler import (
    Comparison,
    Forward,
    Loss,
    compile_named,
    compile_objective,
    compile_value,
    make_loss,
)
from explorer.engine.limits import Limited, TooLargeError
from explorer.engine.refusals import REFUSALS
from explorer.engine.shapes import (
    check_unchanged,
    copied,
    explain,
    not_scalar,
    other_shape,
    too_large,
)
from explorer.experiment.spec import Experiment

# From the leaves to the objective and every assigned tensor.
NamedFunction = Callable[[Mapping[str, torch.Tensor]], tuple[torch.Tensor, dict[str, torch.Tensor]]]

DTYPES: Mapping[str, torch.dtype] = {"float32": torch.float32, "float64": torch.float64}


class Model:
    """The experiment's formula over real tensors, as it stands at one moment.

    `parameters`, `buffers` and `inputs` (the data columns the formula reads) are the leaves.
    `objective` is the name of a scalar, or how the prediction is compared with its column.
    Raises BadInput if the shapes do not fit or the objective is not a scalar.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.dtype = DTYPES[experiment.dtype]
        self.parameters = {
            name: self._tensor(parameter.array(experiment.dtype), parameter.requires_grad)
            for name, parameter in experiment.parameters.items()
        }
        self.buffers = {
            name: self._tensor(buffer.array(experiment.dtype), False)
            for name, buffer in experiment.buffers.items()
        }
        columns = experiment.columns
        self.inputs = {name: self._tensor(columns[name], False) for name in experiment.inputs}
        target = experiment.prediction
        self.target = self._tensor(columns[target] if target else 0.0, False)
        self.cuts = set(experiment.cuts)
        self._whole: Sequence[torch.Tensor] = (*self.leaves.values(), self.target)
        self.batches = self._make_batches()
        self.objective = self._make_objective()
        self.forward: Forward = self._compile()
        self._named: Forward | None = None

    @property
    def arguments(self) -> Sequence[torch.Tensor]:
        """The leaves and the target: of the columns, the rows of the next step's batch."""
        if self.batches is None:
            return self._whole
        target = self.taken_target(self.batches.rows)
        return (*self.taken(self.leaves, self.batches.rows).values(), target)

    def taken(
        self, leaves: Mapping[str, torch.Tensor], rows: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """These leaves with those rows of the columns."""
        inputs = self.inputs
        return {name: leaf[rows] if name in inputs else leaf for name, leaf in leaves.items()}

    def taken_target(self, rows: torch.Tensor) -> torch.Tensor:
        """Those rows of the column with which the prediction is compared."""
        return self.target[rows] if self.experiment.prediction else self.target

    @property
    def leaves(self) -> dict[str, torch.Tensor]:
        """Parameters, then buffers, then inputs."""
        return {**self.parameters, **self.buffers, **self.inputs}

    @property
    def intermediates(self) -> tuple[str, ...]:
        """The names the formula assigns, in order."""
        return self.experiment.program.names

    # -- switches ----------------------------------------------------------

    def set_requires_grad(self, name: str, wanted: bool) -> None:
        """`leaf.requires_grad_(wanted)`; nothing else is touched, not even a stale `.grad`."""
        self.leaves[name].requires_grad_(wanted)

    def set_detached(self, name: str, wanted: bool) -> None:
        """Make every use of the tensor read `tensor.detach()`, or stop doing so.

        A tensor whose line is `name = other.detach()` is cut by that call from the start;
        without it, `name` is another name for `other`.
        """
        (self.cuts.add if wanted else self.cuts.discard)(name)
        self._compile_anew()

    def set_cuts(self, names: Set[str]) -> None:
        """Detach these tensors and no others."""
        if names != self.cuts:
            self.cuts = set(names)
            self._compile_anew()

    def set_value(self, name: str, value: Any) -> None:
        """Copy new numbers (of the same shape) into the parameter or buffer, in place."""
        with torch.no_grad():
            self.leaves[name].copy_(torch.tensor(value, dtype=self.dtype))

    # -- other ways through the formula --------------------------------------

    def named_forward(
        self, leaves: Mapping[str, torch.Tensor]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The objective and every assigned tensor, computed from `leaves`, cuts in place."""
        return self.named_function()(leaves)

    def named_function(self) -> NamedFunction:
        """As `named_forward`, compiled by now: calling it does nothing but compute."""
        if self._named is None:
            program, names = self.experiment.program, list(self.leaves)
            self._named = compile_named(program, names, self.cuts, self.dtype, self.objective)
        named, target, intermediates = self._named, self.target, self.intermediates
        rows = None if self.batches is None else self.batches.rows

        def function(
            leaves: Mapping[str, torch.Tensor],
        ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
            if rows is None:
                objective, values = named(*leaves.values(), target)
            else:
                taken = self.taken(leaves, rows)
                objective, values = named(*taken.values(), self.taken_target(rows))
            return objective, dict(zip(intermediates, values, strict=True))

        return function

    def curve_forward(self) -> Forward | None:
        """The prediction as a function of `(*leaves)`; None without a prediction."""
        prediction = self.experiment.predicted
        if prediction is None:
            return None
        return compile_value(self.experiment.program, list(self.leaves), self.dtype, prediction)

    # -- making ------------------------------------------------------------

    def _tensor(self, values: Any, requires_grad: bool) -> torch.Tensor:
        # A copy: the experiment's numbers must not move when the parameter does.
        tensor = torch.tensor(np.asarray(values), dtype=self.dtype)
        return tensor.requires_grad_(requires_grad)

    def _make_objective(self) -> str | Comparison:
        """Run the formula once, so that what does not fit is said before the first step."""
        experiment = self.experiment
        values = self._evaluated()
        loss = experiment.training.loss
        if experiment.prediction is None or loss is None:
            objective = values[experiment.scalar_name]
            # `backward()` needs a scalar.
            if objective.numel() != 1:
                raise not_scalar(objective, experiment)
            return experiment.scalar_name
        predicted = experiment.predicted
        assert predicted is not None
        prediction, target = values[predicted], self.arguments[-1]
        _check_target(prediction, target, experiment)
        compare = make_loss(loss.name, loss.options)
        return Comparison(predicted, _fitted(compare, prediction, target))

    def _make_batches(self) -> Batches | None:
        batch, data = self.experiment.training.batch, self.experiment.data
        return None if batch is None or data is None else Batches(batch, data.rows)

    def _evaluated(self) -> dict[str, torch.Tensor]:
        """The named values, with the rows of the first batch; the last is tried as well."""
        if self.batches is None:
            return self._computed(self.leaves, self.target)
        for rows in (self.batches.smallest, self.batches.rows):
            with torch.no_grad():
                leaves, target = self.taken(self.leaves, rows), self.taken_target(rows)
            values = self._computed(leaves, target)
            if (predicted := self.experiment.predicted) is not None:
                _check_target(values[predicted], target, self.experiment)
        return values

    def _computed(
        self, leaves: Mapping[str, torch.Tensor], target: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        program = self.experiment.program
        forward = compile_named(program, list(leaves), (), self.dtype)
        changes = program.changes_in_place
        copies = copied(leaves) if changes else leaves
        try:
            # Whether something may be changed in place depends on what autograd needs of it.
            with torch.set_grad_enabled(changes), Limited():
                _, values = forward(*copies.values(), target)
        except TooLargeError as error:
            raise too_large(program, error) from None
        except REFUSALS as error:
            raise explain(program, leaves, self.dtype, error) from error
        if changes:
            check_unchanged(program, leaves, copies)
        return dict(zip(program.names, values, strict=True))

    def _compile_anew(self) -> None:
        self.forward = self._compile()
        self._named = None

    def _compile(self) -> Forward:
        program = self.experiment.program
        return compile_objective(program, list(self.leaves), self.cuts, self.dtype, self.objective)


def _check_target(prediction: torch.Tensor, target: torch.Tensor, experiment: Experiment) -> None:
    """Refuse a prediction of another shape than its column.

    PyTorch would broadcast (5,) against (5, 1) to (5, 5) and compare each row with
    every other. Only a single number may stand for every row.
    """
    if prediction.shape != target.shape and prediction.dim():
        raise other_shape(prediction, target, experiment)


def _fitted(loss: Loss, prediction: torch.Tensor, target: torch.Tensor) -> Loss:
    """The loss for these two shapes: a single predicted number stands for every row."""
    if prediction.shape == target.shape:
        return loss
    return lambda prediction, target: loss(prediction.expand_as(target), target)
