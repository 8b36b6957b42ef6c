"""What is asked: the derivative of a model's objective by one tensor, everything in float64.

Made from the model once; the difference, the expression and the chain read it. The formula is
cut down to what the objective and the tensor are computed from.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from explorer.engine.compiler import Comparison
from explorer.engine.model import Model
from explorer.experiment.losses import Loss
from explorer.experiment.rendering import display
from explorer.experiment.tree import (
    Assignment,
    Call,
    Expression,
    Name,
    Number,
    Program,
    folded,
    walk,
    with_numbers,
)
from explorer.explain.reason import Reason

# The columns of numbers that a person would compare; and what sympy does at once.
MOST_ELEMENTS = 64
MOST_OPERATIONS = 200
# They give the numbers of a tensor without what they came from.
_LEAVING = frozenset({"data", "item", "tensor"})


class OmissionError(Exception):
    """A part of the proof is left out; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def too_large(what: str, limit: int) -> OmissionError:
    """The omission of what would take too long, or be too long to read."""
    return OmissionError(Reason("too-large", {"what": what, "limit": limit}))


@dataclass(frozen=True)
class Question:
    """The derivative by the tensor `name` of this shape; the loss itself may be asked about.

    `program` is what is needed of the formula `whole`, from which a `.detach()` that is
    switched off is gone; one that is left has its name in `cuts` too. `leaves` are
    parameters, then inputs. `loss` is how the prediction is compared with `target`, None where
    the objective is a named scalar. `single`: the model computes in float32.
    """

    name: str
    shape: tuple[int, ...]
    program: Program
    whole: Program
    leaves: Mapping[str, torch.Tensor]
    inputs: frozenset[str]
    cuts: frozenset[str]
    objective: str | Comparison
    loss: Loss | None
    target: torch.Tensor
    single: bool = False

    @property
    def elements(self) -> int:
        """How many numbers the derivative has."""
        return torch.Size(self.shape).numel()

    @property
    def about_loss(self) -> bool:
        """Whether the tensor is the loss, to which the formula gives no name."""
        return self.name not in self.leaves and self.name not in self.program.names

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The operations of the formula, as the tree's walk meets them."""
        expressions = (assignment.expression for assignment in self.program.assignments)
        return tuple(node for each in expressions for node in walk(each) if isinstance(node, Call))

    def text(self, call: Call, longest: int) -> str:
        """The call as somebody wrote it."""
        shown = with_numbers(call, _as_written) if self.single else call
        return display(shown, longest)

    def check_size(self) -> None:
        """Refuse what is too large for sympy; raises OmissionError."""
        if self.elements > MOST_ELEMENTS:
            raise too_large("elements", MOST_ELEMENTS)
        if len(self.calls) > MOST_OPERATIONS:
            raise too_large("operations", MOST_OPERATIONS)


def ask(model: Model, name: str, shape: tuple[int, ...]) -> Question:
    """The question about the tensor that the formula first calls `name`."""
    objective = model.objective
    end = objective if isinstance(objective, str) else objective.prediction
    single = model.dtype is torch.float32
    leaves, target = model.leaves, model.target
    if model.batches is not None:
        rows = model.batches.rows
        leaves, target = model.taken(leaves, rows), model.taken_target(rows)
    whole = _under(model.experiment.program, model.cuts, _rounded if single else float)
    return Question(
        name=name,
        shape=shape,
        program=_needed(whole, {end, name}),
        whole=whole,
        leaves={key: _double(leaf) for key, leaf in leaves.items()},
        inputs=frozenset(model.inputs),
        cuts=frozenset(model.cuts) | whole.written,
        objective=objective,
        loss=None if isinstance(objective, str) else model.experiment.training.loss,
        target=_double(target),
        single=single,
    )


def _under(program: Program, cuts: Collection[str], number: Callable[[float], float]) -> Program:
    """The program without the written detach() of names that are not cut.

    Its numbers are those that PyTorch computes with: in float32, 0.3 is not below 0.3. Whatever
    else autograd does not follow is a detach() in it.
    """
    return Program(tuple(_line(each, cuts, number) for each in program.assignments))


def _line(each: Assignment, cuts: Collection[str], number: Callable[[float], float]) -> Assignment:
    expression = folded(with_numbers(each.under(cuts), number), _detaching)
    if not each.records and not isinstance(expression, Number):
        expression = Call("detach", (expression,), (), each.position, each.within)
    return replace(each, expression=expression, records=True)


def _detaching(node: Expression, arguments: list[Expression]) -> Expression:
    if isinstance(node, Name):
        return replace(node, plain=False)
    if isinstance(node, Number):
        return node
    call = replace(node, arguments=tuple(arguments), plain=False)
    if node.operation not in _LEAVING or isinstance(arguments[0], Number):
        return call
    return replace(call, operation="detach", options=(), as_function=False)


def _rounded(value: float) -> float:
    """To float32; infinite beyond it, as there."""
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def _as_written(value: float) -> float:
    """The shortest number that is rounded to this one."""
    return float(str(np.float32(value)))


def _double(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().double()


def _needed(program: Program, wanted: set[str]) -> Program:
    """The assignments from which the wanted names are computed."""
    kept: list[Assignment] = []
    for assignment in reversed(program.assignments):
        if assignment.name in wanted:
            kept.append(assignment)
            parts = walk(assignment.expression)
            wanted |= {part.name for part in parts if isinstance(part, Name)}
    return Program(tuple(reversed(kept)))
