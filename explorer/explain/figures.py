"""A tensor's numbers as plain data, written out or, where they are many, summed up."""

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


Figure = Nested | Summary
