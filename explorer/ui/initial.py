"""The tensors as the experiment's file describes them, before torch has computed anything.

Shown by `explorer.ui.tensormodel` from the first moment on.
"""

from typing import Any

from explorer.experiment.spec import Experiment
from explorer.explain.figures import Nested
from explorer.explain.step_records import TensorState
from explorer.live.tabled import SHOWN_ELEMENTS


def initial_states(experiment: Experiment) -> tuple[TensorState, ...]:
    """All tensors as the file describes them, computed ones still without a value."""
    leaves = [
        TensorState(
            name=name,
            shape=parameter.dimensions,
            value=_numbers(parameter.array(experiment.dtype)),
            grad=None,
            requires_grad=parameter.requires_grad,
            detached=name in experiment.cuts,
            leaf=True,
        )
        for name, parameter in experiment.parameters.items()
    ]
    for name, buffer in experiment.buffers.items():
        cut, value = name in experiment.cuts, _numbers(buffer.array(experiment.dtype))
        leaves.append(TensorState(name, buffer.dimensions, value, None, False, cut, True))
    for name in experiment.inputs:
        column = experiment.columns[name]
        cut = name in experiment.cuts
        leaves.append(TensorState(name, column.shape, _numbers(column), None, False, cut, True))
    for name in experiment.program.names:
        cut = name in experiment.cuts
        leaves.append(TensorState(name, (), None, None, False, cut, False))
    return tuple(leaves)


def _numbers(array: Any) -> Nested | None:
    numbers: Nested | None = array.tolist() if array.size <= SHOWN_ELEMENTS else None
    return numbers
