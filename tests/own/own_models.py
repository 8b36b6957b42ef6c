"""Modules with what they compute, for tests that hold for every one of them."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from explorer.own.setup import Setup


def _setup(
    model: nn.Module, batches: list[Any], loss: Any, kind: type[torch.optim.Optimizer]
) -> Setup:
    trained = [each for each in model.parameters() if each.requires_grad]
    optimizers = (kind(trained, lr=0.05),) if trained else ()  # type: ignore[call-arg]
    return Setup(model, batches, loss, optimizers)


def _squares(model: nn.Module, batch: Any) -> torch.Tensor:
    output = model(batch[0])
    output = output[0] if isinstance(output, tuple) else output
    return ((output - batch[1]) ** 2).mean()  # type: ignore[no-any-return]


def _pairs(*inner: int, outer: tuple[int, ...]) -> list[Any]:
    return [(torch.randn(inner), torch.randn(outer)) for _ in range(3)]


class Convolutional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2)
        )
        self.head = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x).mean((2, 3)))  # type: ignore[no-any-return]


class KeepsState(nn.Module):
    """Counts, collects, replaces a buffer, and flips what it can."""

    mean: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.register_buffer("mean", torch.zeros(3))
        self.calls = 0
        self.seen: list[torch.Tensor] = []
        self.by_name: dict[str, int] = {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.seen.append(x)
        self.by_name["last"] = self.calls
        self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
        self.fc.bias.requires_grad_(not self.fc.bias.requires_grad)
        self.eval()
        self.register_forward_hook(lambda *_: None)
        with torch.no_grad():
            self.fc.weight.mul_(0.5)
        return self.fc(x - self.mean)  # type: ignore[no-any-return]


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.out = nn.Linear(4, 7, bias=False)
        self.out.weight = self.embedding.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.out(self.embedding(tokens))  # type: ignore[no-any-return]


class Checkpointed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = checkpoint(lambda x, block=block: torch.tanh(block(x)), x, use_reentrant=False)
        return x


def _mlp() -> Setup:
    model = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Dropout(0.5), nn.Linear(8, 2))
    return _setup(model, _pairs(5, 4, outer=(5, 2)), _squares, torch.optim.AdamW)


def _convolutional() -> Setup:
    return _setup(Convolutional(), _pairs(3, 2, 5, 5, outer=(3, 3)), _squares, torch.optim.SGD)


def _state() -> Setup:
    return _setup(KeepsState(), _pairs(3, 3, outer=(3, 2)), _squares, torch.optim.SGD)


def _tied() -> Setup:
    def loss(model: nn.Module, batch: torch.Tensor) -> torch.Tensor:
        return nn.functional.cross_entropy(model(batch), batch)

    batches = [torch.randint(0, 7, (6,)) for _ in range(3)]
    return _setup(Tied(), batches, loss, torch.optim.Adam)


def _recurrent() -> Setup:
    return _setup(nn.LSTM(3, 4), _pairs(5, 2, 3, outer=(5, 2, 4)), _squares, torch.optim.RMSprop)


def _encoder() -> Setup:
    model = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return _setup(model, _pairs(2, 3, 8, outer=(2, 3, 8)), _squares, torch.optim.AdamW)


def _checkpointed() -> Setup:
    return _setup(Checkpointed(), _pairs(2, 4, outer=(2, 4)), _squares, torch.optim.SGD)


def _frozen() -> Setup:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    model[0].requires_grad_(False)
    return _setup(model, _pairs(5, 4, outer=(5, 2)), _squares, torch.optim.SGD)


def _normed() -> Setup:
    model = nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3))
    return _setup(model, _pairs(5, 4, outer=(5, 3)), _squares, torch.optim.SGD)


MODELS: Mapping[str, Callable[[], Setup]] = {
    "mlp": _mlp,
    "convolutional": _convolutional,
    "keeps state": _state,
    "tied": _tied,
    "recurrent": _recurrent,
    "encoder": _encoder,
    "checkpointed": _checkpointed,
    "frozen": _frozen,
    "spectral norm": _normed,
}


def everything(setup: Setup) -> dict[str, Any]:
    """All of somebody's that must stay, to be compared: numbers, flags, objects."""
    model = setup.model
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    modules = dict(model.named_modules())
    return {
        "numbers": {name: each.detach().clone() for name, each in tensors.items()},
        "objects": {name: id(each) for name, each in tensors.items()},
        "memory": {name: each.data_ptr() for name, each in tensors.items()},
        "flags": {name: each.requires_grad for name, each in tensors.items()},
        "grads": {name: id(each.grad) for name, each in tensors.items()},
        "grad numbers": {
            name: each.grad.clone() for name, each in tensors.items() if each.grad is not None
        },
        "training": {name: each.training for name, each in modules.items()},
        "hooks": {name: len(each._forward_hooks) for name, each in modules.items()},
        "attributes": {
            name: {key: _plain(value) for key, value in vars(each).items() if key[0] != "_"}
            for name, each in modules.items()
        },
        "optimizers": [_plain(each.state_dict()) for each in setup.optimizers],
        "random": torch.get_rng_state(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, int | float | str | bool) else type(value)


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two of these are not the same, bit for bit."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return [] if torch.equal(one, other) else [place]
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [d for key in one for d in differences(one[key], other[key], f"{place}/{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [d for number, (a, b) in pairs for d in differences(a, b, f"{place}/{number}")]
    return [] if one == other else [place]
