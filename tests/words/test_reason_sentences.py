"""Every reason has a sentence with just its facts, in both languages, and none is idle."""

import ast
import re
import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.engine.movement import GRADIENT, STALE_GRADIENT, WEIGHT_DECAY
from explorer.engine.updates import RULES
from explorer.explain.cuts import CUT_CODES
from explorer.explain.reason import REASONS, Reason, ReasonEntry, RemedyKind
from explorer.explain.remedies import _FINDERS
from explorer.explain.zero_gradients import _CODES
from explorer.i18n import AVAILABLE, load
from explorer.words.causes import CAUSES
from explorer.words.reason_entry import ReasonWords
from explorer.words.reasons import (
    WORDS,
    form,
    reason_sentence,
    reason_sentences,
)

PACKAGE = Path(__file__).resolve().parents[2] / "explorer"
NAN = float("nan")
AT = {"operation": "sqrt", "at": "out"}
CUTS = {"cuts": ["g.z", "x"]}
SINCE = {"tensor": "x", "since": 7}

# One for each form of each code, with the facts that the engine gives.
EXAMPLES = (
    Reason("frozen"),
    Reason("frozen", {"kind": "buffer"}),
    Reason("nothing-requires-grad"),
    Reason("partly-cut", CUTS),
    Reason("integer"),
    Reason("integer", CUTS),
    Reason("detached", CUTS),
    Reason("data-access", CUTS),
    Reason("no-grad", CUTS),
    Reason("rewrapped", CUTS),
    Reason("no-derivative", CUTS),
    Reason("unused"),
    Reason("not-yet"),
    Reason("not-yet", {"step": 1}),
    Reason("not-leaf"),
    Reason("stale", {"step": 3, "applied": False}),
    Reason("stale", {"step": 3, "applied": True, "moved_by": ["stale-gradient"]}),
    Reason("stale", {"step": 3, "applied": False, "moved_by": ["momentum"]}),
    Reason("stale", {"step": 3, "applied": False, "held": False}),
    Reason("zeroed", {"step": 3}),
    Reason("zeroed", {"step": 3, "moved_by": ["moments", "weight_decay"]}),
    Reason("accumulated", {"since": 2}),
    Reason("accumulated", {"since": 2, "held": False}),
    Reason("not-in-optimizer"),
    Reason("stale", {"step": 3, "applied": True, "update": 4, "moved_by": ["stale-gradient"]}),
    Reason("accumulated", {"since": 2, "accumulate": 4}),
    Reason("clipped", {"norm": 7.25, "limit": 1.0}),
    Reason("clipped", {"limit": 0.5}),
    Reason("flat", AT),
    Reason("inactive", AT),
    Reason("zero-factor", {**AT, "factor": "y", "factor_value": 0.0, "values": ["y"]}),
    Reason("zero-factor", {**AT, "factor": None, "factor_value": None, "values": ["x"]}),
    Reason("zero-factor", {**AT, "factor": "0.0", "factor_value": 0.0, "values": []}),
    Reason("zero-factor", {**AT, "factor": None, "factor_value": None, "values": []}),
    Reason("cancels", {"at": "p", "over": "ways"}),
    Reason("cancels", {**AT, "over": "rows"}),
    Reason("cancels", {**AT, "over": "elements"}),
    Reason("cancels", {**AT, "over": "outputs"}),
    Reason("non-finite", {**AT, "direction": "forward", "inputs": {"x": -4.0}}),
    Reason("non-finite", {**AT, "direction": "backward", "inputs": {"x": [0.0, 1.0]}}),
    Reason("non-finite", {"at": "x", "direction": "value", "inputs": {"x": [0.0, NAN]}}),
    Reason("non-finite", {"at": "p"}),
    Reason("non-finite", {**AT, "direction": "forward", "inputs": {"x": -4.0}, **SINCE}),
    Reason("non-finite", {**AT, "direction": "backward", "inputs": {"x": 0.0}, **SINCE}),
    Reason("non-finite", {"at": "x", "direction": "value", "inputs": {"x": NAN}, **SINCE}),
    Reason("non-finite", {"at": "p", **SINCE}),
)


@pytest.mark.parametrize("reason", EXAMPLES, ids=form)
@pytest.mark.parametrize("language", [code for code, _ in AVAILABLE])
def test_sentence_has_its_facts(reason: Reason, language: str) -> None:
    said = {
        field for _, field, _, _ in string.Formatter().parse(WORDS[form(reason)].sentence) if field
    }
    assert said - {"name"} <= set(reason.facts)
    sentence = reason_sentence("w", reason, load(language))
    assert "w" in sentence
    assert "{" not in sentence
    assert all(
        str(reason.facts[fact]) in sentence for fact in said & {"at", "step", "since", "factor"}
    )


def test_every_form_has_an_example() -> None:
    assert {form(reason) for reason in EXAMPLES} == set(WORDS)


# -- what an entry lacks -----------------------------------------------------------

# Not of a parameter in a graph, of which the line over it speaks.
WITHOUT_CLAUSE = {
    "nothing-requires-grad",
    "not-yet",
    "not-leaf",
    "stale",
    "zeroed",
    "accumulated",
    "not-in-optimizer",
    "clipped",
}


def lacks(
    code: str,
    entry: ReasonEntry,
    words: Mapping[str, ReasonWords] = WORDS,
    found: Collection[str] = frozenset(),
) -> list[str]:
    """The parts that the reason needs and has not."""
    return list(_lacking(code, entry, words, found or codes_found_in_explain()))


def _lacking(
    code: str, entry: ReasonEntry, words: Mapping[str, ReasonWords], found: Collection[str]
) -> Iterator[str]:
    if code not in found:
        yield "who finds it in explorer.explain"
    if entry.remedy not in (None, RemedyKind.STEP, *_FINDERS):
        yield "finder in explorer.explain.remedies"
    own = [each for key, each in words.items() if key.partition("/")[0] == code]
    if not own:
        yield "entry in explorer.words.reasons"
        return
    if (code in WITHOUT_CLAUSE) is any(each.clause for each in own):
        yield "clause"
    if (code in CUT_CODES) is not any(each.cut for each in own):
        yield "name of the cut"


def codes_found_in_explain() -> set[str]:
    files = [path for path in (PACKAGE / "explain").glob("*.py") if path.name != "reason.py"]
    return {
        node.value
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("code", REASONS)
def test_entry_lacks_nothing(code: str) -> None:
    assert lacks(code, REASONS[code]) == []


def test_every_code_that_is_said_or_made_has_an_entry() -> None:
    assert {key.partition("/")[0] for key in WORDS} == set(REASONS)
    assert {*CUT_CODES, *reasons_made_in_explain()} <= set(REASONS)


def reasons_made_in_explain() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "explain").glob("*.py"))
    return set(re.findall(r'Reason\("([a-z-]+)"', text)) | {"zero-factor", *_CODES.values()}


FROZEN, DETACHED = WORDS["frozen"], WORDS["detached"]


@pytest.mark.parametrize(
    ("code", "entry", "words", "lacking"),
    [
        ("lost", ReasonEntry(), {"lost": FROZEN}, "who finds it in explorer.explain"),
        ("frozen", ReasonEntry(), {"detached": DETACHED}, "entry in explorer.words.reasons"),
        ("frozen", ReasonEntry(), {"frozen": replace(FROZEN, clause=None)}, "clause"),
        ("stale", ReasonEntry(), {"stale": FROZEN}, "clause"),
        ("detached", ReasonEntry(), {"detached": replace(DETACHED, cut="")}, "name of the cut"),
        ("frozen", ReasonEntry(), {"frozen": DETACHED}, "name of the cut"),
    ],
)
def test_what_an_entry_lacks_is_found(
    code: str, entry: ReasonEntry, words: Mapping[str, ReasonWords], lacking: str
) -> None:
    assert lacks(code, entry, words) == [lacking]


def test_a_remedy_that_nobody_finds_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    finders = {kind: each for kind, each in _FINDERS.items() if kind is not RemedyKind.THAW}
    monkeypatch.setitem(globals(), "_FINDERS", finders)
    assert lacks("frozen", REASONS["frozen"]) == ["finder in explorer.explain.remedies"]


def test_every_cause_of_a_move_is_said() -> None:
    pushes = {cause for rule in RULES.values() for cause in rule.pushes.values()}
    assert set(CAUSES) == {GRADIENT, STALE_GRADIENT, WEIGHT_DECAY, *pushes}


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
    facts = {**AT, "operation": "mul", "factor": factor, "factor_value": 0.0, "values": []}
    assert reason_sentence("x", Reason("zero-factor", facts), load("en")) == (
        "The gradient of x is 0 because in mul (at out) it is multiplied by the number "
        f"{factor}. Write another number there."
    )


@pytest.mark.parametrize(
    ("value", "values", "ending"),
    [
        (0.0, ["x"], ""),
        ([0.0, 0.0], ["x"], ""),
        # Not 0 itself, or the tensor's own value would do as well: no plain product.
        (1.0, ["x"], "/slope"),
        ([0.0, 1.0], ["x"], "/slope"),
        (0.0, ["y", "x"], "/slope"),
        (None, ["y"], "/slope"),
        (None, [], "/constant"),
    ],
)
def test_a_tensor_that_multiplies(value: Any, values: list[str], ending: str) -> None:
    for factor in ("2.0 * x", "inf", "x"):
        named = [factor if each == "x" else each for each in values]
        known = None if value is None else factor
        facts = {**AT, "factor": known, "factor_value": value, "values": named}
        assert form(Reason("zero-factor", facts)) == f"zero-factor{ending}"


def test_what_is_cut_as_well_is_said() -> None:
    behind = [{"code": "detached", "cuts": ["h"]}, {"code": "unused"}]
    sentence = reason_sentence("w", Reason("frozen", {"behind": behind}), load("en"))
    first, second = sentence.split("That alone is not enough: ")
    assert "its requires_grad is off" in first
    assert "detach() on h cuts it off" in second
    assert "the objective does not depend on it" in second


def test_what_else_lets_nothing_through_is_said() -> None:
    behind = [{"code": "inactive", "operation": "relu", "at": "h"}]
    sentence = reason_sentence("x", Reason("flat", {**AT, "behind": behind}), load("en"))
    assert sentence.endswith("no gradient comes through relu (h) either.")


def test_only_tensors_with_a_reason_have_a_sentence() -> None:
    assert list(reason_sentences({"x": Reason("unused"), "y": None}, load("en"))) == ["x"]
