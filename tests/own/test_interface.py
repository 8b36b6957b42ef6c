"""`explorer.trace` and `explorer.explain`: from scripts, tests and notebooks."""

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from own_models import MODELS, differences, everything
from torch import nn

import explorer
from explorer.experiment.problem import BadInput
from explorer.i18n import load


class Cut(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(3, 3)
        self.head = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x).detach())  # type: ignore[no-any-return]


X, Y = torch.randn(4, 3), torch.tensor([0, 1, 1, 0])


def test_a_report_names_reason_and_line() -> None:
    model = Cut()
    report = explorer.explain(model, lambda: nn.functional.cross_entropy(model(X), Y))
    reason = report.reasons["body.weight"]
    assert reason is not None
    assert reason.code == "detached"
    assert report.reasons["head.weight"] is None
    assert "test_interface.py" in str(report)
    assert "Cut.forward" in str(report)
    assert "body.bias" in str(report)
    assert "head.bias" not in str(report)
    assert "detach()" in report.sentences(load("zh_CN"))["body.bias"]


def test_a_notebook_shows_the_picture_and_the_sentences() -> None:
    page = explorer.explain(
        Cut(), lambda m, b: nn.functional.cross_entropy(m(b), Y), X
    )._repr_html_()
    assert page.startswith("<svg")
    assert "<code>body.weight</code>" in page
    assert "<script" not in page


def test_a_model_that_gives_its_loss_needs_its_batch_only() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(3, 2)

        def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            logits = self.fc(x)
            return {"logits": logits, "loss": nn.functional.cross_entropy(logits, labels)}

    batches: list[object] = [{"x": X, "labels": Y}, (X, Y), [X, Y]]
    for batch in batches:
        trace = explorer.trace(Own(), batch)
        assert trace.tensors[trace.named["fc.weight"]].grad is not None


def test_what_the_users_code_raises_is_the_users() -> None:
    def loss(model: nn.Module, batch: torch.Tensor) -> torch.Tensor:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        explorer.explain(Cut(), loss, X)


def test_a_loss_of_several_elements_is_refused() -> None:
    with pytest.raises(BadInput) as raised:
        explorer.trace(Cut(), X)
    assert raised.value.code == "loss-not-a-scalar"


@pytest.mark.parametrize("loss", [lambda x: x.sum() * 1j, lambda x: x.sum().to("meta")])
def test_a_loss_that_is_no_number_is_refused(loss: Callable[..., torch.Tensor]) -> None:
    with pytest.raises(BadInput) as raised:
        explorer.trace(nn.Linear(3, 2), lambda model, batch: loss(model(batch)), torch.ones(1, 3))
    assert raised.value.code == "loss-not-a-number"


@pytest.mark.parametrize("name", MODELS)
def test_explaining_changes_nothing(name: str) -> None:
    torch.manual_seed(1)
    setup = MODELS[name]()
    before = everything(setup)
    report = explorer.explain(setup.model, setup.loss, setup.first_batch())
    assert report.trace.failure is None
    report._repr_html_()
    assert differences(before, everything(setup)) == []


def test_the_package_is_imported_without_torch_still() -> None:
    probe = "import explorer, sys; explorer.explain; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
