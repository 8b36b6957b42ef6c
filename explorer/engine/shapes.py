"""What does not fit, said in the formula's own words.

When the compiled formula fails on its first evaluation, the expression is walked
once more, operation by operation, until the one that PyTorch refuses is found.
Raised as BadInput by `explorer.engine.model` before a run begins.
"""

from collections.abc import Mapping
from typing import Any

import torch

from explorer.engine.compiler import computed
from explorer.engine.limits import TooLargeError
from explorer.engine.refusals import REFUSALS, first_line, kind_of
from explorer.experiment.operations import ENTRIES
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.rendering import display
from explorer.experiment.spec import Experiment
from explorer.experiment.tree import (
    Assignment,
    Call,
    Expression,
    Name,
    Number,
    Program,
    arguments_first,
    folded,
)

Values = dict[str, torch.Tensor]
LONGEST_TEXT = 60
# PyTorch's word where a parameter would be changed in place.
_LEAF = "leaf Variable"
# The codes for a formula of what is a kind of failure in a run.
_CODES: Mapping[str, str] = {
    "torch-error": "torch-refuses",
    "wrong-dtype": "dtype-does-not-fit",
    "out-of-memory": "memory-does-not-suffice",
}


def explain(
    program: Program, leaves: Mapping[str, torch.Tensor], dtype: torch.dtype, error: Exception
) -> BadInput:
    """The BadInput that names the operation that fails, its tensors and their shapes."""
    values, changes = copied(leaves), program.changes_in_place
    for assignment in program.assignments:
        try:
            _assign(assignment, values, dtype, changes)
        except BadInput as problem:
            return problem
    return BadInput("torch-refuses", Place(key="formula"), operation="", message=first_line(error))


def too_large(program: Program, error: TooLargeError) -> BadInput:
    """The BadInput that names the operation that would make too many numbers."""
    calls = [
        node
        for assignment in program.assignments
        for node in arguments_first(assignment.under(()))
        if isinstance(node, Call)
        and (not node.plain or node.operation == "item")
        and node.operation != "part"
    ]
    call = calls[error.call]
    if error.what == "dimensions":
        return BadInput("too-many-dimensions", _at(call), limit=error.limit)
    return BadInput(
        "formula-too-large",
        _at(call),
        operation=ENTRIES[call.operation].written,
        count=error.count,
        limit=error.limit,
    )


def other_shape(prediction: torch.Tensor, target: torch.Tensor, experiment: Experiment) -> BadInput:
    """The BadInput of a prediction whose shape differs from its column's."""
    assert experiment.predicted is not None
    return BadInput(
        "prediction-shape",
        _place(experiment, experiment.predicted),
        name=experiment.predicted,
        shape=_shape(prediction),
        column_shape=_shape(target),
    )


def check_unchanged(
    program: Program, leaves: Mapping[str, torch.Tensor], after: Mapping[str, torch.Tensor]
) -> None:
    """Refuse a formula that changes a leaf in place: every look at it would change the run.

    `after` are copies of the leaves on which the formula has run.
    """
    for name, leaf in leaves.items():
        if after[name]._version or not _same(after[name], leaf):
            place = _first_change(program, leaves, leaf.dtype, name)
            raise BadInput("leaf-changed-in-place", place, name=name)


def _first_change(
    program: Program, leaves: Mapping[str, torch.Tensor], dtype: torch.dtype, name: str
) -> Place:
    values = copied(leaves)
    changing = values[name]
    for assignment in program.assignments:
        _assign(assignment, values, dtype, changes=True)
        if changing._version or not _same(changing, leaves[name]):
            return _at(assignment)
    return Place(key="formula")


def copied(leaves: Mapping[str, torch.Tensor]) -> Values:
    """Leaves like these, to be changed without harm."""
    return {
        name: leaf.detach().clone().requires_grad_(leaf.requires_grad)
        for name, leaf in leaves.items()
    }


def _assign(assignment: Assignment, values: Values, dtype: torch.dtype, changes: bool) -> None:
    """Compute one line; what it may change in place depends on what autograd needs of it."""
    with torch.set_grad_enabled(changes and assignment.records):
        values[assignment.name] = _value(assignment.expression, values, dtype)


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool(torch.equal(one.nan_to_num(7.0), other.nan_to_num(7.0)))


def not_scalar(objective: torch.Tensor, experiment: Experiment) -> BadInput:
    """The BadInput of an objective that is not one number."""
    name = experiment.scalar_name
    return BadInput(
        "objective-not-scalar", _place(experiment, name), name=name, shape=_shape(objective)
    )


def _place(experiment: Experiment, name: str) -> Place:
    for assignment in experiment.program.assignments:
        if assignment.name == name:
            return _at(assignment)
    return Place(key="formula")


def _at(node: Assignment | Expression) -> Place:
    return Place(key="formula", line=node.position.line, column=node.position.column)


def _value(expression: Expression, values: Values, dtype: torch.dtype) -> torch.Tensor:
    """The expression's value; each argument first, so that the innermost wrong call is named."""

    def visit(node: Expression, arguments: list[torch.Tensor]) -> torch.Tensor:
        if isinstance(node, Name):
            return values[node.name]
        if isinstance(node, Number):
            return torch.tensor(node.value, dtype=dtype)
        try:
            value: torch.Tensor = computed(node, arguments)
        except REFUSALS as error:
            raise _refusal(node, arguments, error) from error
        return value

    return folded(expression, visit)


def _refusal(call: Call, arguments: list[torch.Tensor], error: Exception) -> BadInput:
    kind = kind_of(error)
    if call.in_place and _LEAF in str(error):
        name = display(call.arguments[0], LONGEST_TEXT)
        return BadInput("leaf-changed-in-place", _at(call), name=name)
    written = ENTRIES[call.operation].written
    facts: dict[str, Any] = {"operation": written, "message": first_line(error)}
    tensors = [
        (part, value)
        for part, value in zip(call.arguments, arguments, strict=True)
        if not isinstance(part, Number)
    ]
    if kind != "torch-error" or len(tensors) != 2 or _fit(call, arguments, error):
        return BadInput(_CODES[kind], _at(call), **facts)
    (left, left_value), (right, right_value) = tensors
    return BadInput(
        "shapes-do-not-fit",
        _at(call),
        operation=written,
        left=display(left, LONGEST_TEXT),
        left_shape=_shape(left_value),
        right=display(right, LONGEST_TEXT),
        right_shape=_shape(right_value),
    )


def _fit(call: Call, arguments: list[torch.Tensor], error: Exception) -> bool:
    """Whether it is not for their shapes that PyTorch refuses these tensors.

    It is for them if PyTorch refuses zeros of the same shapes as well; unless it says that they
    are of the wrong dtype, or that a matrix is singular.
    """
    said = str(error).lower()
    if ENTRIES[call.operation].is_brackets or "type" in said or "singular" in said:
        return True
    try:
        computed(call, [torch.zeros_like(each) for each in arguments])
    except REFUSALS:
        return False
    return True


def _shape(tensor: torch.Tensor) -> str:
    return str(tuple(tensor.shape))
