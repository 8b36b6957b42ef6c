"""What the names of a program stand for while it is read.

Numbers, texts, truth values, lists, tuples and dictionaries are Python's own. Everything else
is one of these records; a value that is not understood is kept with the reason, which is said
only if somebody needs it.
"""

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from explorer.experiment.problem import BadInput


@dataclass(eq=False)
class Leaf:
    """A tensor that requires grad, or did, or may: a parameter of the experiment.

    `start` are its numbers when training begins. `registered` ones are a module's parameters.
    `place` is its place among all tensors that the program makes.
    """

    start: torch.Tensor
    requires_grad: bool = True
    name: str = ""
    registered: bool = False
    place: float = math.inf


@dataclass(frozen=True, eq=False)
class Compared:
    """A loss of two tensors: torch's function, its options, prediction and target."""

    operation: str
    options: dict[str, Any]
    prediction: "Tensor"
    target: "Tensor"


@dataclass(eq=False)
class Tensor:
    """A tensor of the program.

    `now` has its numbers as they are in the first step; shape and type are those of every
    step. `known` ones come from numbers alone, the others from leaves too. `text` is how the
    formula has it: empty as long as it has none; `write` makes one if it is wanted; it
    is a name in the function `home` of the formula. `name` is what the author called it;
    `buffer` says that a module has it as one, `batched` that a step takes some of its rows.
    `place` is its place among all that got a name, `alias` a second name of a leaf,
    `literal` the numbers of `torch.tensor([1.0, 2.0])`, which may stand in an expression.
    """

    now: torch.Tensor
    known: bool = True
    text: str = ""
    name: str = ""
    leaf: Leaf | None = None
    write: Callable[[], str] | None = None
    home: "Lines | None" = None
    compared: Compared | None = None
    buffer: bool = False
    batched: bool = False
    place: float = math.inf
    alias: str = ""
    literal: str = ""

    @property
    def is_leaf(self) -> bool:
        """Whether it is a leaf itself."""
        return self.leaf is not None


@dataclass(frozen=True, eq=False)
class Scalar:
    """A Python number computed from tensors that train, such as `loss.item()`."""

    tensor: Tensor


@dataclass(frozen=True, eq=False)
class Several:
    """What a call gave in several parts, such as `x.max(dim=1)`."""

    now: tuple[torch.Tensor, ...]
    text: str
    node: ast.expr


@dataclass(frozen=True)
class Path:
    """A name of a library: `torch.nn.Linear`, `builtins.range`."""

    dotted: str


@dataclass(frozen=True, eq=False)
class Method:
    """An attribute of a value that is about to be called."""

    subject: Any
    name: str
    node: ast.expr


@dataclass(eq=False)
class Function:
    """A function of the program, with the names around it; `own` of a method."""

    name: str
    arguments: ast.arguments
    body: list[ast.stmt]
    frame: "Frame"
    node: ast.stmt | ast.expr
    own: Any = None
    home: "Class | None" = None


@dataclass(eq=False)
class Class:
    """A class of the program that is built on nn.Module."""

    name: str
    bases: list["Class"]
    members: dict[str, Any]
    node: ast.ClassDef


@dataclass(frozen=True, eq=False)
class Super:
    """`super()` of a module, in the methods of a class."""

    module: "Module"
    home: Class


@dataclass(eq=False)
class Module:
    """A module: of a class of the program, or one of torch's own, `layer`.

    `members` are its parameters, modules and whatever else it was given.
    """

    kind: "Class | str"
    members: dict[str, Any] = field(default_factory=dict)
    layer: torch.nn.Module | None = None
    training: bool = True
    name: str = ""
    node: ast.AST | None = None

    @property
    def children(self) -> list[Any]:
        """Its modules and tensors: what a loop over it gives."""
        return [each for each in self.members.values() if isinstance(each, Module | Tensor)]


@dataclass(frozen=True, eq=False)
class Criterion:
    """An nn.MSELoss and its like: torch's function and its options."""

    operation: str
    options: dict[str, Any]


@dataclass(eq=False)
class Optimizer:
    """One of torch.optim, with its groups of parameters."""

    kind: str
    defaults: dict[str, Any]
    groups: list[dict[str, Any]]
    node: ast.AST


@dataclass(eq=False)
class Scheduler:
    """One of torch.optim.lr_scheduler: `rate(count, now)` is the rate after so many steps."""

    optimizer: Optimizer
    rate: Callable[[int, float], float]
    count: int = 0


@dataclass(frozen=True, eq=False)
class PerStep:
    """What depends on the step alone: `at` gives it for the repetition counted from 0."""

    at: Callable[[int], Any]


@dataclass(frozen=True, eq=False)
class Rows:
    """All rows of the data, as an epoch goes through them: their places, or those of a column.

    `seed` is that of the generator which draws the order; None for the order of the data.
    """

    count: int
    seed: int | None = None
    column: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Picked:
    """The places of the rows that a step takes: so many, of so many in that order."""

    count: int
    size: int
    seed: int | None = None


@dataclass(frozen=True, eq=False)
class GradOf:
    """`w.grad`."""

    leaf: Leaf


@dataclass(frozen=True, eq=False)
class Data:
    """`w.data`, and `w.detach()` where something is written to it."""

    tensor: Tensor


@dataclass(eq=False)
class Opaque:
    """What is not understood: said only if it is needed."""

    problem: BadInput


@dataclass(eq=False)
class Frame:
    """The names of a function, or of the whole program, while it is read."""

    names: dict[str, Any] = field(default_factory=dict)
    outer: "Frame | None" = None
    lines: "Lines | None" = None

    def lookup(self, name: str) -> Any:
        """The value of a name; raises KeyError."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.outer
        raise KeyError(name)


@dataclass(frozen=True)
class Line:
    """A line of the formula: what it assigns, of what, and where the program has it.

    `in_place`: it assigns nothing, and changes the tensor `name` instead. `wanted` are the names
    that its author gave; `turn` says which loop it is in, in which of how many turns.
    """

    name: str
    text: str
    node: ast.AST
    comment: str = ""
    no_grad: bool = False
    in_place: bool = False
    wanted: tuple[str, ...] = ()
    turn: tuple[int, ...] = ()
    loop: ast.For | None = None


@dataclass(eq=False)
class Lines:
    """The lines of the formula, or of one of its functions, and the names used in it."""

    found: list[Line] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    is_function: bool = False


@dataclass(frozen=True)
class Definition:
    """A function of the formula."""

    name: str
    parameters: tuple[str, ...]
    lines: tuple[Line, ...]
    result: str
    node: ast.AST
    home: Lines | None = None


@dataclass(frozen=True, eq=False)
class Switch:
    """`z.detach() if "z" in detached else z`: a detach that is on or off from the start.

    `lines` is the function of the formula that it is in.
    """

    key: str
    tensor: Tensor
    lines: Lines
    on: bool
