"""Which flags a pass flips, and the line that does: requires_grad and the training mode.

The line is looked for in a second pass, only where something was flipped: `Flippers` listens to
PyTorch's functions and, through Python's profiler, to `nn.Module.train`.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType, TracebackType
from typing import Any, Self

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from explorer.engine.frames import innermost
from explorer.explain.audit.records import Flip
from explorer.explain.callsite import CallSite

Flags = Mapping[tuple[str, str], bool]
REQUIRES_GRAD, TRAINING = "requires_grad", "training"


def flags(model: nn.Module) -> Flags:
    """Every flag by the name of its tensor or module and its own."""
    tensors = {(name, REQUIRES_GRAD): each.requires_grad for name, each in model.named_parameters()}
    return tensors | {(name, TRAINING): each.training for name, each in model.named_modules()}


def flipped(before: Flags, after: Flags, during: str) -> list[Flip]:
    """Those that are other ones now; of modules in modules that flipped alike the outermost."""
    found = [
        Flip(name, flag, after[name, flag], during)
        for name, flag in before
        if (name, flag) in after and before[name, flag] != after[name, flag]
    ]
    names = {each.name for each in found if each.flag == TRAINING}
    return [each for each in found if each.flag != TRAINING or not _is_inside(each.name, names)]


def _is_inside(name: str, others: set[str]) -> bool:
    parts = name.split(".") if name else []
    return any(".".join(parts[:count]) in others for count in range(len(parts)))


class Flippers(TorchFunctionMode):
    """While it is entered: which line set a flag last. `site` tells it of a name."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._tensors = {id(each): name for name, each in model.named_parameters()}
        self._modules = {id(each): name for name, each in model.named_modules()}
        self._sites: dict[tuple[str, str], CallSite] = {}

    def site(self, flip: Flip) -> CallSite | None:
        """The line that flipped it; None if it was not seen."""
        return self._sites.get((flip.name, flip.flag))

    def __enter__(self) -> Self:
        """Listen."""
        self._profiler = sys.getprofile()
        sys.setprofile(self._called)
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Listen no longer."""
        sys.setprofile(self._profiler)
        super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Note who sets requires_grad."""
        if func in _SETTERS and args:
            name = self._tensors.get(id(args[0]))
            self._note(name, REQUIRES_GRAD, sys._getframe(1))
        return func(*args, **(kwargs or {}))

    def _called(self, frame: FrameType, event: str, argument: Any) -> None:  # noqa: ARG002
        if event == "call" and frame.f_code is _TRAIN:
            name = self._modules.get(id(frame.f_locals.get("self")))
            self._note(name, TRAINING, frame)

    def _note(self, name: str | None, flag: str, frame: FrameType) -> None:
        site = innermost(frame)
        if name is not None and site is not None:
            self._sites[name, flag] = site


_TRAIN = nn.Module.train.__code__
_SETTERS = frozenset({torch.Tensor.requires_grad_, torch.Tensor.requires_grad.__set__})  # type: ignore[attr-defined]
