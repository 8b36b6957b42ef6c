"""Every planted fault is found by its rule, of its tensor, on its line; every twin is silent."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from planted import FAULTS
from planted_form import MARK, program

from explorer.explain.audit.records import Finding
from explorer.explain.audit.rules import findings
from explorer.own.loading import load
from explorer.own.observing import observe
from explorer.own.reference import Reference


@pytest.fixture(autouse=True)
def _modules_of_one_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    sys.modules.pop("their_fault", None)


def audited(folder: Path, source: str) -> tuple[Finding, ...]:
    path = folder / "their_fault.py"
    path.write_text(source, encoding="utf-8")
    return findings(observe(load(Reference(str(path), "make"))))


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 60


@pytest.mark.parametrize("name", FAULTS)
def test_found(tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]
    source = program(fault.faulty)
    found = audited(tmp_path, source)
    told = [(each.rule, each.subject, each.reason and each.reason.code) for each in found]
    mine = [each for each in found if (each.rule, each.subject) == (fault.rule, fault.subject)]
    assert mine, told
    line = next(n for n, text in enumerate(source.splitlines(), 1) if MARK in text)
    assert mine[0].level != "note"
    assert mine[0].site is not None
    assert mine[0].site.line == line


@pytest.mark.parametrize("name", FAULTS)
def test_mended(tmp_path: Path, name: str) -> None:
    found = audited(tmp_path, program(FAULTS[name].mended))
    assert [(each.rule, each.subject) for each in found if each.level != "note"] == []
