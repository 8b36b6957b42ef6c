"""How a parameter can start, as it is asked for in the window: a value, or a kind of numbers.

The kinds beside the file's own are those of torch.nn.init; in a file they are a `scale`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from explorer.experiment.parameter import Buffer
from explorer.i18n import N_

VALUE = "value"
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Kind:
    """`init` as in the file, what torch calls it, and its scale where the shape says that."""

    init: str
    title: str
    torch: str
    scale: Callable[[Shape], float] | None = None


def _fans(shape: Shape) -> tuple[int, int]:
    """How many numbers come in and go out, as torch.nn.init counts them; of a vector all."""
    if len(shape) < 2:
        size = math.prod(shape)
        return size, size
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _kaiming(shape: Shape) -> float:
    return math.sqrt(2 / _fans(shape)[0])


def _xavier(shape: Shape) -> float:
    return math.sqrt(2 / sum(_fans(shape)))


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        VALUE: Kind("", N_("a value"), "torch.tensor({value})"),
        "normal": Kind("normal", N_("normal"), "torch.randn({shape}) * {scale}"),
        "uniform": Kind("uniform", N_("uniform"), "(2 * torch.rand({shape}) - 1) * {scale}"),
        "zeros": Kind("zeros", N_("zeros"), "torch.zeros({shape})"),
        "ones": Kind("ones", N_("ones"), "torch.ones({shape}) * {scale}"),
        "kaiming_normal": Kind(
            "normal", N_("Kaiming, normal"), "nn.init.kaiming_normal_(w)", _kaiming
        ),
        "kaiming_uniform": Kind(
            "uniform",
            N_("Kaiming, uniform"),
            'nn.init.kaiming_uniform_(w, nonlinearity="relu")',
            lambda shape: math.sqrt(3) * _kaiming(shape),
        ),
        "xavier_normal": Kind("normal", N_("Xavier, normal"), "nn.init.xavier_normal_(w)", _xavier),
        "xavier_uniform": Kind(
            "uniform",
            N_("Xavier, uniform"),
            "nn.init.xavier_uniform_(w)",
            lambda shape: math.sqrt(3) * _xavier(shape),
        ),
    }
)


def kind_of(leaf: Buffer) -> str:
    """Which kind it is in the file's own words."""
    return VALUE if leaf.value is not None else leaf.init


def start_of(kind: str, shape: Shape, scale: Any, seed: Any) -> dict[str, Any]:
    """The table of a start that is no value; the kind's own scale goes before the one given."""
    entry = KINDS[kind]
    own = scale if entry.scale is None else entry.scale(shape)
    table = {"shape": shape, "init": entry.init, "scale": own, "seed": seed}
    unused = {"zeros": ("scale", "seed"), "ones": ("seed",)}.get(entry.init, ())
    return {key: each for key, each in table.items() if key not in unused}
