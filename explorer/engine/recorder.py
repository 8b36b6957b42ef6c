"""Which numbers of the parameters a step records, and reading them fast.

Scalars and the elements of small parameters are recorded one by one; of a large
parameter its norm is. Part of the hot path; owned by `explorer.engine.session`.
"""

from collections.abc import Mapping
from itertools import product

import torch

# Curves nobody could tell apart are not recorded one by one.
MOST_ELEMENTS = 16

Values = tuple[float, ...]
Grads = tuple[float | None, ...]


class Recorder:
    """Reads all parameters of a model as flat numbers.

    `columns` names them: `a`, `w[0]`, `W[0,1]`, or `|W|` for the Euclidean norm of
    a parameter with more than MOST_ELEMENTS elements.
    """

    def __init__(self, parameters: Mapping[str, torch.Tensor]) -> None:
        self._parameters = tuple(parameters.values())
        # Detached twins share the memory, and reading them builds no graph.
        self._views = tuple(parameter.detach() for parameter in self._parameters)
        names = [_columns(name, tensor) for name, tensor in parameters.items()]
        self._widths = [len(part) for part in names]
        self.columns = tuple(name for part in names for name in part)
        self._scalars = all(tensor.dim() == 0 for tensor in self._views)

    def read(self) -> tuple[Values, Grads]:
        """Values and gradients in the order of `columns`; None where `.grad` is None."""
        grads = [parameter.grad for parameter in self._parameters]
        if self._scalars:
            return (
                tuple([view.item() for view in self._views]),
                tuple([None if grad is None else grad.item() for grad in grads]),
            )
        values = tuple([number for view in self._views for number in _numbers(view)])
        return values, tuple(
            [
                number
                for grad, width in zip(grads, self._widths, strict=True)
                for number in ([None] * width if grad is None else _numbers(grad))
            ]
        )


def _columns(name: str, tensor: torch.Tensor) -> list[str]:
    if tensor.dim() == 0:
        return [name]
    if tensor.numel() > MOST_ELEMENTS:
        return [f"|{name}|"]
    places = product(*(range(size) for size in tensor.shape))
    return [f"{name}[{','.join(map(str, place))}]" for place in places]


def _numbers(tensor: torch.Tensor) -> list[float]:
    if tensor.numel() > MOST_ELEMENTS:
        return [torch.linalg.vector_norm(tensor).item()]
    numbers: list[float] = tensor.flatten().tolist()
    return numbers
