"""Every code that the program raises has a sentence with just its facts, and none is idle."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from explorer.experiment.constructs import CONSTRUCTS as REFUSED
from explorer.experiment.operations import OptionKind
from explorer.experiment.problem import BadInput, Failure, Place
from explorer.i18n import load
from explorer.words.constructs import CONSTRUCTS, KINDS
from explorer.words.errors import FAILURE_SENTENCES, SENTENCES, failure_sentence, sentence

PACKAGE = Path(__file__).resolve().parents[2] / "explorer"
RAISERS = {"BadInput": SENTENCES, "refuse": SENTENCES, "Failure": FAILURE_SENTENCES}
# `nearest` gets a sentence of its own; `operation` is shown by the place in the formula.
UNSAID = {"nearest", "operation"}


class Raised(NamedTuple):
    raiser: str
    code: str
    facts: frozenset[str]
    complete: bool
    where: str


def raised() -> Iterator[Raised]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield from _of_call(node, node.func.id, f"{path.name}:{node.lineno}")


def _of_call(node: ast.Call, raiser: str, where: str) -> Iterator[Raised]:
    if raiser not in RAISERS or not node.args or not isinstance(node.args[0], ast.Constant):
        return
    facts = {each.arg for each in node.keywords if each.arg}
    if raiser == "Failure":
        facts = {"step", *_keys(node)}
    complete = all(each.arg for each in node.keywords)
    yield Raised(raiser, str(node.args[0].value), frozenset(facts - {"key"}), complete, where)


def _keys(node: ast.Call) -> Iterator[str]:
    for argument in node.args[2:]:
        if isinstance(argument, ast.Dict):
            yield from (str(key.value) for key in argument.keys if isinstance(key, ast.Constant))


def constants() -> set[str]:
    """Every string that stands in the program outside the sentences themselves."""
    trees = (
        ast.parse(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "words"
    )
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {
        each.value
        for each in nodes
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def placeholders(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


RAISED = list(raised())


def complaint(each: Raised) -> str:
    """What is wrong between a raised code and its sentence; empty if nothing is."""
    template = RAISERS[each.raiser].get(each.code)
    if template is None:
        return f"{each.where}: no sentence for {each.code}"
    said = placeholders(template)
    if each.complete and (said - each.facts or each.facts - UNSAID - said):
        return f"{each.where}: {each.code} says {set(said)} but has {set(each.facts)}"
    return ""


@pytest.mark.parametrize("each", RAISED, ids=lambda each: f"{each.where}-{each.code}")
def test_sentence_has_exactly_the_facts(each: Raised) -> None:
    assert not complaint(each)


@pytest.mark.parametrize(
    "source",
    ['BadInput("no-such-code")', 'BadInput("unknown-name")', 'refuse("unknown-key", name=1, x=2)'],
)
def test_guard_complains(source: str) -> None:
    (call,) = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    assert isinstance(call.func, ast.Name)
    (each,) = _of_call(call, call.func.id, "here:1")
    assert complaint(each)


def test_guard_sees_the_codes() -> None:
    assert len(RAISED) > 90
    assert {"unknown-key", "formula-too-deep", "non-finite"} <= {each.code for each in RAISED}


def test_no_sentence_is_idle() -> None:
    assert {*SENTENCES, *FAILURE_SENTENCES} <= constants()


def test_every_construct_and_kind_has_words() -> None:
    assert set(REFUSED.values()) <= set(CONSTRUCTS)
    assert set(CONSTRUCTS) <= constants()
    assert {kind.value for kind in OptionKind} <= set(KINDS)
    assert set(KINDS) <= constants()


@pytest.mark.parametrize("code", ["en", "zh_CN"])
def test_place_stands_in_front(code: str) -> None:
    problem = BadInput("unknown-name", Place("fit.toml", "formula", 2, 7), name="aa", nearest="a")
    said = sentence(problem, load(code))
    assert "fit.toml" in said
    assert "2" in said
    assert "7" in said
    assert "“aa”" in said


def test_sentence_in_english() -> None:
    english = load("en")
    problem = BadInput(
        "unknown-key", Place("fit.toml", "training.step"), name="step", nearest="steps"
    )
    assert sentence(problem, english) == (
        "fit.toml, key training.step: There is no key “step” here: correct it or take it out. "
        "Did you mean “steps”?"
    )
    assert sentence(
        BadInput("wrong-type", Place(key="title"), wanted="text", got="number"), english
    ) == ("key title: Expected a text, but this is a number: change the value.")
    refused = BadInput("not-in-language", Place(key="formula", line=1, column=5), construct="class")
    assert sentence(refused, english).startswith("formula, line 1, column 5: Classes are not part")


def test_braces_in_the_input_do_no_harm() -> None:
    said = sentence(BadInput("unknown-name", name="{name!r}", nearest="{0}"), load("en"))
    assert "“{name!r}”" in said
    assert "“{0}”" in said


def test_failures_quote_pytorch_and_name_the_step() -> None:
    message = "element 0 of tensors does not require grad and does not have a grad_fn"
    english = load("en")
    said = failure_sentence(Failure("nothing-requires-grad", 7, {"message": message}), english)
    assert message in said
    assert "switch requires_grad on" in said
    said = failure_sentence(Failure("non-finite", 12, {"loss": "nan"}), english)
    assert "step 12" in said
    assert "nan" in said
