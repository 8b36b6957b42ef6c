"""The tensors that a file gives: parameters with their switches from the start, and buffers.

Written as a number, a nested list, or a table with `value`, or with `shape`, `init`
and `seed`. Numbers only; the engine makes the tensors.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, model_validator

from explorer.experiment.checking import (
    MAX_DIMENSIONS,
    MAX_ELEMENTS,
    MAX_RANGE,
    Part,
    choice,
    first_broken,
    nested_data,
    number,
    refuse,
    shape_of,
    truth,
    whole,
    wrong_type,
)

INITS = ("zeros", "ones", "normal", "uniform")
INIT_KEYS = ("shape", "init", "seed", "scale")


def _shape(value: object) -> tuple[int, ...]:
    sizes = value if isinstance(value, list | tuple) else (value,)
    if len(sizes) > MAX_DIMENSIONS:
        raise refuse("too-many-dimensions", limit=MAX_DIMENSIONS)
    shape = tuple(whole(1, MAX_ELEMENTS)(each) for each in sizes)
    if math.prod(shape) > MAX_ELEMENTS:
        raise refuse("too-many-elements", limit=MAX_ELEMENTS)
    return shape


def _scale(value: object) -> float:
    scale = number(value)
    if abs(scale) > MAX_RANGE:
        raise refuse("value-too-large")
    return scale


class Buffer(Part):
    """A tensor that no training moves, and that requires no gradient.

    Either `value` (a number or nested tuples) or `shape` with `init`: "normal" with
    standard deviation `scale`, "uniform" between -`scale` and `scale`, "ones" times
    `scale`, or "zeros"; random ones from numpy's default generator with `seed`. A value may be
    NaN or infinite.
    """

    value: Annotated[Any, BeforeValidator(nested_data)] = None
    shape: Annotated[tuple[int, ...] | None, BeforeValidator(_shape)] = None
    init: Annotated[str, BeforeValidator(choice(*INITS))] = "normal"
    seed: Annotated[int, BeforeValidator(whole(0, 2**63 - 1))] = 0
    scale: Annotated[float, BeforeValidator(_scale)] = 1.0

    @classmethod
    def prepare(cls, value: object) -> dict[str, Any]:
        """`2.0` and `[1, 2]` stand for `{ value = … }`."""
        if isinstance(value, dict):
            return {key: each for key, each in value.items() if each is not None}
        if isinstance(value, str | None):
            raise wrong_type("number-or-list", value)
        return {"value": value}

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if self.value is not None and self.model_fields_set.intersection(INIT_KEYS):
            raise refuse("value-and-init")
        if self.value is None and self.shape is None:
            raise refuse("parameter-without-value")
        return self

    @property
    def dimensions(self) -> tuple[int, ...]:
        """The tensor's shape; () for a number."""
        return shape_of(self.value) if self.shape is None else self.shape

    def array(self, dtype: str = "float64") -> NDArray[Any]:
        """The start value as a new array of this dtype and of shape `dimensions`."""
        if self.shape is None:
            return np.array(self.value, dtype=dtype)
        generator = np.random.default_rng(self.seed)
        makers: dict[str, Callable[[], NDArray[np.float64]]] = {
            "zeros": lambda: np.zeros(self.dimensions),
            "ones": lambda: np.full(self.dimensions, self.scale),
            "normal": lambda: generator.normal(0.0, 1.0, self.dimensions) * self.scale,
            "uniform": lambda: generator.uniform(-1.0, 1.0, self.dimensions) * self.scale,
        }
        return makers[self.init]().astype(dtype)


class Parameter(Buffer):
    """A leaf that training may move.

    Only where it does not require a gradient, a value may be NaN or infinite: it is data then.
    Without `optimize` it is none of the optimizer's: no update moves it, and `zero_grad()` does
    not clear its gradient.
    """

    requires_grad: Annotated[bool, BeforeValidator(truth)] = True
    detach: Annotated[bool, BeforeValidator(truth)] = False
    optimize: Annotated[bool, BeforeValidator(truth)] = True

    @model_validator(mode="after")
    def _check_finite(self) -> Self:
        broken = None if self.value is None else first_broken(self.value)
        if broken is not None and self.requires_grad:
            raise refuse("parameter-not-finite", "value", got=str(broken))
        return self
