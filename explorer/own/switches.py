"""The switches on somebody's own model: requires_grad of parameters, detach of modules' outputs.

Written as `NAME.requires_grad=false` or `NAME.detach=true`. The name is that of a parameter or of
a module, which stands for all parameters in it; the empty name, and `model`, is the whole. A
detached module's output has its numbers and no way back; the hook for that is there only while
the switch is on.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from explorer.experiment.names import nearest, shortened
from explorer.experiment.problem import BadInput

REQUIRES_GRAD, DETACH = SWITCHES = ("requires_grad", "detach")
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Switch:
    """`name` is a parameter's or a module's, `kind` one of SWITCHES."""

    name: str
    kind: str
    on: bool


def parsed(texts: Sequence[str]) -> list[Switch]:
    """The switches of `--set` options. Raises BadInput `not-a-switch`."""
    return [_parsed(text) for text in texts]


def _parsed(text: str) -> Switch:
    key, equals, value = text.partition("=")
    name, _, kind = key.strip().rpartition(".")
    wanted = _WORDS.get(value.strip().lower())
    if not equals or kind not in SWITCHES or wanted is None:
        raise BadInput("not-a-switch", given=shortened(text))
    return Switch(name, kind, wanted)


class Switches:
    """What was switched on a model, and undone by `release`."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._parameters = dict(model.named_parameters(remove_duplicate=False))
        self._modules = dict(model.named_modules(remove_duplicate=False))
        self._hooks: dict[str, torch.utils.hooks.RemovableHandle] = {}

    def set(self, switch: Switch) -> None:
        """Flip it. Raises BadInput `no-such-part`, or `detach-of-parameter`."""
        name = self.known(switch.name)
        if switch.kind == REQUIRES_GRAD:
            self._require(name, switch.on)
        elif name in self._modules:
            self._detach(name, switch.on)
        else:
            raise BadInput("detach-of-parameter", name=name)

    @property
    def cuts(self) -> frozenset[str]:
        """The modules whose output is detached."""
        return frozenset(self._hooks)

    @property
    def flags(self) -> dict[str, bool]:
        """requires_grad of every parameter, by every name that it has."""
        return {name: each.requires_grad for name, each in self._parameters.items()}

    def flags_in(self, name: str) -> dict[str, bool]:
        """The same of a parameter, or of all in a module. Raises BadInput `no-such-part`."""
        known = self.known(name)
        if known in self._parameters:
            return {known: self._parameters[known].requires_grad}
        start = f"{known}." if known else ""
        return {each: on for each, on in self.flags.items() if each.startswith(start)}

    def is_cut(self, name: str) -> bool:
        """Whether the module's output is detached. Raises BadInput `no-such-part`."""
        return self.known(name) in self._hooks

    def release(self) -> None:
        """Take the hooks away."""
        for handle in self._hooks.values():
            handle.remove()
        self._hooks.clear()

    def known(self, name: str) -> str:
        """The name as the model has it: `model.fc` may be said for `fc`.

        Raises BadInput `no-such-part`.
        """
        for each in (name, name.removeprefix("model").removeprefix(".")):
            if each in self._modules or each in self._parameters:
                return each
        close = nearest(name, [*self._parameters, *self._modules])
        raise BadInput("no-such-part", name=shortened(name), nearest=close)

    def _require(self, name: str, wanted: bool) -> None:
        part = self._parameters[name] if name in self._parameters else self._modules[name]
        try:
            part.requires_grad_(wanted)
        except RuntimeError as error:
            # Of whole numbers, or of what is no leaf.
            said = str(error).partition("\n")[0]
            raise BadInput("switch-refused", name=name, message=said) from None

    def _detach(self, name: str, wanted: bool) -> None:
        if wanted and name not in self._hooks:
            self._hooks[name] = self._modules[name].register_forward_hook(_cut)
        elif not wanted and name in self._hooks:
            self._hooks.pop(name).remove()


def _cut(module: nn.Module, given: Any, output: Any) -> Any:  # noqa: ARG001 (PyTorch's signature)
    return detached(output)


def detached(output: Any) -> Any:
    """The same with every tensor detached: in tuples, lists and mappings of whatever type."""
    if isinstance(output, torch.Tensor):
        return output.detach()
    if isinstance(output, tuple):
        parts = [detached(each) for each in output]
        # Of a named tuple the parts are arguments of their own.
        return type(output)(*parts) if hasattr(output, "_fields") else type(output)(parts)
    if isinstance(output, list):
        return [detached(each) for each in output]
    if isinstance(output, Mapping):
        found: Any = copy.copy(output)
        for key, each in output.items():
            found[key] = detached(each)
        return found
    return output
