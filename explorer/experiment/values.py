"""What an expression of a formula can be, and the names that stand for it.

Besides what becomes part of the program (numbers, names, operations) there are values that
are gone once it is written out: tuples, functions, truth values. Used by `language`.
"""

from dataclasses import dataclass, field, replace

from explorer.experiment.operation import DType
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import Definition, Literal, at
from explorer.experiment.tree import Call, Expression, Name, Number, Position


@dataclass(frozen=True, slots=True)
class Tuple:
    """Several values, with names if they have any.

    `is_ready`: none is still to be computed. `in_brackets`: it was written as a list.
    """

    items: tuple["Value", ...]
    position: Position
    is_ready: bool
    names: tuple[str, ...] = ()
    in_brackets: bool = False


def several(
    items: tuple["Value", ...],
    position: Position,
    names: tuple[str, ...] = (),
    in_brackets: bool = False,
) -> Tuple:
    """The tuple of these values."""
    ready = not any(
        isinstance(each, Call) or (isinstance(each, Tuple) and not each.is_ready) for each in items
    )
    return Tuple(items, position, ready, names, in_brackets)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the formula, the scope in which it was defined, and its defaults."""

    definition: Definition
    scope: "Scope"
    name: str
    defaults: tuple["Value | None", ...]


Value = Expression | Literal | Tuple | Function


@dataclass(slots=True)
class Scope:
    """Names as one function (or the top level) sees them.

    `pending` are names that the function assigns somewhere: until then they may not be read.
    `form` makes the full name of a tensor, and `mark` tells the calls of a function apart.
    """

    names: dict[str, Value]
    pending: frozenset[str] = frozenset()
    form: str = "{}"
    mark: int = 1
    outer: "Scope | None" = None
    ahead: frozenset[str] = field(default_factory=frozenset)

    def lookup(self, name: str) -> Value | None:
        """What the name stands for; None if it is not there (yet)."""
        if name in self.names:
            return self.names[name]
        if name in self.pending or self.outer is None:
            return None
        return self.outer.lookup(name)

    def awaits(self, name: str) -> bool:
        """Whether the name is assigned, but later."""
        later = name in self.pending or name in self.ahead
        return later or (self.outer is not None and self.outer.awaits(name))


def placed(value: Value, position: Position) -> Value:
    """The value where its name is read."""
    match value:
        case Name() | Number() | Tuple() | Literal():
            return replace(value, position=position)
    return value


def is_plain(value: Value) -> bool:
    """Whether it is a number of Python's, known by now or not."""
    return isinstance(value, Number) or (isinstance(value, Name | Call) and value.plain)


def tensor(value: Value, position: Position) -> Expression:
    """The value where an operation wants a tensor or a number."""
    match value:
        case Number() | Name() | Call():
            return value
        case Function(name=name):
            raise BadInput("function-not-called", at(position), name=name)
        case Literal(value=bool() | None):
            raise BadInput("not-in-language", at(value.position), construct="truth")
        case Literal(value=str()):
            raise BadInput("not-in-language", at(value.position), construct="string")
        case Literal(value=DType()):
            raise BadInput("not-in-language", at(value.position), construct="dtype")
    raise BadInput("not-in-language", at(value.position), construct="list")


def items(value: Value, position: Position) -> tuple[Value, ...]:
    """The parts of a tuple; raises BadInput if it is none."""
    match value:
        case Tuple(found):
            return found
        case Literal(value=tuple() as numbers):
            return tuple(Number(float(each), value.position, whole=True) for each in numbers)
    raise BadInput("not-in-language", at(position), construct="not-several")


def is_true(value: Value, position: Position) -> bool:
    """What `if value` does; raises BadInput where that is only known from tensors."""
    match value:
        case Number(number):
            return bool(number)
        case Literal(known):
            return bool(known)
        case Tuple(found):
            return bool(found)
        case Function():
            return True
    raise BadInput("not-in-language", at(position), construct="condition-on-tensor")
