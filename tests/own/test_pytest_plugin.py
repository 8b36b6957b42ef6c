"""The fixture for people's own tests: loaded as pytest does, in a run of its own."""

import subprocess
import sys
from pathlib import Path

TESTS = """
import torch
from torch import nn

def loss(model, batch):
    return model(batch).square().mean()

def test_healthy(gradient_audit):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    found = gradient_audit(model, [torch.ones(3, 2)], loss, optimizer)
    assert found.report.steps == 3

def test_faulty(gradient_audit):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD([model.weight], lr=0.1)
    gradient_audit(model, [torch.ones(3, 2)], loss, optimizer)
"""


def test_it_fails_a_test_with_the_report(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TESTS, encoding="utf-8")
    options = ["-q", "-p", "no:cacheprovider"]
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "test_mine.py"],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        cwd=tmp_path,
    )
    assert outcome.returncode == 1
    assert "1 failed, 1 passed" in outcome.stdout
    assert "warning: not-in-optimizer" in outcome.stdout
    assert "bias: requires_grad is on, but no optimizer holds it" in outcome.stdout
