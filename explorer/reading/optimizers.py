"""torch.optim's optimizers and schedulers: parameters, groups and options."""

import ast
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from explorer.experiment.optimizers import OPTIMIZERS
from explorer.reading import tensors, training
from explorer.reading.reader import Reader
from explorer.reading.values import Method, Optimizer, Scheduler, Tensor

_KINDS = MappingProxyType({entry.torch: name for name, entry in OPTIMIZERS.items()})
# How PyTorch computes, not what.
_IGNORED = frozenset({"foreach", "fused", "capturable", "differentiable"})


class Group(dict[str, Any]):
    """One of `optimizer.param_groups`: what is set in it is set in a step."""


def create(
    reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Optimizer:
    """`torch.optim.SGD(model.parameters(), lr=0.1)`."""
    name = dotted.rpartition(".")[2]
    if name not in _KINDS:
        raise reader.refuse(
            node, "program-unknown-optimizer", name=dotted, choices=", ".join(_KINDS)
        )
    if reader.optimizers:
        raise reader.refuse(node, "program-second-optimizer")
    kind = _KINDS[name]
    options = list(OPTIMIZERS[kind].options)
    given = {key: value for key, value in kwargs.items() if key not in _IGNORED}
    members = args[0] if args else given.pop("params", None)
    given.update(zip(options, args[1:], strict=False))
    defaults = {**OPTIMIZERS[kind].defaults, **_checked(reader, kind, given, node)}
    optimizer = Optimizer(kind, defaults, [], node)
    members = tensors.items(reader, members, node)
    if members and all(isinstance(each, dict) for each in members):
        for each in members:
            add_group(reader, optimizer, each, node)
    else:
        add_group(reader, optimizer, {"params": members}, node)
    reader.optimizers.append(optimizer)
    return optimizer


def _checked(reader: Reader, kind: str, given: Mapping[str, Any], node: ast.AST) -> dict[str, Any]:
    known = OPTIMIZERS[kind].options
    for key in given:
        if key not in known:
            raise reader.refuse(
                node, "program-unknown-option", name=OPTIMIZERS[kind].torch, option=key
            )
    return {key: tensors.plain(value) for key, value in given.items()}


def add_group(
    reader: Reader, optimizer: Optimizer, table: Mapping[str, Any], node: ast.AST
) -> None:
    """One more group of parameters."""
    members = table.get("params", [])
    members = [members] if isinstance(members, Tensor) else tensors.items(reader, members, node)
    members = [each[1] if isinstance(each, tuple) else each for each in members]
    for each in members:
        if isinstance(each, Tensor) and each.known:
            # PyTorch takes it too: it moves from when it requires grad.
            training.become_leaf(reader, each, False)
        if not isinstance(each, Tensor) or not each.is_leaf:
            raise reader.refuse(node, "program-not-parameters")
    given = {key: value for key, value in table.items() if key not in {"params", *_IGNORED, "name"}}
    options = {**optimizer.defaults, **_checked(reader, optimizer.kind, given, node)}
    optimizer.groups.append(Group({"params": members, "name": table.get("name"), **options}))


def method(reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """`optimizer.step()` and its kin."""
    optimizer, name = callee.subject, callee.name
    loop: training.Loop | None = reader.training
    if name == "zero_grad":
        members = [each for group in optimizer.groups for each in group["params"]]
        return training.clear(reader, members, args, kwargs)
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
        add_group(reader, optimizer, args[0], node)
        return None
    raise reader.refuse(node, "program-unknown-function", name=f".{name}()")


# -- schedulers --------------------------------------------------------------------------------


def scheduler(
    reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Scheduler:
    """`torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)`."""
    name = dotted.rpartition(".")[2]
    entry = _SCHEDULERS.get(name)
    optimizer = args[0] if args else kwargs.get("optimizer")
    if entry is None or not isinstance(optimizer, Optimizer):
        raise reader.refuse(node, "program-unknown-function", name=f"{dotted}()")
    names, make = entry
    given = {**dict(zip(names, args[1:], strict=False)), **kwargs}
    given.pop("optimizer", None)
    if not set(given) <= set(names):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    try:
        return Scheduler(optimizer, make(optimizer.groups[0]["lr"], **given))
    except (TypeError, ValueError) as error:
        raise reader.refused(node, error) from None


Rate = Callable[[int, float], float]


def _step_lr(_start: float, step_size: int, gamma: float = 0.1) -> Rate:
    return lambda count, now: now * gamma if count % int(step_size) == 0 else now


def _multi_step_lr(_start: float, milestones: list[int], gamma: float = 0.1) -> Rate:
    return lambda count, now: now * gamma ** list(milestones).count(count)


def _exponential_lr(_start: float, gamma: float) -> Rate:
    return lambda _count, now: now * gamma


def _cosine_lr(start: float, T_max: int, eta_min: float = 0.0) -> Rate:  # noqa: N803 (torch's name)
    def rate(count: int, now: float) -> float:
        if (count - 1 - T_max) % (2 * T_max) == 0:
            return now + (start - eta_min) * (1 - math.cos(math.pi / T_max)) / 2
        return (1 + math.cos(math.pi * count / T_max)) / (
            1 + math.cos(math.pi * (count - 1) / T_max)
        ) * (now - eta_min) + eta_min

    return rate


_SCHEDULERS: Mapping[str, tuple[tuple[str, ...], Callable[..., Rate]]] = MappingProxyType(
    {
        "StepLR": (("step_size", "gamma"), _step_lr),
        "MultiStepLR": (("milestones", "gamma"), _multi_step_lr),
        "ExponentialLR": (("gamma",), _exponential_lr),
        "CosineAnnealingLR": (("T_max", "eta_min"), _cosine_lr),
    }
)
