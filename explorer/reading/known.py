"""Which functions of torch, numpy and Python a program's numbers may be computed with.

Only what is named here is ever called, on values of the reader's own, and only after the size
of what it makes was looked at. `compute` is the one place where that happens.
"""

import math
import operator
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from explorer.engine.limits import Limited, TooLargeError
from explorer.experiment.expressions import OPERATORS as INFIX
from explorer.experiment.operations import ALIASES, OPERATIONS

# In one tensor, and in all that a program makes.
MOST_NUMBERS = 1_000_000
MOST_IN_ALL = 30_000_000


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


# What consumes random numbers: once before training, never in a step.
RANDOM = words(
    "rand randn randint randperm normal bernoulli multinomial rand_like randn_like randint_like"
    " poisson uniform_ normal_ random_ bernoulli_ exponential_"
)
# How many numbers are made follows from the arguments themselves.
SIZED = words(
    "zeros ones full empty rand randn randint arange linspace logspace eye randperm range"
    " new_zeros new_ones new_full expand repeat tile repeat_interleave broadcast_to one_hot"
)
# Besides the operations of a formula.
_PLAIN = words(
    "tensor as_tensor from_numpy scalar_tensor column_stack dstack take addmv mode quantile"
    " unique numel half type type_as item tolist numpy size dim ndimension nelement cpu cuda"
    " requires_grad_ bincount histc searchsorted vdot conv3d instance_norm"
    " multilabel_margin_loss multilabel_soft_margin_loss std_mean var_mean aminmax equal"
    " allclose is_floating_point broadcast_tensors tensor_split index_fill special linalg"
    " bucketize cartesian_prod combinations rsub sgn signbit heaviside fmax fmin numpy_T nonzero"
    " argwhere"
)
PURE = _PLAIN | SIZED | RANDOM | frozenset(OPERATIONS) | frozenset(ALIASES)
LINALG = words("norm vector_norm matrix_norm inv det slogdet solve pinv matrix_power") | frozenset(
    entry.function.rpartition(".")[2]
    for entry in OPERATIONS.values()
    if entry.function.startswith("torch.linalg.")
)
# In place, on numbers that do not train.
IN_PLACE = words(
    "add_ sub_ mul_ div_ pow_ zero_ fill_ copy_ neg_ exp_ sqrt_ abs_ clamp_ sigmoid_ tanh_ relu_"
    " unsqueeze_ squeeze_ t_ fill_diagonal_ masked_fill_ round_ floor_ uniform_ normal_ random_"
    " bernoulli_ exponential_ index_fill_ scatter_ transpose_ detach_ leaky_relu_ elu_"
)
DTYPES = words(
    "float32 float64 float half float16 bfloat16 double int32 int64 int long short int16 int8"
    " uint8 bool"
)
MATH: Mapping[str, Any] = MappingProxyType(
    {
        name: getattr(math, name)
        for name in words(
            "sqrt exp log log2 log10 log1p expm1 sin cos tan asin acos atan atan2 sinh cosh tanh"
            " floor ceil fabs pow radians degrees hypot prod isnan isinf trunc copysign"
            " pi e inf nan tau"
        )
    }
)
# numpy's own, by name; random numbers come from a generator of the reader's.
NUMPY = words(
    "array asarray zeros ones full arange linspace logspace eye zeros_like ones_like sin cos tan"
    " exp log log2 log10 log1p sqrt abs absolute sum mean std var min max dot matmul reshape"
    " concatenate stack vstack hstack column_stack meshgrid expand_dims squeeze transpose square"
    " power tanh arctan sign floor ceil round where clip cumsum float32 float64 int32 int64 ravel"
    " add subtract multiply divide maximum minimum tile repeat outer"
)
NUMPY_CONSTANTS = words("pi e inf nan newaxis")
NUMPY_RANDOM = words(
    "rand randn normal uniform randint random random_sample permutation choice standard_normal"
    " integers"
)
NUMPY_METHODS = words(
    "astype reshape flatten ravel sum mean std var min max dot copy transpose tolist item squeeze"
)
BUILTINS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        each.__name__: each
        for each in (abs, all, any, bool, dict, divmod, enumerate, filter, float, int, len, list)
    }
    | {
        each.__name__: each
        for each in (map, max, min, pow, range, reversed, round, set, sorted, str, sum)
    }
    | {each.__name__: each for each in (tuple, zip)}
)
# By the names of Python's own nodes.
OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        node.__name__: operation.python
        for node, name in INFIX.items()
        if not (operation := OPERATIONS[name]).comparison and operation.python
    }
)
COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        **{
            node.__name__: operation.python
            for node, name in INFIX.items()
            if (operation := OPERATIONS[name]).comparison and operation.python
        },
        "Is": operator.is_,
        "IsNot": operator.is_not,
        "In": lambda left, right: left in right,
        "NotIn": lambda left, right: left not in right,
    }
)


class TooMuchError(Exception):
    """The call would make more numbers than a program may have; `limit` of them are allowed."""

    def __init__(self, limit: int = MOST_NUMBERS) -> None:
        super().__init__(f"more than {limit} numbers")
        self.limit = limit


def compute(
    function: Callable[..., Any], name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """The function's value: without a graph, without warnings, and of a size that is allowed.

    Raises TooMuchError, and whatever the function itself does.
    """
    check_nested((*args, *kwargs.values()))
    _check_arguments(name, args, kwargs)
    try:
        with torch.no_grad(), warnings.catch_warnings(), np.errstate(all="ignore"), Limited():
            warnings.simplefilter("ignore")
            return function(*args, **kwargs)
    except TooLargeError:
        raise TooMuchError from None


def made(value: Any) -> int:
    """How many numbers a value holds, or near it."""
    match value:
        case torch.Tensor():
            return value.numel()
        case np.ndarray():
            return value.size
        case torch.nn.Module():
            return sum(each.numel() for each in value.parameters())
        case str() | list():
            return len(value)
        case tuple():
            return sum(map(made, value))
    return 0


def _check_arguments(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    numbers = list(_numbers([*args, *kwargs.values()]))
    if name in SIZED:
        count = _made(name, args, kwargs, numbers)
        if not count <= MOST_NUMBERS:
            raise TooMuchError
        return
    if name in _PRODUCTS and math.prod(_sizes(args)) > 10 * MOST_NUMBERS:
        raise TooMuchError
    if name in {"mul", "Mult", "Pow", "pow"}:
        _check_python(name, args)
    elif name in _WITH_SIZES and any(abs(each) > _WITH_SIZES[name] for each in numbers):
        raise TooMuchError


# What is made may be as large as the product of what is given.
_PRODUCTS = words("einsum kron meshgrid cartesian_prod cdist outer cosine_similarity vander")
# Where a whole number decides how much is made: up to this one.
_WITH_SIZES = dict.fromkeys(
    words(
        "conv1d conv2d conv3d max_pool1d max_pool2d avg_pool1d avg_pool2d adaptive_avg_pool1d"
        " adaptive_avg_pool2d bincount histc diag matrix_power combinations"
    ),
    1000,
)


def _made(name: str, args: Sequence[Any], kwargs: Mapping[str, Any], numbers: list[float]) -> float:
    """An upper bound of how many numbers the call makes."""
    if name in {"arange", "range"}:
        return _ranged([each for each in args if isinstance(each, int | float)], kwargs)
    if name in {"linspace", "logspace"}:
        counts = [*args[2:3], *(kwargs[key] for key in ("steps", "num") if key in kwargs)]
        return float(max((each for each in counts if isinstance(each, int | float)), default=100))
    if name in {"randint", "full", "new_full"}:
        numbers = list(_numbers([each for each in args if isinstance(each, list | tuple)]))
    whole = [max(abs(each), 1) for each in numbers if math.isfinite(each)]
    own = next((each.numel() for each in args if isinstance(each, torch.Tensor)), 1)
    return math.prod(whole) * own if name != "expand" else math.prod(whole)


def _ranged(numbers: list[float], kwargs: Mapping[str, Any]) -> float:
    named = (kwargs.get(key) for key in ("start", "end", "stop", "step"))
    numbers = [*numbers, *(each for each in named if isinstance(each, int | float))]
    first, last = (0, numbers[0]) if len(numbers) == 1 else [*numbers, 0, 0][:2]
    step = numbers[2] if len(numbers) > 2 else 1
    return abs((last - first) / step) if step else math.inf


def _check_python(name: str, args: Sequence[Any]) -> None:
    """Of Python's own values: repeated lists and powers grow without bound."""
    left, right = (*args, None, None)[:2]
    for several, times in ((left, right), (right, left)):
        repeats = isinstance(several, str | list | tuple) and isinstance(times, int)
        if repeats and len(several) * times > MOST_NUMBERS:
            raise TooMuchError
    if isinstance(left, int) and isinstance(right, int):
        size = left.bit_length() * (right if name in {"Pow", "pow"} else 1)
        if size + right.bit_length() > 10_000:
            raise TooMuchError(10_000)


def _sizes(values: Sequence[Any]) -> Iterator[int]:
    for each in values:
        if isinstance(each, list | tuple):
            yield from _sizes(each)
        elif isinstance(each, torch.Tensor | np.ndarray):
            yield made(each)


def check_nested(values: Sequence[Any]) -> None:
    """Refuse lists that hold one another so often that nobody comes to their end."""
    left, stack = MOST_NUMBERS, [iter(values)]
    while stack:
        each = next(stack[-1], stack)
        left -= 1
        if left < 0 or (isinstance(each, range) and len(each) > MOST_NUMBERS):
            raise TooMuchError
        if each is stack:
            stack.pop()
        elif isinstance(each, list | tuple | set):
            stack.append(iter(each))
        elif isinstance(each, dict):
            stack.append(iter(each.values()))


def _numbers(values: Any) -> Iterator[float]:
    """All numbers in nested lists and tuples."""
    for each in values:
        if isinstance(each, list | tuple):
            yield from _numbers(each)
        elif isinstance(each, int | float) and not isinstance(each, bool):
            yield each
