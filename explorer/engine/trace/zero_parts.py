"""Why an operation passed back nothing but zeros: found out by trying, not by its name.

Two cheap tests for any operation and size. The elements of the gradient that came to it are
weighed at random and passed back again: if something arrives now, parts had added up to 0. Else
the operation is called again with another value of one input: if something arrives, that value
made the zero. Called by `explorer.engine.trace.assembly` while autograd's graph is still there;
`explorer.explain.zero_gradients` reads what was found.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch

from explorer.engine.trace.again import REFUSED, Again, Others, Tried
from explorer.engine.trace.capture import Called, Key
from explorer.engine.trace.derivatives import fitted, passed_back
from explorer.experiment.operations import find
from explorer.explain.trace_records import ZeroPart

# One that is twice as large up to rounding, for the other value twice as far away.
_LINEAR = 1e-3
# Options that are factors in functions of torch, where they are whole numbers too.
_FACTORS = frozenset({"alpha", "beta", "value", "weight"})


class Use(NamedTuple):
    """The use of an input: its edge, its place among the tensors given, the part passed back."""

    edge: int
    slot: int
    part: int


def zero_parts(
    tried: Tried, key: Key, shape: torch.Size, uses: Sequence[Use]
) -> Mapping[int, ZeroPart]:
    """For the uses of one tensor over which only zeros came back, by edge, why they did.

    Left out is a use over which another gradient of the outputs, if that was zero, would have
    brought something. What cannot be found out has a ZeroPart that says nothing.
    """
    alive = any(bool(grad.any()) for grad in tried.gradients.values())
    weighed = {key: _weighed(grad, alive) for key, grad in tried.gradients.items()}
    try:
        arrived = passed_back(tried.nodes, weighed).get(key, [])
    except REFUSED:
        # A backward function written in Python may not be called alone.
        return {use.edge: ZeroPart() for use in uses}
    parts = [fitted(part, shape) for part in arrived]
    found = {}
    for use in uses:
        if not _comes_back(parts, use.part):
            found[use.edge] = _of_values(tried, weighed, use)
        elif alive:
            found[use.edge] = ZeroPart(cancels=True)
    return found


def _comes_back(parts: list[torch.Tensor], place: int) -> bool:
    """Of a use with a part of its own, or of all uses together."""
    own = parts[place : place + 1] or parts
    return bool(own) and bool(sum(own[1:], own[0]).any())


def _weighed(gradient: torch.Tensor, alive: bool) -> torch.Tensor:
    """Each element times a number of its own; where all are zero, those numbers."""
    weights = _drawn(gradient, 0.5, 1.5, _dice())
    return gradient * weights if alive else weights


def _dice() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def _drawn(like: torch.Tensor, low: float, high: float, dice: torch.Generator) -> torch.Tensor:
    numbers = torch.rand(like.shape, generator=dice, dtype=torch.float64)
    return (low + (high - low) * numbers).to(like.dtype)


# -- other values ------------------------------------------------------------------------


def _of_values(tried: Tried, weighed: Mapping[Key, torch.Tensor], use: Use) -> ZeroPart:
    """Every part is zero: which other value makes it something else?"""
    if tried.called is None or not tried.can_be_called(use.slot):
        return ZeroPart()
    trial = _Trial(tried, tried.called, weighed, use.slot)
    tensors = trial.again.tensors
    own = next(slots for slots in trial.again.places() if use.slot in slots)
    if len(own) > 1 and trial.moves({}):
        # Each of its places gets something, and the sum of them nothing.
        return ZeroPart(cancels=True)
    values, factor = [], None
    if trial.moving(own) is not None:
        values.append(use.edge)
    for slots in trial.again.places(left_out=own):
        other = trial.moving(slots)
        if other is None:
            continue
        edge = tried.inputs[slots[0]]
        values.append(edge)
        if factor is None and trial.is_factor(slots, tensors[slots[0]], other):
            factor = edge
    number = trial.number(tried.name) if factor is None else None
    return ZeroPart(False, factor, number, tuple(values))


def _others(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """Other values: near it on either side, and such as most functions take."""
    if tensor.dtype == torch.bool:
        yield ~tensor
    if tensor.is_floating_point():
        dice, tensor = _dice(), tensor.detach()
        yield tensor + _drawn(tensor, 0.2, 0.9, dice)
        yield tensor - _drawn(tensor, 0.2, 0.9, dice)
        yield _drawn(tensor, 0.1, 0.9, dice)
        yield _drawn(tensor, -2.0, 2.0, dice)


class _Trial:
    """What comes back to the input at `slot` of an operation with other values."""

    def __init__(
        self, tried: Tried, called: Called, weighed: Mapping[Key, torch.Tensor], slot: int
    ) -> None:
        self.again = Again(called)
        self._gradients = [None if key is None else weighed.get(key) for key in tried.outputs]
        self._slot = slot

    def part(self, others: Others, called: Called | None = None) -> torch.Tensor | None:
        """What comes back; None if PyTorch does not take those values."""
        return self.again.part(self._slot, self._gradients, others, called)

    def moves(self, others: Others) -> bool:
        """Whether something comes back."""
        return _is_something(self.part(others))

    def moving(self, slots: Sequence[int]) -> torch.Tensor | None:
        """Another value, at all these places, with which something comes back."""
        others = _others(self.again.tensors[slots[0]])
        return next((other for other in others if self.moves(dict.fromkeys(slots, other))), None)

    def is_factor(self, slots: Sequence[int], tensor: torch.Tensor, other: torch.Tensor) -> bool:
        """Whether the part is multiplied by the tensor, up to a shift at most: 1 - w in lerp."""
        if tensor.dtype == torch.bool or not tensor.any():
            return True
        once = self.part(dict.fromkeys(slots, other))
        return _is_double(once, self.part(dict.fromkeys(slots, other + (other - tensor.detach()))))

    def number(self, name: str) -> float | None:
        """The plain number that the part is multiplied by."""
        for place, number in _numbers(name, self.again.called):
            for other in (number + 0.7, number - 0.6, 0.37):
                once = self.part({}, _with(self.again.called, place, other))
                if not _is_something(once):
                    continue
                further = _with(self.again.called, place, other + (other - number))
                if not number or _is_double(once, self.part({}, further)):
                    return number
                break
        return None


def _numbers(name: str, called: Called) -> Iterator[tuple[int | str, float]]:
    """The operands that are plain numbers, with their places."""
    arguments, options = called.arguments
    known = find(name.rstrip("_"))
    for place, each in enumerate(arguments):
        if isinstance(each, bool) or not isinstance(each, float | int):
            continue
        if isinstance(each, float) if known is None else known.infix or place in known.scalar_ok:
            yield place, float(each)
    for option, each in options.items():
        if option in _FACTORS and isinstance(each, float | int):
            yield option, float(each)


def _with(called: Called, place: int | str, number: float) -> Called:
    """The call with another plain number at one place."""
    arguments, options = called.arguments
    if isinstance(place, str):
        return called._replace(arguments=(arguments, {**options, place: number}))
    changed = [*arguments[:place], number, *arguments[place + 1 :]]
    return called._replace(arguments=(changed, options))


def _is_something(part: torch.Tensor | None) -> bool:
    return part is not None and bool(part.any()) and bool(torch.isfinite(part).all())


def _is_double(once: torch.Tensor | None, twice: torch.Tensor | None) -> bool:
    if once is None or twice is None:
        return False
    return torch.allclose(2 * once, twice, rtol=_LINEAR, atol=_LINEAR * float(once.abs().max()))
