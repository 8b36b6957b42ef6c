"""Why an operation passed back nothing but zeros: found out by trying, not by its name.

Two cheap tests for any operation and size. The elements of the gradient that came to it are
weighed at random and passed back again: if something arrives now, parts had added up to 0. Else
the operation is called again with another value of one input: if something arrives, that value
made the zero. Called by `explorer.engine.trace.assembly` while autograd's graph is still there;
`explorer.explain.zero_gradients` reads what was found.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch

from explorer.engine.trace.again import REFUSED, Again, Others, Tried
from explorer.engine.trace.capture import Called, Key
from explorer.engine.trace.derivatives import fitted, passed_back
from explorer.experiment.operations import find
from explorer.explain.trace_records import ZeroPart

# One that is twice as large up to rounding, for the other value twice as far away.
_LINEAR = 1e-3
# What is left of parts that cancel, in parts of the largest.
_ROUNDING = 1e-6
# Options that are factors in functions of torch, where they are whole numbers too.
_FACTORS = frozenset({"alpha", "beta", "value", "weight"})


class Use(NamedTuple):
    """The use of an input: its edge, its place among the tensors given, which use it is."""

    edge: int
    slot: int
    place: int


@dataclass(frozen=True, slots=True)
class Target:
    """The tensor asked about: its place in autograd's graph, its shape, how often it is used."""

    key: Key
    shape: torch.Size
    uses: int


@dataclass(slots=True)
class _Imagined:
    """The gradient that a tensor would have, were what made it zero taken away; None: any.

    `blocked` is how much else stands between the two, on the way where the least does. `parts`
    are what comes back over ways on which nothing stands, by the edges of an operation.
    """

    blocked: int
    gradient: torch.Tensor | None
    parts: dict[tuple[int, ...], torch.Tensor] = field(default_factory=dict)


class Zeros:
    """The zeros of one trace. To be asked about its operations from the last to the first."""

    def __init__(self) -> None:
        self._imagined: dict[Key, _Imagined] = {}
        self._weights: dict[Key, torch.Tensor] = {}
        # One for all: what comes from two places never cancels by their numbers alone.
        self._dice = torch.Generator().manual_seed(1)

    def parts(self, tried: Tried, target: Target, asked: Sequence[Use]) -> dict[int, ZeroPart]:
        """For uses of a tensor over which only zeros came back, by edge, why they did.

        Left out is a use where nothing stands in the way: the outputs' own gradients are zero,
        and with others there would be one. Those are as if what made them zero were taken away.
        What cannot be found out has a ZeroPart that says nothing.
        """
        alive = any(bool(grad.any()) for grad in tried.gradients.values())
        outputs = [self._imagined[key] for key in tried.gradients if key in self._imagined]
        further = 0 if alive else min((each.blocked for each in outputs), default=0)
        weighed = {key: self._weighed(key, grad, alive) for key, grad in tried.gradients.items()}
        try:
            arrived = passed_back(tried.nodes, weighed).get(target.key, [])
        except REFUSED:
            # A backward function written in Python may not be called alone.
            return {use.edge: ZeroPart() for use in asked}
        parts = [fitted(part, target.shape) for part in arrived]
        total = sum(parts[1:], parts[0]) if parts else None
        if len(parts) != target.uses:
            parts = [] if total is None else [total] * target.uses
        found = {}
        for use in asked:
            if not _is_something(parts[use.place] if parts else None):
                found[use.edge] = _of_values(tried, weighed, use)
            elif alive or not _is_something(total):
                # With another gradient every use may get something, and the sum of them nothing.
                found[use.edge] = ZeroPart(cancels=True)
        is_open = len(found) < len(asked) and not further
        self._keep(
            target.key, further + (len(found) == len(asked) and not alive), total, asked, is_open
        )
        return found

    def cancelled(self) -> list[int]:
        """The uses of tensors to which something would come back on several ways, and cancel."""
        kept = self._imagined.values()
        return [edge for each in kept if _cancels(each) for edges in each.parts for edge in edges]

    def _weighed(self, key: Key, gradient: torch.Tensor, alive: bool) -> torch.Tensor:
        """The gradient of an output with other weights, or the one that it would have."""
        known = self._imagined.get(key)
        if not alive and known is not None and known.gradient is not None:
            return known.gradient
        if key not in self._weights:
            self._weights[key] = _drawn(gradient, 0.5, 1.5, self._dice)
        return gradient * self._weights[key] if alive else self._weights[key]

    def _keep(
        self,
        key: Key,
        blocked: int,
        total: torch.Tensor | None,
        asked: Sequence[Use],
        is_open: bool,
    ) -> None:
        """Remember what the tensor would get: that is what its own operation would pass on."""
        known = self._imagined.get(key)
        gradient = total if _is_something(total) else None
        if known is None:
            known = self._imagined[key] = _Imagined(blocked, gradient)
        elif blocked <= known.blocked:
            # Of ways on which as much stands the one over the earliest use is taken.
            known.blocked, known.gradient = blocked, gradient
        if is_open and gradient is not None:
            known.parts[tuple(use.edge for use in asked)] = gradient


def _cancels(imagined: _Imagined) -> bool:
    parts = list(imagined.parts.values())
    if len(parts) < 2:
        return False
    largest = max(float(part.abs().max()) for part in parts)
    return float(sum(parts[1:], parts[0]).abs().max()) <= _ROUNDING * largest


def _drawn(like: torch.Tensor, low: float, high: float, dice: torch.Generator) -> torch.Tensor:
    numbers = torch.rand(like.shape, generator=dice, dtype=torch.float64)
    return (low + (high - low) * numbers).to(like.dtype)


# -- other values ------------------------------------------------------------------------


def _of_values(tried: Tried, weighed: Mapping[Key, torch.Tensor], use: Use) -> ZeroPart:
    """Every part is zero: which other value makes it something else?"""
    if tried.called is None or not tried.can_be_called(use.slot):
        return ZeroPart()
    again = Again(tried.called)
    own = next(slots for slots in again.places() if use.slot in slots)
    gradients = [None if key is None else weighed.get(key) for key in tried.outputs]
    if len(own) > 1 and _is_something(again.part((use.slot,), gradients, {})):
        # Each of its places gets something, and the sum of them nothing.
        return ZeroPart(cancels=True)
    trial = _Trial(again, gradients, own)
    values, factor = [], None
    for slots in (own, *again.places(left_out=own)):
        moved = trial.moved(slots)
        if moved is None:
            continue
        edge = use.edge if slots is own else tried.inputs[slots[0]]
        values.append(edge)
        if factor is None and slots is not own and trial.is_factor(slots, moved):
            factor = edge
    number = trial.number(tried.name) if factor is None else None
    return ZeroPart(False, factor, number, tuple(values))


def _others(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """Other values: near it on either side, and such as most functions take."""
    if tensor.dtype == torch.bool:
        yield ~tensor
    if tensor.is_floating_point():
        dice, tensor = torch.Generator().manual_seed(1), tensor.detach()
        yield tensor + _drawn(tensor, 0.2, 0.9, dice)
        yield tensor - _drawn(tensor, 0.2, 0.9, dice)
        yield _drawn(tensor, 0.1, 0.9, dice)
        yield _drawn(tensor, -2.0, 2.0, dice)


class _Moved(NamedTuple):
    """Another value, and the part that comes back with it."""

    other: torch.Tensor
    part: torch.Tensor


class _Trial:
    """What comes back to the tensor at the places `own` of an operation with other values."""

    def __init__(
        self, again: Again, gradients: Sequence[torch.Tensor | None], own: Sequence[int]
    ) -> None:
        self._again = again
        self._gradients = gradients
        self._own = own

    def _part(self, others: Others, called: Called | None = None) -> torch.Tensor | None:
        return self._again.part(self._own, self._gradients, others, called)

    def moved(self, slots: Sequence[int]) -> _Moved | None:
        """With the first other value of the tensor at these places that brings something."""
        for other in _others(self._again.tensors[slots[0]]):
            part = self._part(dict.fromkeys(slots, other))
            if part is not None and _is_something(part):
                return _Moved(other, part)
        return None

    def is_factor(self, slots: Sequence[int], moved: _Moved) -> bool:
        """Whether the part is multiplied by the tensor, up to a shift at most: 1 - w in lerp."""
        tensor = self._again.tensors[slots[0]].detach()
        if tensor.dtype == torch.bool or not tensor.any():
            return True
        further = moved.other + (moved.other - tensor)
        return _is_double(moved.part, self._part(dict.fromkeys(slots, further)))

    def number(self, name: str) -> float | None:
        """The plain number that the part is multiplied by."""
        for place, number in _numbers(name, self._again.called):
            for other in (number + 0.7, number - 0.6, 0.37):
                once = self._part({}, _with(self._again.called, place, other))
                if not _is_something(once):
                    continue
                further = _with(self._again.called, place, other + (other - number))
                if not number or _is_double(once, self._part({}, further)):
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
