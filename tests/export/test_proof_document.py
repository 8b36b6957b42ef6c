"""A proof as JSON."""

import json
import math
from dataclasses import replace

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.proof.proving import prove
from explorer.explain.proof_records import Chain, Proof, Term
from explorer.explain.reason import Reason
from explorer.export.graphdocument import proof_document


def built_in(experiment: str, name: str) -> Proof:
    model = FormulaSubject(explorer.load(experiment))
    return prove(model, model.trace(), name)


def test_the_article() -> None:
    document = proof_document(built_in("connected-branch", "y"))
    difference = document.pop("difference")
    assert isinstance(difference, float)
    assert round(difference, 6) == 37.0
    assert document == {
        "name": "y",
        "objective": "out",
        "autograd": 37.0,
        "symbolic": "2*x + 3*y**2 + 2*y",
        "symbolic_value": 37.0,
        "conditions": [],
        "chain": "2z·1 + 3y² = 10 + 27 = 37",
        "omitted": None,
    }


def test_none_and_columns() -> None:
    cut = proof_document(built_in("detached-branch", "x"))
    assert (cut["autograd"], cut["difference"], cut["symbolic"]) == (None, 0.0, "0")
    assert cut["chain"] is None
    column = proof_document(built_in("line-fit", "y"))
    assert isinstance(column["symbolic"], list)
    assert column["symbolic"][0] == "2*y[0]/5 - 6/5"


def test_what_is_not_finite_and_what_is_left_out() -> None:
    proof = Proof(
        name="x",
        objective="out",
        autograd=[math.nan, -math.inf],
        reason=None,
        difference=None,
        symbolic=None,
        symbolic_value=None,
        conditions=None,
        omitted=Reason("kink", {"operation": "relu", "at": "relu(x)"}),
        chain=None,
    )
    document = proof_document(proof)
    assert document["autograd"] == ["nan", "-inf"]
    assert document["omitted"] == {"code": "kink", "operation": "relu", "at": "relu(x)"}
    assert document["conditions"] is None
    broken = replace(proof, chain=Chain((Term(None, math.nan),), math.nan))
    assert json.loads(json.dumps(proof_document(broken), allow_nan=False))["chain"] == "nan"
