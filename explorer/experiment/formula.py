"""The formula language: text -> checked `Program`.

A strict subset of Python: assignments, straight-line functions with one return,
numbers, operators, comparisons inside `where`, and the operations of
`explorer.experiment.operations`. Reading a formula runs nothing of it: `syntax`
copies allowed nodes, `inline` looks up names. `spec.Experiment` calls `parse`, and the
window's editor does while somebody types.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from explorer.experiment.expressions import MAX_DEPTH
from explorer.experiment.inline import MAX_NODES, inline
from explorer.experiment.shaping import Shape
from explorer.experiment.syntax import MAX_LENGTH, read
from explorer.experiment.tree import (
    Assignment,
    Call,
    Expression,
    Name,
    Number,
    Position,
    Program,
    walk,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_NODES",
    "Assignment",
    "Call",
    "Expression",
    "Name",
    "Number",
    "Position",
    "Program",
    "parse",
    "walk",
]


def parse(
    text: str,
    parameters: Collection[str],
    columns: Collection[str],
    shapes: Mapping[str, Shape] = MappingProxyType({}),
) -> Program:
    """The program of a formula, with functions inlined and every name assigned once.

    `parameters` and `columns` are the names it may read, `shapes` those of them whose shape
    is known. A column it assigns is
    the prediction: before that line its name may not be read, after it the
    prediction is meant.

    Raises:
        BadInput: with key `formula`, and line and column in `text`.
    """
    return inline(read(text), parameters, columns, shapes)
