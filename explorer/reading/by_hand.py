"""Updates by hand, `w -= lr * w.grad` in many forms: plain gradient descent, as torch.optim has it.

Called by `assignments` and `calls`; what is found goes to the training loop, as `optimizer.step()`.
"""

import ast
import operator
from collections.abc import Callable
from typing import Any

import torch

from explorer.reading import tensors
from explorer.reading.reader import Reader
from explorer.reading.training import Loop, Rate, cleared, on_numbers, per_step
from explorer.reading.values import Data, GradOf, Leaf, Method, PerStep, Tensor

_UPDATES = frozenset({"sub_", "add_", "copy_"})


def is_update(callee: Method) -> bool:
    """Whether the call may be one: `w.sub_(…)`, `w.data.add_(…)`."""
    return callee.name in _UPDATES and _leaf(callee.subject) is not None


def _leaf(value: Any) -> Leaf | None:
    value = value.tensor if isinstance(value, Data) else value
    return value.leaf if isinstance(value, Tensor) else None


def update_by_method(reader: Reader, callee: Method, node: ast.Call) -> Any:
    """`w.sub_(lr * w.grad)`; where no gradient is in it, other numbers for the leaf."""
    leaf = _leaf(callee.subject)
    assert leaf is not None
    first = node.args[0] if node.args else None
    if first is None or not _has_gradient(first) or not reader.in_step:
        args = [tensors.plain(reader.needed(each)) for each in node.args]
        kwargs = {str(each.arg): reader.needed(each.value) for each in node.keywords}
        if isinstance(callee.subject, Tensor) and not reader.no_grad:
            raise reader.refuse(node, "program-in-place-on-leaf", what=reader.shown(node))
        function = getattr(torch.Tensor, callee.name)
        return on_numbers(reader, callee.subject, (function, node), args, kwargs)
    factor = 1.0
    for each in node.keywords:
        factor = _number(reader, each.value)
    if callee.name == "copy_":
        _moved(reader, leaf, first, callee.subject)
    else:
        rate = _joined(operator.mul, _rate(reader, first, leaf), factor)
        _update(reader, leaf, _signed(rate, callee.name == "sub_"), node, callee.subject)
    return None


def augmented(reader: Reader, target: Any, node: ast.AugAssign) -> bool:
    """`w -= lr * w.grad`: whether it is one."""
    leaf = _leaf(target)
    if leaf is None or not _has_gradient(node.value):
        return False
    if not isinstance(node.op, ast.Sub | ast.Add):
        raise reader.refuse(node, "program-update-not-sgd", what=reader.shown(node))
    rate = _rate(reader, node.value, leaf)
    _update(reader, leaf, _signed(rate, isinstance(node.op, ast.Sub)), node, target)
    return True


def reassigned(reader: Reader, target: Any, value: ast.expr) -> bool:
    """`w.data = w.data - lr * w.grad`, `w = w - lr * w.grad`: whether it is one."""
    leaf = _leaf(target)
    if leaf is None or not reader.in_step or not _has_gradient(value):
        return False
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr not in {"detach", "requires_grad_", "clone"}:
            break
        # A new leaf, which has no gradient yet.
        cleared_later = value.func.attr == "requires_grad_"
        value = value.func.value
        if cleared_later:
            _moved(reader, leaf, _inner(value), target, new=True)
            cleared(reader, [leaf], "none")
            return True
    _moved(reader, leaf, value, target)
    return True


def _inner(value: ast.expr) -> ast.expr:
    while (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in {"detach", "clone"}
    ):
        value = value.func.value
    return value


def _moved(reader: Reader, leaf: Leaf, value: ast.expr, target: Any, new: bool = False) -> None:
    minus = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub | ast.Add)
    if not minus or _leaf(reader.evaluate(value.left)) is not leaf:  # type: ignore[attr-defined]
        raise reader.refuse(value, "program-update-not-sgd", what=reader.shown(value))
    assert isinstance(value, ast.BinOp)
    rate = _rate(reader, value.right, leaf)
    free = Data(target) if new and isinstance(target, Tensor) else target
    _update(reader, leaf, _signed(rate, isinstance(value.op, ast.Sub)), value, free)


def _has_gradient(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "grad" for each in ast.walk(node))


def _rate(reader: Reader, node: ast.expr, leaf: Leaf) -> Any:
    """The learning rate in `lr * w.grad`: a number, or one for every step."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _joined(operator.mul, -1.0, _rate(reader, node.operand, leaf))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        first, second = (
            (node.left, node.right) if _has_gradient(node.right) else (node.right, node.left)
        )
        return _joined(operator.mul, _number(reader, first), _rate(reader, second, leaf))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _joined(
            operator.truediv, _rate(reader, node.left, leaf), _number(reader, node.right)
        )
    value = reader.evaluate(node) if isinstance(node, ast.Attribute | ast.Name) else None
    if isinstance(value, GradOf) and value.leaf is leaf:
        return 1.0
    raise reader.refuse(node, "program-update-not-sgd", what=reader.shown(node))


def _signed(rate: Any, minus: bool) -> Any:
    return rate if minus else _joined(operator.mul, -1.0, rate)


def _joined(function: Callable[[float, float], float], first: Any, second: Any) -> Any:
    if not isinstance(first, PerStep) and not isinstance(second, PerStep):
        return function(first, second)
    return PerStep(lambda count: function(per_step(first, count), per_step(second, count)))


def _number(reader: Reader, node: ast.expr) -> Any:
    value = tensors.plain(reader.needed(node))
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, PerStep):
        return value
    if not isinstance(value, int | float):
        raise reader.refuse(node, "program-update-not-sgd", what=reader.shown(node))
    return float(value)


def _update(reader: Reader, leaf: Leaf, rate: Any, node: ast.AST, target: Any) -> None:
    loop: Loop | None = reader.training
    if isinstance(target, Tensor) and not reader.no_grad:
        raise reader.refuse(node, "program-in-place-on-leaf", what=reader.shown(node))
    if loop is None:
        return
    if loop.backward is None:
        raise reader.refuse(node, "program-update-before-backward")
    if loop.stepped or id(leaf) in loop.rates:
        raise reader.refuse(node, "program-second-update")
    before = next(iter(loop.rates.values()), None)
    if before is not None and before.steps is not loop.when:
        raise reader.refuse(node, "program-update-sometimes")
    loop.rates[id(leaf)] = Rate(leaf, rate, loop.when, node)
