"""An operation of a trace called again, alone, with other values of its inputs.

What an input is to blame for is found out by trying another value of it, all else equal. Used by
`explorer.engine.trace.zero_parts` and `explorer.engine.trace.broken_parts`.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from explorer.engine.trace.capture import Called, Key, Node, rebuilt, tensors_in

# What PyTorch and Python raise for values that an operation does not take.
REFUSED = (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError)
Others = Mapping[int, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Tried:
    """An operation to be tried.

    `nodes` are its backward functions in autograd's order, `gradients` those of its outputs, by
    their keys; `inputs` has the edge of every tensor that was given.
    """

    name: str
    called: Called | None
    nodes: Sequence[Node]
    outputs: Sequence[Key | None]
    gradients: Mapping[Key, torch.Tensor]
    inputs: Sequence[int]

    def can_be_called(self, slot: int) -> bool:
        """Whether its arguments are still what they were, and the one asked for among them."""
        return self.called is not None and slot < len(self.inputs) and self.called.unchanged


class Again:
    """The operation; others are tensors given instead, by their places."""

    def __init__(self, called: Called) -> None:
        self.called = called
        self.tensors = tensors_in(called.arguments)

    def outputs(self, others: Others) -> list[torch.Tensor]:
        """What it gives; nothing where PyTorch does not take those values."""
        try:
            with torch.no_grad(), torch.random.fork_rng(devices=()):
                return self._call(self.called, others, ())[0]
        except REFUSED:
            return []

    def part(
        self,
        slots: Collection[int],
        gradients: Sequence[torch.Tensor | None],
        others: Others,
        called: Called | None = None,
    ) -> torch.Tensor | None:
        """What comes back to the tensor at these places, for these gradients of the outputs.

        None where nothing does, or PyTorch does not take those values.
        """
        try:
            with torch.enable_grad(), torch.random.fork_rng(devices=()):
                outputs, asked = self._call(called or self.called, others, slots)
                return _gradient(outputs, gradients, asked)
        except REFUSED:
            return None

    def places(self, left_out: Sequence[int] = ()) -> Iterator[list[int]]:
        """Where each tensor is given, but for those at some places."""
        found: dict[int, list[int]] = {}
        for slot, tensor in enumerate(self.tensors):
            if slot not in left_out:
                found.setdefault(id(tensor), []).append(slot)
        yield from found.values()

    def _call(
        self, called: Called, others: Others, asked: Collection[int]
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """The outputs, and the tensors given at the places asked for."""
        places, given = itertools.count(), list[torch.Tensor]()

        def copied(tensor: torch.Tensor) -> torch.Tensor:
            place = next(places)
            copy = others.get(place, tensor).detach().clone()
            if place in asked:
                given.append(copy.requires_grad_())
            # What requires a gradient may be changed in place only if it is no leaf.
            return copy.clone()

        args, kwargs = rebuilt(called.arguments, copied)
        return tensors_in(called.function(*args, **kwargs)), given


def _gradient(
    outputs: Sequence[torch.Tensor],
    gradients: Sequence[torch.Tensor | None],
    asked: Sequence[torch.Tensor],
) -> torch.Tensor | None:
    """The sum over the tensors asked for."""
    if len(outputs) != len(gradients):
        return None
    pairs = [
        (output, seed)
        for output, seed in zip(outputs, gradients, strict=True)
        if seed is not None and output.requires_grad
    ]
    if not pairs:
        return None
    ends, seeds = zip(*pairs, strict=True)
    found = torch.autograd.grad(ends, asked, seeds, allow_unused=True)
    parts = [part for part in found if part is not None]
    return sum(parts[1:], parts[0]) if parts else None
