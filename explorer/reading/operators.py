"""What operators and conditions make of the values of a program, whatever those are.

Numbers are computed, tensors written with the author's own text, and what depends on the step
is computed anew for every one. Called by `expressions`, and wherever values are combined.
"""

import ast
from collections.abc import Callable
from typing import Any

from explorer.reading import tensors
from explorer.reading.known import COMPARISONS, OPERATORS
from explorer.reading.reader import ERRORS, Reader
from explorer.reading.values import Opaque, PerStep, Scalar, Tensor


def kept(reader: Reader, value: Any, node: ast.expr) -> Any:
    """A value that goes into a list: a tensor under a name, for it may be read often."""
    if isinstance(value, Tensor) and not value.known and not value.is_leaf:
        return reader.settled(value, "part", node)
    return value


def operate(
    reader: Reader,
    node: ast.expr,
    name: str,
    left: tuple[Any, ast.expr],
    right: tuple[Any, ast.expr],
) -> Any:
    """`left + right`, of tensors or numbers, each with its node."""
    function = OPERATORS.get(name) or COMPARISONS.get(name)
    if function is None:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    return combined(reader, node, name, function, [left, right])


def combined(
    reader: Reader,
    node: ast.expr,
    name: str,
    function: Callable[..., Any],
    parts: list[tuple[Any, ast.expr]],
) -> Any:
    """A function of values, whatever they are; its text is the author's own."""
    values = [value for value, _ in parts]
    if any(isinstance(value, PerStep) for value in values):
        return per_step(reader, node, name, function, values)
    if not any(isinstance(value, Tensor | Scalar) for value in values):
        return reader.attempt(node, name, function, values, {})
    now = reader.attempt(node, name, function, [tensors.plain(each) for each in values], {})
    symbolic = any(_trains(value) for value in values)
    written = tensors.Writer(reader, node, parts, symbolic)
    scalar = all(isinstance(value, Scalar | int | float) for value in values)
    return tensors.result(reader, now, written, symbolic, scalar)


def _trains(value: Any) -> bool:
    return isinstance(value, Scalar) or (isinstance(value, Tensor) and not value.known)


def per_step(
    reader: Reader, node: ast.AST, name: str, function: Callable[..., Any], values: list[Any]
) -> Any:
    """What depends on the step, computed anew for every one."""
    if any(isinstance(value, Tensor | Scalar) for value in values):
        raise reader.refuse(node, "program-step-in-formula", what=reader.shown(node))

    def at(count: int) -> Any:
        now = [value.at(count) if isinstance(value, PerStep) else value for value in values]
        if name in _SMALL and all(type(value) in (int, float, bool) for value in now):
            # A million steps ask for it, and nothing can come of it that is large.
            return function(*now)
        return reader.attempt(node, name, function, now, {})

    return PerStep(at)


_SMALL = frozenset({"Add", "Sub", *COMPARISONS}) - {"In", "NotIn"}


def truth(reader: Reader, value: Any, node: ast.expr) -> Any:
    """Whether it holds: known before training, or of the step alone."""
    if isinstance(value, Opaque):
        raise value.problem
    if isinstance(value, Scalar) or (isinstance(value, Tensor) and not value.known):
        raise reader.refuse(node, "program-condition-on-tensor", what=reader.shown(node))
    if isinstance(value, PerStep):
        return value
    try:
        return bool(tensors.plain(value))
    except ERRORS as error:
        raise reader.refused(node, error) from None
