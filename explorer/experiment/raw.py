"""A formula as it was written, before names and operations are looked up.

`syntax` and `expressions` make these records from Python's tree, `inline` reads them.
"""

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


@dataclass(frozen=True, slots=True)
class Literal:
    """What only an option can be: a truth value, None or dimensions."""

    value: OptionValue
    position: Position


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call before its name is looked up; `prefixed` if written `torch.name`."""

    function: str
    arguments: tuple["Raw", ...]
    keywords: tuple[tuple[str, "Raw"], ...]
    position: Position
    spelling: Spelling
    prefixed: bool = False


Raw = Number | Name | Literal | RawCall


@dataclass(frozen=True, slots=True)
class RawAssignment:
    """`name = expression`."""

    name: str
    expression: Raw
    position: Position


@dataclass(frozen=True, slots=True)
class Definition:
    """`def name(parameters): body; return result`."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[RawAssignment, ...]
    result: Raw
    position: Position


Statement = RawAssignment | Definition


def at(position: Position) -> Place:
    """The place of a position in the formula."""
    return Place(key="formula", line=position.line, column=position.column)
