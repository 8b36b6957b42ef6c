"""Which numbers of the parameters a step records, and reading them fast.

Scalars and the elements of small parameters are recorded one by one; of a large
parameter its norm is. Part of the hot path; owned by `explorer.engine.session`.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from operator import itemgetter
from typing import Any

import torch

from explorer.engine.flat import Arena
from explorer.engine.optimizers import MOST_ELEMENTS, Optimizer

Values = tuple[float, ...]
Grads = tuple[float | None, ...]


class Recorder:
    """Reads all parameters of a model as flat numbers, after an update.

    `columns` names them: `a`, `w[0]`, `W[0,1]`, or `|W|` for the Euclidean norm of
    a parameter with more than MOST_ELEMENTS elements.
    """

    def __init__(self, parameters: Mapping[str, torch.Tensor], optimizer: Optimizer) -> None:
        self._tensors = list(parameters.values())
        self.columns = tuple(
            column for name, tensor in parameters.items() for column in _columns(name, tensor)
        )
        self._arenas = [
            arena for arena in optimizer.arenas if all(_is_small(each) for each in arena.parameters)
        ]
        together = {id(each) for arena in self._arenas for each in arena.parameters}
        self._large = [each for each in self._tensors if not _is_small(each)]
        # Small, and none of the optimizer's.
        self._outside = [
            each for each in self._tensors if _is_small(each) and id(each) not in together
        ]
        # Where each column stands among the numbers read, as long as the arenas have these starts.
        self._starts: list[list[int] | None] = [None] * len(self._arenas)
        self._pick = self._picker()
        alone = len(self._arenas) == 1 and not self._outside and not self._large
        self._single = self._arenas[0] if alone else None

    def read(self) -> tuple[Values, Grads]:
        """Values and gradients in the order of `columns`; None where `.grad` is None."""
        arena = self._single
        if arena is None or arena.starts is not self._starts[0]:
            return self._read_all()
        values = arena.values.tolist()
        return self._pick(values), self._pick(_gathered(arena, len(values)))

    def _read_all(self) -> tuple[Values, Grads]:
        values: list[float] = []
        grads: list[float | None] = []
        for place, arena in enumerate(self._arenas):
            before = len(values)
            values += arena.values.tolist()
            grads += _gathered(arena, len(values) - before)
            if arena.starts is not self._starts[place]:
                self._starts[place] = arena.starts
                self._pick = self._picker()
        for tensor in self._outside:
            grad = tensor.grad
            values += tensor.detach().reshape(-1).tolist()
            grads += [None] * tensor.numel() if grad is None else grad.reshape(-1).tolist()
        for tensor in self._large:
            grad = tensor.grad
            values.append(_norm(tensor.detach()))
            grads.append(None if grad is None else _norm(grad))
        return self._pick(values), self._pick(grads)

    def _picker(self) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
        """What takes the columns from the numbers that are read, without a loop in Python."""
        places = self._placed()
        there = sum(arena.values.numel() for arena in self._arenas)
        there += sum(each.numel() for each in self._outside) + len(self._large)
        if places == list(range(there)):
            return tuple
        if len(places) > 1:
            return itemgetter(*places)
        return lambda numbers: tuple([numbers[place] for place in places])

    def _placed(self) -> list[int]:
        starts, end = {}, 0
        for arena in self._arenas:
            for tensor, start in zip(arena.parameters, arena.starts, strict=True):
                starts[id(tensor)] = end + start
            end += arena.values.numel()
        for tensor in self._outside:
            starts[id(tensor)] = end
            end += tensor.numel()
        for tensor in self._large:
            starts[id(tensor)] = end
            end += 1
        return [
            start + place
            for tensor in self._tensors
            for start in (starts[id(tensor)],)
            for place in range(tensor.numel() if _is_small(tensor) else 1)
        ]


def _columns(name: str, tensor: torch.Tensor) -> list[str]:
    if tensor.dim() == 0:
        return [name]
    if not _is_small(tensor):
        return [f"|{name}|"]
    places = product(*(range(size) for size in tensor.shape))
    return [f"{name}[{','.join(map(str, place))}]" for place in places]


def _is_small(tensor: torch.Tensor) -> bool:
    return tensor.numel() <= MOST_ELEMENTS


def _gathered(arena: Arena, count: int) -> list[float | None]:
    """The gradients at the places of the arena's values, so many; None where there is none."""
    grads: list[float | None] = []
    for group in arena.groups:
        if group.start > len(grads):
            grads += [None] * (group.start - len(grads))
        grads += group.gradient.tolist()
    if len(grads) < count:
        grads += [None] * (count - len(grads))
    return grads


def _norm(tensor: torch.Tensor) -> float:
    norm: float = torch.linalg.vector_norm(tensor).item()
    return norm
