"""The one table of operations a formula may use. No torch is imported here.

An entry says everything about its operation: what it is called, which torch
function it stands for, how many tensors and which options it takes, how it is written in
Python and in the picture, how its slope behaves, and of which shape its result is. The formula
checker (`explorer.experiment.language`) reads arity and options, the engine's compiler resolves
`function` with getattr from `torch`, `explorer.picture.texts` shows `symbol`, and
`explorer.explain.zero_gradients` tells a zero by `slope`. What sympy makes of an operation
is code, and stands in `explorer.engine.proof.forms` under the operation's name.
`tests/experiment/test_operations.py` holds every entry to torch and says what one lacks.
Here are the operations on numbers; `tensor_operations` has those on the shape of tensors,
`network_operations` what networks are made of.
"""

import operator
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from explorer.experiment import shaping, shaping_products
from explorer.experiment.entry import (
    DIMENSIONS,
    DTYPE,
    FLAG,
    INTEGER,
    NUMBER,
    ONE_DIMENSION,
    REDUCTION,
    attribute,
    binary,
    comparison,
    converted,
    flat,
    functional,
    infix,
    keyword,
    linalg,
    method,
    required,
    shaped,
    unary,
    words,
)
from explorer.experiment.network_operations import LOSSES, NETWORK
from explorer.experiment.operation import (
    DType,
    Operation,
    Option,
    OptionKind,
    OptionValue,
    Slope,
)
from explorer.experiment.tensor_operations import FACTORIES, MOVING, PART, PUTTING, SORTING

__all__ = [
    "ALIASES",
    "EFFECTS",
    "ENTRIES",
    "IN_PLACE",
    "NAMES",
    "OPERATIONS",
    "OPTION_ALIASES",
    "DType",
    "Operation",
    "Option",
    "OptionKind",
    "OptionValue",
    "Slope",
    "find",
    "find_in_place",
]

_ARITHMETIC = (
    *(
        replace(each, options={"alpha": keyword(NUMBER)})
        for each in (infix("add", "+", operator.add, "+"), infix("sub", "-", operator.sub, "−"))
    ),
    infix("mul", "*", operator.mul, "×"),
    infix("div", "/", operator.truediv, "÷"),
    infix("pow", "**", operator.pow, "**"),
    replace(infix("matmul", "@", operator.matmul, "@"), shape=shaping_products.matrix_product),
    replace(infix("remainder", "%", operator.mod, "%")),
    flat(infix("floor_divide", "//", operator.floordiv, "//")),
    replace(unary("neg"), python=operator.neg, symbol="−", prefix="-"),
    comparison("gt", ">", operator.gt, ">"),
    comparison("ge", ">=", operator.ge, "≥"),
    comparison("lt", "<", operator.lt, "<"),
    comparison("le", "<=", operator.le, "≤"),
    comparison("eq", "==", operator.eq, "="),
    comparison("ne", "!=", operator.ne, "≠"),
    flat(infix("bitwise_and", "&", operator.and_, "&")),
    flat(infix("bitwise_or", "|", operator.or_, "|")),
    flat(infix("bitwise_xor", "^", operator.xor, "^")),
    flat(unary("bitwise_not"), python=operator.invert, symbol="~", prefix="~"),
)

_MASKS = (
    flat(binary("logical_and")),
    flat(binary("logical_or")),
    flat(binary("logical_xor")),
    flat(unary("logical_not")),
    flat(unary("isnan")),
    flat(unary("isinf")),
    flat(unary("isfinite")),
    flat(binary("isclose"), options={"rtol": NUMBER, "atol": NUMBER}),
    *shaped(
        shaping.reduced,
        flat(unary("any", **REDUCTION)),
        flat(unary("all", **REDUCTION)),
        flat(unary("count_nonzero", dim=replace(DIMENSIONS, spread=True))),
    ),
)

_ELEMENTWISE = (
    unary("exp"),
    unary("exp2"),
    unary("expm1"),
    unary("log"),
    unary("log2"),
    unary("log10"),
    unary("log1p"),
    unary("sqrt"),
    unary("rsqrt"),
    unary("square"),
    unary("reciprocal"),
    replace(unary("abs"), symbol="|·|"),
    unary("sin"),
    unary("cos"),
    unary("tan"),
    unary("asin"),
    unary("acos"),
    unary("atan"),
    unary("sinh"),
    unary("cosh"),
    unary("tanh"),
    unary("asinh"),
    unary("acosh"),
    unary("atanh"),
    unary("sinc"),
    unary("erf"),
    unary("erfc"),
    unary("lgamma"),
    unary("digamma"),
    unary("logit", eps=NUMBER),
    unary("round", Slope.FLAT),
    unary("floor", Slope.FLAT),
    unary("ceil", Slope.FLAT),
    unary("trunc", Slope.FLAT),
    unary("frac"),
    unary("sign", Slope.FLAT),
    unary("nan_to_num", nan=NUMBER, posinf=NUMBER, neginf=NUMBER),
    unary("clamp", Slope.PARTIAL, min=NUMBER, max=NUMBER),
    unary("clamp_min", Slope.PARTIAL, min=required(NUMBER)),
    unary("clamp_max", Slope.PARTIAL, max=required(NUMBER)),
    unary("clone"),
    *map(converted, ("float", "double", "int", "long", "bool")),
    method("to", dtype=required(replace(DTYPE, keyword=False))),
    method("contiguous"),
    unary("detach", Slope.NONE),
    binary("maximum", slope=Slope.PARTIAL),
    binary("minimum", slope=Slope.PARTIAL),
    binary("atan2"),
    binary("hypot"),
    binary("fmod", (1,)),
    binary("logaddexp"),
    binary("xlogy", (0, 1)),
    Operation("lerp", "torch.lerp", (3, 3), method=True, scalar_ok=(2,)),
    Operation("where", "torch.where", (3, 3), scalar_ok=(1, 2), slope=Slope.PARTIAL),
    Operation("addcmul", "torch.addcmul", (3, 3), {"value": keyword(NUMBER)}, method=True),
    Operation("addcdiv", "torch.addcdiv", (3, 3), {"value": keyword(NUMBER)}, method=True),
    unary("deg2rad"),
    unary("rad2deg"),
    unary("positive"),
)

_ACTIVATIONS = (
    unary("sigmoid"),
    unary("relu", Slope.PARTIAL),
    functional("softplus", beta=NUMBER, threshold=NUMBER),
    functional("leaky_relu", Slope.PARTIAL, negative_slope=NUMBER),
    functional("elu", alpha=NUMBER),
    functional("celu", alpha=NUMBER),
    functional("selu"),
    functional("gelu", approximate=words("none", "tanh")),
    functional("silu"),
    functional("mish"),
    functional("relu6", Slope.PARTIAL),
    functional("hardtanh", Slope.PARTIAL, min_val=NUMBER, max_val=NUMBER),
    functional("hardsigmoid", Slope.PARTIAL),
    functional("hardswish", Slope.PARTIAL),
    functional("logsigmoid"),
    functional("softsign"),
    functional("tanhshrink"),
    functional("softshrink", Slope.PARTIAL, lambd=NUMBER),
    functional("hardshrink", Slope.PARTIAL, lambd=NUMBER),
    functional("threshold", Slope.PARTIAL, threshold=required(NUMBER), value=required(NUMBER)),
    replace(binary("prelu"), names=("input", "weight"), shape=shaping.first),
    replace(functional("softmin", dim=ONE_DIMENSION), shape=shaping.first),
)

# By place a flag `unbiased` stands second.
_DEVIATION = {
    "dim": DIMENSIONS,
    "unbiased": FLAG,
    "correction": keyword(INTEGER),
    "keepdim": keyword(FLAG),
}

_REDUCTIONS = (
    *shaped(
        shaping.reduced,
        unary("sum", **REDUCTION),
        unary("mean", **REDUCTION),
        unary("nansum", **REDUCTION),
        unary("nanmean", **REDUCTION),
        unary("prod", dim=INTEGER, keepdim=FLAG),
        unary("norm", p=NUMBER, dim=DIMENSIONS, keepdim=FLAG),
        unary("amax", Slope.PARTIAL, **REDUCTION),
        unary("amin", Slope.PARTIAL, **REDUCTION),
        unary("std", **_DEVIATION),
        unary("var", **_DEVIATION),
        unary(
            "logsumexp",
            dim=Option(OptionKind.DIMENSIONS, required=True),
            keepdim=FLAG,
        ),
    ),
    unary("softmax", dim=ONE_DIMENSION),
    unary("log_softmax", dim=ONE_DIMENSION),
    unary("cumsum", dim=ONE_DIMENSION),
    unary("cumprod", dim=ONE_DIMENSION),
    unary("logcumsumexp", dim=ONE_DIMENSION),
    replace(unary("diff", n=INTEGER, dim=INTEGER), shape=shaping.differences),
)

_MATRICES = (
    replace(binary("dot"), shape=shaping.scalar),
    replace(binary("outer"), shape=shaping_products.outer),
    *shaped(shaping_products.matrix_product, binary("mm"), binary("mv"), binary("bmm")),
    replace(binary("inner"), shape=shaping_products.inner_product),
    replace(binary("kron"), shape=shaping_products.kronecker),
    replace(binary("cross"), options={"dim": INTEGER}),
    *(
        replace(each, tensors=(3, 3), options={"beta": keyword(NUMBER), "alpha": keyword(NUMBER)})
        for each in shaped(shaping_products.added_product, binary("addmm"), binary("baddbmm"))
    ),
    replace(unary("trace", Slope.PARTIAL), shape=shaping.scalar),
    *shaped(
        shaping_products.determinant, unary("det"), linalg("det", shaping_products.determinant)
    ),
    linalg("inv", shaping.first),
    replace(unary("inverse"), shape=shaping.first),
    replace(linalg("slogdet", shaping_products.two_determinants), parts=("sign", "logabsdet")),
    replace(unary("slogdet"), shape=shaping_products.two_determinants, parts=("sign", "logabsdet")),
    linalg("solve", shaping_products.solved, 2),
    linalg("cross", shaping.broadcast, 2, dim=keyword(INTEGER)),
    linalg("norm", shaping.reduced, ord=NUMBER, dim=DIMENSIONS, keepdim=FLAG),
    linalg("vector_norm", shaping.reduced, ord=NUMBER, dim=DIMENSIONS, keepdim=FLAG),
    Operation(
        "einsum",
        "torch.einsum",
        (1, 10),
        {"equation": Option(OptionKind.EQUATION, required=True)},
        first="equation",
        shape=shaping_products.einsum,
    ),
)

# What takes numbers out of autograd's graph, and what makes a tensor of them again.
_LEAVING = (
    flat(attribute("data")),
    flat(method("item")),
    Operation(
        "tensor",
        "torch.tensor",
        (1, 1),
        {"dtype": DTYPE},
        scalar_ok=(0,),
        slope=Slope.NONE,
        overloads=("tensor_data",),
    ),
)

# What only changes a tensor that is there.
_CHANGING = (
    flat(method("detach_")),
    flat(method("requires_grad_", requires_grad=FLAG)),
    flat(method("zero_")),
    flat(method("fill_", 2), scalar_ok=(1,)),
    flat(method("copy_", 2)),
    PUTTING,
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
        *("clamp_min", "clamp_max", "scatter_add", "index_add"),
        *("hypot", "fmod", "remainder", "xlogy", "lerp", "sigmoid", "relu", "cumsum", "cumprod"),
        *("t", "unsqueeze", "squeeze", "transpose", "masked_fill", "tril", "triu"),
        *("addcmul", "addcdiv", "addmm", "baddbmm", "floor_divide", "deg2rad", "rad2deg"),
        *("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not"),
        *("logical_and", "logical_or", "logical_xor", "logical_not"),
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


OPERATIONS = _entries(
    *(_ARITHMETIC, _MASKS, _ELEMENTWISE, _ACTIVATIONS, _REDUCTIONS, _MATRICES),
    *(MOVING, SORTING, FACTORIES, NETWORK, LOSSES),
)

# What is there for what it does to its tensor, or to what autograd knows of it.
EFFECTS = _entries(_LEAVING, _CHANGING)

# Everything that a `Call` can be of.
ENTRIES: Mapping[str, Operation] = MappingProxyType({**OPERATIONS, **EFFECTS, PART.name: PART})

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
        "concat": "cat",
        "concatenate": "cat",
        "divide": "div",
        "fix": "trunc",
        "ger": "outer",
        "greater": "gt",
        "greater_equal": "ge",
        "less": "lt",
        "less_equal": "le",
        "moveaxis": "movedim",
        "multiply": "mul",
        "negative": "neg",
        "not_equal": "ne",
        "subtract": "sub",
        "swapaxes": "transpose",
        "swapdims": "transpose",
        "true_divide": "div",
    }
)

# Spellings that torch takes from numpy.
OPTION_ALIASES: Mapping[str, str] = MappingProxyType({"axis": "dim", "keepdims": "keepdim"})


# What a formula may write, without second names.
NAMES = tuple(sorted(each.written for each in OPERATIONS.values() if each.is_named))


def find_in_place(name: str) -> Operation | None:
    """The operation whose form in place is called `name`, such as `add_`; None if none is."""
    found = find(name) or find(name.removesuffix("_"))
    if found is None or not found.in_place or found.is_brackets:
        return None
    return found if name.endswith("_") else None


def find(name: str) -> Operation | None:
    """The operation of that name or second name; None if there is none."""
    return ENTRIES.get(ALIASES.get(name, name))
