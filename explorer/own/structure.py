"""How somebody's model is put together: its parameters by identity, and what no module knows of."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from explorer.explain.audit.records import Foreign, Held, HiddenPart
from explorer.own.definitions import definition

DEEPEST = 4


def names_of(model: nn.Module) -> dict[int, list[str]]:
    """The names of every parameter, by the identity of its tensor, in the model's order."""
    found: dict[int, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        found.setdefault(id(parameter), []).append(name)
    return found


def held_by(optimizers: tuple[torch.optim.Optimizer, ...]) -> dict[int, list[Held]]:
    """Where every tensor stands that an optimizer holds, by its identity."""
    found: dict[int, list[Held]] = {}
    for place, optimizer in enumerate(optimizers):
        for group, options in enumerate(optimizer.param_groups):
            for tensor in options["params"]:
                found.setdefault(id(tensor), []).append(Held(place, group))
    return found


def foreign(
    optimizers: tuple[torch.optim.Optimizer, ...], known: set[int], reached: set[int]
) -> Iterator[Foreign]:
    """What they hold besides the tensors `known`; to those `reached` a gradient came."""
    for place, optimizer in enumerate(optimizers):
        for group, options in enumerate(optimizer.param_groups):
            for number, tensor in enumerate(options["params"]):
                if id(tensor) not in known:
                    shape = tuple(tensor.shape)
                    yield Foreign(Held(place, group), number, shape, id(tensor) in reached)


def hidden(model: nn.Module) -> tuple[list[HiddenPart], set[int]]:
    """What stands in plain containers and is not registered, and its tensors' identities."""
    modules = {id(module) for module in model.modules()}
    tensors = {id(tensor) for tensor in model.parameters()}
    tensors |= {id(tensor) for tensor in model.buffers()}
    parts: list[HiddenPart] = []
    inside: set[int] = set()
    for home, module in model.named_modules():
        for attribute, value in vars(module).items():
            if attribute.startswith("_") or not isinstance(value, list | tuple | dict | set):
                continue
            name = f"{home}.{attribute}" if home else attribute
            for place, part in _parts(name, value, 0):
                own = [each for each in _parameters(part) if id(each) not in tensors]
                if id(part) in modules or not own:
                    continue
                inside.update(map(id, own))
                wanted = sum(each.requires_grad for each in own)
                made = definition(model, name)
                kind = type(value).__name__
                parts.append(HiddenPart(place, kind, isinstance(part, nn.Module), wanted, made))
    return parts, inside


def _parameters(part: nn.Module | nn.Parameter) -> list[nn.Parameter]:
    return [part] if isinstance(part, nn.Parameter) else list(part.parameters())


def _parts(name: str, value: Any, depth: int) -> Iterator[tuple[str, nn.Module | nn.Parameter]]:
    """The modules and parameters in nested containers, with their places."""
    if isinstance(value, nn.Module | nn.Parameter):
        yield name, value
    elif depth < DEEPEST:
        pairs: list[tuple[Any, Any]] = []
        if isinstance(value, Mapping):
            pairs = list(value.items())
        elif isinstance(value, list | tuple | set):
            pairs = list(enumerate(value))
        for key, each in pairs:
            yield from _parts(f"{name}[{key!r}]", each, depth + 1)
