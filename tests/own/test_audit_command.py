"""The command `audit`: formats, statuses, the baseline, the configuration; and `rule`."""

import json
from pathlib import Path
from typing import Any

import pytest
from calling import Program

from explorer.explain.audit.rules import RULES

FAULTY = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.spare = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        h = self.body(x).detach()
        return self.head(h)

def make():
    print("making")
    model = Net()
    return {"model": model, "batches": [torch.ones(2, 4)],
            "loss": lambda model, batch: model(batch).square().mean(),
            "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}

def healthy():
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    return {"model": model, "batches": [torch.ones(2, 4)],
            "loss": lambda model, batch: model(batch).square().mean(),
            "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(FAULTY, encoding="utf-8")
    return tmp_path


def document(command: Program, folder: Path, *arguments: str) -> Any:
    return json.loads(command(folder, "audit", *arguments, "--format", "json").out)


def test_text_and_status(command: Program, project: Path) -> None:
    outcome = command(project, "audit", "net.py:make")
    assert outcome.status == 1
    assert "net.py:13 in Net.forward: warning: no-gradient" in outcome.out
    assert "body.weight and body.bias" in outcome.out
    assert "0 errors, 4 warnings, 0 notes; 6 parameters, 3 steps." in outcome.out
    assert outcome.err == "making\n"
    healthy = command(project, "audit", "net.py:healthy")
    assert (healthy.status, healthy.err) == (0, "")
    assert command(project, "audit", "net.py:make", "--fail-on", "error").status == 0


def test_the_document(command: Program, project: Path) -> None:
    found = document(command, project, "net.py:make", "--steps", "2")
    assert (found["subject"], found["steps"]) == ("net.py:make", 2)
    first = found["findings"][0]
    assert set(first) == {
        "rule",
        "level",
        "subject",
        "message",
        "reason",
        "file",
        "line",
        "remedy",
    }
    assert (first["rule"], first["subject"], first["reason"], first["line"]) == (
        "no-gradient",
        "body.weight",
        "detached",
        13,
    )
    assert found["checked"] == {"parameters": 6, "rules": list(RULES)}


def test_select_and_ignore(command: Program, project: Path) -> None:
    only = document(command, project, "net.py:make", "--select", "tied,no-gradient")
    assert only["checked"]["rules"] == ["no-gradient", "tied"]
    assert command(project, "audit", "net.py:make", "--ignore", "no-gradient").status == 0


def test_github_names_file_and_line(command: Program, project: Path) -> None:
    lines = command(project, "audit", "net.py:make", "--format", "github").out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("::warning title=no-gradient,file=net.py,line=13::No gradient")


def test_sarif(command: Program, project: Path) -> None:
    log = json.loads(command(project, "audit", "net.py:make", "--format", "sarif").out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    result = run["results"][0]
    location = result["locations"][0]["physicalLocation"]
    assert location == {
        "artifactLocation": {"uri": "net.py"},
        "region": {"startLine": 13},
    }
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_html_into_a_file(command: Program, project: Path) -> None:
    outcome = command(project, "audit", "net.py:make", "--format", "html", "-o", "report.html")
    assert (outcome.status, outcome.out) == (1, "")
    page = (project / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "body.weight and body.bias" in page


def test_a_baseline_silences_what_is_known_and_nothing_else(
    command: Program, project: Path
) -> None:
    known = ["--baseline", "known.json"]
    outcome = command(project, "audit", "net.py:make", *known, "--write-baseline")
    assert outcome.status == 0
    assert json.loads((project / "known.json").read_text(encoding="utf-8"))["known"]
    silent = command(project, "audit", "net.py:make", *known)
    assert silent.status == 0
    assert "4 known from the baseline" in silent.out
    moved = FAULTY.replace("        h = self", "\n        h = self")
    worse = moved.replace(
        "return self.head(h)", "return self.head(h).detach() + self.body(x).mean()"
    )
    (project / "net.py").write_text(worse, encoding="utf-8")
    found = document(command, project, "net.py:make", *known)
    assert {each["subject"] for each in found["findings"]} == {"head.weight", "head.bias"}
    assert found["known"] == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 2, "known": []}', '{"form": 1}'])
def test_no_baseline(command: Program, project: Path, text: str) -> None:
    (project / "known.json").write_text(text, encoding="utf-8")
    outcome = command(project, "audit", "net.py:make", "--baseline", "known.json")
    assert outcome.status == 2
    assert "known.json" in outcome.err


def configured(project: Path, table: str) -> None:
    text = f"[tool.gradient-explorer.audit]\n{table}\n"
    (project / "pyproject.toml").write_text(text, encoding="utf-8")


def test_the_configuration(command: Program, project: Path) -> None:
    configured(
        project,
        'subject = "net.py:make"\nsteps = 2\nignore = ["tied"]\n'
        'expect-unused = ["spare", "body.*"]\nexpect-trainable = ["head.*"]',
    )
    (project / "below").mkdir()
    outcome = command(project / "below", "audit")
    assert (outcome.status, outcome.err) == (0, "making\n")
    assert "2 steps" in outcome.out


def test_intent_that_is_not_so(command: Program, project: Path) -> None:
    configured(
        project,
        'expect-frozen = ["body"]\nexpect-unused = ["spare", "head.bias"]\n'
        'expect-zero = ["nothing.*"]',
    )
    found = document(command, project, "net.py:make", "--select", "intent")["findings"]
    assert [each["subject"] for each in found] == [
        "body.weight",
        "body.bias",
        "nothing.*",
        "head.bias",
    ]


WRONG = {
    "a key": ('subjct = "a.py:b"', "subject"),
    "a rule": ('select = ["no-gradeint"]', "no-gradient"),
    "a level": ('fail-on = "fatal"', "warning"),
    "steps": ("steps = 0", "steps"),
    "a list": ('expect-frozen = "body"', "expect-frozen"),
    "a text": ("subject = 3", "subject"),
    "no TOML": ("subject = ", "pyproject.toml"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_configuration_that_cannot_be_used(command: Program, project: Path, name: str) -> None:
    table, named = WRONG[name]
    configured(project, table)
    outcome = command(project, "audit", "net.py:make")
    assert (outcome.status, outcome.out) == (2, "")
    assert "pyproject.toml" in outcome.err
    assert named in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["line-fit"],
        ["net.py:make", "--format", "xml"],
        ["net.py:make", "--select", "no-gradeint"],
        ["net.py:make", "--ignore", "x"],
        ["net.py:make", "--fail-on", "x"],
        ["net.py:make", "--steps", "0"],
        ["net.py:make", "--write-baseline"],
        ["net.py:make", "--baseline", "none.json"],
        ["net.py:nothing"],
    ],
)
def test_what_cannot_be_used(command: Program, project: Path, arguments: list[str]) -> None:
    outcome = command(project, "audit", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err


def test_what_raises_in_a_later_step_is_told(command: Program, project: Path) -> None:
    source = FAULTY.replace("[torch.ones(2, 4)]", "[torch.ones(2, 4), torch.ones(2, 5)]")
    (project / "net.py").write_text(source, encoding="utf-8")
    outcome = command(project, "audit", "net.py:make")
    assert outcome.status == 2
    assert "net.py:13 in Net.forward" in outcome.err


def test_the_rules_are_told(command: Program, project: Path) -> None:
    listed = command(project, "rule")
    assert listed.status == 0
    assert all(name in listed.out for name in RULES)
    page = command(project, "rule", "frozen-moves", "--language", "zh_CN")
    assert "权重衰减" in page.out
    assert command(project, "rule", "frozen-move").status == 2
