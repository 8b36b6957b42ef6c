"""Values at the edges: what PyTorch refuses in a run, and what it takes but we once did not."""

import math
from typing import Any

import pytest
import torch

from explorer.engine.compiler import torch_function
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.gradients import gradients, report
from explorer.engine.proof.proving import prove
from explorer.engine.session import Session
from explorer.experiment.language import parse
from explorer.experiment.operations import OPERATIONS, OptionKind
from explorer.experiment.problem import BadInput
from explorer.experiment.rendering import display
from explorer.experiment.spec import Change, Experiment
from explorer.explain.proof_records import Proof, flat
from explorer.explain.reasons import reasons

LEAVES: dict[str, Any] = {
    "objective": "out",
    "formula": "p = w\nout = binary_cross_entropy(p, t)",
    "parameters": {"w": [0.5, 0.9], "t": {"value": [1.0, 0.0], "requires_grad": False}},
    "training": {"optimizer": {"name": "sgd", "lr": 1.0}, "steps": 50},
}


def experiment(formula: str, **parts: Any) -> Experiment:
    return Experiment(formula=formula, objective="out", **parts)


def proof(made: Experiment, name: str) -> Proof:
    model = FormulaSubject(made)
    return prove(model, model.trace(), name)


# -- what PyTorch refuses ----------------------------------------------------------------


def test_a_forward_pass_that_breaks_off_is_a_failure() -> None:
    session = Session(Experiment(**LEAVES))
    assert [record.step for record in session] == [1]
    assert session.failure is not None
    assert (session.failure.code, session.failure.step) == ("torch-error", 2)
    assert "between 0 and 1" in str(session.failure.facts["message"])


def test_looking_at_a_model_that_breaks_off_shows_what_there_is() -> None:
    session = Session(Experiment(**LEAVES))
    list(session)
    found = report(session.subject, 2)
    assert [each.name for each in found.tensors] == ["w", "t", "p", "out"]
    assert [each.value for each in found.tensors[2:]] == [None, None]
    assert found.failure is not None
    trace = session.subject.trace(2)
    assert trace.failure == found.failure
    assert trace.objective is None
    assert reasons(trace)["w"] is None


def test_a_backward_pass_that_is_not_implemented_is_a_failure() -> None:
    made = experiment("out = remainder(2.5, x)", parameters={"x": 1.0})
    assert list(Session(made)) == []
    found = gradients(made)
    assert found.failure is not None
    assert "not implemented" in str(found.failure.facts["message"])
    assert all(each.grad is None for each in found.tensors)
    told = proof(made, "x")
    assert told.autograd is None


def test_an_update_that_pytorch_refuses_is_a_failure() -> None:
    made = experiment(
        "out = x * 2",
        parameters={"x": 1.0},
        training={"optimizer": {"name": "adam", "lr": 3e38}, "steps": 3},
    )
    session = Session(made)
    assert list(session) == []
    assert session.failure is not None
    assert session.failure.code == "torch-error"


@pytest.mark.parametrize("formula", ["out = (x > 0) @ x", "out = ((x > 0) - (x > 1)).sum()"])
def test_a_wrong_type_is_not_a_wrong_shape(formula: str) -> None:
    with pytest.raises(BadInput) as caught:
        FormulaSubject(experiment(formula, parameters={"x": [1.0, 2.0]}))
    assert caught.value.code == "dtype-does-not-fit"
    assert caught.value.place.line == 1


# -- the loss of before the update -----------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    ["w", "w.squeeze()", "w.reshape(())", "w.reshape(1, 1)", "w.flatten()", "w.t()", "w.float()"],
)
@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_the_loss_is_that_of_before_the_update(expression: str, name: str) -> None:
    made = experiment(
        f"out = {expression}",
        parameters={"w": [2.0]},
        training={"optimizer": {"name": name, "lr": 0.5}, "steps": 3},
    )
    losses = [record.loss for record in Session(made)]
    assert losses == pytest.approx([2.0, 1.5, 1.0])


# -- float64 in proofs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    [
        "out = (a * where(x > 0, 1.0, 0.3)).sum()",
        "out = (a * ((x > 0) * 0.7 + 0.3)).sum()",
        "out = (a * (x > 0).float() + a * 0.3 * (x < 0)).sum()",
        "out = where(x > 0, 1.0, 0.3) @ a",
        "out = (x > 0).float() @ (a * 0.3)",
    ],
)
def test_a_difference_is_taken_in_float64_throughout(formula: str) -> None:
    parameters = {"a": [1.7, 0.4], "x": {"value": [1.0, -1.0], "requires_grad": False}}
    told = proof(experiment(formula, parameters=parameters), "a")
    assert told.difference is not None
    assert told.symbolic_value is not None
    # A float32 number anywhere is off by 1e-8 and more.
    values = [*flat(told.symbolic_value)]
    assert [*flat(told.difference)] == pytest.approx(values, abs=1e-9)
    assert torch.get_default_dtype() is torch.float32


def test_where_pytorch_refuses_a_little_to_the_side_it_is_said() -> None:
    parameters = {"w": [1.0], "t": {"value": [1.0], "requires_grad": False}}
    told = proof(experiment("out = binary_cross_entropy(w, t)", parameters=parameters), "w")
    assert told.difference is None
    assert told.omitted is not None


# -- numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "(-0.0) ** x",
        "-0.0 ** x",
        "(-2.0) ** x",
        "-2.0 ** x",
        "x ** -2.0",
        "x ** (-0.0)",
        "x - -1.0",
        "x * (-(-(2.0)))",
        "atan2(x, -0.0)",
        "-x ** 2.0",
        "(-x) ** 2.0",
        "2.0 - (x - 1.0)",
        "x / (x / 2.0)",
        "x + (x + 1.0)",
    ],
)
def test_numbers_are_pythons_and_read_back(expression: str) -> None:
    program = parse(f"out = {expression}", ["x"], ())
    shown = display(program.assignments[0].expression)
    again = parse(f"out = {shown}", ["x"], ())
    assert display(again.assignments[0].expression) == shown
    names = {"x": torch.tensor(3.0), "atan2": lambda y, x: torch.atan2(y, torch.tensor(x))}
    wanted = eval(expression, names)
    value = FormulaSubject(experiment(f"out = {expression}", parameters={"x": 3.0}))
    got = value.named_forward(value.leaves)[0]
    assert torch.equal(got, wanted)
    assert torch.equal(torch.signbit(got), torch.signbit(wanted))


@pytest.mark.parametrize("sign", ["+", "-", "*"])
def test_a_thousand_terms_are_no_nesting(sign: str) -> None:
    text = "out = " + f" {sign} ".join(["a"] * 1000)
    made = experiment(text, parameters={"a": 1.0})
    x = torch.tensor(1.0, requires_grad=True)
    wanted = eval(f" {sign} ".join(["x"] * 1000))
    wanted.backward()
    found = gradients(made)
    assert found.objective_value == wanted.item()
    assert x.grad is not None
    assert found.tensors[0].grad == x.grad.item()
    model = FormulaSubject(made)
    trace = model.trace()
    assert len(trace.operations) == 999
    assert all(len(each.text) <= 40 for each in trace.operations)
    assert prove(model, trace, "a").omitted is not None
    [record] = Session(made, steps=1)
    assert record.loss == wanted.item()


def test_deep_formulas_are_traced_in_the_order_they_run() -> None:
    formula = "out = exp(b) * (" + " + ".join(["a"] * 80) + ") - sin(b)"
    trace = FormulaSubject(experiment(formula, parameters={"a": 1.0, "b": 0.5})).trace()
    assert [each.name for each in trace.operations[:2]] == ["exp", "add"]
    assert trace.operations[-1].name == "sub"
    assert all(each.text.startswith(("exp", "a", "sin", "(")) for each in trace.operations[:-1])


# -- masks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("mask * x", [0.0, 2.0]),
        ("1.5 * mask", [0.0, 1.5]),
        ("mask + mask", [0.0, 1.0]),
        ("mask.float() - 1", [-1.0, 0.0]),
        ("mask / 2", [0.0, 0.5]),
        ("where(mask, x, 0.0)", [0.0, 2.0]),
        ("x * (mask.sum() / 4)", [-0.25, 0.5]),
        ("x * x.gt(0)", [0.0, 2.0]),
        ("x * (x == x)", [-1.0, 2.0]),
    ],
)
def test_a_comparison_is_a_mask(expression: str, wanted: list[float]) -> None:
    made = experiment(
        f"mask = x > 0\nz = {expression}\nout = (z * 1.0).sum()", parameters={"x": [-1.0, 2.0]}
    )
    found = {each.name: each.value for each in gradients(made).tensors}
    assert found["mask"] == [False, True]
    assert found["z"] == wanted


def test_a_mask_has_no_gradient_and_says_why() -> None:
    made = experiment(
        "n = X.norm(dim=1)\nmask = n < thr\nout = (mask * n).mean()",
        parameters={"X": [[1.0, 0.0], [0.0, 3.0], [0.5, 0.5]], "thr": 2.0},
    )
    found = gradients(made).reasons
    assert [name for name, each in found.items() if each and each.code == "integer"] == [
        "thr",
        "mask",
    ]
    assert found["X"] is None


# -- data that is not a number ------------------------------------------------------------------


def test_data_may_be_missing_and_a_parameter_may_not() -> None:
    parts: dict[str, Any] = {
        "formula": "out = where(t == t, (w * x - t) ** 2, 0).mean()",
        "objective": "out",
        "data": {"x": [1.0, 2.0], "t": [math.nan, 1.0]},
        "training": {"optimizer": {"name": "sgd", "lr": 0.1}, "steps": 3},
    }
    made = Experiment(**parts, parameters={"w": 1.0})
    session = Session(made)
    first, second = [record.loss for record in session]
    # where leaves the missing label out of the loss, but not out of the backward pass.
    assert first == 0.5
    assert math.isnan(second)
    assert session.failure is not None
    assert session.failure.code == "non-finite"
    frozen = {"t": {"value": [math.nan, math.inf], "requires_grad": False}}
    again = Experiment(
        formula="out = w * 2 + 0*w", objective="out", parameters={"w": 1.0, **frozen}
    )
    assert again == Experiment(
        formula="out = w * 2 + 0*w",
        objective="out",
        parameters={"w": 1.0, "t": {"value": [float("nan"), math.inf], "requires_grad": False}},
    )
    with pytest.raises(BadInput) as caught:
        Experiment(**parts, parameters={"w": math.nan})
    assert (caught.value.code, caught.value.place.key) == (
        "parameter-not-finite",
        "parameters.w.value",
    )


# -- options ---------------------------------------------------------------------------------

DIMENSIONS = ("0", "-1", "(0,)", "(0, 1)", "[1]", "()", "(2, 3)", "-1, 2", "3, 2", "0, 1")
WITH_DIMENSIONS = [
    (name, option)
    for name, operation in OPERATIONS.items()
    for option, known in operation.options.items()
    if operation.tensors == (1, 1)
    and known.kind in (OptionKind.DIMENSIONS, OptionKind.INTEGER, OptionKind.SHAPE)
]


def torch_takes(text: str) -> bool:
    functions = {
        name: torch_function(each) if each.function_form else None
        for name, each in OPERATIONS.items()
    }
    try:
        made = eval(text, functions, {"x": torch.ones(2, 3)})
    except (TypeError, RuntimeError, IndexError, ValueError, ZeroDivisionError, AttributeError):
        return False
    return isinstance(made, torch.Tensor)


def we_take(text: str) -> bool:
    try:
        FormulaSubject(experiment(f"z = {text}\nout = z.sum()", parameters={"x": [[1.0] * 3] * 2}))
    except BadInput:
        return False
    return True


@pytest.mark.parametrize(("name", "option"), WITH_DIMENSIONS)
@pytest.mark.parametrize("form", ["{name}(x, {option}={value})", "x.{name}({option}={value})"])
def test_whole_numbers_and_tuples_are_taken_where_torch_takes_them(
    name: str, option: str, form: str
) -> None:
    for value in DIMENSIONS[:-3]:
        text = form.format(name=name, option=option, value=value)
        assert we_take(text) == torch_takes(text), text


@pytest.mark.parametrize(
    "name", sorted({name for name, _ in WITH_DIMENSIONS} - {"norm", "softmin"})
)
@pytest.mark.parametrize("form", ["{name}(x, {value})", "x.{name}({value})"])
def test_dimensions_by_position_are_taken_where_torch_takes_them(name: str, form: str) -> None:
    for value in DIMENSIONS:
        text = form.format(name=name, value=value)
        assert we_take(text) == torch_takes(text), text


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"lr": 1e39}, "lr"),
        ({"momentum": 1e39}, "momentum"),
        ({"dampening": -1e39}, "dampening"),
        ({"weight_decay": 1e300}, "weight_decay"),
    ],
)
def test_an_option_beyond_float32_is_refused_under_way(options: dict[str, float], key: str) -> None:
    made = experiment("out = x * 2", parameters={"x": 1.0}, training={"steps": 3})
    session = Session(made)
    with pytest.raises(BadInput) as caught:
        session.apply(Change.checked(step=1, **options))
    assert (caught.value.code, caught.value.place.key) == ("too-large-for-float32", key)
    with pytest.raises(BadInput) as caught:
        session.apply(Change.checked(step=1, tensor="x", value=1e39))
    assert caught.value.place.key == "value"
    double = experiment(
        "out = x * 2", parameters={"x": 1.0}, training={"steps": 3}, dtype="float64"
    )
    Session(double).apply(Change.checked(step=1, **options))


def test_a_spread_of_minus_zero_is_zero() -> None:
    made = Experiment(
        formula="y = a * x",
        parameters={"a": 1.0},
        data={"x": {"normal": [1.0, -0.0, 3]}, "y": [1, 2, 3]},
    )
    assert made.columns["x"].tolist() == [1.0, 1.0, 1.0]


# -- more than there is memory -----------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "outer(v, w).sum()",
        "sin(v.unsqueeze(1) * w).sum()",
        "(v.unsqueeze(1) @ w.unsqueeze(0)).mean()",
        "mse_loss(v.unsqueeze(1), w.reshape(1, 40000) * 1.0)",
        "where(v.unsqueeze(1) > w, 1.0, 0.0).sum()",
        "zeros(2**31 - 1, 2**31 - 1).sum()",
        "eye(10**6).sum()",
        "arange(1e12).sum()",
        "arange(0, 1, 1e-12).sum()",
        "linspace(0, 1, 10**9).sum()",
        "full((10**9,), 2).sum()",
        "x.new_zeros(10**9).sum()",
        "x.expand(10**9, -1).sum()",
        "x.repeat(10**6, 10**6).sum()",
        "x.repeat_interleave(10**9).sum()",
        "one_hot(x.long(), 10**9).sum()",
        "pad(x, (10**9, 10**9)).sum()",
        "x.unfold(0, 20000, 1).sum()",
        "x[x.long()][:, None].T.tile(40000, 1).sum()",
        "x[None, :].expand(40000, -1)[:, x.long()].sum()",
        "kron(x, x).sum()",
        "diag(x).sum()",
        "cdist(x[:, None], x[:, None]).sum()",
        "meshgrid(x, x, indexing='ij')[0].sum()",
        "einsum('i,j->ij', x, x).sum()",
        "avg_pool1d(x[None], 1, padding=10**9).sum()",
        "adaptive_avg_pool1d(x[None], 10**9).sum()",
        "scaled_dot_product_attention(x[:, None], x[:, None], x[:, None]).sum()",
        "prod(outer(flatten(outer(s, s)), flatten(outer(s, s))))",
        " + ".join(["outer(v, s)"] * 30) + " + v.unsqueeze(1)",
    ],
)
def test_what_is_too_large_is_refused_before_it_is_tried(expression: str) -> None:
    parameters = {name: {"shape": [40_000], "init": "ones"} for name in ("v", "w")}
    parameters["s"] = {"shape": [200], "init": "ones"}
    with pytest.raises(BadInput) as caught:
        FormulaSubject(experiment(f"x = v * 2\nout = {expression}", parameters=parameters))
    assert caught.value.code == "formula-too-large"
    assert caught.value.place.line == 2
    assert caught.value.place.column is not None


# -- proofs at kinks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("atan2(x, 0.0 * x)", 0.0),
        ("atan2(x * 0, x)", -1.0),
        ("norm(x, 0)", 0.0),
        ("where(x > 0.3, x, 0.0)", 0.3),
        ("clamp(x, max=0.3)", 0.3),
        ("maximum(x, 0.3)", 0.3),
        ("x * (x > 0.7)", 0.7),
    ],
)
def test_on_a_kink_the_proof_says_so(expression: str, value: float) -> None:
    told = proof(experiment(f"out = {expression} + x", parameters={"x": value}), "x")
    assert told.symbolic is None
    assert told.omitted is not None
    assert told.omitted.code == "kink"
    assert "0000" not in told.omitted.facts["at"]


def test_counting_has_no_slope() -> None:
    told = proof(
        experiment("out = norm(w, 0) * x + norm(w, 0)", parameters={"x": 2.0, "w": [3.0, 1.0]}), "x"
    )
    assert (told.autograd, told.symbolic_value) == (2.0, 2.0)


@pytest.mark.parametrize("number", ["1e39", "-1e39"])
def test_a_number_beyond_float32_is_infinite_in_the_proof_too(number: str) -> None:
    made = experiment(f"out = minimum(x * {number}, x) + clamp(x, max=2e38)", parameters={"x": 2.0})
    assert proof(made, "x").autograd is not None
