"""The one table of operations a formula may use. No torch is imported here.

An entry says everything about its operation: what it is called, which torch
function it stands for, how many tensors and which options it takes. The formula
checker (`explorer.experiment.inline`) reads arity and options, and the engine's
compiler resolves `function` with getattr from `torch`.
`tests/experiment/test_operations.py` holds every entry to torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

OptionValue = bool | int | float | tuple[int, ...] | None


class OptionKind(Enum):
    """What an option's value may be; the value is the key of its wording."""

    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    DIMENSIONS = "dimensions"
    SHAPE = "shape"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of an operation; `required` ones have no default in torch.

    `keyword`: never given by its place alone. `spread`: the first option of a method, whose
    whole numbers need no parentheses there, `x.reshape(2, -1)`.
    """

    kind: OptionKind
    required: bool = False
    keyword: bool = False
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `function` is a dotted path that starts at `torch`.

    `tensors` are the least and the most tensor arguments; `options` follow them by
    keyword or by position, in this order. `scalar_ok` lists the tensor arguments
    (from 0) that torch takes as plain Python numbers; numbers elsewhere must be
    made constant tensors. With an `infix`, the operation is called through
    Python's operator and both sides may be numbers. `method`: may be written
    `x.name(...)`; `function_form`: may be written `name(x, ...)`.
    """

    name: str
    function: str
    tensors: tuple[int, int]
    options: Mapping[str, Option] = field(default_factory=dict)
    method: bool = False
    scalar_ok: tuple[int, ...] = ()
    infix: str = ""
    comparison: bool = False
    function_form: bool = True


_NUMBER = Option(OptionKind.NUMBER)
_INTEGER = Option(OptionKind.INTEGER)
_FLAG = Option(OptionKind.FLAG)
_DIMENSIONS = Option(OptionKind.DIMENSIONS)
_ONE_DIMENSION = Option(OptionKind.INTEGER, required=True)
_REDUCTION = {"dim": _DIMENSIONS, "keepdim": _FLAG}
# By place a flag `unbiased` would stand second there.
_DEVIATION = {
    "dim": _DIMENSIONS,
    "correction": Option(OptionKind.INTEGER, keyword=True),
    "keepdim": Option(OptionKind.FLAG, keyword=True),
}


def _unary(name: str, **options: Option) -> Operation:
    return Operation(name, f"torch.{name}", (1, 1), options, method=True)


def _binary(name: str, scalar_ok: tuple[int, ...] = ()) -> Operation:
    return Operation(name, f"torch.{name}", (2, 2), method=True, scalar_ok=scalar_ok)


def _infix(name: str, infix: str) -> Operation:
    scalar_ok = () if infix == "@" else (0, 1)
    function = f"torch.{name}"
    return Operation(name, function, (2, 2), method=True, scalar_ok=scalar_ok, infix=infix)


def _comparison(name: str, infix: str) -> Operation:
    return Operation(
        name,
        f"torch.{name}",
        (2, 2),
        method=True,
        scalar_ok=(0, 1),
        infix=infix,
        comparison=True,
    )


def _functional(name: str, **options: Option) -> Operation:
    return Operation(name, f"torch.nn.functional.{name}", (1, 1), options)


def _loss(name: str, **options: Option) -> Operation:
    return Operation(name, f"torch.nn.functional.{name}", (2, 2), options)


_ARITHMETIC = (
    _infix("add", "+"),
    _infix("sub", "-"),
    _infix("mul", "*"),
    _infix("div", "/"),
    _infix("pow", "**"),
    _infix("matmul", "@"),
    _unary("neg"),
    _comparison("gt", ">"),
    _comparison("ge", ">="),
    _comparison("lt", "<"),
    _comparison("le", "<="),
    _comparison("eq", "=="),
    _comparison("ne", "!="),
)

_ELEMENTWISE = (
    _unary("exp"),
    _unary("exp2"),
    _unary("expm1"),
    _unary("log"),
    _unary("log2"),
    _unary("log10"),
    _unary("log1p"),
    _unary("sqrt"),
    _unary("rsqrt"),
    _unary("square"),
    _unary("reciprocal"),
    _unary("abs"),
    _unary("sin"),
    _unary("cos"),
    _unary("tan"),
    _unary("asin"),
    _unary("acos"),
    _unary("atan"),
    _unary("sinh"),
    _unary("cosh"),
    _unary("tanh"),
    _unary("asinh"),
    _unary("acosh"),
    _unary("atanh"),
    _unary("sinc"),
    _unary("erf"),
    _unary("erfc"),
    _unary("lgamma"),
    _unary("digamma"),
    _unary("logit", eps=_NUMBER),
    _unary("round"),
    _unary("floor"),
    _unary("ceil"),
    _unary("trunc"),
    _unary("frac"),
    _unary("sign"),
    _unary("nan_to_num", nan=_NUMBER, posinf=_NUMBER, neginf=_NUMBER),
    _unary("clamp", min=_NUMBER, max=_NUMBER),
    _unary("clone"),
    Operation(
        "float",
        "torch.Tensor.float",
        (1, 1),
        method=True,
        function_form=False,
    ),
    _unary("detach"),
    _binary("maximum"),
    _binary("minimum"),
    _binary("atan2"),
    _binary("hypot"),
    _binary("fmod", (1,)),
    _binary("remainder", (0, 1)),
    _binary("logaddexp"),
    _binary("xlogy", (0, 1)),
    Operation("lerp", "torch.lerp", (3, 3), method=True, scalar_ok=(2,)),
    Operation("where", "torch.where", (3, 3), scalar_ok=(1, 2)),
)

_ACTIVATIONS = (
    _unary("sigmoid"),
    _unary("relu"),
    _functional("softplus", beta=_NUMBER, threshold=_NUMBER),
    _functional("leaky_relu", negative_slope=_NUMBER),
    _functional("elu", alpha=_NUMBER),
    _functional("celu", alpha=_NUMBER),
    _functional("selu"),
    _functional("gelu"),
    _functional("silu"),
    _functional("mish"),
    _functional("relu6"),
    _functional("hardtanh", min_val=_NUMBER, max_val=_NUMBER),
    _functional("hardsigmoid"),
    _functional("hardswish"),
    _functional("logsigmoid"),
    _functional("softsign"),
    _functional("tanhshrink"),
    _functional("softshrink", lambd=_NUMBER),
    _functional("hardshrink", lambd=_NUMBER),
)

_REDUCTIONS = (
    _unary("sum", **_REDUCTION),
    _unary("mean", **_REDUCTION),
    _unary("prod", dim=_INTEGER, keepdim=_FLAG),
    _unary("norm", p=_NUMBER, dim=_DIMENSIONS, keepdim=_FLAG),
    _unary("amax", **_REDUCTION),
    _unary("amin", **_REDUCTION),
    _unary("std", **_DEVIATION),
    _unary("var", **_DEVIATION),
    _unary(
        "logsumexp",
        dim=Option(OptionKind.DIMENSIONS, required=True),
        keepdim=_FLAG,
    ),
    _unary("softmax", dim=_ONE_DIMENSION),
    _unary("log_softmax", dim=_ONE_DIMENSION),
    _unary("cumsum", dim=_ONE_DIMENSION),
    _unary("cumprod", dim=_ONE_DIMENSION),
)

_MATRICES = (
    _binary("dot"),
    _binary("outer"),
    _binary("mm"),
    _binary("mv"),
    _unary("t"),
    _unary("unsqueeze", dim=_ONE_DIMENSION),
    _unary(
        "squeeze",
        dim=Option(OptionKind.DIMENSIONS, spread=True),
    ),
    _unary("flatten", start_dim=_INTEGER, end_dim=_INTEGER),
    _unary("reshape", shape=Option(OptionKind.SHAPE, required=True, spread=True)),
)

_LOSSES = (
    _loss("mse_loss"),
    _loss("l1_loss"),
    _loss("huber_loss", delta=_NUMBER),
    _loss("smooth_l1_loss", beta=_NUMBER),
    _loss("binary_cross_entropy"),
    _loss("binary_cross_entropy_with_logits"),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        operation.name: operation
        for table in (_ARITHMETIC, _ELEMENTWISE, _ACTIVATIONS, _REDUCTIONS, _MATRICES, _LOSSES)
        for operation in table
    }
)

# Second names that torch has for the same function.
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "absolute": "abs",
        "arccos": "acos",
        "arccosh": "acosh",
        "arcsin": "asin",
        "arcsinh": "asinh",
        "arctan": "atan",
        "arctan2": "atan2",
        "arctanh": "atanh",
        "clip": "clamp",
        "divide": "div",
        "fix": "trunc",
        "multiply": "mul",
        "negative": "neg",
        "subtract": "sub",
        "true_divide": "div",
    }
)

# Spellings that torch takes from numpy.
OPTION_ALIASES: Mapping[str, str] = MappingProxyType({"axis": "dim", "keepdims": "keepdim"})


def find(name: str) -> Operation | None:
    """The operation of that name or second name; None if there is none."""
    return OPERATIONS.get(ALIASES.get(name, name))
