"""What a switch on somebody's own model will do, told from the graph alone: autograd agrees."""

import pytest
import torch
from own_models import MODELS
from torch import nn

from explorer.experiment.changes import Change
from explorer.own.explainer import ModelExplainer
from explorer.own.session import ModelSession
from explorer.own.setup import Setup


class Mixed(nn.Module):
    """Gives what another module gave and something of its own, uses one module twice."""

    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Linear(3, 3)
        self.twice = nn.Sequential(nn.Linear(3, 3), nn.ReLU(inplace=True))
        self.pair = Pair()
        self.same = nn.Identity()
        self.unused = nn.Linear(3, 3)
        self.head = nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.same(self.twice(self.twice(self.model(x))))
        first, second = self.pair(x)
        return (self.head(first + x) * second["of"]).mean()  # type: ignore[no-any-return]


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 3)
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        return self.inner(x), {"of": (x * self.scale).sum()}


def mixed() -> Setup:
    model = Mixed()
    batch = torch.rand(2, 3)
    optimizers = (torch.optim.SGD(model.parameters(), lr=0.1),)
    return Setup(model, [batch], lambda model, batch: model(batch), optimizers)


def flipped(explainer: ModelExplainer, **parts: object) -> bool | None:
    """Whether autograd did as was foretold; None where nothing was."""
    explainer._trace_s = 0.0
    explainer.apply(Change.checked(step=1, **parts))
    check = explainer.explanation().check
    return None if check is None else not check.wrong


# One flips its own switches in its forward pass.
PLAIN = [name for name in MODELS if name != "keeps state"]


@pytest.mark.parametrize("name", [*PLAIN, "mixed"])
def test_every_switch_does_what_was_foretold(name: str) -> None:
    setup = mixed() if name == "mixed" else MODELS[name]()
    explainer = ModelExplainer(ModelSession(setup, 5))
    explainer.explanation()
    # Of what an Identity gives nobody can tell whether it is used, or what it was given.
    assert explainer.explanation().trace.handing_on == ({"same"} if name == "mixed" else set())
    for part, _module in setup.model.named_modules():
        told = [flipped(explainer, tensor=part, detach=on) for on in (True, False)]
        told += [flipped(explainer, tensor=part, requires_grad=on) for on in (False, True)]
        assert told == [None if part == "same" else True] * 2 + [True, True], part
