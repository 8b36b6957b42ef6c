"""What a program does to train: backward, zero_grad, updates, switches and their steps.

A step of the experiment is forward, zero_grad, backward, update. A program may clear its
gradients anywhere but between backward and update: the numbers are the same. What happens at
some steps only becomes a change. `finish` puts it all together at the end of the loop.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from explorer.reading import tensors
from explorer.reading.reader import Reader
from explorer.reading.values import (
    Data,
    GradOf,
    Leaf,
    Method,
    Optimizer,
    PerStep,
    Scheduler,
    Tensor,
)

MAX_CHANGES = 2_000
_UPDATES = frozenset({"sub_", "add_", "copy_"})


class Finished(Exception):  # noqa: N818 (control flow, as Python's StopIteration)
    """The program has gone backward for the last time: what follows is not read."""


@dataclass(frozen=True, eq=False)
class Event:
    """What happens at some steps: at all if `steps` is None; `after` the update, or before it."""

    kind: str
    subject: Any
    value: Any
    steps: Sequence[int] | None
    after: bool
    node: ast.AST


@dataclass(frozen=True, eq=False)
class Backward:
    """The `backward()` of the program, and the scalar that it begins at."""

    tensor: Tensor
    node: ast.Call


@dataclass(eq=False)
class Loop:
    """The training loop, as far as its body was read."""

    node: ast.stmt
    count: int
    lines_before: int
    when: Sequence[int] | None = None
    backward: Backward | None = None
    stepped: list[tuple[Optimizer, Sequence[int] | None]] = field(default_factory=list)
    rates: dict[int, tuple[Leaf, float]] = field(default_factory=dict)
    clears: list[tuple[str, set[int], Sequence[int] | None]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    end: int | None = None

    @property
    def updated(self) -> bool:
        """Whether the update of this step has begun."""
        return bool(self.stepped or self.rates)


def randomly(reader: Reader, node: ast.AST, consumes: bool = True) -> None:
    """Random numbers are drawn: before training only."""
    if reader.in_step:
        raise reader.refuse(node, "program-random-in-step", what=reader.shown(node))
    if consumes and not reader.seeded:
        reader.random = True


# -- backward ----------------------------------------------------------------------------------


def backward(
    reader: Reader, tensor: Tensor, node: ast.Call, args: Sequence[Any], kwargs: dict[str, Any]
) -> None:
    """`loss.backward()`."""
    gradient = kwargs.get("gradient", args[0] if args else None)
    if tensor.known:
        raise reader.refuse(node, "program-backward-of-numbers", what=reader.shown(node))
    loop: Loop | None = reader.training
    before = loop.backward if loop else reader.backward
    if before is not None:
        raise reader.refuse(node, "program-second-backward", first=before.node.lineno)
    if loop is not None and loop.when is not None:
        raise reader.refuse(node, "program-backward-sometimes")
    found = Backward(_scalar(reader, tensor, gradient, node), node)
    if loop is None:
        reader.backward = found
        raise Finished
    loop.backward = found


def _scalar(reader: Reader, tensor: Tensor, gradient: Any, node: ast.Call) -> Tensor:
    """What the experiment descends: one number."""
    if not isinstance(gradient, Tensor):
        if tensor.now.numel() != 1:
            raise reader.refuse(node, "program-backward-not-scalar", what=reader.shown(node))
        return tensor
    text = reader.text(tensor, node)
    if tensor.now.dim() == 0 and gradient.now.numel() == 1 and float(gradient.now) == 1.0:
        return tensor
    if not bool((gradient.now == 1).all()):
        text = f"({text} * {reader.text(gradient, node)})"
    elif not text.isidentifier():
        text = f"({text})"
    return Tensor(tensor.now.sum(), False, f"{text}.sum()", home=reader.scope)


def grad(reader: Reader, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """`torch.autograd.grad(loss, w)`: the same gradients, in other places."""
    subject = args[0] if args else kwargs.get("outputs")
    if reader.in_step or kwargs.get("create_graph") or not isinstance(subject, Tensor):
        raise reader.refuse(node, "program-autograd-grad")
    backward(reader, subject, node, [], {"gradient": kwargs.get("grad_outputs")})


# -- gradients cleared ---------------------------------------------------------------------------


def clear(
    reader: Reader, subjects: Iterable[Tensor], args: list[Any], kwargs: dict[str, Any]
) -> None:
    """`zero_grad()` of these leaves."""
    to_none = bool(kwargs.get("set_to_none", args[0] if args else True))
    cleared(reader, [each.leaf for each in subjects if each.leaf], "none" if to_none else "zero")


def cleared(reader: Reader, leaves: Sequence[Leaf], kind: str) -> None:
    """Their gradients are None, or zero, from here on."""
    loop: Loop | None = reader.training
    if loop is None:
        return
    if loop.backward is not None and not loop.updated:
        kind = "lost"
    loop.clears.append((kind, {id(leaf) for leaf in leaves}, loop.when))


def optimizer_method(
    reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: Any
) -> Any:
    """`optimizer.step()` and its kin."""
    optimizer, name = callee.subject, callee.name
    loop: Loop | None = reader.training
    if name == "zero_grad":
        members = [each for group in optimizer.groups for each in group["params"]]
        return clear(reader, members, args, kwargs)
    if name == "step":
        if args or kwargs:
            raise reader.refuse(node, "program-closure")
        if loop is None:
            return None
        if loop.stepped or loop.rates:
            raise reader.refuse(node, "program-second-update")
        if loop.backward is None:
            raise reader.refuse(node, "program-update-before-backward")
        loop.stepped.append((optimizer, loop.when))
        return None
    if name == "add_param_group" and args and isinstance(args[0], dict):
        from explorer.reading import optimizers

        optimizers.add_group(reader, optimizer, args[0], node)
        return None
    raise reader.refuse(node, "program-unknown-function", name=f".{name}()")


# -- switches and numbers ------------------------------------------------------------------------


def set_requires_grad(reader: Reader, tensor: Tensor, wanted: bool, node: ast.AST) -> None:
    """`w.requires_grad_(wanted)`."""
    if tensor.leaf is None:
        if not tensor.known:
            tensors.new_leaf(reader, tensor, wanted, node)
            return
        if reader.in_step and tensor.known:
            column = Leaf(tensor.now, False, reader.text(tensor, node))
            event(reader, "requires_grad", column, wanted, node)
        elif wanted:
            become_leaf(reader, tensor)
        return
    if not reader.in_step:
        tensor.leaf.requires_grad = wanted
        return
    event(reader, "requires_grad", tensor.leaf, wanted, node)


def become_leaf(reader: Reader, tensor: Tensor, requires_grad: bool = True) -> None:
    """Numbers that are to require grad, now or later."""
    made = reader.new_leaf(tensor.now, requires_grad)
    assert made.leaf is not None
    tensor.leaf, tensor.known, tensor.write = made.leaf, False, None
    if tensor.name:
        reader.name_leaf(made.leaf, tensor.name)


def event(reader: Reader, kind: str, subject: Any, value: Any, node: ast.AST) -> None:
    """Something changes at these steps, before the forward pass or after the update."""
    loop: Loop = reader.training
    begun = len(reader.lines.found) > loop.lines_before or loop.backward is not None
    if begun and not loop.updated and kind != "option":
        raise reader.refuse(node, "program-change-in-step", what=reader.shown(node))
    loop.events.append(Event(kind, subject, value, loop.when, loop.updated, node))


def set_option(reader: Reader, group: Any, key: str, value: Any, node: ast.AST) -> None:
    """`optimizer.param_groups[0]["lr"] = value`; `value` may be a function of the old one."""
    if not reader.in_step:
        group[key] = value(group[key]) if callable(value) else value
        return
    event(reader, "option", (group, key), value, node)


def schedule(reader: Reader, scheduler: Scheduler, name: str, node: ast.Call) -> Any:
    """`scheduler.step()`."""
    if name == "get_last_lr":
        return [group["lr"] for group in scheduler.optimizer.groups]
    if name != "step" or not reader.in_step:
        raise reader.refuse(node, "program-unknown-function", name=f".{name}()")
    event(reader, "schedule", scheduler, None, node)
    return None


def flip(reader: Reader, switches: set[Any], name: str, args: list[Any], node: ast.AST) -> None:
    """`detached.add("z")`: the set of what is detached at a moment."""
    if reader.in_step:
        event(reader, "flip", args[0], name == "add", node)
    elif name == "add":
        switches.add(args[0])
    else:
        switches.discard(args[0])


def switch(reader: Reader, node: ast.IfExp) -> Any:
    """`z.detach() if "z" in detached else z`; None if it is another choice."""
    test = node.test
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.In):
        return None
    key = test.left.value if isinstance(test.left, ast.Constant) else None
    detaches = isinstance(node.body, ast.Call) and tensors.node_name(node.body) == "detach"
    if not isinstance(key, str) or not detaches or not reader.in_step:
        return None
    value, switches = reader.needed(node.orelse), reader.needed(test.comparators[0])
    if not isinstance(value, Tensor) or not isinstance(switches, set):
        return None
    return reader.switched(key, value, key in switches, node)


def on_numbers(
    reader: Reader,
    subject: Any,
    called: tuple[Callable[..., Any], ast.Call],
    args: list[Any],
    kwargs: dict[str, Any],
) -> Any:
    """A function that changes a leaf's numbers in place: its first ones, or at a step."""
    function, node = called
    tensor = subject.tensor if isinstance(subject, Data) else subject
    if not isinstance(tensor, Tensor) or not (tensor.known or tensor.is_leaf):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    given = {key: tensors.plain(each) for key, each in kwargs.items()}
    if not reader.in_step:
        name = tensors.node_name(node)
        reader.attempt(node, name, function, [tensor.now, *args], given)
        return tensor
    if tensor.leaf is None:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    if function.__name__ not in {"copy_", "fill_", "zero_", "zeros_", "ones_", "constant_"}:
        raise reader.refuse(node, "program-value-in-step", what=reader.shown(node))
    changed = tensor.now.clone()
    reader.attempt(node, function.__name__, function, [changed, *args], given)
    event(reader, "value", tensor.leaf, changed.tolist(), node)
    return tensor


def in_place(reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """`x.mul_(2)`."""
    tensor, name = callee.subject, callee.name
    if name.endswith(("uniform_", "normal_", "random_", "bernoulli_", "exponential_")):
        randomly(reader, node)
    if tensors.trains(args) or not (tensor.known or tensor.is_leaf):
        return tensors.changed(reader, callee, node, args, kwargs)
    if tensor.is_leaf and not reader.no_grad:
        raise reader.refuse(node, "program-in-place-on-leaf", what=reader.shown(node))
    given = [tensors.plain(each) for each in args]
    function = getattr(torch.Tensor, name)
    return on_numbers(reader, tensor, (function, node), given, kwargs)


def on_part(reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """`w.data.normal_()`, `w.grad.zero_()`."""
    subject, name = callee.subject, callee.name
    if isinstance(subject, GradOf):
        if name == "zero_" or (name == "fill_" and args == [0]):
            cleared(reader, [subject.leaf], "zero")
            return subject
        if name in {"detach_", "detach", "clone", "item", "norm", "data"}:
            return subject
        raise reader.refuse(node, "program-gradient-used", what=reader.shown(node))
    if name in {"uniform_", "normal_", "random_", "bernoulli_", "exponential_"}:
        randomly(reader, node)
    function = getattr(torch.Tensor, name, None)
    if function is None or not name.endswith("_"):
        raise reader.refuse(node, "program-unknown-function", name=f".{name}()")
    given = [tensors.plain(each) for each in args]
    return on_numbers(reader, subject, (function, node), given, kwargs)


def utility(
    reader: Reader, dotted: str, node: ast.Call, _args: list[Any], _kwargs: dict[str, Any]
) -> Any:
    """torch.nn.utils: clipping."""
    raise reader.refuse(node, "program-unknown-function", name=f"{dotted}()")


def loader(
    reader: Reader, dotted: str, node: ast.Call, _args: list[Any], _kwargs: dict[str, Any]
) -> Any:
    """torch.utils.data."""
    raise reader.refuse(node, "program-data-loader", name=dotted)


# -- updates by hand -----------------------------------------------------------------------------


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
        rate = _rate(reader, first, leaf) * factor
        _update(reader, leaf, rate if callee.name == "sub_" else -rate, node, callee.subject)
    return None


def augmented(reader: Reader, target: Any, node: ast.AugAssign) -> bool:
    """`w -= lr * w.grad`: whether it is one."""
    leaf = _leaf(target)
    if leaf is None or not _has_gradient(node.value):
        return False
    if not isinstance(node.op, ast.Sub | ast.Add):
        raise reader.refuse(node, "program-update-not-sgd", what=reader.shown(node))
    rate = _rate(reader, node.value, leaf)
    _update(reader, leaf, rate if isinstance(node.op, ast.Sub) else -rate, node, target)
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
    _update(reader, leaf, rate if isinstance(value.op, ast.Sub) else -rate, value, free)


def _has_gradient(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "grad" for each in ast.walk(node))


def _rate(reader: Reader, node: ast.expr, leaf: Leaf) -> float:
    """The learning rate in `lr * w.grad`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_rate(reader, node.operand, leaf)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        first, second = (
            (node.left, node.right) if _has_gradient(node.right) else (node.right, node.left)
        )
        return _number(reader, first) * _rate(reader, second, leaf)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _rate(reader, node.left, leaf) / _number(reader, node.right)
    value = reader.evaluate(node) if isinstance(node, ast.Attribute | ast.Name) else None
    if isinstance(value, GradOf) and value.leaf is leaf:
        return 1.0
    raise reader.refuse(node, "program-update-not-sgd", what=reader.shown(node))


def _number(reader: Reader, node: ast.expr) -> float:
    value = tensors.plain(reader.needed(node))
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if not isinstance(value, int | float):
        raise reader.refuse(node, "program-update-not-sgd", what=reader.shown(node))
    return float(value)


def _update(reader: Reader, leaf: Leaf, rate: float, node: ast.AST, target: Any) -> None:
    loop: Loop | None = reader.training
    if isinstance(target, Tensor) and not reader.no_grad:
        raise reader.refuse(node, "program-in-place-on-leaf", what=reader.shown(node))
    if loop is None:
        return
    if loop.when is not None:
        raise reader.refuse(node, "program-update-sometimes")
    if loop.backward is None:
        raise reader.refuse(node, "program-update-before-backward")
    if loop.stepped or id(leaf) in loop.rates:
        raise reader.refuse(node, "program-second-update")
    loop.rates[id(leaf)] = (leaf, rate)


def per_step(value: Any, count: int) -> Any:
    """The value at a step."""
    return value.at(count) if isinstance(value, PerStep) else value
