"""The one table of operations a formula may use. No torch is imported here.

An entry says everything about its operation: what it is called, which torch
function it stands for, how many tensors and which options it takes. The formula
checker (`explorer.experiment.inline`) reads arity and options, the engine's
compiler resolves `function` with getattr from `torch`, and the views show
`wording`. `tests/experiment/test_operations.py` holds every entry to torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from explorer.i18n import N_

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
    `wording` is a short English phrase, marked for translation.
    """

    name: str
    function: str
    tensors: tuple[int, int]
    wording: str
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


def _unary(name: str, wording: str, **options: Option) -> Operation:
    return Operation(name, f"torch.{name}", (1, 1), wording, options, method=True)


def _binary(name: str, wording: str, scalar_ok: tuple[int, ...] = ()) -> Operation:
    return Operation(name, f"torch.{name}", (2, 2), wording, method=True, scalar_ok=scalar_ok)


def _infix(name: str, infix: str, wording: str) -> Operation:
    scalar_ok = () if infix == "@" else (0, 1)
    function = f"torch.{name}"
    return Operation(name, function, (2, 2), wording, method=True, scalar_ok=scalar_ok, infix=infix)


def _comparison(name: str, infix: str, wording: str) -> Operation:
    return Operation(
        name,
        f"torch.{name}",
        (2, 2),
        wording,
        method=True,
        scalar_ok=(0, 1),
        infix=infix,
        comparison=True,
    )


def _functional(name: str, wording: str, **options: Option) -> Operation:
    return Operation(name, f"torch.nn.functional.{name}", (1, 1), wording, options)


def _loss(name: str, wording: str, **options: Option) -> Operation:
    return Operation(name, f"torch.nn.functional.{name}", (2, 2), wording, options)


_ARITHMETIC = (
    _infix("add", "+", N_("sum of two")),
    _infix("sub", "-", N_("difference")),
    _infix("mul", "*", N_("product")),
    _infix("div", "/", N_("quotient")),
    _infix("pow", "**", N_("power")),
    _infix("matmul", "@", N_("matrix product")),
    _unary("neg", N_("change of sign")),
    _comparison("gt", ">", N_("greater than")),
    _comparison("ge", ">=", N_("greater than or equal")),
    _comparison("lt", "<", N_("less than")),
    _comparison("le", "<=", N_("less than or equal")),
    _comparison("eq", "==", N_("equal")),
    _comparison("ne", "!=", N_("not equal")),
)

_ELEMENTWISE = (
    _unary("exp", N_("exponential")),
    _unary("exp2", N_("power of two")),
    _unary("expm1", N_("exponential minus one")),
    _unary("log", N_("natural logarithm")),
    _unary("log2", N_("logarithm to base 2")),
    _unary("log10", N_("logarithm to base 10")),
    _unary("log1p", N_("logarithm of one plus")),
    _unary("sqrt", N_("square root")),
    _unary("rsqrt", N_("inverse square root")),
    _unary("square", N_("square")),
    _unary("reciprocal", N_("reciprocal")),
    _unary("abs", N_("absolute value")),
    _unary("sin", N_("sine")),
    _unary("cos", N_("cosine")),
    _unary("tan", N_("tangent")),
    _unary("asin", N_("arc sine")),
    _unary("acos", N_("arc cosine")),
    _unary("atan", N_("arc tangent")),
    _unary("sinh", N_("hyperbolic sine")),
    _unary("cosh", N_("hyperbolic cosine")),
    _unary("tanh", N_("hyperbolic tangent")),
    _unary("asinh", N_("inverse hyperbolic sine")),
    _unary("acosh", N_("inverse hyperbolic cosine")),
    _unary("atanh", N_("inverse hyperbolic tangent")),
    _unary("sinc", N_("normalised sinc")),
    _unary("erf", N_("error function")),
    _unary("erfc", N_("complementary error function")),
    _unary("lgamma", N_("logarithm of the gamma function")),
    _unary("digamma", N_("digamma function")),
    _unary("logit", N_("logit"), eps=_NUMBER),
    _unary("round", N_("rounding")),
    _unary("floor", N_("rounding down")),
    _unary("ceil", N_("rounding up")),
    _unary("trunc", N_("rounding towards zero")),
    _unary("frac", N_("fractional part")),
    _unary("sign", N_("sign")),
    _unary("nan_to_num", N_("replacement of NaN"), nan=_NUMBER, posinf=_NUMBER, neginf=_NUMBER),
    _unary("clamp", N_("clamping"), min=_NUMBER, max=_NUMBER),
    _unary("clone", N_("copy")),
    Operation(
        "float",
        "torch.Tensor.float",
        (1, 1),
        N_("conversion to float32"),
        method=True,
        function_form=False,
    ),
    _unary("detach", N_("detached value")),
    _binary("maximum", N_("larger of two")),
    _binary("minimum", N_("smaller of two")),
    _binary("atan2", N_("angle of a point")),
    _binary("hypot", N_("length of the hypotenuse")),
    _binary("fmod", N_("remainder with the sign of the dividend"), (1,)),
    _binary("remainder", N_("remainder"), (0, 1)),
    _binary("logaddexp", N_("logarithm of a sum of exponentials")),
    _binary("xlogy", N_("x times the logarithm of y"), (0, 1)),
    Operation("lerp", "torch.lerp", (3, 3), N_("interpolation"), method=True, scalar_ok=(2,)),
    Operation("where", "torch.where", (3, 3), N_("choice by a condition"), scalar_ok=(1, 2)),
)

_ACTIVATIONS = (
    _unary("sigmoid", N_("sigmoid")),
    _unary("relu", N_("rectifier")),
    _functional("softplus", N_("softplus"), beta=_NUMBER, threshold=_NUMBER),
    _functional("leaky_relu", N_("leaky rectifier"), negative_slope=_NUMBER),
    _functional("elu", N_("exponential linear unit"), alpha=_NUMBER),
    _functional("celu", N_("continuous exponential linear unit"), alpha=_NUMBER),
    _functional("selu", N_("scaled exponential linear unit")),
    _functional("gelu", N_("Gaussian error linear unit")),
    _functional("silu", N_("sigmoid linear unit")),
    _functional("mish", N_("mish")),
    _functional("relu6", N_("rectifier up to 6")),
    _functional("hardtanh", N_("clipped line"), min_val=_NUMBER, max_val=_NUMBER),
    _functional("hardsigmoid", N_("piecewise linear sigmoid")),
    _functional("hardswish", N_("piecewise swish")),
    _functional("logsigmoid", N_("logarithm of the sigmoid")),
    _functional("softsign", N_("softsign")),
    _functional("tanhshrink", N_("value minus its hyperbolic tangent")),
    _functional("softshrink", N_("soft threshold"), lambd=_NUMBER),
    _functional("hardshrink", N_("hard threshold"), lambd=_NUMBER),
)

_REDUCTIONS = (
    _unary("sum", N_("sum"), **_REDUCTION),
    _unary("mean", N_("mean"), **_REDUCTION),
    _unary("prod", N_("product of all"), dim=_INTEGER, keepdim=_FLAG),
    _unary("norm", N_("norm"), p=_NUMBER, dim=_DIMENSIONS, keepdim=_FLAG),
    _unary("amax", N_("largest value"), **_REDUCTION),
    _unary("amin", N_("smallest value"), **_REDUCTION),
    _unary("std", N_("standard deviation"), **_DEVIATION),
    _unary("var", N_("variance"), **_DEVIATION),
    _unary(
        "logsumexp",
        N_("logarithm of the sum of exponentials"),
        dim=Option(OptionKind.DIMENSIONS, required=True),
        keepdim=_FLAG,
    ),
    _unary("softmax", N_("softmax"), dim=_ONE_DIMENSION),
    _unary("log_softmax", N_("logarithm of softmax"), dim=_ONE_DIMENSION),
    _unary("cumsum", N_("running sum"), dim=_ONE_DIMENSION),
    _unary("cumprod", N_("running product"), dim=_ONE_DIMENSION),
)

_MATRICES = (
    _binary("dot", N_("dot product")),
    _binary("outer", N_("outer product")),
    _binary("mm", N_("product of two matrices")),
    _binary("mv", N_("product of a matrix and a vector")),
    _unary("t", N_("transpose")),
    _unary("unsqueeze", N_("new dimension"), dim=_ONE_DIMENSION),
    _unary(
        "squeeze",
        N_("without dimensions of size one"),
        dim=Option(OptionKind.DIMENSIONS, spread=True),
    ),
    _unary("flatten", N_("flattening"), start_dim=_INTEGER, end_dim=_INTEGER),
    _unary("reshape", N_("new shape"), shape=Option(OptionKind.SHAPE, required=True, spread=True)),
)

_LOSSES = (
    _loss("mse_loss", N_("mean squared error")),
    _loss("l1_loss", N_("mean absolute error")),
    _loss("huber_loss", N_("Huber loss"), delta=_NUMBER),
    _loss("smooth_l1_loss", N_("smooth L1 loss"), beta=_NUMBER),
    _loss("binary_cross_entropy", N_("binary cross-entropy")),
    _loss("binary_cross_entropy_with_logits", N_("binary cross-entropy of logits")),
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
