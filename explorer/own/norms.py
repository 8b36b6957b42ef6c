"""How large the parameters of a model are, and their gradients: two calls for all of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.parameter import is_lazy

from explorer.own.plan import Anatomy
from explorer.own.setup import Setup

NAN = float("nan")


@dataclass(frozen=True)
class Norms:
    """Of every parameter, in the order of `Anatomy.distinct`; NaN for a gradient that is None."""

    values: tuple[float, ...]
    grads: tuple[float, ...]


class NormMeter:
    """Takes the norms of one model's parameters."""

    def __init__(self, setup: Setup, anatomy: Anatomy) -> None:
        known = dict(setup.model.named_parameters(remove_duplicate=False))
        self._parameters = [known[each.name] for each in anatomy.distinct]
        self._parts = anatomy.part_places
        self._count = len(anatomy.parts)

    def take(self) -> Norms:
        """Those of now."""
        values = [None if is_lazy(each) else each.detach() for each in self._parameters]
        grads = [each.grad for each in self._parameters]
        return Norms(tuple(_norms(values)), tuple(_norms(grads)))

    def by_part(self, norms: Sequence[float]) -> list[float]:
        """The norm of each of `Anatomy.parts`; NaN where none of its parameters has one."""
        sums = [NAN] * self._count
        for part, norm in zip(self._parts, norms, strict=True):
            if not math.isnan(norm):
                square = norm * norm
                sums[part] = square if math.isnan(sums[part]) else sums[part] + square
        return [math.sqrt(each) for each in sums]


def _norms(tensors: Sequence[torch.Tensor | None]) -> list[float]:
    given = [each for each in tensors if each is not None]
    found = iter(_all_norms(given) if given else [])
    return [NAN if each is None else next(found) for each in tensors]


def _all_norms(tensors: list[torch.Tensor]) -> list[float]:
    try:
        norms = torch._foreach_norm(tensors)
        found: list[float] = torch.stack(norms).tolist()
    except (RuntimeError, TypeError):
        # Of several devices, types or layouts.
        found = [float(torch.linalg.vector_norm(_dense(each).float())) for each in tensors]
    return found


def _dense(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor.layout is torch.strided else tensor.to_dense()
