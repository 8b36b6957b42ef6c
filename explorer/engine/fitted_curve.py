"""The fitted curve: the prediction where a plot wants it, with the parameters as they are."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.engine.limits import Limited
from explorer.engine.model import Model
from explorer.engine.refusals import REFUSALS

Points = NDArray[np.float64]
FIT_POINTS = 200


class FittedCurve:
    """Evaluates a model's prediction at places that stay."""

    def __init__(self, model: Model, x: Points, arguments: dict[str, Any]) -> None:
        self._x = x
        self._arguments = tuple(arguments.values())
        self._forward = model.curve_forward()
        # Of more points than there are rows the formula may make too much.
        self._limit: AbstractContextManager[object] = Limited()

    @classmethod
    def of(cls, model: Model) -> "FittedCurve | None":
        """At FIT_POINTS of the one input column there is, else at the rows, by their targets.

        None where there is no prediction, or more than one number a row.
        """
        if model.experiment.prediction is None or model.target.dim() != 1:
            return None
        inputs = model.inputs
        if len(inputs) != 1:
            return cls(model, model.target.double().numpy(), model.leaves)
        ((name, column),) = inputs.items()
        if column.dim() != 1:
            return cls(model, model.target.double().numpy(), model.leaves)
        # Its own switch may be on, and what is read here is no part of a graph.
        known = column.detach()[column.isfinite()]
        if not len(known):
            return None
        ends = float(known.min()), float(known.max())
        grid = torch.linspace(*ends, FIT_POINTS, dtype=model.dtype)
        return cls(model, grid.double().numpy(), {**model.leaves, name: grid})

    def points(self) -> tuple[Points, Points] | None:
        """Places and predictions, of one length; None where the formula needs its own rows."""
        assert self._forward is not None
        try:
            with torch.no_grad(), self._limit:
                values = self._forward(*self._arguments)
        except REFUSALS:
            # The formula is bound to the number of rows (a weighted sum, say).
            return None
        self._limit = nullcontext()
        # Of a formula that is only a name they would be the parameter's own numbers.
        values = values.to(torch.float64, copy=True)
        return self._x, _as_row(values.numpy(), len(self._x))


def _as_row(values: Points, length: int) -> Points:
    return np.broadcast_to(values, (length,)) if values.size == 1 else values.reshape(-1)
