"""What a model is made of, as the window shows it."""

from types import MappingProxyType
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from explorer.own.plan import Anatomy, ModulePart, ParameterPart
from explorer.own.setup import Setup


def anatomy(setup: Setup) -> Anatomy:
    """The modules and parameters of a model, and the learning rates it is trained with."""
    held = {
        id(each)
        for optimizer in setup.optimizers
        for group in optimizer.param_groups
        for each in group["params"]
    }
    first: dict[int, str] = {}
    parameters = []
    for name, each in setup.model.named_parameters(remove_duplicate=False):
        same_as = first.get(id(each))
        first.setdefault(id(each), name)
        parameters.append(ParameterPart(name, _shape(each), id(each) in held, same_as))
    modules = tuple(
        ModulePart(name, type(module).__name__)
        for name, module in setup.model.named_modules(remove_duplicate=False)
    )
    rates = {name: float(group["lr"]) for name, group in groups(setup).items() if "lr" in group}
    return Anatomy(modules, tuple(parameters), MappingProxyType(rates))


def _shape(parameter: nn.Parameter) -> tuple[int, ...]:
    return () if is_lazy(parameter) else tuple(parameter.shape)


def groups(setup: Setup) -> dict[str, dict[str, Any]]:
    """The groups of the optimizers: the only one is `rest`, else they are counted from 0."""
    found = [group for optimizer in setup.optimizers for group in optimizer.param_groups]
    if len(found) == 1:
        return {"rest": found[0]}
    return {str(place): group for place, group in enumerate(found)}


def with_number(old: Any, new: Any) -> Any:
    """An option's new value, as the optimizer has the old one."""
    return torch.as_tensor(new, dtype=old.dtype) if isinstance(old, torch.Tensor) else new
