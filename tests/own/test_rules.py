"""Every rule finds its own faulty example, on its line, and is silent on its healthy one."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.explain.audit.records import Finding, Intent
from explorer.explain.audit.rule import Rule
from explorer.explain.audit.rules import RULES, findings
from explorer.i18n import load as language
from explorer.own.loading import load
from explorer.own.observing import observe
from explorer.own.reference import Reference
from explorer.words.audit import page, told


@pytest.fixture(autouse=True)
def _modules_of_one_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    sys.modules.pop("their_example", None)


def audited(folder: Path, source: str, declared: Intent) -> tuple[Finding, ...]:
    path = folder / "their_example.py"
    path.write_text(source, encoding="utf-8")
    return findings(observe(load(Reference(str(path), "make")), intent=declared))


@pytest.mark.parametrize("name", RULES)
def test_the_fault_is_found_on_its_line(tmp_path: Path, name: str) -> None:
    source, declared = RULES[name].INVALID, RULES[name].DECLARED
    found = [each for each in audited(tmp_path, source, declared) if each.rule == name]
    assert found
    wanted = 1 + [line.endswith("# here") for line in source.splitlines()].index(True)
    assert [each.site.line for each in found if each.site] == [wanted] * len(found)
    assert {each.level for each in found} == {RULES[name].level}
    for each in found:
        for code in ("en", "zh_CN"):
            said = told(each, language(code))
            assert "{" not in said.message
            assert said.remedy


@pytest.mark.parametrize("name", RULES)
def test_the_healthy_example_is_silent(tmp_path: Path, name: str) -> None:
    found = audited(tmp_path, RULES[name].VALID, RULES[name].DECLARED)
    assert [each for each in found if each.level != "note"] == []
    assert name not in {each.rule for each in found}


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_has_a_page(rule: type[Rule]) -> None:
    message, *more = rule.paragraphs()
    assert message
    assert more
    assert rule.name in page(rule, language("en"))
