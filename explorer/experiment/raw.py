"""A formula as it was written, before names and operations are looked up.

`syntax` and `expressions` make these records from Python's tree, `language` reads them.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from explorer.experiment.operations import OptionValue
from explorer.experiment.problem import Place
from explorer.experiment.tree import Name, Number, Position


class Spelling(Enum):
    """How a call was written; decides what may be called that way."""

    OPERATOR = "operator"
    FUNCTION = "function"
    METHOD = "method"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Literal:
    """What only an option can be: a truth value, None, a text, a type or dimensions.

    `in_brackets`: a list, which behind a tensor is another subscript than a tuple.
    """

    value: OptionValue
    position: Position
    in_brackets: bool = False


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call before its name is looked up; `prefixed` if written `torch.name`."""

    function: str
    arguments: tuple["Raw", ...]
    keywords: tuple[tuple[str, "Raw"], ...]
    position: Position
    spelling: Spelling
    prefixed: bool = False


@dataclass(frozen=True, slots=True)
class RawSlice:
    """`start:stop:step`, in a subscript."""

    bounds: tuple["Raw | None", "Raw | None", "Raw | None"]
    position: Position


@dataclass(frozen=True, slots=True)
class RawSubscript:
    """`subject[parts]`."""

    subject: "Raw"
    parts: tuple["Raw | RawSlice", ...]
    position: Position


@dataclass(frozen=True, slots=True)
class RawTuple:
    """Values in parentheses or brackets; whole numbers alone are a Literal."""

    items: tuple["Raw", ...]
    position: Position
    in_brackets: bool


@dataclass(frozen=True, slots=True)
class RawChoice:
    """`yes if test else no`."""

    test: "Raw"
    yes: "Raw"
    no: "Raw"
    position: Position


@dataclass(frozen=True, slots=True)
class RawLogic:
    """`and`, `or`, `not`, `is` of what is known before anything is computed."""

    operator: str
    operands: tuple["Raw", ...]
    position: Position


@dataclass(frozen=True, slots=True)
class RawParameter:
    """A parameter of a function, with its default if it has one."""

    name: str
    default: "Raw | None"


@dataclass(frozen=True, slots=True)
class Definition:
    """`def name(parameters): body`, or a lambda.

    `records`: False under `@torch.no_grad()`, True under `@torch.enable_grad()`.
    """

    name: str
    parameters: tuple[RawParameter, ...]
    body: tuple["Statement", ...]
    position: Position
    records: bool | None = None


Raw = (
    Number | Name | Literal | RawCall | RawTuple | RawChoice | RawLogic | Definition | RawSubscript
)


@dataclass(frozen=True, slots=True)
class TargetTuple:
    """Several targets that take the parts of a tuple."""

    items: tuple["Target", ...]
    position: Position


Target = Name | TargetTuple | RawSubscript


@dataclass(frozen=True, slots=True)
class RawAssignment:
    """`target = expression`, or of several: `first = second = expression`."""

    targets: tuple[Target, ...]
    expression: Raw
    position: Position


@dataclass(frozen=True, slots=True)
class RawAugmented:
    """`name += value` and its kin; `operator` is the operation's name."""

    target: Name | RawSubscript
    operator: str
    value: Raw
    position: Position


@dataclass(frozen=True, slots=True)
class RawLine:
    """An expression on a line of its own: a method that changes its tensor in place."""

    expression: Raw
    position: Position


@dataclass(frozen=True, slots=True)
class RawLoop:
    """`for target in items: body`, written out."""

    target: Target
    items: Raw
    body: tuple["Statement", ...]
    position: Position


@dataclass(frozen=True, slots=True)
class RawBranch:
    """`if test: yes else: no`, of what is known before anything is computed."""

    test: Raw
    yes: tuple["Statement", ...]
    no: tuple["Statement", ...]
    position: Position


@dataclass(frozen=True, slots=True)
class RawMode:
    """`with torch.no_grad():` and what turns it back."""

    records: bool
    body: tuple["Statement", ...]
    position: Position


@dataclass(frozen=True, slots=True)
class RawReturn:
    """`return value`."""

    value: Raw
    position: Position


Statement = (
    RawAssignment | RawAugmented | RawLine | RawLoop | RawBranch | RawMode | RawReturn | Definition
)


def names_in(target: Target) -> Iterator[Name]:
    """The names that a target binds, in order."""
    pending: list[Target] = [target]
    while pending:
        part = pending.pop()
        if isinstance(part, Name):
            yield part
        elif isinstance(part, TargetTuple):
            pending.extend(reversed(part.items))


def bound_in(body: Iterable[Statement]) -> Iterator[Name]:
    """Every name that these statements bind, in order; not those inside functions."""
    pending = list(body)[::-1]
    while pending:
        statement = pending.pop()
        match statement:
            case RawAssignment(targets):
                for target in targets:
                    yield from names_in(target)
            case RawAugmented(Name() as target):
                yield target
            case Definition(name):
                yield Name(name, statement.position)
            case RawLoop(target, _, inner):
                yield from names_in(target)
                pending.extend(reversed(inner))
            case RawBranch(_, yes, no):
                pending.extend(reversed((*yes, *no)))
            case RawMode(_, inner):
                pending.extend(reversed(inner))


def at(position: Position) -> Place:
    """The place of a position in the formula."""
    return Place(key="formula", line=position.line, column=position.column)


Node = ast.stmt | ast.expr | ast.arg | ast.keyword


def position_of(node: Node) -> Position:
    """Where the node begins; the text is plain ASCII, so bytes are columns."""
    return Position(node.lineno, node.col_offset + 1)
