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
    Frame,
    Leaf,
    Method,
    Optimizer,
    PerStep,
    Scheduler,
    Tensor,
)

MAX_CHANGES = 2_000


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


@dataclass(frozen=True, eq=False)
class Clear:
    """The gradients of these leaves become None or zero, `after` the update or before it."""

    kind: str
    leaves: frozenset[int]
    steps: Sequence[int] | None
    after: bool


@dataclass(frozen=True, eq=False)
class Rate:
    """A leaf updated by hand, the rate, and the steps that do; all if `steps` is None."""

    leaf: Leaf
    rate: Any
    steps: Sequence[int] | None
    node: ast.AST


@dataclass(eq=False)
class Loop:
    """The training loop, as far as its body was read."""

    node: ast.stmt
    count: int
    lines_before: int
    frame: Frame
    when: Sequence[int] | None = None
    backward: Backward | None = None
    stepped: list[tuple[Optimizer, Sequence[int] | None]] = field(default_factory=list)
    rates: dict[int, Rate] = field(default_factory=dict)
    clears: list[Clear] = field(default_factory=list)
    clips: list[Any] = field(default_factory=list)
    carried: dict[tuple[int, str], Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    end: int | None = None
    # With batches: `count` are the steps of all epochs, `per` those of one.
    nested: bool = False
    phase: str = "batch"
    per: int = 1
    drawn: bool = False
    lines_after: int | None = None
    batch: Any = None
    columns: dict[int, Any] = field(default_factory=dict)

    @property
    def updated(self) -> bool:
        """Whether the update of this step has begun."""
        return bool(self.stepped or self.rates)

    @property
    def update_steps(self) -> Sequence[int] | None:
        """The steps that update, counted from 0; None if all do."""
        found = [when for _, when in self.stepped] or [each.steps for each in self.rates.values()]
        return found[0] if found else None

    def active(self) -> Callable[[int], bool] | None:
        """Whether what is read now happens at a step; None if at all of them."""
        when = None if self.when is None else frozenset(self.when)
        if self.phase == "before":
            # At the beginning of an epoch; how many steps it has is not known yet.
            return lambda at: at % self.per == 0 and (when is None or at // self.per in when)
        return None if when is None else when.__contains__


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
    members = frozenset(id(leaf) for leaf in leaves)
    loop.clears.append(Clear(kind, members, loop.when, loop.updated))


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
    made.leaf.place = min(tensor.place, made.leaf.place)
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
    event(reader, "value", tensor.leaf, changed, node)
    return tensor


def in_place(reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """`x.mul_(2)`."""
    tensor, name = callee.subject, callee.name
    if name.endswith(("uniform_", "normal_", "random_", "bernoulli_", "exponential_")):
        randomly(reader, node)
    # Of numbers too, if a line of the formula makes them anew in every step.
    made = tensor.home is not None
    if made or tensors.trains(args) or not (tensor.known or tensor.is_leaf):
        return tensors.changed(reader, callee, node, args, kwargs)
    if tensor.is_leaf and not reader.no_grad:
        raise reader.refuse(node, "program-in-place-on-leaf", what=reader.shown(node))
    given = [tensors.plain(each) for each in args]
    function = getattr(torch.Tensor, name)
    return on_numbers(reader, tensor, (function, node), given, kwargs)


def per_step(value: Any, count: int) -> Any:
    """The value at a step."""
    return value.at(count) if isinstance(value, PerStep) else value
