"""Every reason has a sentence with just its facts, in both languages, and none is idle."""

import re
import string
from pathlib import Path

import pytest

from explorer.explain.reason import Reason
from explorer.i18n import AVAILABLE, load
from explorer.words.reasons import SENTENCES, form, reason_sentence, reason_sentences

PACKAGE = Path(__file__).resolve().parents[2] / "explorer"
AT = {"operation": "sqrt", "at": "out"}
CUTS = {"cuts": ["g.z", "x"]}

# One for each form of each code, with the facts that the engine gives.
REASONS = (
    Reason("frozen"),
    Reason("nothing-requires-grad"),
    Reason("integer"),
    Reason("integer", CUTS),
    Reason("detached", CUTS),
    Reason("data-access", CUTS),
    Reason("no-grad", CUTS),
    Reason("rewrapped", CUTS),
    Reason("no-derivative", CUTS),
    Reason("unused"),
    Reason("not-yet"),
    Reason("not-leaf"),
    Reason("stale", {"step": 3}),
    Reason("flat", AT),
    Reason("inactive", AT),
    Reason("zero-factor", {**AT, "factor": "y"}),
    Reason("zero-factor", {**AT, "factor": None}),
    Reason("zero-factor", {**AT, "factor": "0"}),
    Reason("cancels", {"at": "p"}),
    Reason("non-finite", {**AT, "direction": "forward", "inputs": {"x": -4.0}}),
    Reason("non-finite", {**AT, "direction": "backward", "inputs": {"x": [0.0, 1.0]}}),
    Reason("non-finite", {"at": "p"}),
)


@pytest.mark.parametrize("reason", REASONS, ids=form)
@pytest.mark.parametrize("language", [code for code, _ in AVAILABLE])
def test_sentence_has_its_facts(reason: Reason, language: str) -> None:
    said = {field for _, field, _, _ in string.Formatter().parse(SENTENCES[form(reason)]) if field}
    assert said - {"name"} <= set(reason.facts)
    sentence = reason_sentence("w", reason, load(language))
    assert "w" in sentence
    assert "{" not in sentence
    assert all(str(reason.facts[fact]) in sentence for fact in said & {"at", "step", "factor"})


def test_no_sentence_is_idle_and_none_is_missing() -> None:
    assert {form(reason) for reason in REASONS} == set(SENTENCES)
    explain = "".join(
        path.read_text(encoding="utf-8") for path in (PACKAGE / "explain").glob("*.py")
    )
    made = set(re.findall(r'Reason\("([a-z-]+)"', explain))
    made |= set(re.findall(r'^    \("([a-z-]+)", lambda cut', explain, re.MULTILINE))
    made |= {"flat", "inactive", "zero-factor"}
    assert made == {reason.code for reason in REASONS}


def test_the_article_in_english() -> None:
    assert reason_sentence("x", Reason("detached", {"cuts": ["g.z"]}), load("en")) == (
        "x has no gradient because detach() on g.z cuts it off: to PyTorch, what follows there is "
        "a constant. Reconnect it: take out detach(), or switch detach off."
    )


def test_values_are_shown() -> None:
    facts = {**AT, "direction": "forward", "inputs": {"x": -4.0, "v": [1.0, 2.0]}}
    sentence = reason_sentence("x", Reason("non-finite", facts), load("en"))
    assert "x = -4.0000, v = [1.0000, 2.0000]" in sentence


def test_ways_that_are_cut_differently_are_all_said() -> None:
    reason = Reason("detached", {"cuts": ["p"], "also": {"no-grad": ["q"]}})
    sentence = reason_sentence("x", reason, load("en"))
    assert "detach() on p cuts it off" in sentence
    assert "the use of q is inside torch.no_grad()" in sentence


@pytest.mark.parametrize("factor", ["0", "0.0", "-0.0", "0e0"])
def test_a_number_that_multiplies(factor: str) -> None:
    facts = {"operation": "mul", "at": "out", "factor": factor}
    assert reason_sentence("x", Reason("zero-factor", facts), load("en")) == (
        "The gradient of x is 0 because in mul (at out) it is multiplied by the number "
        f"{factor}. Write another number there."
    )


@pytest.mark.parametrize("factor", ["2.0 * x", "inf", "x"])
def test_a_tensor_that_multiplies(factor: str) -> None:
    assert form(Reason("zero-factor", {**AT, "factor": factor})) == "zero-factor"


def test_only_tensors_with_a_reason_have_a_sentence() -> None:
    assert list(reason_sentences({"x": Reason("unused"), "y": None}, load("en"))) == ["x"]
