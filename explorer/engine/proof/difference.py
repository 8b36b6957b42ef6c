"""The central difference: the formula itself, evaluated a little to both sides.

In float64 and without autograd. What is detached is a constant to autograd, so it is held at
its value at the point: the first evaluation records what every `detach()` gave, and the others
get the same again. An intermediate is moved by adding a new leaf to its assignment. The same
function gives autograd's own gradient in float64.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from explorer.engine.compiler import Forward, compile_named
from explorer.engine.proof.question import (
    MOST_ELEMENTS,
    MOST_OPERATIONS,
    OmissionError,
    Question,
    too_large,
)
from explorer.experiment.tree import Assignment, Call, Name, Program
from explorer.explain.figures import Nested
from explorer.explain.reason import Reason

# No formula can hold this name.
_ADDED = "+"
# An operation costs microseconds, and more on long tensors: a second or so in all.
MOST_WORK = 100_000
_CHEAP_ELEMENTS = 2_000

# The step that balances truncation and rounding, in parts of the point; a power of two, so
# that the sum with a float32 number is exact.
_STEP_EXPONENT = round(math.log2(torch.finfo(torch.float64).eps) / 3)


def central_difference(question: Question) -> Nested:
    """The derivative by every element, nested as the tensor.

    Raises:
        OmissionError: `too-large`, or `not-finite` where the objective is not.
    """
    _check_work(question)
    function = _Function(question)
    slopes = torch.empty(question.elements, dtype=torch.float64)
    for element, value in enumerate(function.point.reshape(-1).tolist()):
        slopes[element] = function.slope(element, value)
    if not slopes.isfinite().all():
        raise OmissionError(Reason("not-finite"))
    nested: Nested = slopes.reshape(question.shape).tolist()
    return nested


def gradient_in_double(question: Question) -> Nested | None:
    """autograd's own gradient once more in float64; None where it computes none.

    Where a gradient is small beside the numbers that it is the difference of, float32 leaves it
    few right digits; in float64 the same pass agrees with the other ways all the same.

    Raises:
        OmissionError: `too-large`.
    """
    if question.elements > MOST_ELEMENTS:
        raise too_large("elements", MOST_ELEMENTS)
    shift = torch.zeros(question.shape, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        objective, _ = moved(question)(shift, question.target)
        if not objective.requires_grad:
            return None
        (grad,) = torch.autograd.grad(objective, shift, allow_unused=True)
    nested: Nested | None = None if grad is None else grad.tolist()
    return nested


def _check_work(question: Question) -> None:
    if question.elements > MOST_ELEMENTS:
        raise too_large("elements", MOST_ELEMENTS)
    numbers = sum(leaf.numel() for leaf in question.leaves.values())
    evaluations = 2 * question.elements + 1
    work = evaluations * (len(question.calls) + 1) * (1 + numbers / _CHEAP_ELEMENTS)
    if work > MOST_WORK:
        raise too_large("operations", MOST_OPERATIONS)


class _Held(TorchFunctionMode):
    """Hands out what each `detach()` gave when the function ran first, in the order of calls."""

    def __init__(self) -> None:
        super().__init__()
        self._values: list[torch.Tensor] = []
        self._next: int | None = None

    def again(self) -> "_Held":
        """Ready for another evaluation, which gets the recorded values."""
        self._next = 0
        return self

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the function, unless it is a detach that ran before."""
        if func is not torch.Tensor.detach:
            return func(*args, **(kwargs or {}))
        if self._next is None:
            self._values.append(func(*args).clone())
            return self._values[-1]
        self._next += 1
        return self._values[self._next - 1]


@dataclass(frozen=True)
class _Moved:
    """The formula with the tensor made movable, and the leaves it is given."""

    forward: Forward
    leaves: Mapping[str, torch.Tensor]
    moving: str

    def __call__(self, shift: torch.Tensor, target: torch.Tensor) -> Any:
        leaves = {**self.leaves, self.moving: self.leaves[self.moving] + shift}
        return self.forward(*leaves.values(), target)


class _Function:
    """The objective as a function of how far the tensor is from its present value."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._moved = moved(question)
        self._held = _Held()
        with torch.no_grad(), self._held:
            objective, named = self._moved(self._zeros(), question.target)
        values = {**question.leaves, **dict(zip(question.program.names, named, strict=True))}
        self.point: torch.Tensor = values.get(question.name, objective)

    def slope(self, element: int, value: float) -> float:
        """The difference quotient in one element, at this value of it."""
        size = max(1.0, abs(value)) if math.isfinite(value) else 1.0
        step = 2.0 ** (_STEP_EXPONENT + math.floor(math.log2(size)))
        return (self._at(element, step) - self._at(element, -step)) / (2 * step)

    def _at(self, element: int, step: float) -> float:
        shift = self._zeros()
        shift.view(-1)[element] = step
        question = self._question
        with torch.no_grad(), self._held.again():
            objective, _ = self._moved(shift, question.target)
        value: float = objective.item()
        return value + step if question.about_loss else value

    def _zeros(self) -> torch.Tensor:
        return torch.zeros(self._question.shape, dtype=torch.float64)


def moved(question: Question) -> _Moved:
    """The formula in which a shift can be added to the tensor that the question is about."""
    leaves, moving, program = dict(question.leaves), question.name, question.program
    # What a written detach() gives is moved behind it.
    cuts = question.cuts - (program.written & {moving})
    if moving not in leaves:
        leaves[_ADDED] = torch.zeros(question.shape, dtype=torch.float64)
        program, moving = _with_addition(program, moving), _ADDED
    forward = compile_named(program, list(leaves), cuts, torch.float64, question.objective)
    return _Moved(forward, leaves, moving)


def _with_addition(program: Program, name: str) -> Program:
    """The program in which `name = expression` reads `name = expression + h`."""
    return replace(
        program,
        assignments=tuple(
            _plus(each) if each.name == name else each for each in program.assignments
        ),
    )


def _plus(assignment: Assignment) -> Assignment:
    added = Name(_ADDED, assignment.position)
    call = Call("add", (assignment.expression, added), (), assignment.position)
    return replace(assignment, expression=call)
