"""An operation of a trace called again, alone, with other values of its inputs.

What an input is to blame for is found out by trying another value of it, all else equal. Used by
`explorer.engine.trace.zero_parts` and `explorer.engine.trace.broken_parts`.
"""

from collections.abc import Iterator, Mapping, Sequence
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
                return self._call(self.called, others, None)[0]
        except REFUSED:
            return []

    def part(
        self,
        slot: int,
        gradients: Sequence[torch.Tensor | None],
        others: Others,
        called: Called | None = None,
    ) -> torch.Tensor | None:
        """What comes back to the input at `slot`, for these gradients of the outputs.

        None where nothing does, or PyTorch does not take those values.
        """
        try:
            with torch.enable_grad(), torch.random.fork_rng(devices=()):
                outputs, given = self._call(called or self.called, others, slot)
                return _gradient(outputs, gradients, given[slot])
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
        self, called: Called, others: Others, asked: int | None
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        given: list[torch.Tensor] = []

        def copied(tensor: torch.Tensor) -> torch.Tensor:
            place = len(given)
            copy = others.get(place, tensor).detach().clone()
            given.append(copy.requires_grad_() if place == asked else copy)
            # What requires a gradient may be changed in place only if it is no leaf.
            return given[-1].clone()

        args, kwargs = rebuilt(called.arguments, copied)
        return tensors_in(called.function(*args, **kwargs)), given


def _gradient(
    outputs: Sequence[torch.Tensor],
    gradients: Sequence[torch.Tensor | None],
    target: torch.Tensor,
) -> torch.Tensor | None:
    if len(outputs) != len(gradients):
        return None
    pairs = [
        pair
        for pair in zip(outputs, gradients, strict=True)
        if pair[1] is not None and pair[0].requires_grad
    ]
    if not pairs:
        return None
    seeds = [seed for _, seed in pairs]
    (found,) = torch.autograd.grad(
        [output for output, _ in pairs], target, seeds, allow_unused=True
    )
    return found
