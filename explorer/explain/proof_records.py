"""A proof as plain data: no torch, no sympy, so that it may cross threads and be put in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union

from explorer.explain.figures import Nested, Summary
from explorer.explain.reason import Reason

Texts = Union[str, list["Texts"]]  # noqa: UP007 (a recursive alias needs a string)


@dataclass(frozen=True)
class Term:
    """One use's share of a gradient: `2z·1`, and what flowed back there (10)."""

    text: str | None
    value: float


@dataclass(frozen=True)
class Chain:
    """The gradient of a scalar as the sum of its uses' shares.

    Either every term has a text or none has.
    """

    terms: tuple[Term, ...]
    total: float


@dataclass(frozen=True)
class Proof:
    """What three ways say about the derivative of `objective` by the tensor `name`.

    `autograd` is the trace's gradient and `reason` why it is None, zero or not finite.
    `in_double` is the same pass in float64, for comparison, if it was made.
    `difference` is the central difference, `symbolic` the derivative in Python's notation with
    `symbolic_value` at this point; all nested as the tensor. What is detached counts as a
    constant; a frozen tensor has both all the same. `conditions`: the expression holds on the
    side of every kink on which the values lie (`3*w + b > 0`); None if these are too many to
    write out. `omitted` says why an expression (or even the difference) is missing, with one
    of the codes

        too-large    facts `what` ("elements", "operations" or "expression") and `limit`
        in-place     the formula changes a tensor in place
        no-form      `operation` has no entry in the table of symbolic forms
        kink         `operation` has a kink or jump just here (at `at`)
        not-finite   the objective or the derivative is not a finite number here
    """

    name: str
    objective: str
    autograd: Nested | Summary | None
    reason: Reason | None
    difference: Nested | None
    symbolic: Texts | None
    symbolic_value: Nested | None
    conditions: tuple[str, ...] | None
    omitted: Reason | None
    chain: Chain | None
    in_double: Nested | None = None


def flat(nested: object) -> Iterator[object]:
    """What nested lists hold, row by row."""
    if not isinstance(nested, list):
        yield nested
        return
    for each in nested:
        yield from flat(each)
