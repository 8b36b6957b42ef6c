"""A data column by a formula of the other columns, with noise from a seed.

`y = { formula = "sin(2*x)", noise = 0.1, seed = 0 }`: the formula language's checker reads the
text, and numpy computes it in float64, since data is there before torch is. What it may call
are the operations on single numbers. Used by `data`.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.experiment.checking import (
    MAX_RANGE,
    at_key,
    at_least_zero,
    refuse,
    text,
    unknown_key,
    whole,
)
from explorer.experiment.language import parse
from explorer.experiment.operations import ENTRIES
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.tree import Call, Expression, Name, Number, Position, Program, folded

Column = NDArray[np.float64]
KEYS = ("formula", "noise", "seed")


def _clamp(value: Any, *, min: float | None = None, max: float | None = None) -> Any:  # noqa: A002 (torch's names)
    return np.clip(value, min, max)


def _sigmoid(value: Any) -> Any:
    return 1 / (1 + np.exp(-value))


# What is not an operator, under the operations' names.
_SAME = (
    "exp exp2 expm1 log log2 log10 log1p sqrt square reciprocal abs sin cos tan sinh cosh tanh "
    "sinc floor ceil trunc sign maximum minimum hypot fmod logaddexp where deg2rad rad2deg "
    "isnan isinf isfinite logical_and logical_or logical_xor logical_not"
)
FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **{name: getattr(np, name) for name in _SAME.split()},
        **{f"a{name}": getattr(np, f"arc{name}") for name in ("sin", "cos", "tan")},
        **{f"a{name}": getattr(np, f"arc{name}") for name in ("sinh", "cosh", "tanh")},
        "atan2": np.arctan2,
        "round": np.round,
        "clamp": _clamp,
        "relu": lambda value: np.maximum(value, 0),
        "sigmoid": _sigmoid,
        "softplus": lambda value: np.logaddexp(value, 0),
    }
)


def computed(name: str, table: Mapping[str, Any], columns: Mapping[str, Column]) -> Column:
    """The column of that name, from those that are there already.

    Raises:
        BadInput: of the formula, with its place.
        PydanticCustomError: of the other keys.
    """
    for key in table:
        if key not in KEYS:
            raise unknown_key(key, KEYS)
    formula = at_key("formula", text, table["formula"])
    noise = at_key("noise", _spread, table.get("noise", 0.0))
    seed = at_key("seed", whole(0, 2**63 - 1), table.get("seed", 0))
    if not columns:
        raise refuse("column-formula-alone", "formula")
    exact = _value(name, formula, columns)
    generator = np.random.default_rng(seed)
    return exact + generator.normal(0.0, noise, exact.shape) if noise else exact


def _spread(value: object) -> float:
    spread = at_least_zero(value)
    if spread > MAX_RANGE:
        raise refuse("value-too-large")
    return spread


def _value(name: str, formula: str, columns: Mapping[str, Column]) -> Column:
    start = f"{name} = "
    try:
        program = parse(start + formula, (), columns)
        value = _run(program, name, columns)
    except BadInput as problem:
        raise _moved(problem, f"data.{name}.formula", len(start)) from None
    rows = len(next(iter(columns.values())))
    result = np.asarray(value, dtype=np.float64)
    if result.ndim == 0:
        result = np.full(rows, result)
    _check(result, name)
    return result


def _check(result: Column, name: str) -> None:
    place = Place(key=f"data.{name}.formula")
    if not np.isfinite(result).all():
        row = int(np.argwhere(~np.isfinite(result))[0][0]) + 1
        raise BadInput("column-formula-not-finite", place, row=row)


def _moved(problem: BadInput, key: str, shift: int) -> BadInput:
    """The problem with its place in the text that the author wrote."""
    line, column = problem.place.line, problem.place.column
    if column is not None and line == 1:
        column = max(1, column - shift)
    return BadInput(problem.code, Place(key=key, line=line, column=column), **problem.facts)


def _run(program: Program, name: str, columns: Mapping[str, Column]) -> Any:
    if {*program.names, *program.numbers, *program.plain} != {name}:
        raise BadInput("column-formula-lines", Place(line=1, column=1))
    if name in program.numbers:
        return program.numbers[name]
    known: dict[str, Any] = dict(columns)
    with np.errstate(all="ignore"):
        for each in program.assignments:
            known[each.name] = folded(
                each.expression, lambda node, given: _part(node, given, known)
            )
    return known[program.last(name)]


def _part(node: Expression, given: Sequence[Any], known: Mapping[str, Any]) -> Any:
    match node:
        case Number():
            return node.value
        case Name(name):
            return known[name]
    return _called(node, given)


def _called(call: Call, given: Sequence[Any]) -> Any:
    operation = ENTRIES[call.operation]
    function = FUNCTIONS.get(call.operation, operation.python)
    if function is None or call.in_place or call.plain or operation.is_brackets:
        place = _at(call.position)
        raise BadInput("column-formula-operation", place, name=operation.written)
    try:
        return function(*given, **dict(call.options))
    except (ValueError, TypeError):
        raise BadInput("column-formula-shapes", _at(call.position)) from None


def _at(position: Position) -> Place:
    return Place(line=position.line, column=position.column)
