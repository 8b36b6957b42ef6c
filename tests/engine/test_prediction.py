"""Random programs with random switches: the graph alone tells what autograd then does.

Each program is traced with one setting of its switches. From that trace the gradients under
another setting are predicted, and autograd is asked. The traced gradients must be autograd's to
the bit, and the contributions into every tensor must add up to its gradient.
"""

import math
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from explorer.engine.gradients import report
from explorer.engine.model import Model
from explorer.engine.prediction import disagreements, predict
from explorer.engine.reasons import reasons
from explorer.engine.trace import Trace, trace_experiment
from explorer.engine.trace.reading import numbers_in
from explorer.experiment.spec import Experiment

PARAMETERS: dict[str, Any] = {"a": 0.5, "b": -1.5, "v": [1.0, -2.0, 0.0]}
TEMPLATES = (
    "{0}",
    "{0}.detach()",
    "{0} + {1}",
    "{0} - {1}",
    "{0} * {1}",
    "{0} / ({1} + 3)",
    "{0} * {0}",
    "{0} ** 2",
    "2 ** {0}",
    "1 - {0}",
    "0 * {0}",
    "-{0}",
    "({0} + {1}).detach() * {1}",
    "exp({0}.detach())",
    "sin({0})",
    "tanh({0} * {1})",
    "relu({0})",
    "round({0})",
    "sign({0}) + {1}",
    "clamp({0}, 0, 1)",
    "maximum({0}, {1})",
    "where({0} > 0, {1}, {0})",
    "where({0} > {1}, {0}.detach(), 1)",
    "sqrt({0} ** 2)",
    "{0}.sum()",
    "{0}.mean() * {1}",
    "flatten({0})",
    "mse_loss({0} + {1}, {1} + {0} * 2)",
    "softplus({0}, beta=2)",
)
PROGRAMS = 2_000
PARTS = 4


@dataclass(frozen=True)
class Switches:
    """Leaves that require a gradient, and names whose detach switch is on."""

    on: frozenset[str]
    cuts: frozenset[str]


@dataclass(frozen=True)
class Drawn:
    """A program, and two settings of its switches."""

    formula: str
    before: Switches
    after: Switches


@st.composite
def programs(draw: st.DrawFn) -> Drawn:
    names, lines = [*PARAMETERS], []
    for number in range(draw(st.integers(1, 7))):
        template = draw(st.sampled_from(TEMPLATES))
        used = [draw(st.sampled_from(names)) for _ in range(2)]
        lines.append(f"t{number} = {template.format(*used)}")
        names.append(f"t{number}")
    summed = draw(st.sets(st.sampled_from(names), min_size=1, max_size=3))
    lines.append("out = (" + " + ".join(sorted(summed)) + ").sum()")
    names.append("out")
    return Drawn("\n".join(lines), *(draw(switches(names)) for _ in range(2)))


@st.composite
def switches(draw: st.DrawFn, names: list[str]) -> Switches:
    off = draw(st.sets(st.sampled_from([*PARAMETERS]), max_size=2))
    cuts = draw(st.sets(st.sampled_from(names), max_size=2))
    return Switches(frozenset(PARAMETERS) - off, frozenset(cuts))


def model(formula: str, setting: Switches) -> Model:
    return Model(
        Experiment(
            formula=formula,
            objective="out",
            dtype="float64",
            parameters={
                name: {
                    "value": value,
                    "requires_grad": name in setting.on,
                    "detach": name in setting.cuts,
                }
                for name, value in PARAMETERS.items()
            },
            detach=sorted(setting.cuts - set(PARAMETERS)),
        )
    )


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
        traced = trace_experiment(before)
        check_gradients(traced, before)
        assert disagreements(traced, predict(traced)) == ()
        check_prediction(traced, drawn)

    agree()


def check_gradients(traced: Trace, plain: Model) -> None:
    """Autograd's own, bit for bit; each the sum of its parts; each None and 0 with a reason."""
    why = reasons(traced)
    for tensor in report(plain).tensors:
        number = traced.named[tensor.name]
        grad = traced.tensors[number].grad
        assert repr(grad) == repr(tensor.grad), tensor.name
        missing = grad is None or not any(numbers_in(grad)) or not math.isfinite(total(grad))
        assert (why[tensor.name] is not None) == missing, tensor.name
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
    predicted = predict(traced, requires_grad, drawn.after.cuts)
    answer = report(model(drawn.formula, drawn.after)).tensors
    assert {tensor.name for tensor in answer if tensor.grad is not None} == predicted


def test_the_check_sees_a_wrong_prediction() -> None:
    traced = trace_experiment(model("out = a * b", Switches(frozenset("ab"), frozenset())))
    assert disagreements(traced, {"a", "out", "v"}) == ("b", "v")
    assert predict(traced, {"a": False}) == {"b", "out"}
    assert predict(traced, cuts=["b"]) == {"a", "out"}
    assert predict(traced, cuts=["out"]) == set()
    assert predict(traced, {"a": False, "b": False}) == set()
