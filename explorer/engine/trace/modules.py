"""Which module runs: kept while a trace is taken, by hooks that are gone afterwards.

PyTorch's hooks for all modules at once, so that nothing is hung on a module of the user's. Its
own `torch.utils.module_tracker` takes several times as long, for it follows the backward pass
as well, of which the trace knows to which operation everything belongs.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from torch import nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)


class RunningModules:
    """A context in which `innermost` is the name of the module that runs, below `root`.

    The root itself has the empty name; a module that does not belong to it, its class's. `cuts`
    are the modules on whose outputs a hook of its own calls detach().
    """

    def __init__(self, root: nn.Module, cuts: frozenset[str] = frozenset()) -> None:
        self.innermost = ""
        self.cuts = cuts
        self._names = {id(module): name for name, module in root.named_modules()}
        self._stack = [("", 0)]
        self._now: Callable[[], int] = int
        self._gave: Callable[[str, int, Any], None] | None = None

    def follow(self, now: Callable[[], int], gave: Callable[[str, int, Any], None]) -> None:
        """Tell what a module gave, and what `now` was when it began."""
        self._now, self._gave = now, gave

    def __enter__(self) -> Self:
        """Listen to every module."""
        self._handles = [
            register_module_forward_pre_hook(self._enters),
            # Of one that raises as well: somebody may catch it.
            register_module_forward_hook(self._leaves, always_call=True),
        ]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Listen no longer."""
        for handle in self._handles:
            handle.remove()

    def _enters(self, module: nn.Module, given: Any) -> None:  # noqa: ARG002 (PyTorch's signature)
        self.innermost = self._names.get(id(module), type(module).__name__)
        self._stack.append((self.innermost, self._now()))

    def _leaves(self, module: nn.Module, given: Any, result: Any) -> None:  # noqa: ARG002
        name, began = self._stack.pop()
        self.innermost = self._stack[-1][0]
        if self._gave is not None and self._names.get(id(module)) == name:
            self._gave(name, began, result)
