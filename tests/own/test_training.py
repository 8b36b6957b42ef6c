"""Training a model headless gives the bits of a loop written by hand, with switches too."""

import json
import math
from collections import namedtuple
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from calling import Program
from healthy import HEALTHY
from torch import nn

from explorer.experiment.problem import BadInput
from explorer.own.loading import load
from explorer.own.modelfile import read_model_file
from explorer.own.reference import referred
from explorer.own.setup import Setup
from explorer.own.switches import Switches, detached, parsed
from explorer.own.training import train

STEPS = 5
# Models, with a parameter or module to be frozen and a module to be detached.
SWITCHED: Mapping[str, tuple[str, str]] = {
    "mlp": ("0", "0"),
    "dropout": ("3.bias", "2"),
    "batch norm": ("1", "4"),
    "group norm": ("0.weight", "3"),
    "lstm": ("embedding", "embedding"),
    "gru both ways": ("rnn.weight_hh_l0", "rnn"),
    "encoder": ("layers.0.self_attn", "layers.0"),
    "transformer": ("decoder", "encoder"),
    "spectral norm": ("2", "0"),
    "variational": ("spread", "mean"),
    "tied": ("body", "embedding"),
    "two optimizers": ("0.bias", "0"),
}


def weights(setup: Setup) -> dict[str, torch.Tensor]:
    return {name: each.detach().clone() for name, each in setup.model.named_parameters()}


def by_hand(setup: Setup, steps: int = STEPS) -> dict[str, torch.Tensor]:
    batches: Any = setup.batches
    for step in range(steps):
        for each in setup.optimizers:
            each.zero_grad()
        setup.objective(batches[step % len(batches)]).backward()  # type: ignore[no-untyped-call]
        for each in setup.optimizers:
            each.step()
    return weights(setup)


def made(name: str) -> Setup:
    torch.manual_seed(7)
    setup = HEALTHY[name]()
    torch.manual_seed(8)
    return setup


def losses(setup: Setup) -> list[float]:
    found: list[float] = []
    outcome = train(setup, STEPS, lambda step, loss: found.append(loss))
    assert outcome.failure is None
    return found


def assert_same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> None:
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


@pytest.mark.parametrize("name", SWITCHED)
def test_the_bits_of_a_loop_by_hand(name: str) -> None:
    mine, theirs = made(name), made(name)
    losses(mine)
    state = torch.get_rng_state()
    torch.manual_seed(8)
    assert_same(weights(mine), by_hand(theirs))
    assert torch.equal(state, torch.get_rng_state())


def of_lazy() -> Setup:
    torch.manual_seed(7)
    model = nn.Sequential(nn.LazyLinear(3), nn.Tanh(), nn.Linear(3, 1))
    optimizers = (torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3),)
    return Setup(
        model, [torch.ones(2, 4)], lambda model, x: (model(x) - 1).square().mean(), optimizers
    )


def test_an_optimizer_that_computes_the_loss_itself() -> None:
    mine, theirs = of_lazy(), of_lazy()
    torch.manual_seed(8)
    outcome = train(mine, STEPS, lambda step, loss: None)
    torch.manual_seed(8)
    (optimizer,) = theirs.optimizers

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = theirs.objective(torch.ones(2, 4))
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    for _ in range(STEPS):
        last: Any = optimizer.step(closure)  # type: ignore[arg-type]
    assert_same(weights(mine), weights(theirs))
    assert outcome.loss == last.item()
    # Lazy ones too: from where the first forward pass made them.
    assert [each.name for each in outcome.parameters] == [*weights(mine)]
    assert all(0 < each.moved < each.norm for each in outcome.parameters[:1])
    mine.optimizers[0].param_groups[0]["lr"] = math.inf
    assert train(mine, 3, lambda step, loss: None).failure is not None


@pytest.mark.parametrize("name", SWITCHED)
def test_frozen_as_by_hand(name: str) -> None:
    frozen = SWITCHED[name][0]
    mine, theirs = made(name), made(name)
    Switches(mine.model).set(parsed([f"model.{frozen}.requires_grad=false"])[0])
    losses(mine)
    for full, each in theirs.model.named_parameters(remove_duplicate=False):
        if full == frozen or full.startswith(f"{frozen}."):
            each.requires_grad_(False)
    torch.manual_seed(8)
    assert_same(weights(mine), by_hand(theirs))


@pytest.mark.parametrize("name", SWITCHED)
def test_detached_as_by_hand(name: str) -> None:
    cut = SWITCHED[name][1]
    mine, theirs = made(name), made(name)
    before = weights(mine)
    switches = Switches(mine.model)
    switches.set(parsed([f"{cut}.detach=true"])[0])
    losses(mine)
    module = theirs.model.get_submodule(cut)
    forward: Callable[..., Any] = module.forward
    module.forward = lambda *given, **options: _detach(forward(*given, **options))
    torch.manual_seed(8)
    assert_same(weights(mine), by_hand(theirs))
    assert any(not torch.equal(before[name], each) for name, each in weights(mine).items())
    switches.release()
    assert all(not each._forward_hooks for each in mine.model.modules())


def _detach(output: Any) -> Any:
    if isinstance(output, tuple):
        return tuple(_detach(each) for each in output)
    return output.detach()


def test_a_detach_hook_is_there_only_while_the_switch_is_on() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    switches = Switches(model)
    for text, hooks in (("true", 1), ("true", 1), ("false", 0), ("false", 0)):
        switches.set(parsed([f"0.detach={text}"])[0])
        assert len(model[0]._forward_hooks) == hooks


def test_outputs_of_every_kind_are_detached() -> None:
    pair = namedtuple("pair", "first second")
    x = torch.ones(2, requires_grad=True) * 2
    found = detached({"a": [x, (x, 3)], "b": pair(x, None), "c": "text"})
    assert not found["a"][0].requires_grad
    assert not found["a"][1][0].requires_grad
    assert not found["b"].first.requires_grad
    assert type(found["b"]) is pair
    assert found["c"] == "text"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0.requires_grad", "not-a-switch"),
        ("0.requires_grad=maybe", "not-a-switch"),
        ("0.frozen=true", "not-a-switch"),
        ("0.weigth.requires_grad=true", "no-such-part"),
        ("0.weight.detach=true", "detach-of-parameter"),
    ],
)
def test_what_is_no_switch(text: str, code: str) -> None:
    with pytest.raises(BadInput) as raised:
        Switches(nn.Sequential(nn.Linear(2, 2))).set(parsed([text])[0])
    assert raised.value.code == code


def test_a_loss_that_is_not_finite_ends_the_run() -> None:
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e30)
    loss = lambda model, batch: model(batch).square().mean()  # noqa: E731 (as users have them)
    outcome = train(Setup(model, [torch.ones(1, 2)], loss, (optimizer,)), 99, lambda *_: None)
    assert outcome.failure is not None
    assert outcome.failure.code == "non-finite"
    assert outcome.steps == outcome.failure.step - 1
    assert outcome.loss is not None
    assert not math.isfinite(outcome.loss)


NET = """
import torch
from torch import nn

def make():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    return {"model": model, "batches": [torch.ones(2, 3), torch.zeros(2, 3)],
            "loss": lambda model, batch: (model(batch) - 1).square().mean(),
            "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}

def all_frozen():
    return make() | {"loss": lambda model, batch: model(batch).detach().mean()}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    return tmp_path


def test_the_command(command: Program, project: Path) -> None:
    switch = ["--set", "0.requires_grad=false"]
    shown = command(project, "run", "net.py:make", "--steps", "20", *switch, "--csv", "loss.csv")
    assert (shown.status, shown.err) == (0, "")
    assert "0.weight" in shown.out
    assert len((project / "loss.csv").read_text(encoding="utf-8").splitlines()) == 21
    outcome = command(
        project, "run", "net.py:make", "--steps", "4", *switch, "--every", "2", "--json"
    )
    document = json.loads(outcome.out)
    assert document["steps"] == 4
    assert [row["step"] for row in document["rows"]] == [2, 4]
    assert document["parameters"]["0.weight"]["moved"] == 0.0
    assert document["parameters"]["0.weight"]["grad_norm"] is None
    assert document["parameters"]["2.weight"]["moved"] > 0


def test_a_failed_run_and_bad_switches(command: Program, project: Path) -> None:
    failed = command(project, "run", "net.py:all_frozen", "--json")
    assert failed.status == 1
    assert json.loads(failed.out)["failure"]["code"] == "nothing-requires-grad"
    for switch in ("9.requires_grad=true", "0.weight.detach=true", "x=1"):
        outcome = command(project, "run", "net.py:make", "--set", switch)
        assert (outcome.status, outcome.out) == (2, "")


RUN = """
subject = "net.py:make"

[training]
steps = 9

[[changes]]
step = 3
tensor = "0"
requires_grad = false

[[changes]]
step = 5
tensor = "2"
detach = true
lr = 0.5
"""


def test_the_file_of_a_run(command: Program, tmp_path: Path) -> None:
    """From another folder: the model is beside the file. Its changes are as flipped by hand."""
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "mine.gx.toml").write_text(RUN.replace("net.py", "../net.py"), encoding="utf-8")
    document = json.loads(command(tmp_path, "run", "runs/mine.gx.toml", "--json").out)
    # From step 5 on its last layer is detached.
    assert (document["steps"], document["failure"]["code"]) == (4, "nothing-requires-grad")
    setup = load(referred(f"{tmp_path}/net.py:make"))
    made = by_hand(setup, 2)
    setup.model[0].requires_grad_(False)  # type: ignore[index]
    made = by_hand(setup, 2)
    norms = {name: float(each.norm()) for name, each in made.items()}
    assert {name: each["norm"] for name, each in document["parameters"].items()} == norms


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("steps = 3", "unknown-key", "steps"),
        ("[training]\nstep = 3", "unknown-key", "training.step"),
        ("[training]\nsteps = 0", "out-of-range", "training.steps"),
        (
            'input = "3,3"\n[[changes]]\nstep = 1\ntensor = "0"\nvalue = 2.0',
            "value-of-model",
            "changes.0",
        ),
        ("[[changes]]\nstep = 1\nclip_grad_norm = 2.0", "clipping-of-model", "changes.0"),
    ],
)
def test_what_no_file_of_a_run_says(tmp_path: Path, text: str, code: str, key: str) -> None:
    path = tmp_path / "mine.gx.toml"
    path.write_text(f'subject = "net.py:make"\n{text}', encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        read_model_file(path)
    assert (raised.value.code, raised.value.place.key) == (code, key)
    assert raised.value.place.file == str(path)


def test_a_file_of_a_run_that_names_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.gx.toml"
    path.write_text('subject = "net.py"', encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        read_model_file(path)
    assert raised.value.code == "not-a-reference"
