"""The one table of operations a formula may use. No torch is imported here.

An entry says everything about its operation: what it is called, which torch
function it stands for, how many tensors and which options it takes, how it is written in
Python and in the picture, and how its slope behaves. The formula checker
(`explorer.experiment.inline`) reads arity and options, the engine's compiler resolves
`function` with getattr from `torch`, `explorer.picture.texts` shows `symbol`, and
`explorer.explain.zero_gradients` tells a zero by `slope`. What sympy makes of an operation
is code, and stands in `explorer.engine.proof.forms` under the operation's name.
`tests/experiment/test_operations.py` holds every entry to torch and says what one lacks.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

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


class Slope(Enum):
    """How the derivative by a tensor argument behaves.

    REGULAR: it is zero at single values at most. FLAT: it is zero wherever it exists. PARTIAL:
    it is zero by the argument, or the part of it, that was not taken. NONE: there is none.
    """

    REGULAR = "regular"
    FLAT = "flat"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `function` is a dotted path that starts at `torch`.

    `tensors` are the least and the most tensor arguments; `options` follow them by
    keyword or by position, in this order. `scalar_ok` lists the tensor arguments
    (from 0) that torch takes as plain Python numbers; numbers elsewhere must be
    made constant tensors. With an `infix`, the operation is called through
    Python's operator and both sides may be numbers; `python` is that operator as a
    function. `method`: may be written `x.name(...)`; `function_form`: may be written
    `name(x, ...)`; `attribute`: written `x.name`. `in_place`: there is `x.name_(...)` too, which
    changes `x`. `symbol` stands in the picture, the name where it is empty.
    """

    name: str
    function: str
    tensors: tuple[int, int]
    options: Mapping[str, Option] = field(default_factory=dict)
    method: bool = False
    scalar_ok: tuple[int, ...] = ()
    infix: str = ""
    python: Callable[..., Any] | None = None
    symbol: str = ""
    slope: Slope = Slope.REGULAR
    comparison: bool = False
    function_form: bool = True
    attribute: bool = False
    in_place: bool = False

    @property
    def both_ways(self) -> bool:
        """Whether the function takes a number first, as the operator does."""
        return bool(self.infix) and 0 in self.scalar_ok and not self.comparison

    @property
    def fold(self) -> Callable[..., float | complex] | None:
        """What computes it at once where all its arguments are plain numbers."""
        return None if self.comparison or self.infix == "@" else self.python


_NUMBER = Option(OptionKind.NUMBER)
_INTEGER = Option(OptionKind.INTEGER)
_FLAG = Option(OptionKind.FLAG)
_DIMENSIONS = Option(OptionKind.DIMENSIONS)
_ONE_DIMENSION = Option(OptionKind.INTEGER, required=True)
_SHAPE = Option(OptionKind.SHAPE, required=True, spread=True)
_REDUCTION = {"dim": _DIMENSIONS, "keepdim": _FLAG}
# By place a flag `unbiased` would stand second there.
_DEVIATION = {
    "dim": _DIMENSIONS,
    "correction": Option(OptionKind.INTEGER, keyword=True),
    "keepdim": Option(OptionKind.FLAG, keyword=True),
}


def _unary(name: str, slope: Slope = Slope.REGULAR, /, **options: Option) -> Operation:
    return Operation(name, f"torch.{name}", (1, 1), options, method=True, slope=slope)


def _binary(name: str, scalar_ok: tuple[int, ...] = (), slope: Slope = Slope.REGULAR) -> Operation:
    function = f"torch.{name}"
    return Operation(name, function, (2, 2), method=True, scalar_ok=scalar_ok, slope=slope)


def _infix(name: str, infix: str, python: Callable[..., Any], symbol: str) -> Operation:
    return Operation(
        name,
        f"torch.{name}",
        (2, 2),
        method=True,
        scalar_ok=() if infix == "@" else (0, 1),
        infix=infix,
        python=python,
        symbol=symbol,
    )


def _comparison(name: str, infix: str, python: Callable[..., Any], symbol: str) -> Operation:
    operation = _infix(name, infix, python, symbol)
    return replace(operation, slope=Slope.NONE, comparison=True)


def _functional(name: str, slope: Slope = Slope.REGULAR, /, **options: Option) -> Operation:
    return Operation(name, f"torch.nn.functional.{name}", (1, 1), options, slope=slope)


def _loss(name: str, **options: Option) -> Operation:
    return Operation(name, f"torch.nn.functional.{name}", (2, 2), options)


_ARITHMETIC = (
    _infix("add", "+", operator.add, "+"),
    _infix("sub", "-", operator.sub, "−"),
    _infix("mul", "*", operator.mul, "×"),
    _infix("div", "/", operator.truediv, "÷"),
    _infix("pow", "**", operator.pow, "**"),
    _infix("matmul", "@", operator.matmul, "@"),
    replace(_unary("neg"), python=operator.neg, symbol="−"),
    _comparison("gt", ">", operator.gt, ">"),
    _comparison("ge", ">=", operator.ge, "≥"),
    _comparison("lt", "<", operator.lt, "<"),
    _comparison("le", "<=", operator.le, "≤"),
    _comparison("eq", "==", operator.eq, "="),
    _comparison("ne", "!=", operator.ne, "≠"),
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
    replace(_unary("abs"), symbol="|·|"),
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
    _unary("round", Slope.FLAT),
    _unary("floor", Slope.FLAT),
    _unary("ceil", Slope.FLAT),
    _unary("trunc", Slope.FLAT),
    _unary("frac"),
    _unary("sign", Slope.FLAT),
    _unary("nan_to_num", nan=_NUMBER, posinf=_NUMBER, neginf=_NUMBER),
    _unary("clamp", Slope.PARTIAL, min=_NUMBER, max=_NUMBER),
    _unary("clone"),
    Operation(
        "float",
        "torch.Tensor.float",
        (1, 1),
        method=True,
        function_form=False,
    ),
    _unary("detach", Slope.NONE),
    _binary("maximum", slope=Slope.PARTIAL),
    _binary("minimum", slope=Slope.PARTIAL),
    _binary("atan2"),
    _binary("hypot"),
    _binary("fmod", (1,)),
    _binary("remainder", (0, 1)),
    _binary("logaddexp"),
    _binary("xlogy", (0, 1)),
    Operation("lerp", "torch.lerp", (3, 3), method=True, scalar_ok=(2,)),
    Operation("where", "torch.where", (3, 3), scalar_ok=(1, 2), slope=Slope.PARTIAL),
)

_ACTIVATIONS = (
    _unary("sigmoid"),
    _unary("relu", Slope.PARTIAL),
    _functional("softplus", beta=_NUMBER, threshold=_NUMBER),
    _functional("leaky_relu", Slope.PARTIAL, negative_slope=_NUMBER),
    _functional("elu", alpha=_NUMBER),
    _functional("celu", alpha=_NUMBER),
    _functional("selu"),
    _functional("gelu"),
    _functional("silu"),
    _functional("mish"),
    _functional("relu6", Slope.PARTIAL),
    _functional("hardtanh", Slope.PARTIAL, min_val=_NUMBER, max_val=_NUMBER),
    _functional("hardsigmoid", Slope.PARTIAL),
    _functional("hardswish", Slope.PARTIAL),
    _functional("logsigmoid"),
    _functional("softsign"),
    _functional("tanhshrink"),
    _functional("softshrink", Slope.PARTIAL, lambd=_NUMBER),
    _functional("hardshrink", Slope.PARTIAL, lambd=_NUMBER),
)

_REDUCTIONS = (
    _unary("sum", **_REDUCTION),
    _unary("mean", **_REDUCTION),
    _unary("prod", dim=_INTEGER, keepdim=_FLAG),
    _unary("norm", p=_NUMBER, dim=_DIMENSIONS, keepdim=_FLAG),
    _unary("amax", Slope.PARTIAL, **_REDUCTION),
    _unary("amin", Slope.PARTIAL, **_REDUCTION),
    _unary("max", Slope.PARTIAL),
    _unary("min", Slope.PARTIAL),
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
    _unary("reshape", shape=_SHAPE),
    Operation(
        "view", "torch.Tensor.view", (1, 1), {"size": _SHAPE}, method=True, function_form=False
    ),
    _unary("permute", dims=_SHAPE),
    _unary("transpose", dim0=_ONE_DIMENSION, dim1=_ONE_DIMENSION),
    _binary("bmm"),
    Operation("addmm", "torch.addmm", (3, 3), method=True),
    Operation("linear", "torch.nn.functional.linear", (2, 3)),
    Operation("bilinear", "torch.nn.functional.bilinear", (3, 4)),
)

_LOSSES = (
    _loss("mse_loss"),
    _loss("l1_loss"),
    _loss("huber_loss", delta=_NUMBER),
    _loss("smooth_l1_loss", beta=_NUMBER),
    _loss("binary_cross_entropy"),
    _loss("binary_cross_entropy_with_logits"),
)


def _method(name: str, tensors: int = 1, /, **options: Option) -> Operation:
    function, counts = f"torch.Tensor.{name}", (tensors, tensors)
    return Operation(
        name, function, counts, options, method=True, slope=Slope.NONE, function_form=False
    )


# What takes numbers out of autograd's graph, and what makes a tensor of them again.
_LEAVING = (
    replace(_method("data"), method=False, attribute=True),
    _method("item"),
    Operation("tensor", "torch.tensor", (1, 1), scalar_ok=(0,), slope=Slope.NONE),
)

# What only changes a tensor that is there.
_CHANGING = (
    _method("detach_"),
    _method("requires_grad_", requires_grad=_FLAG),
    _method("zero_"),
    replace(_method("fill_", 2), scalar_ok=(1,)),
    _method("copy_", 2),
)

# Operations that PyTorch also has in a form that changes their first argument. Held to
# PyTorch's own methods by a test.
IN_PLACE = frozenset(
    [
        *("add", "sub", "mul", "div", "pow", "neg", "gt", "ge", "lt", "le", "eq", "ne"),
        *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "square"),
        *("reciprocal", "abs", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh"),
        *("tanh", "asinh", "acosh", "atanh", "sinc", "erf", "erfc", "lgamma", "digamma", "logit"),
        *("round", "floor", "ceil", "trunc", "frac", "sign", "nan_to_num", "clamp", "atan2"),
        *("hypot", "fmod", "remainder", "xlogy", "lerp", "sigmoid", "relu", "cumsum", "cumprod"),
        *("t", "unsqueeze", "squeeze"),
    ]
)


def _entries(*tables: tuple[Operation, ...]) -> Mapping[str, Operation]:
    return MappingProxyType(
        {
            each.name: replace(each, in_place=each.name in IN_PLACE or each.name.endswith("_"))
            for table in tables
            for each in table
        }
    )


OPERATIONS = _entries(_ARITHMETIC, _ELEMENTWISE, _ACTIVATIONS, _REDUCTIONS, _MATRICES, _LOSSES)

# What is there for what it does to its tensor, or to what autograd knows of it.
EFFECTS = _entries(_LEAVING, _CHANGING)

# Everything that a `Call` can be of.
ENTRIES: Mapping[str, Operation] = MappingProxyType({**OPERATIONS, **EFFECTS})

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


def find_in_place(name: str) -> Operation | None:
    """The operation whose form in place is called `name`, such as `add_`; None if none is."""
    found = find(name) or find(name.removesuffix("_"))
    return found if found is not None and found.in_place and name.endswith("_") else None


def find(name: str) -> Operation | None:
    """The operation of that name or second name; None if there is none."""
    return ENTRIES.get(ALIASES.get(name, name))
