"""What stands out in the picture at the moment, by the keys of its nodes and lines."""

from collections.abc import Mapping
from dataclasses import dataclass

NO_KEYS: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Emphasis:
    """A preview of a switch, or a moment of the backward pass, over the plain picture.

    `lost` and `gained`: nodes and lines whose gradient a switch would take away or bring.
    `carried`: the lines over which the gradient has gone so far (None: the whole pass is
    shown), `present` the nodes and lines it is at now, `gradients` the sums so far by node.
    `surprising`: nodes about which prediction and autograd differ.
    """

    lost: frozenset[str] = NO_KEYS
    gained: frozenset[str] = NO_KEYS
    carried: frozenset[str] | None = None
    present: frozenset[str] = NO_KEYS
    gradients: Mapping[str, str] | None = None
    surprising: frozenset[str] = NO_KEYS


PLAIN = Emphasis()
