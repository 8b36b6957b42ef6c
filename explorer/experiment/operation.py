"""What an entry of the operations table is made of; the entries are in `operations`.

No torch is imported here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import EllipsisType
from typing import Any

from explorer.experiment import shaping
from explorer.experiment.shaping import Rule
from explorer.experiment.subscript import Subscript


@dataclass(frozen=True, slots=True)
class DType:
    """A type of numbers, by torch's name for it; it is written `torch.float64`."""

    name: str

    def __repr__(self) -> str:
        return f"torch.{self.name}"


# Nested lists of numbers are nested tuples.
OptionValue = bool | int | float | str | DType | Subscript | tuple[Any, ...] | EllipsisType | None

DTYPES: Mapping[str, DType] = {
    **{name: DType(name) for name in ("float32", "float64", "int32", "int64", "bool")},
    "float": DType("float32"),
    "double": DType("float64"),
    "int": DType("int32"),
    "long": DType("int64"),
}


class OptionKind(Enum):
    """What an option's value may be; the value is the key of its wording."""

    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    DIMENSIONS = "dimensions"
    SHAPE = "shape"
    WORD = "word"
    EQUATION = "equation"
    DTYPE = "dtype"
    LITERAL = "literal"
    TENSOR = "tensor"
    WHERE = "where"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of an operation; `required` ones have no default in torch.

    `keyword`: never given by its place alone. `spread`: the first option, whose whole numbers
    need no parentheses: `x.reshape(2, -1)`, `zeros(2, 3)`. `nullable`: may be None. `words` are
    what a WORD may be. `whole`: a NUMBER that is written without a point stays a whole one. A
    TENSOR is one more tensor of the operation, which may be left out or be None.
    """

    kind: OptionKind
    required: bool = False
    keyword: bool = False
    spread: bool = False
    words: tuple[str, ...] = ()
    nullable: bool = False
    whole: bool = False


class Slope(Enum):
    """How the derivative by a tensor argument behaves.

    REGULAR: it is zero at single values at most. FLAT: it is zero wherever it exists. PARTIAL:
    it is zero by the argument, or the part of it, that was not taken. NONE: there is none.
    """

    REGULAR = "regular"
    FLAT = "flat"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `function` is a dotted path that starts at `torch`.

    `tensors` are the least and the most tensor arguments; `options` follow them by
    keyword or by position, in this order. `scalar_ok` lists the tensor arguments
    (from 0) that torch takes as plain Python numbers; numbers elsewhere must be
    made constant tensors. With an `infix`, the operation is called through
    Python's operator and both sides may be numbers; `python` is that operator as a
    function; a `prefix` stands before its argument. `method`: may be written `x.name(...)`;
    `function_form`: may be written `name(x, ...)`; `attribute`: written `x.name`.
    `in_place`: there is `x.name_(...)` too, which changes `x`. `listed`: the tensors stand in a
    list, `cat([a, b])`; `first`: the option that comes before them. `names` are those that torch
    has for the tensors, by which they may be given. `parts`: it gives a tuple, with these names
    if it has any. `overloads` are other entries, meant where their own option or one more tensor
    is given. `alone`: the option that a single argument is. `shape` is the rule for the result's
    shape, see `shaping`. `symbol` stands in the picture, the name where it is empty.
    """

    name: str
    function: str
    tensors: tuple[int, int]
    options: Mapping[str, Option] = field(default_factory=dict)
    method: bool = False
    scalar_ok: tuple[int, ...] = ()
    infix: str = ""
    prefix: str = ""
    python: Callable[..., Any] | None = None
    symbol: str = ""
    slope: Slope = Slope.REGULAR
    comparison: bool = False
    function_form: bool = True
    attribute: bool = False
    in_place: bool = False
    listed: bool = False
    first: str = ""
    names: tuple[str, ...] = ()
    parts: tuple[str, ...] | None = None
    overloads: tuple[str, ...] = ()
    alone: str = ""
    shape: Rule = shaping.broadcast

    @property
    def written(self) -> str:
        """What it is called in a formula: `linalg.norm`."""
        home, _, name = self.function.rpartition(".")
        if name.startswith("__"):
            return self.name
        return f"linalg.{name}" if home == "torch.linalg" else name

    @property
    def gives_whole(self) -> bool:
        """Whether a result of it may have whole numbers."""
        places = self.parts is not None and "indices" in self.parts
        return places or (self.slope is Slope.NONE and self.name != "detach")

    @property
    def is_named(self) -> bool:
        """Whether a formula may call it so; else it is another's overload, or has no name."""
        return self.function_form or self.method or self.attribute

    @property
    def is_brackets(self) -> bool:
        """Whether it is written with square brackets, and has no name."""
        return any(each.kind is OptionKind.WHERE for each in self.options.values())

    @property
    def both_ways(self) -> bool:
        """Whether the function takes a number first, as the operator does."""
        return bool(self.infix) and 0 in self.scalar_ok and not self.comparison

    @property
    def fold(self) -> Callable[..., float | complex] | None:
        """What computes it at once where all its arguments are plain numbers."""
        masks = self.slope is Slope.NONE and self.infix != "//"
        return None if masks or self.infix == "@" else self.python
