"""Expressions back to Python text.

Used by the engine's compiler (with its own variable names), by error messages
and by whatever shows a formula; they differ only in the `Spelling`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.experiment.operations import OPERATIONS, Operation
from explorer.experiment.tree import Call, Expression, Name, Number


@dataclass(frozen=True)
class Spelling:
    """How names, functions and constants are written.

    `constant` writes a number in a place where torch wants a tensor.
    """

    name: Callable[[str], str]
    function: Callable[[Operation], str]
    constant: Callable[[float], str]


def plain_number(value: float) -> str:
    """The shortest text that reads back as the same float; whole numbers without `.0`."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


FORMULA = Spelling(
    name=lambda name: name, function=lambda operation: operation.name, constant=plain_number
)


def render(expression: Expression, spelling: Spelling) -> str:
    """Python text for the expression, with all parentheses written out below the top."""
    match expression:
        case Number(value):
            return f"({value!r})" if value < 0 else repr(value)
        case Name(name):
            return spelling.name(name)
        case Call():
            return _call(expression, OPERATIONS[expression.operation], spelling)


def display(expression: Expression) -> str:
    """As a reader would write it, without the outermost parentheses."""
    text = render(expression, FORMULA)
    bare = isinstance(expression, Call) and OPERATIONS[expression.operation].infix
    return text[1:-1] if bare else text


def _call(call: Call, operation: Operation, spelling: Spelling) -> str:
    arguments = [
        spelling.constant(argument.value)
        if isinstance(argument, Number) and place not in operation.scalar_ok
        else render(argument, spelling)
        for place, argument in enumerate(call.arguments)
    ]
    if call.operation == "detach":
        return f"{arguments[0]}.detach()"
    if call.operation == "neg":
        return f"(-{arguments[0]})"
    if operation.infix:
        return f"({arguments[0]} {operation.infix} {arguments[1]})"
    options = [f"{name}={value!r}" for name, value in call.options]
    return f"{spelling.function(operation)}({', '.join([*arguments, *options])})"
