"""What does not fit, said in the formula's own words.

When the compiled formula fails on its first evaluation, the expression is walked
once more, operation by operation, until the one that PyTorch refuses is found.
Raised as BadInput by `explorer.engine.model` before a run begins.
"""

from collections.abc import Mapping
from typing import Any

import torch

from explorer.engine.compiler import compile_value
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.rendering import display
from explorer.experiment.spec import Experiment
from explorer.experiment.tree import Assignment, Call, Expression, Name, Number, Program, walk

Values = dict[str, torch.Tensor]


def explain(
    program: Program, leaves: Mapping[str, torch.Tensor], dtype: torch.dtype, error: Exception
) -> BadInput:
    """The BadInput that names the operation that fails, its tensors and their shapes."""
    values = dict(leaves)
    for assignment in program.assignments:
        try:
            values[assignment.name] = _value(assignment.expression, values, dtype)
        except BadInput as problem:
            return problem
    return BadInput("torch-refuses", Place(key="formula"), operation="", message=_first_line(error))


def check_target(prediction: torch.Tensor, target: torch.Tensor, experiment: Experiment) -> None:
    """Refuse a prediction whose shape differs from its column's.

    PyTorch would broadcast (5,) against (5, 1) to (5, 5) and compare each row with
    every other. Only a single number may stand for every row.
    """
    if prediction.shape == target.shape or prediction.dim() == 0:
        return
    assert experiment.prediction is not None
    raise BadInput(
        "prediction-shape",
        _place(experiment, experiment.prediction),
        name=experiment.prediction,
        shape=_shape(prediction),
        column_shape=_shape(target),
    )


def check_scalar(objective: torch.Tensor, experiment: Experiment) -> None:
    """Refuse an objective that is not one number: `backward()` needs a scalar."""
    if objective.numel() != 1:
        name = experiment.scalar_name
        raise BadInput(
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
    """The expression's value; each argument first, so that the innermost culprit is named."""
    if isinstance(expression, Name):
        return values[expression.name]
    if isinstance(expression, Call):
        for argument in expression.arguments:
            if not isinstance(argument, Number):
                _value(argument, values, dtype)
    try:
        return _run(expression, values, dtype)
    except (RuntimeError, IndexError, TypeError, ValueError) as error:
        assert isinstance(expression, Call)
        raise _refusal(expression, values, dtype, error) from error


def _run(expression: Expression, values: Values, dtype: torch.dtype) -> torch.Tensor:
    result = Assignment("result", expression, expression.position)
    names = sorted({node.name for node in walk(expression) if isinstance(node, Name)})
    forward = compile_value(Program((result,)), names, dtype, "result")
    with torch.no_grad():
        value: torch.Tensor = forward(*(values[name] for name in names))
    return value


def _refusal(call: Call, values: Values, dtype: torch.dtype, error: Exception) -> BadInput:
    tensors = [part for part in call.arguments if not isinstance(part, Number)]
    facts: dict[str, Any] = {"operation": call.operation, "message": _first_line(error)}
    if len(tensors) != 2:
        return BadInput("torch-refuses", _at(call), **facts)
    left, right = tensors
    return BadInput(
        "shapes-do-not-fit",
        _at(call),
        operation=call.operation,
        left=display(left),
        left_shape=_shape(_value(left, values, dtype)),
        right=display(right),
        right_shape=_shape(_value(right, values, dtype)),
    )


def _shape(tensor: torch.Tensor) -> str:
    return str(tuple(tensor.shape))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
