"""A proof read by a person: rows, the chain rule in one line, and honest notes."""

import string
from dataclasses import replace

import pytest

from explorer.explain.figures import Summary
from explorer.explain.proof_records import Chain, Proof, Term
from explorer.explain.reason import Reason
from explorer.i18n import AVAILABLE, load
from explorer.words.proof import (
    OMISSIONS,
    agreement_digits,
    chain_text,
    form,
    number,
    proof_notes,
    proof_rows,
)

ENGLISH = load("en")

CONNECTED = Proof(
    name="y",
    objective="out",
    autograd=37.0,
    reason=None,
    difference=37.00000000005821,
    symbolic="2*x + 3*y**2 + 2*y",
    symbolic_value=37.0,
    conditions=(),
    omitted=None,
    chain=Chain((Term("2z·1", 10.0), Term("3y²", 27.0)), 37.0),
)
CUT = replace(
    CONNECTED,
    name="x",
    autograd=None,
    reason=Reason("detached", {"cuts": ["g.z"]}),
    difference=0.0,
    symbolic="0",
    symbolic_value=0.0,
    chain=None,
)

# One for each form of each code, with the facts that the engine gives.
OMITTED = (
    Reason("too-large", {"what": "elements", "limit": 64}),
    Reason("too-large", {"what": "operations", "limit": 200}),
    Reason("too-large", {"what": "expression", "limit": 4000}),
    Reason("no-form", {"operation": "norm"}),
    Reason("kink", {"operation": "relu", "at": "relu(x)"}),
    Reason("not-finite"),
    Reason("in-place"),
    Reason("refused", {"message": "all elements of input should be between 0 and 1"}),
)


def test_the_rows_of_the_article() -> None:
    assert proof_rows(CONNECTED, ENGLISH) == (
        ("autograd", "37"),
        ("central difference", "37"),
        ("symbolic derivative", "2*x + 3*y**2 + 2*y = 37"),
        ("chain rule", "2z·1 + 3y² = 10 + 27 = 37"),
        (
            "agreement",
            "autograd agrees with the central difference to 11 digits"
            " and with the symbolic derivative to 15 digits.",
        ),
    )


@pytest.mark.parametrize(
    ("one", "other", "digits"),
    [
        (1.0, 1.0, 15),
        (1.0, 1.001, 3),
        (0.0, 1e-12, 3),
        (5.0, -5.0, 0),
        ([1.0, 2.0], [1.0, 2.0002], 4),
        # Beside 1000 a rest of 1e-8 is nothing.
        ([1000.0, 0.0], [1000.0, 1e-8], 11),
        (None, 1.0, None),
        (Summary(0.0, 1.0, -2.0, 2.5), [1.0], None),
    ],
)
def test_how_far_two_ways_agree(one: object, other: object, digits: int | None) -> None:
    assert agreement_digits(one, other) == digits


def test_ways_that_disagree_are_not_said_to_agree() -> None:
    rows = dict(proof_rows(replace(CONNECTED, difference=-37.0), ENGLISH))
    assert "do not agree" in rows["agreement"]
    assert "agreement" not in dict(proof_rows(CUT, ENGLISH))


def test_what_is_rounding_is_said_to_be() -> None:
    rounded = replace(CONNECTED, autograd=36.0, in_double=37.0)
    said = dict(proof_rows(rounded, ENGLISH))["agreement"]
    assert said.startswith("In float64 autograd agrees with the central difference to 11 digits")
    assert "rounding" in said
    wrong = replace(rounded, in_double=36.0)
    assert "do not agree" in dict(proof_rows(wrong, ENGLISH))["agreement"]


def test_many_numbers_are_compared_too() -> None:
    many = replace(CONNECTED, autograd=Summary(0.0, 1.0, 37.0, 37.0), in_double=37.0)
    said = dict(proof_rows(many, ENGLISH))["agreement"]
    assert said.startswith("In float64 autograd agrees")
    assert "rounding" not in said


def test_a_name_in_brackets_is_explained() -> None:
    told = replace(CONNECTED, symbolic="2*[z]*y", chain=Chain((Term("2[z]·1", 37.0),), 37.0))
    [note] = proof_notes(told, ENGLISH)
    assert note == "[z] is z held fast, a constant: detach() cuts it off."
    assert proof_notes(replace(CONNECTED, symbolic="2*y[0]"), ENGLISH) == ()


@pytest.mark.parametrize(
    ("terms", "total", "text"),
    [
        ((Term("3y²", 27.0),), 27.0, "3y² = 27"),
        ((Term(None, 10.0), Term(None, 27.0)), 37.0, "10 + 27 = 37"),
        ((Term(None, -17.0),), -17.0, "−17"),
        ((Term("y", 3.0), Term("−2x", -4.0)), -1.0, "y − 2x = 3 − 4 = −1"),
        ((Term("−1·y", -3.0), Term("x", 0.5)), -2.5, "−1·y + x = −3 + 0.5 = −2.5"),
        ((Term("5", 5.0),), 5.0, "5"),
    ],
)
def test_chains(terms: tuple[Term, ...], total: float, text: str) -> None:
    assert chain_text(Chain(terms, total)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (37.0, "37"),
        (123456789.0, "123456789"),
        (-1234567.0, "−1234567"),
        (1 / 3, "0.33333"),
        (-2 / 3, "−0.66667"),
        (1e20, "1e+20"),
        (-1e-7, "−1e-07"),
        (-0.0, "0"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (float("-inf"), "−inf"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_none_is_not_zero() -> None:
    rows = proof_rows(CUT, ENGLISH)
    assert rows[:3] == (
        ("autograd", "None"),
        ("central difference", "0"),
        ("symbolic derivative", "0"),
    )
    [(label, note)] = rows[3:]
    assert label == "note"
    assert note.startswith("autograd says None, not 0: ")
    assert "from x to out" in note


def test_frozen_and_nothing_that_requires_a_gradient() -> None:
    frozen = replace(CUT, reason=Reason("frozen"), difference=3.0, symbolic="y", symbolic_value=3.0)
    assert proof_notes(frozen, ENGLISH)[0].startswith(
        "x is frozen (requires_grad is off): out does"
    )
    other = replace(frozen, reason=Reason("nothing-requires-grad"))
    assert proof_notes(other, ENGLISH)[0].startswith("out does depend on x")
    # Frozen and without influence: there is no way at all.
    idle = replace(CUT, reason=Reason("frozen"))
    assert "None, not 0" in proof_notes(idle, ENGLISH)[0]


def test_where_the_expression_holds() -> None:
    told = replace(CONNECTED, conditions=("w*x + b > 0", "x < 1"))
    assert proof_notes(told, ENGLISH) == ("The expression holds where w*x + b > 0, x < 1.",)
    [note] = proof_notes(replace(CONNECTED, conditions=None), ENGLISH)
    assert "same side of every kink" in note


def test_tensors() -> None:
    proof = replace(
        CONNECTED,
        autograd=Summary(0.0, 1.0, -2.0, 2.5),
        difference=[[1.0, -0.5], [0.0, 0.25]],
        symbolic=[["2*x", "-1/2"], ["0", "x/4"]],
        symbolic_value=[[1.0, -0.5], [0.0, 0.25]],
        chain=None,
    )
    assert proof_rows(proof, ENGLISH) == (
        ("autograd", "[−2 … 2.5]"),
        ("central difference", "[[1, −0.5], [0, 0.25]]"),
        ("symbolic derivative", "[0,0]  2*x = 1\n[0,1]  -1/2 = −0.5\n[1,0]  0\n[1,1]  x/4 = 0.25"),
    )
    long = replace(proof, symbolic=["x"] * 20, symbolic_value=[1.0] * 20, difference=[1.0] * 20)
    rows = dict(proof_rows(long, ENGLISH))
    assert rows["symbolic derivative"].count("\n") == 8
    assert rows["symbolic derivative"].endswith("\n…")
    assert rows["central difference"].endswith("1, …]")


@pytest.mark.parametrize("omitted", OMITTED, ids=form)
@pytest.mark.parametrize("language", [code for code, _ in AVAILABLE])
def test_omissions_have_their_facts(omitted: Reason, language: str) -> None:
    sentence = OMISSIONS[form(omitted)]
    said = {field for _, field, _, _ in string.Formatter().parse(sentence) if field}
    assert said <= set(omitted.facts)
    bare = replace(CONNECTED, symbolic=None, symbolic_value=None, difference=None, omitted=omitted)
    rows = proof_rows(bare, load(language))
    assert [text for _, text in rows[:2]] == ["37", "2z·1 + 3y² = 10 + 27 = 37"]
    assert "{" not in rows[2][1]
    assert all(str(omitted.facts[fact]) in rows[2][1] for fact in said)


def test_no_omission_is_idle() -> None:
    assert {form(each) for each in OMITTED} == set(OMISSIONS)
