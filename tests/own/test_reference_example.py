"""The example of the reference: what is printed there is what the audit says."""

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import torch

import explorer
from explorer import paths
from explorer.explain.callsite import CallSite
from explorer.own.configuration import settings
from explorer.own.loading import load
from explorer.own.reference import Reference

# The code is the same in every language (`tests/test_reference.py`).
PAGE = paths.help_page("en", "models.md")


def block(begin: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    start = text.index(begin)
    return text[start : text.index("```", start)]


def test_fault_finding_and_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    source = block("# finetune.py")
    Path("finetune.py").write_text(source, encoding="utf-8")
    setup = load(Reference("finetune.py", "make"))
    found = explorer.audit(setup.model, setup.batches, setup.loss, setup.optimizers)
    shown = [each for each in block("$ gradient-explorer audit finetune.py").splitlines() if each]
    said = str(found).splitlines()
    # From Python nobody knows of the factory, and so of its line.
    site = CallSite("finetune.py", 16, "make")
    expected = {line.removeprefix(f"{site}: ") for line in shown[1:] if line != "…"}
    assert expected <= set(said)
    mended = source.replace("    model.head = nn.Linear(8, 2)\n", "").replace(
        "model.backbone.requires_grad_(False)",
        "model.head = nn.Linear(8, 2)\n    model.backbone.requires_grad_(False).eval()",
    )
    Path("mended.py").write_text(mended, encoding="utf-8")
    setup = load(Reference("mended.py", "make"))
    assert explorer.audit(setup.model, setup.batches, setup.loss, setup.optimizers).findings == ()
    for name in ("finetune", "mended"):
        sys.modules.pop(name, None)


def test_what_is_meant_is_understood(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(block("[tool.gradient-explorer.audit]"))
    found = settings(tmp_path)
    assert (found.subject, found.ignore) == ("finetune.py:make", ("frozen-in-optimizer",))
    assert (found.fail_on, found.baseline) == ("warning", "audit.json")


def test_a_script_may_ask_for_the_same() -> None:
    model = torch.nn.Linear(2, 1)
    model.bias.requires_grad_(False)
    names = {
        "explorer": explorer,
        "model": model,
        "loss": lambda model, batch: model(batch).sum(),
        "batch": torch.ones(3, 2),
        "batches": [torch.ones(3, 2)],
        "optimizer": torch.optim.SGD([model.weight], lr=0.1),
    }
    said = io.StringIO()
    with redirect_stdout(said):
        exec(block("report = "), names)
    assert "bias" in said.getvalue()
    assert "0 errors, 0 warnings" in said.getvalue()
