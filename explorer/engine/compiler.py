"""A checked formula becomes an ordinary Python function over tensors.

A step then pays nothing for the formula language. A detach switch is compiled
in: every use of the tensor reads its detached twin, and flipping the switch
compiles anew, so there is no branch in the hot path. Where the formula's line is
itself nothing but a `.detach()`, the switch leaves that call in or out. Called by
`explorer.engine.model`.

The text that is compiled holds only names made here (`leaf0`, `value3`, …),
the operators and functions of the operations table, and numbers.
"""

import builtins
import math
import operator
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import torch

from explorer.experiment.losses import LOSSES
from explorer.experiment.operation import DTYPES, DType
from explorer.experiment.operations import ENTRIES, OPERATIONS, Operation, OptionValue
from explorer.experiment.rendering import Spelling, written
from explorer.experiment.tree import Call, Number, Program, walk

Forward = Callable[..., Any]
# What the text of an option or a number may name.
_TYPES = {each.name: getattr(torch, each.name) for each in DTYPES.values()}
_NUMBERS = {"inf": math.inf, "nan": math.nan, "torch": SimpleNamespace(**_TYPES)}
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
_MEAN = 1  # the kernels' code for reduction="mean"

# How PyTorch's warnings about an operation begin.
_ADVICE: Mapping[str, str] = {
    "tensor": "To copy construct from a tensor",
    "item": "Converting a tensor with requires_grad=True to a scalar",
}


@dataclass(frozen=True)
class Comparison:
    """The prediction is compared with a column: `loss(prediction, target)`."""

    prediction: str
    loss: Loss


class _Writer:
    """Collects the lines of one function and the objects they refer to."""

    def __init__(self, dtype: torch.dtype, leaves: Sequence[str], cuts: Collection[str]) -> None:
        self.dtype = dtype
        self.cuts = cuts
        # PyTorch imports parts of itself when first needed, and does so through the frame
        # that called it, where Qt's bindings expect Python's own names as well. The text has
        # only names made here, so that a formula reaches none of them.
        # A number of a formula, rounded to float32, may be infinite.
        self.globals: dict[str, Any] = {"__builtins__": builtins.__dict__, **_NUMBERS}
        self.lines: list[str] = []
        self.made: dict[str, str] = {}
        self.used: dict[str, str] = {}
        self.spelling = Spelling(self.used.__getitem__, self._function, self._constant)
        self.arguments = [f"leaf{index}" for index, _ in enumerate(leaves)]
        for name, variable in zip(leaves, self.arguments, strict=True):
            self._bind(name, variable)
            self._cut(name, variable)

    def assign(self, program: Program) -> None:
        _let_be(program)
        for index, assignment in enumerate(program.assignments):
            start, variable = len(self.lines), f"value{index}"
            self.lines.append(
                f"{variable} = {written(assignment.under(self.cuts), self.spelling, self.lines)}"
            )
            self._bind(assignment.name, variable)
            if assignment.detached is None:
                self._cut(assignment.name, variable)
            if not assignment.records:
                self._unrecorded(start)

    def _unrecorded(self, start: int) -> None:
        """Put the lines from there under no_grad()."""
        self.globals["no_grad"] = torch.no_grad
        lines, head = self.lines[start:], "with no_grad():"
        # Two of them one after the other are one.
        opened = [] if self._is_open(start) else [head]
        self.lines[start:] = [*opened, *(f" {line}" for line in lines)]

    def _is_open(self, start: int) -> bool:
        return start > 0 and self.lines[start - 1].startswith(" ")

    def function(self, result: str) -> Forward:
        body = "\n ".join([*self.lines, f"return {result}"])
        text = f"def forward({', '.join(self.arguments)}):\n {body}\n"
        exec(compile(text, "<formula>", "exec"), self.globals)
        forward: Forward = self.globals["forward"]
        return forward

    def _bind(self, name: str, variable: str) -> None:
        self.made[name] = self.used[name] = variable

    def _cut(self, name: str, variable: str) -> None:
        if name in self.cuts:
            self.lines.append(f"{variable}_cut = {variable}.detach()")
            self.used[name] = f"{variable}_cut"

    def _function(self, operation: Operation) -> str:
        # Not by its own name: `float` alone is Python's.
        name = f"torch_{operation.name}"
        self.globals[name] = torch_function(operation)
        return name

    def _constant(self, value: float) -> str:
        name = f"constant{len(self.globals)}"
        self.globals[name] = torch.tensor(value, dtype=self.dtype)
        return name


def _let_be(program: Program) -> None:
    """Do without PyTorch's advice against what a program may do: the reasons give it."""
    calls = (
        node.operation
        for assignment in program.assignments
        for node in walk(assignment.expression)
        if isinstance(node, Call)
    )
    for operation in _ADVICE.keys() & set(calls):
        warnings.filterwarnings("ignore", _ADVICE[operation])


def torch_function(operation: Operation) -> Callable[..., Any]:
    """The torch function an operation stands for."""
    parts = operation.function.split(".")[1:]
    found: Any = torch
    for part in parts:
        found = getattr(found, part)
    function: Callable[..., Any] = found
    return function


def computed(call: Call, arguments: Sequence[Any]) -> Any:
    """The operation's value from its arguments', as the compiled formula does it.

    Of a `plain` call that is a number of Python's, of one with several results a tuple.
    """
    operation = ENTRIES[call.operation]
    given: list[Any] = [
        argument.plain_value
        if isinstance(argument, Number) and place in operation.scalar_ok
        else value
        for place, (argument, value) in enumerate(zip(call.arguments, arguments, strict=True))
    ]
    options = {name: _torch_option(value) for name, value in call.options}
    if call.operation in _BRACKETS:
        return _BRACKETS[call.operation](given, options)
    count = len(given) - len(call.named)
    options.update(zip(call.named, given[count:], strict=True))
    places = [given[:count]] if operation.listed else given[:count]
    if operation.first:
        places = [options.pop(operation.first), *places]
    return _function_of(call, operation)(*places, **options)


def _torch_option(value: OptionValue) -> Any:
    """The option's value as torch has it."""
    if isinstance(value, DType):
        return _TYPES[value.name]
    return tuple(map(_torch_option, value)) if isinstance(value, tuple) else value


def _put(given: Sequence[Any], options: Mapping[str, Any]) -> Any:
    subject, *inside, value = given
    operator.setitem(subject, options["at"].index(inside), value)
    return subject


# What is written with square brackets.
_BRACKETS: Mapping[str, Callable[[Sequence[Any], Mapping[str, Any]], Any]] = {
    "index": lambda given, options: given[0][options["at"].index(given[1:])],
    "part": lambda given, options: given[0][options["index"]],
    "setitem_": _put,
}


def _function_of(call: Call, operation: Operation) -> Callable[..., Any]:
    if call.in_place:
        method: Callable[..., Any] = getattr(torch.Tensor, f"{operation.name.strip('_')}_")
        return method
    if operation.attribute:
        return attrgetter(operation.name)
    if operation.name == "item" and call.as_function:
        return float
    if operation.python and not call.as_function:
        return operation.python
    return torch_function(operation)


def compile_objective(
    program: Program,
    leaves: Sequence[str],
    cuts: Collection[str],
    dtype: torch.dtype,
    objective: str | Comparison,
) -> Forward:
    """The function `forward(*leaves, target) -> objective`, a scalar tensor.

    `objective` is the name of a scalar, or how the prediction is compared with
    the target; a named scalar leaves the target unused.
    """
    writer = _Writer(dtype, leaves, cuts)
    writer.assign(program)
    writer.arguments.append("target")
    return writer.function(_result(writer, objective))


def compile_named(
    program: Program,
    leaves: Sequence[str],
    cuts: Collection[str],
    dtype: torch.dtype,
    objective: str | Comparison | None = None,
) -> Forward:
    """The function `forward(*leaves, target) -> (objective, [assigned tensors in order])`."""
    writer = _Writer(dtype, leaves, cuts)
    writer.assign(program)
    writer.arguments.append("target")
    named = ", ".join(writer.made[name] for name in program.names)
    result = "None" if objective is None else _result(writer, objective)
    return writer.function(f"{result}, [{named}]")


def compile_value(
    program: Program, leaves: Sequence[str], dtype: torch.dtype, name: str
) -> Forward:
    """The function `forward(*leaves) -> value of the assigned name`, for drawing a curve."""
    writer = _Writer(dtype, leaves, ())
    writer.assign(program)
    # The name may be another one for a parameter, of whose gradient a curve knows nothing.
    return writer.function(f"{writer.made[name]}.detach()")


def _result(writer: _Writer, objective: str | Comparison) -> str:
    if isinstance(objective, str):
        return writer.used[objective]
    writer.globals["compare"] = objective.loss
    return f"compare({writer.used[objective.prediction]}, target)"


def make_loss(name: str, options: Mapping[str, float]) -> Loss:
    """The function `loss(prediction, target) -> scalar`, both of shape (…), mean over all.

    `name` is a key of LOSSES, `options` those of its entry; what is not given is PyTorch's
    default. `torch.nn.functional.mse_loss` and its like spend more time in Python (warnings,
    broadcasting) than in the kernel. Here both have the same shape, so the kernel is called
    directly where this PyTorch offers it; the bits are the same.
    """
    entry = LOSSES[name]
    options = {**entry.defaults, **options}
    for option, (value, other) in entry.limits.items():
        if options[option] == value:
            return make_loss(other, {})
    kernel = _kernel(entry.operation)
    if kernel is None:
        return partial(torch_function(OPERATIONS[entry.operation]), **options)
    # The step's hottest call: a star or a keyword would take longer than the argument itself.
    if not options:
        return lambda prediction, target: kernel(prediction, target, _MEAN)
    [given] = options.values()
    return lambda prediction, target: kernel(prediction, target, _MEAN, given)


def _kernel(name: str) -> Callable[..., torch.Tensor] | None:
    return getattr(getattr(torch._C, "_nn", None), name, None)
