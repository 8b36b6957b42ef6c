"""The example of the README: what is printed there is what the audit says."""

import sys
from pathlib import Path

import pytest

import explorer
from explorer.explain.callsite import CallSite
from explorer.own.loading import load
from explorer.own.reference import Reference

README = Path(__file__).resolve().parents[2] / "README.md"


def block(begin: str) -> str:
    text = README.read_text(encoding="utf-8")
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
