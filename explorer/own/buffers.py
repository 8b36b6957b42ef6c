"""Which buffers the forward passes change, and whose they are."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from explorer.explain.audit.records import SeenBuffer
from explorer.own.definitions import definition

# As all of PyTorch's normalizations call theirs, and who follows them.
_RUNNING = "running_"


class BufferWatch:
    """Looks after each forward pass. Only at buffers of floating-point numbers: no counters."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._homes = {
            f"{home}.{name}" if home else name: (home, module, name)
            for home, module in model.named_modules()
            for name, buffer in module.named_buffers(recurse=False)
            if buffer.is_floating_point()
        }
        self._before = {
            full: getattr(module, name).detach().clone()
            for full, (_, module, name) in self._homes.items()
        }
        self._training = {full: home[1].training for full, home in self._homes.items()}
        self._changed: set[str] = set()

    def look(self) -> None:
        """After a forward pass: what is not as at first."""
        for full, (_, module, name) in self._homes.items():
            now = getattr(module, name, None)
            if full not in self._changed and isinstance(now, torch.Tensor):
                before = self._before[full]
                if now.shape == before.shape and not torch.equal(now, before):
                    self._changed.add(full)

    def seen(self) -> tuple[SeenBuffer, ...]:
        """Those that changed, in the model's order."""
        return tuple(self._seen(full) for full in self._homes if full in self._changed)

    def _seen(self, full: str) -> SeenBuffer:
        home, module, name = self._homes[full]
        return SeenBuffer(
            name=full,
            module=home,
            kind=type(module).__name__,
            training=self._training[full],
            frozen=self._is_frozen(home),
            statistics=isinstance(module, _NormBase) or name.startswith(_RUNNING),
            made=definition(self._model, full),
        )

    def _is_frozen(self, home: str) -> bool:
        """Whether the nearest module around it that has parameters has none in training."""
        while True:
            parameters = list(self._model.get_submodule(home).parameters())
            if parameters or not home:
                return bool(parameters) and not any(each.requires_grad for each in parameters)
            home = home.rpartition(".")[0]
