"""Numbers as a program has them: shortest, and with the bits of the experiment's own type."""

import math
import textwrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.experiment.operations import ALIASES, Operation

WIDTH = 88


def number(value: float) -> str:
    """A float; Python has no literal for one that is not finite."""
    value = float(value)
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def value_text(value: Any) -> str:
    """An option: a number, a pair of them, a truth value, or a name."""
    if isinstance(value, str):
        quoted = repr(value)
        return quoted if '"' in quoted else f'"{quoted[1:-1]}"'
    if isinstance(value, tuple):
        return f"({', '.join(map(number, value))})"
    return repr(value) if isinstance(value, bool) else number(value)


def type_option(dtype: str) -> str:
    """What `torch.tensor` has to be told; nothing of float32, which it takes by itself."""
    return "" if dtype == "float32" else f"dtype=torch.{dtype}"


def constant(text: str, dtype: str) -> str:
    """A number as the tensor that torch wants in its place."""
    option = type_option(dtype)
    return f"torch.tensor({text}{', ' if option else ''}{option})"


def tensor(values: Any, dtype: str, indent: int, before: int, requires_grad: bool = False) -> str:
    """`torch.tensor(...)`, of numbers that read back as the same ones of this dtype.

    Long ones are broken into lines: `before` is where the text begins, `indent` is for the rest.
    """
    numbers = _nested(np.asarray(values).astype(dtype))
    options = [type_option(dtype), "requires_grad=True" if requires_grad else ""]
    options = [option for option in options if option]
    text = f"torch.tensor({', '.join([numbers, *options])})"
    if before + len(text) <= WIDTH:
        return text
    pad = " " * (indent + 4)
    lines = textwrap.wrap(
        numbers,
        WIDTH,
        initial_indent=pad,
        subsequent_indent=pad + " ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    if options:
        lines = [*lines[:-1], f"{lines[-1]},", pad + ", ".join(options)]
    return "\n".join(["torch.tensor(", *lines, " " * indent + ")"])


def _nested(array: NDArray[Any]) -> str:
    if array.ndim:
        return f"[{', '.join(_nested(part) for part in array)}]"
    if not np.isfinite(array):
        return number(float(array))
    # numpy writes the shortest text that tells a float32 from its neighbours.
    return repr(float(str(array[()])))


def torch_name(operation: Operation, written: str = "") -> str:
    """What the operation is called in a program that has torch, and torch.nn.functional as F."""
    home, _, name = operation.function.rpartition(".")
    if home in ("torch.Tensor", "torch.linalg"):
        return operation.function
    name = written if written in ALIASES else name
    return f"F.{name}" if home == "torch.nn.functional" else f"torch.{name}"
