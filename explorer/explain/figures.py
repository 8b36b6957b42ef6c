"""A tensor's numbers as plain data, written out or, where they are many, summed up."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Union

Nested = Union[float, list["Nested"]]  # noqa: UP007 (a recursive alias needs a string)


@dataclass(frozen=True)
class Summary:
    """A tensor too large to show whole."""

    mean: float
    norm: float
    low: float
    high: float


@dataclass(frozen=True)
class Outline(Summary):
    """The same with what can be drawn of it.

    `strip` has, of each of up to STRIP_PARTS equal parts of the tensor, the number that is
    farthest from zero.
    """

    strip: tuple[float, ...]


Figure = Nested | Summary
STRIP_PARTS = 16


def flat_numbers(value: Nested) -> Iterator[float]:
    """The numbers in the order of the tensor's memory."""
    if not isinstance(value, list):
        yield value
        return
    # Lists of numbers are what most are: a table asks for all of them ten times a second.
    if value and not isinstance(value[0], list):
        yield from value  # type: ignore[misc]
        return
    for part in value:
        yield from flat_numbers(part)


def part_starts(count: int) -> list[int]:
    """Where the parts of a strip begin in a tensor of so many numbers."""
    parts = min(count, STRIP_PARTS)
    return [place * count // parts for place in range(parts)]


def strip_of(numbers: Sequence[float]) -> tuple[float, ...]:
    """An Outline's strip of numbers that are here; NaN hides the others of its part."""
    if len(numbers) <= STRIP_PARTS:
        return tuple(numbers)
    starts = part_starts(len(numbers))
    parts = (numbers[a:b] for a, b in zip(starts, [*starts[1:], len(numbers)], strict=True))
    return tuple(max(part, key=_weight) for part in parts)


def _weight(number: float) -> float:
    return math.inf if math.isnan(number) else abs(number)
