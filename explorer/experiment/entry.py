"""Short ways to write an entry of the operations table."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from explorer.experiment import shaping
from explorer.experiment.operation import DTYPES, Operation, Option, OptionKind, Slope
from explorer.experiment.shaping import Rule

NUMBER = Option(OptionKind.NUMBER)
INTEGER = Option(OptionKind.INTEGER)
FLAG = Option(OptionKind.FLAG)
DIMENSIONS = Option(OptionKind.DIMENSIONS, nullable=True)
SHAPE = Option(OptionKind.SHAPE, required=True)
SIZE = Option(OptionKind.SHAPE, required=True, spread=True)
TENSOR = Option(OptionKind.TENSOR)
DTYPE = Option(OptionKind.DTYPE, keyword=True)
ONE_DIMENSION = Option(OptionKind.INTEGER, required=True)
REDUCTION = {"dim": DIMENSIONS, "keepdim": FLAG}
WEIGHT = {"weight": TENSOR, "bias": TENSOR}


def keyword(option: Option) -> Option:
    """The option, never given by its place alone."""
    return replace(option, keyword=True)


def required(option: Option) -> Option:
    """The option, which has no default."""
    return replace(option, required=True)


def words(*choices: str) -> Option:
    """An option that is one of these texts, given by keyword."""
    return Option(OptionKind.WORD, keyword=True, words=choices)


REDUCES = words("mean", "sum", "none")


def unary(name: str, slope: Slope = Slope.REGULAR, /, **options: Option) -> Operation:
    """A function of one tensor that is a method too."""
    return Operation(name, f"torch.{name}", (1, 1), options, method=True, slope=slope)


def binary(name: str, scalar_ok: tuple[int, ...] = (), slope: Slope = Slope.REGULAR) -> Operation:
    """A function of two tensors that is a method too."""
    function = f"torch.{name}"
    return Operation(name, function, (2, 2), method=True, scalar_ok=scalar_ok, slope=slope)


def infix(name: str, sign: str, python: Callable[..., Any], symbol: str) -> Operation:
    """An operator."""
    return Operation(
        name,
        f"torch.{name}",
        (2, 2),
        method=True,
        scalar_ok=() if sign == "@" else (0, 1),
        infix=sign,
        python=python,
        symbol=symbol,
    )


def comparison(name: str, sign: str, python: Callable[..., Any], symbol: str) -> Operation:
    """An operator that gives a mask."""
    return replace(infix(name, sign, python, symbol), slope=Slope.NONE, comparison=True)


def functional(name: str, slope: Slope = Slope.REGULAR, /, **options: Option) -> Operation:
    """A function of one tensor in torch.nn.functional."""
    return Operation(
        name, f"torch.nn.functional.{name}", (1, 1), options, names=("input",), slope=slope
    )


def network(name: str, names: str, shape: Rule, /, **options: Option) -> Operation:
    """A function of several tensors in torch.nn.functional; `names` are those that torch has for
    them, with spaces between."""
    function, given = f"torch.nn.functional.{name}", tuple(names.split())
    count = len(given)
    return Operation(name, function, (count, count), options, names=given, shape=shape)


def loss(name: str, shape: Rule, names: str = "input target", /, **options: Option) -> Operation:
    """A loss of prediction and target."""
    return network(name, names, shape, **{"reduction": REDUCES, **options})


def linalg(name: str, shape: Rule, /, tensors: int = 1, **options: Option) -> Operation:
    """A function of torch.linalg."""
    function = f"torch.linalg.{name}"
    return Operation(f"linalg_{name}", function, (tensors, tensors), options, shape=shape)


def method(name: str, tensors: int = 1, /, **options: Option) -> Operation:
    """An operation that is written as a method only."""
    function, counts = f"torch.Tensor.{name}", (tensors, tensors)
    return Operation(name, function, counts, options, method=True, function_form=False)


def attribute(name: str, shape: Rule = shaping.first) -> Operation:
    """An operation that is written as an attribute, without parentheses."""
    return replace(method(name), method=False, attribute=True, shape=shape)


def shaped(shape: Rule, *operations: Operation) -> tuple[Operation, ...]:
    """The operations with this rule for the shape of the result."""
    return tuple(replace(each, shape=shape) for each in operations)


def flat(operation: Operation, **more: Any) -> Operation:
    """The operation without any slope."""
    return replace(operation, slope=Slope.NONE, **more)


def listed(name: str, shape: Rule, /, **options: Option) -> Operation:
    """A function of a list of tensors."""
    many = (1, 10_000)
    return Operation(name, f"torch.{name}", many, options, listed=True, shape=shape)


def factory(name: str, shape: Rule, /, **options: Option) -> Operation:
    """A function that makes a constant tensor of numbers alone."""
    options = {**options, "dtype": DTYPE}
    return Operation(name, f"torch.{name}", (0, 0), options, slope=Slope.NONE, shape=shape)


def converted(name: str) -> Operation:
    """A method that gives the tensor in another type of numbers."""
    slope = Slope.REGULAR if DTYPES[name].name.startswith("float") else Slope.NONE
    return replace(method(name), slope=slope)
