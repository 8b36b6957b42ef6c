"""Random programs with random switches: the graph alone tells what autograd then does.

Each program is traced with one setting of its switches. From that trace the gradients under
another setting are predicted, and autograd is asked. The traced gradients must be autograd's to
the bit, and the contributions into every tensor must add up to its gradient.
"""

import math
from typing import Any

import pytest
from drawing import asked
from hypothesis import HealthCheck, given, seed, settings
from programs import PARAMETERS, Drawn, Switches, model, programs

from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.gradients import report
from explorer.explain.prediction import disagreements, predict
from explorer.explain.queries import numbers_in
from explorer.explain.reasons import reasons
from explorer.explain.trace_records import Trace

# GRADIENT_EXPLORER_CAMPAIGN=3000 makes it as many.
PROGRAMS = asked(200)
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_the_graph_tells_what_autograd_does(part: int) -> None:
    @seed(part)
    @settings(
        max_examples=PROGRAMS // PARTS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def agree(drawn: Drawn) -> None:
        before = model(drawn.formula, drawn.before)
        traced = before.trace()
        check_gradients(traced, before)
        assert disagreements(traced, predict(traced)) == ()
        check_prediction(traced, drawn)

    agree()


def check_gradients(traced: Trace, plain: FormulaSubject) -> None:
    """Autograd's own, bit for bit; each the sum of its parts; each None and 0 with a reason."""
    why = reasons(traced)
    for tensor in report(plain).tensors:
        number = traced.named[tensor.name]
        grad = traced.tensors[number].grad
        assert repr(grad) == repr(tensor.grad), tensor.name
        missing = grad is None or not any(numbers_in(grad)) or not math.isfinite(total(grad))
        reason = why[tensor.name]
        assert (reason is not None and reason.code != "partly-cut") == missing, tensor.name
        if grad is not None and number != traced.objective:
            check_parts(traced, number, grad)
    assert traced.mismatches == ()


def check_parts(traced: Trace, number: int, grad: Any) -> None:
    edges = [traced.edges[edge] for edge in traced.uses[number]]
    parts = [list(numbers_in(edge.contribution)) for edge in edges if edge.contribution is not None]
    summed = [sum(column) for column in zip(*parts, strict=True)]
    assert summed == pytest.approx(list(numbers_in(grad)), rel=1e-9, abs=1e-9, nan_ok=True)


def total(grad: Any) -> float:
    return sum(abs(each) for each in numbers_in(grad))


def check_prediction(traced: Trace, drawn: Drawn) -> None:
    """After the switches are flipped autograd does what was predicted before."""
    requires_grad = {name: name in drawn.after.on for name in PARAMETERS}
    after = model(drawn.formula, drawn.after)
    predicted = predict(traced, requires_grad, after.cuts)
    answer = report(after).tensors
    assert {tensor.name for tensor in answer if tensor.grad is not None} == predicted


def test_the_check_sees_a_wrong_prediction() -> None:
    traced = model("out = a * b", Switches(frozenset("ab"), frozenset())).trace()
    assert disagreements(traced, {"a", "out", "v"}) == ("b", "v")
    assert predict(traced, {"a": False}) == {"b", "out"}
    assert predict(traced, cuts=["b"]) == {"a", "out"}
    assert predict(traced, cuts=["out"]) == set()
    assert predict(traced, {"a": False, "b": False}) == set()
