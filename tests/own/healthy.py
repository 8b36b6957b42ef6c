"""Healthy models: nothing of them may be found at the level "warning".

Each is a factory of a setup.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from explorer.own.setup import Setup, setup


def of(model: nn.Module, batch: Any, loss: Any = None, optimizer: Any = None) -> Setup:
    """With three like batches, and Adam for what is trained."""
    trained = [each for each in model.parameters() if each.requires_grad]
    optimizer = optimizer or torch.optim.AdamW(trained, lr=1e-3)
    return setup({"model": model, "batches": [batch] * 3, "loss": loss, "optimizer": optimizer})


def squares(model: nn.Module, batch: Any) -> torch.Tensor:
    output = model(*batch) if isinstance(batch, tuple) else model(batch)
    output = output[0] if isinstance(output, tuple) else output
    goal = torch.linspace(-1, 1, output.numel()).reshape(output.shape)
    found: torch.Tensor = (output - goal).square().mean()
    return found


def classes(model: nn.Module, batch: Any) -> torch.Tensor:
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


# -- torch.nn ------------------------------------------------------------------------------


def mlp() -> Setup:
    return of(
        nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), torch.randn(6, 4), squares
    )


def dropout() -> Setup:
    model = nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.5), nn.GELU(), nn.Linear(16, 2))
    return of(model, torch.randn(6, 4), squares)


def convolutions(norm: Callable[[int], nn.Module]) -> Callable[[], Setup]:
    def make() -> Setup:
        model = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), norm(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 8, 3), norm(8), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4),
        )  # fmt: skip
        return of(model, (torch.randn(4, 3, 8, 8), torch.tensor([0, 1, 2, 3])), classes)

    return make


class Recurrent(nn.Module):
    def __init__(self, kind: Any, **options: Any) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 6, padding_idx=0)
        self.rnn = kind(6, 8, batch_first=True, **options)
        self.head = nn.Linear(16 if options.get("bidirectional") else 8, 3)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.head(self.rnn(self.embedding(tokens))[0].mean(1))
        return found


def recurrent(kind: Any, **options: Any) -> Callable[[], Setup]:
    def make() -> Setup:
        batch = torch.randint(0, 11, (4, 5)), torch.tensor([0, 1, 2, 0])
        return of(Recurrent(kind, **options), batch, classes)

    return make


def attention() -> Setup:
    model = nn.MultiheadAttention(8, 2, batch_first=True)
    x = torch.randn(2, 5, 8)
    return of(model, (x, x, x), squares)


def encoder() -> Setup:
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)
    return of(model, torch.randn(2, 5, 8), squares)


def transformer() -> Setup:
    model = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
    return of(model, (torch.randn(2, 5, 8), torch.randn(2, 4, 8)), squares)


def autoencoder() -> Setup:
    model = nn.Sequential(
        nn.Conv1d(2, 4, 3, stride=2), nn.SiLU(), nn.ConvTranspose1d(4, 2, 3, stride=2)
    )
    return of(model, torch.randn(3, 2, 9), squares)


class Variational(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mean, self.spread = nn.Linear(6, 2), nn.Linear(6, 2)
        self.decoder = nn.Linear(2, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean, spread = self.mean(x), self.spread(x)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * spread)
        divergence = -0.5 * (1 + spread - mean.square() - spread.exp()).mean()
        found: torch.Tensor = (self.decoder(z) - x).square().mean() + divergence
        return found


def variational() -> Setup:
    return of(Variational(), torch.randn(5, 6))


def spectral() -> Setup:
    model = nn.Sequential(
        nn.utils.parametrizations.spectral_norm(nn.Linear(4, 6)), nn.LeakyReLU(), nn.Linear(6, 1)
    )
    return of(model, torch.randn(5, 4), squares)


def weight_norm() -> Setup:
    return of(nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)), torch.randn(5, 4), squares)


class Residual(nn.Module):
    """Its last layer starts at zero, as many residual networks do on purpose."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(4, 4), nn.Linear(4, 4)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = x + self.outer(torch.relu(self.inner(x)))
        return found


def zero_start() -> Setup:
    return of(Residual(), torch.randn(5, 4), squares)


class Experts(nn.Module):
    """Each batch uses one of them only."""

    def __init__(self) -> None:
        super().__init__()
        self.experts = nn.ModuleList(nn.Linear(3, 2) for _ in range(3))

    def forward(self, x: torch.Tensor, which: int) -> torch.Tensor:
        found: torch.Tensor = self.experts[which](x)
        return found


def experts() -> Setup:
    model = Experts()
    made = {
        "model": model,
        "batches": [(torch.randn(4, 3), which) for which in range(3)],
        "loss": squares,
        "optimizer": torch.optim.Adam(model.parameters()),
    }
    return setup(made)


# -- training on purpose in part ---------------------------------------------------------------


def frozen_backbone() -> Setup:
    backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
    backbone.requires_grad_(False).eval()
    model = nn.Sequential(backbone, nn.Linear(144, 2))
    return of(model, (torch.randn(4, 3, 8, 8), torch.tensor([0, 1, 1, 0])), classes)


def frozen_but_norms() -> Setup:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    model.requires_grad_(False)
    model[1].requires_grad_(True)
    return of(model, torch.randn(6, 4), squares)


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 5)
        self.body = nn.Linear(5, 5)
        self.out = nn.Linear(5, 9, bias=False)
        self.out.weight = self.embedding.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        logits = self.out(torch.tanh(self.body(self.embedding(tokens[:, :-1]))))
        return nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


def tied() -> Setup:
    return of(Tied(), torch.randint(0, 9, (3, 6)))


def tied_frozen() -> Setup:
    model = Tied()
    model.embedding.requires_grad_(False)
    return of(model, torch.randint(0, 9, (3, 6)))


class Teacher(nn.Module):
    """Trained on the goals of a teacher, which is the average of it."""

    def __init__(self) -> None:
        super().__init__()
        self.student, self.teacher = nn.Linear(4, 3), nn.Linear(4, 3).requires_grad_(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            for one, other in zip(
                self.teacher.parameters(), self.student.parameters(), strict=True
            ):
                one.mul_(0.99).add_(other, alpha=0.01)
            goal = self.teacher(x + 1)
        found: torch.Tensor = (self.student(x) - goal).square().mean()
        return found


def teacher() -> Setup:
    return of(Teacher(), torch.randn(5, 4))


class HidesTeacher(nn.Module):
    """The frozen teacher is in a list, so that it is neither saved nor trained."""

    def __init__(self) -> None:
        super().__init__()
        self.student = nn.Linear(4, 3)
        self.teacher = [nn.Linear(4, 3).requires_grad_(False)]
        self.layers = [self.student]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = (self.layers[0](x) - self.teacher[0](x)).square().mean()
        return found


def hides_teacher() -> Setup:
    return of(HidesTeacher(), torch.randn(5, 4))


class Quantized(nn.Module):
    """Straight-through: rounded forward, as if not backward."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.first(x)
        h = h + (torch.round(h) - h).detach()
        found: torch.Tensor = self.second(h)
        return found


def straight_through() -> Setup:
    return of(Quantized(), torch.randn(5, 4), squares)


def _gan() -> tuple[nn.Module, nn.Module]:
    generator = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    critic = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.LeakyReLU(), nn.Linear(8, 1))
    return generator, critic


def generator() -> Setup:
    model, critic = _gan()
    return of(model, torch.randn(6, 2), lambda model, z: -critic(model(z)).mean())


def critic() -> Setup:
    generator, model = _gan()
    real = torch.randn(6, 3)

    def loss(model: nn.Module, z: torch.Tensor) -> torch.Tensor:
        apart = model(generator(z).detach()).mean() - model(real).mean()
        found: torch.Tensor = apart + model(real).square().mean()
        return found

    return of(model, torch.randn(6, 2), loss)


def checkpointed(reentrant: bool) -> Callable[[], Setup]:
    from torch.utils.checkpoint import checkpoint

    def make() -> Setup:
        model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2))

        def loss(model: Any, x: torch.Tensor) -> torch.Tensor:
            h = checkpoint(model[1], model[0](x), use_reentrant=reentrant)
            return squares(model[2], h)

        return of(model, torch.randn(5, 4), loss)

    return make


def mixed_precision() -> Setup:
    model = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 2))

    def loss(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return squares(model, x)

    return of(model, torch.randn(5, 4), loss)


def own_loss_parameters() -> Setup:
    """The loss learns too: centres of classes, in the optimizer but not in the model."""
    model, centres = nn.Linear(4, 3), nn.Parameter(torch.randn(2, 3))
    which = torch.tensor([0, 1, 0, 1, 1])

    def loss(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = (model(x) - centres[which]).square().mean()
        return found

    optimizer = torch.optim.SGD([*model.parameters(), centres], lr=0.1)
    return of(model, torch.randn(5, 4), loss, optimizer)


def two_optimizers() -> Setup:
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2))
    both = [
        torch.optim.SGD(model[0].parameters(), lr=0.1, momentum=0.9, weight_decay=0.1),
        torch.optim.AdamW(model[2].parameters()),
    ]
    return of(model, torch.randn(5, 4), squares, both)


def toggles_critic() -> Setup:
    """Frozen while the generator's loss is computed, and trained again after it."""
    model = nn.ModuleDict({"g": nn.Linear(2, 3), "d": nn.Linear(3, 1)})

    def loss(model: Any, z: torch.Tensor) -> torch.Tensor:
        model["d"].requires_grad_(False)
        first = model["d"](model["g"](z)).mean()
        model["d"].requires_grad_(True)
        found: torch.Tensor = first.square() + model["d"](model["g"](z).detach()).square().mean()
        return found

    return of(model, torch.randn(4, 2), loss)


def eval_mode() -> Setup:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2)).eval()
    return of(model, torch.randn(5, 4), squares)


def sparse_embedding() -> Setup:
    model = nn.Sequential(nn.Embedding(20, 4, sparse=True), nn.Flatten(), nn.Linear(12, 2))
    return of(
        model, torch.randint(0, 20, (4, 3)), squares, torch.optim.SGD(model.parameters(), 0.1)
    )


def generator_batches() -> Setup:
    model = nn.Linear(3, 1)
    batches = (torch.randn(size, 3) for size in (2, 5, 3, 4))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return setup({"model": model, "batches": batches, "loss": squares, "optimizer": optimizer})


def no_optimizer() -> Setup:
    return setup({"model": nn.Linear(3, 1), "batches": [torch.randn(4, 3)], "loss": squares})


HEALTHY: Mapping[str, Callable[[], Setup]] = {
    "mlp": mlp,
    "dropout": dropout,
    "batch norm": convolutions(nn.BatchNorm2d),
    "instance norm": convolutions(lambda n: nn.InstanceNorm2d(n, affine=True)),
    "group norm": convolutions(lambda n: nn.GroupNorm(2, n)),
    "lstm": recurrent(nn.LSTM, num_layers=2, dropout=0.3),
    "gru both ways": recurrent(nn.GRU, bidirectional=True),
    "rnn": recurrent(nn.RNN),
    "attention": attention,
    "encoder": encoder,
    "transformer": transformer,
    "autoencoder": autoencoder,
    "variational": variational,
    "spectral norm": spectral,
    "weight norm": weight_norm,
    "zero start": zero_start,
    "experts": experts,
    "frozen backbone": frozen_backbone,
    "frozen but its norms": frozen_but_norms,
    "tied": tied,
    "tied and frozen": tied_frozen,
    "averaged teacher": teacher,
    "hidden teacher": hides_teacher,
    "straight through": straight_through,
    "generator's step": generator,
    "critic's step": critic,
    "checkpoint": checkpointed(False),
    "re-entrant checkpoint": checkpointed(True),
    "mixed precision": mixed_precision,
    "loss with parameters": own_loss_parameters,
    "two optimizers": two_optimizers,
    "toggled critic": toggles_critic,
    "evaluation mode": eval_mode,
    "sparse embedding": sparse_embedding,
    "changing shapes": generator_batches,
    "no optimizer": no_optimizer,
}
