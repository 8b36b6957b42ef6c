"""Proofs of single gradients: the article exactly, detached and frozen tensors, kinks, limits."""

from typing import Any

import pytest
import torch

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.proof import difference, symbolic
from explorer.engine.proof.algebra import exact, sympy
from explorer.engine.proof.algebra import text as written
from explorer.engine.proof.derivative import derivative
from explorer.engine.proof.notation import notation
from explorer.engine.proof.proving import prove
from explorer.engine.proof.question import MOST_ELEMENTS, MOST_OPERATIONS
from explorer.experiment.spec import Experiment
from explorer.explain.proof_records import Chain, Proof, Term, flat
from explorer.explain.reason import Reason

X, Y = 2.0, 3.0


def built_in(name: str) -> FormulaSubject:
    return FormulaSubject(explorer.load(name))


def model(formula: str, **parts: Any) -> FormulaSubject:
    """With parameters x = 2, y = 3 unless others are given; `out` is the objective."""
    parameters = {"x": X, "y": Y, **parts.pop("parameters", {})}
    return FormulaSubject(
        Experiment(formula=formula, parameters=parameters, objective="out", **parts)
    )


def proof_of(made: FormulaSubject, name: str) -> Proof:
    return prove(made, made.trace(), name)


def proved(formula: str, name: str = "x", **parts: Any) -> Proof:
    return proof_of(model(formula, **parts), name)


def agrees(proof: Proof, difference: float = 1e-5) -> None:
    """All three ways give the same numbers, the second within `difference`."""
    expected = list(flat(proof.autograd))
    assert list(flat(proof.difference)) == pytest.approx(expected, rel=difference, abs=1e-6)
    assert list(flat(proof.symbolic_value)) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def texts(proof: Proof) -> list[str | None]:
    assert proof.chain is not None
    return [term.text for term in proof.chain.terms]


# -- the article ---------------------------------------------------------------------------


def test_y_of_the_connected_branch() -> None:
    proof = proof_of(built_in("connected-branch"), "y")
    assert proof.autograd == 37.0
    assert proof.symbolic_value == 37.0
    assert proof.difference == pytest.approx(37.0, abs=1e-6)
    assert proof.symbolic == "2*x + 3*y**2 + 2*y"
    assert proof.chain == Chain((Term("2z·1", 10.0), Term("3y²", 27.0)), 37.0)
    assert (proof.objective, proof.omitted, proof.conditions) == ("out", None, ())


@pytest.mark.parametrize(
    ("name", "expression", "term"), [("x", "2*x + 2*y", "2z·1"), ("g.z", "2*z", "2z")]
)
def test_the_others_of_the_connected_branch(name: str, expression: str, term: str) -> None:
    proof = proof_of(built_in("connected-branch"), name)
    assert (proof.autograd, proof.symbolic, proof.symbolic_value) == (10.0, expression, 10.0)
    assert proof.difference == pytest.approx(10.0, abs=1e-6)
    assert proof.chain == Chain((Term(term, 10.0),), 10.0)


def test_a_gradient_of_which_float32_leaves_nothing_is_right_in_float64() -> None:
    # Where a line fit has come to rest.
    made = model("out = (y*3.1 - 9.3)**2", parameters={"y": 3.000001})
    proof = proof_of(made, "y")
    assert proof.autograd != pytest.approx(proof.difference, rel=0.01)
    assert proof.in_double == pytest.approx(proof.difference, rel=1e-4)


def test_the_detached_branch() -> None:
    made = built_in("detached-branch")
    y = proof_of(made, "y")
    assert (y.autograd, y.symbolic, y.symbolic_value) == (27.0, "3*y**2", 27.0)
    assert y.difference == pytest.approx(27.0, abs=1e-6)
    assert y.chain == Chain((Term("3y²", 27.0),), 27.0)
    for name in ("x", "g.z"):
        proof = proof_of(made, name)
        assert (proof.autograd, proof.difference, proof.symbolic) == (None, 0.0, "0")
        assert proof.reason == Reason("detached", {"cuts": ["g.z"]})
        assert proof.chain is None


def test_what_a_detach_gives_does_lead_on() -> None:
    proof = proof_of(built_in("detached-branch"), "g.z_no_grad")
    assert (proof.autograd, proof.difference, proof.symbolic_value) == (None, 10.0, 10.0)


def test_a_written_detach_that_is_switched_off() -> None:
    made = built_in("detached-branch")
    made.set_detached("g.z_no_grad", False)
    proof = proof_of(made, "y")
    agrees(proof)
    assert proof.symbolic_value == 37.0
    assert proof.chain == Chain((Term("2z·1", 10.0), Term("3y²", 27.0)), 37.0)
    assert proof_of(made, "g.z_no_grad").autograd == 10.0


def test_the_objective_itself() -> None:
    proof = proof_of(built_in("connected-branch"), "out")
    assert (proof.autograd, proof.symbolic, proof.symbolic_value) == (1.0, "1", 1.0)
    assert proof.difference == pytest.approx(1.0, abs=1e-9)
    assert proof.chain is None


# -- losses, frozen and detached ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expression", "number"),
    [
        ("a", "22*a + 22*b + 6*c + 6*d - 50", -14.0),
        ("b", "22*a + 22*b + 6*c + 6*d - 50", -14.0),
        ("c", "6*a + 6*b + 2*c + 2*d - 14", -4.0),
        ("d", "6*a + 6*b + 2*c + 2*d - 14", -4.0),
    ],
)
def test_the_line_fit(name: str, expression: str, number: float) -> None:
    proof = proof_of(built_in("line-fit"), name)
    assert (proof.symbolic, proof.symbolic_value) == (expression, number)
    assert proof.difference == pytest.approx(number, abs=1e-6)
    frozen = name in "bd"
    assert proof.autograd == (None if frozen else number)
    rows = {
        "a": "−0.4·1 − 0.6·2 − 0.8·3 − 1·4 − 1.2·5",
        "c": "−0.4·1 − 0.6·1 − 0.8·1 − 1·1 − 1.2·1",
    }
    assert proof.chain == (None if frozen else Chain((Term(rows[name], number),), number))
    assert proof.reason == (Reason("frozen") if frozen else None)


def test_the_loss_and_what_is_compared() -> None:
    made = built_in("line-fit")
    loss = proof_of(made, "loss")
    assert (loss.autograd, loss.difference, loss.symbolic_value) == (1.0, 1.0, 1.0)
    prediction = proof_of(made, "y")
    agrees(prediction)
    assert isinstance(prediction.symbolic, list)
    assert prediction.symbolic[0] == "2*y[0]/5 - 6/5"
    column = proof_of(made, "x")
    assert column.autograd is None
    assert column.difference == pytest.approx([-0.6, -0.9, -1.2, -1.5, -1.8], abs=1e-6)


@pytest.mark.parametrize("loss", ["mse", "l1", "huber", "smooth_l1", {"name": "huber", "delta": 3}])
def test_losses(loss: Any) -> None:
    experiment = explorer.load("line-fit").replace(training={"loss": loss})
    for name in ("a", "c", "y"):
        agrees(proof_of(FormulaSubject(experiment), name))


def test_a_single_number_predicted_for_every_row() -> None:
    experiment = Experiment(formula="y = a * 2", parameters={"a": 0.5}, data={"y": [1.0, 2.0, 6.0]})
    agrees(proof_of(FormulaSubject(experiment), "a"))
    proof = proof_of(FormulaSubject(experiment), "y")
    assert (proof.autograd, proof.symbolic, proof.symbolic_value) == (-4.0, "2*y - 6", -4.0)


def test_a_model_with_vectors_and_matrices() -> None:
    numbers = torch.linspace(-0.9, 1.3, 6).tolist()
    parameters = {"w": [numbers[:3], numbers[3:]], "b": numbers[:2], "v": numbers[4:]}
    formula = "h = tanh(w @ c + b)\nout = (dot(h, v) - y) ** 2"
    made = model(formula, parameters={**parameters, "c": [0.5, -1.0, 2.0]})
    for name in ("w", "b", "v", "c", "h", "y"):
        agrees(proof_of(made, name))
    proof = proof_of(made, "w")
    assert isinstance(proof.symbolic, list)
    assert [len(row) for row in proof.symbolic] == [3, 3]
    assert "tanh" in proof.symbolic[1][2]
    # The way from y on is of single numbers, whatever stands beside it.
    assert texts(proof_of(made, "y")) == ["2(h[0]·v[0] + h[1]·v[1] − y)·(−1)"]
    assert proof_of(made, "b").chain is None


def test_a_frozen_leaf_has_a_derivative_all_the_same() -> None:
    proof = proved("out = x * y", parameters={"x": {"value": X, "requires_grad": False}})
    assert (proof.autograd, proof.symbolic, proof.symbolic_value) == (None, "y", 3.0)
    assert proof.difference == pytest.approx(3.0, abs=1e-6)


def test_switched_detach() -> None:
    formula = "z = x + y\nout = z ** 2 + x * z"
    made = model(formula, detach=["z"])
    x = proof_of(made, "x")
    assert (x.autograd, x.symbolic, x.symbolic_value) == (5.0, "[z]", 5.0)
    assert x.difference == pytest.approx(5.0, abs=1e-6)
    assert proof_of(made, "z").difference == 0.0
    made.set_detached("z", False)
    agrees(proof_of(made, "x"))
    made.set_detached("x", True)
    assert (proof_of(made, "x").autograd, proof_of(made, "x").difference) == (None, 0.0)


def test_a_detach_inside_an_expression() -> None:
    proof = proved("out = x.detach() * x + (x * y).detach() * x")
    assert (proof.autograd, proof.symbolic, proof.symbolic_value) == (8.0, "[x] + 6", 8.0)
    assert proof.difference == pytest.approx(8.0, abs=1e-6)


def test_everything_cut_off() -> None:
    proof = proved("out = x * y", detach=["out"])
    assert (proof.autograd, proof.difference, proof.symbolic) == (None, 0.0, "0")


def test_unused() -> None:
    proof = proved("p = x * 2\nout = y ** 2", "p")
    assert (proof.autograd, proof.difference, proof.symbolic) == (None, 0.0, "0")


def test_one_tensor_with_two_names() -> None:
    formula = "z = x\nout = z * y + x ** 2"
    assert proved(formula, "z").symbolic_value == proved(formula, "z").autograd == 7.0
    assert proved(formula, "z").difference == pytest.approx(7.0, abs=1e-6)
    proof = proved(formula, "z", detach=["z"])
    assert (proof.autograd, proof.symbolic_value) == (4.0, 4.0)


def test_an_unknown_name() -> None:
    with pytest.raises(KeyError):
        proved("out = x * y", "w")


# -- kinks and values that are no numbers ----------------------------------------------------


KINKS = {
    "relu": "out = relu(x - 2) + y",
    "abs": "out = abs(x - 2) + y",
    "gt": "out = where(x > 2, x, y)",
    "maximum": "out = maximum(x + 1, y)",
    "floor": "out = floor(x) * y",
    "sqrt": "out = sqrt(x - 2) + y",
    "norm": "out = norm(x - 2) + y",
    "l1_loss": "out = l1_loss(x, y - 1)",
    "hardshrink": "out = hardshrink(x, lambd=2) * y",
    "pow": "out = (x - 2) ** 0.5 * y",
}


@pytest.mark.parametrize("operation", KINKS)
def test_on_a_kink(operation: str) -> None:
    proof = proved(KINKS[operation])
    assert proof.omitted is not None
    assert proof.omitted.code == "kink"
    assert proof.omitted.facts["operation"] == operation
    assert proof.omitted.facts["at"]
    assert (proof.symbolic, proof.symbolic_value) == (None, None)


@pytest.mark.parametrize(
    "formula",
    [
        "out = huber_loss(x, y) * y",
        "out = celu(x - 2) * y",
        "out = softsign(x - 2) * y",
        "out = trunc(x - 2) + x * y",
        "out = maximum(x, x) * y",
    ],
)
def test_no_kink_where_the_pieces_meet(formula: str) -> None:
    # The curvature jumps there, and the difference is only as good as its step.
    agrees(proved(formula), 1e-4)


def test_sides_are_told() -> None:
    proof = proved("out = relu(x * y - 1) ** 2 + where(y >= x, x, 7)")
    agrees(proof)
    assert proof.conditions == ("x*y - 1 > 0", "y > x")
    assert proved("out = clamp(x, 0, 5) * y").conditions == ("x > 0", "x < 5")
    assert proved("out = floor(x + 0.5) * x").conditions == ("x + 1/2 > 2", "x + 1/2 < 3")
    many = {"v": [1.0, -2.0, 3.0, -4.0, 5.0]}
    assert proved("out = relu(v).sum() * x", "v", parameters=many).conditions is None


@pytest.mark.parametrize(
    "formula", ["out = log(-x) * y", "out = exp(300 * x) ** 3 * y", "out = x / (y - 3)"]
)
def test_not_finite(formula: str) -> None:
    proof = proved(formula)
    assert proof.omitted == Reason("not-finite")
    assert (proof.difference, proof.symbolic) == (None, None)


def test_nan_where_the_other_side_was_taken() -> None:
    """Autograd's well-known trap: the branch that was not taken spoils the gradient."""
    proof = proved("out = where(x > 0, y, sqrt(-x)) + 0 * x")
    assert proof.autograd != proof.autograd
    assert (proof.difference, proof.symbolic) == (0.0, "0")


# -- limits ----------------------------------------------------------------------------------


def test_ten_thousand_assignments() -> None:
    lines = ["z0 = x + 1", *(f"z{n + 1} = z{n} + x" for n in range(10_000)), "out = z10000 + y"]
    made = model("\n".join(lines))
    trace = made.trace()
    proof = prove(made, trace, "x")
    assert proof.omitted == Reason("too-large", {"what": "operations", "limit": MOST_OPERATIONS})
    assert proof.difference == pytest.approx(10_001.0)
    assert set(texts(proof)) == {None}


def test_what_is_not_needed_does_not_count() -> None:
    lines = ["z0 = x + 1", *(f"z{n + 1} = z{n} + 1" for n in range(500)), "out = x * y"]
    assert proved("\n".join(lines)).symbolic == "y"


def test_many_elements() -> None:
    vector = {"v": [0.5] * (MOST_ELEMENTS + 1)}
    proof = proved("out = (v ** 2).sum()", "v", parameters=vector)
    assert proof.omitted == Reason("too-large", {"what": "elements", "limit": MOST_ELEMENTS})
    assert (proof.difference, proof.symbolic, proof.chain) == (None, None, None)
    # It may still stand beside what is asked.
    agrees(proved("out = (v ** 2).sum() * x", parameters=vector))


LARGE = {
    "a deep chain": ["z0 = x", *(f"z{n + 1} = sigmoid(z{n})" for n in range(150)), "out = z150"],
    "one that doubles": [
        "z0 = sin(x)",
        *(f"z{n + 1} = sin(z{n}) * z{n}" for n in range(30)),
        "out = z30",
    ],
    "long numbers": ["z0 = 3 * x", *(f"z{n + 1} = z{n} * z{n}" for n in range(60)), "out = z60"],
    "a high power": ["out = (3 * x) ** 1000000000"],
    "a power of powers": ["out = ((((x + 1) ** 100) ** 100) ** 100) ** 100"],
}


@pytest.mark.parametrize("case", LARGE)
def test_large_expressions_are_left_out(case: str) -> None:
    proof = proved("\n".join(LARGE[case]), parameters={"x": 0.01})
    assert proof.omitted is not None or proof.symbolic is not None
    if case not in ("a power of powers",):
        assert proof.omitted is not None
        assert (proof.omitted.code, proof.omitted.facts["what"]) == ("too-large", "expression")


def test_a_map_applied_again_and_again_comes_to_an_end() -> None:
    lines = ["z0 = x", *(f"z{n + 1} = 3.7 * z{n} * (1 - z{n})" for n in range(8)), "out = z8"]
    proof = proved("\n".join(lines), parameters={"x": 0.2})
    assert proof.chain is not None
    assert proof.chain.total == proof.autograd


def test_a_large_product_of_matrices() -> None:
    square = torch.linspace(0, 1, 64).reshape(8, 8).tolist()
    proof = proved("out = (m @ m @ m).sum()", "m", parameters={"m": square})
    assert proof.omitted is not None
    assert proof.difference is not None


def test_long_texts_are_cut() -> None:
    vector = {"v": [0.1 * n for n in range(1, 9)]}
    proof = proved("out = tanh((v ** 2).sum() * exp(v).prod()) * norm(v)", "v", parameters=vector)
    agrees(proof)
    assert max(len(str(each)) for each in flat(proof.symbolic)) <= symbolic.LONGEST_TEXT


def test_work_of_the_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference, "MOST_WORK", 2)
    proof = proved("out = x * y")
    assert proof.difference is None
    assert proof.symbolic == "y"
    assert proof.omitted is not None
    assert proof.omitted.facts["what"] == "operations"


def test_an_operation_without_a_form() -> None:
    proof = proved("out = norm(x * y, p=3)")
    assert proof.omitted == Reason("no-form", {"operation": "norm"})
    assert proof.difference == pytest.approx(3.0, abs=1e-6)


def test_a_form_is_not_needed_beside_the_way() -> None:
    formula = "n = norm(y, p=3)\nout = x ** 2 * n * relu(y - 3) + x * n"
    proof = proved(formula)
    assert (proof.autograd, proof.symbolic, proof.symbolic_value) == (3.0, "3", 3.0)


def test_a_deep_caller() -> None:
    """The recursion that is left over may not be enough: the proof says so and goes on."""
    made = model("out = " + "exp(" * 40 + "-x" + ")" * 40 + " * 0.0001", dtype="float64")
    trace = made.trace()

    def deep(levels: int) -> Proof:
        return prove(made, trace, "x") if levels == 0 else deep(levels - 1)

    assert deep(700).difference is not None or deep(700).omitted is not None


# -- the chain rule ----------------------------------------------------------------------------

CHAINS = {
    "out = x * x": ("x", ["2x"]),
    "out = x * y + x": ("x", ["y", "1"]),
    "p = x * y\nout = p ** 2": ("x", ["2p·y"]),
    "out = (x + y) ** 2": ("x", ["2(x + y)·1"]),
    "out = y - x": ("x", ["−1"]),
    "out = y - 2 * x": ("x", ["−1·2"]),
    "out = x ** 0.5 / y": ("x", ["1/y·1/(2√x)"]),
    "out = 3 / x": ("x", ["−3/x²"]),
    "out = exp(-x)": ("x", ["exp(−x)·(−1)"]),
    "out = y ** x": ("x", ["y^x·log(y)"]),
    "p = relu(x)\nout = p * y": ("x", ["y·1"]),
    "q = exp(y)\np = x * q\nout = p * q": ("x", ["q·q"]),
    "out = where(x > 1, x ** 2, y)": ("x", ["2x"]),
    "out = (x * y).detach() * x": ("x", ["6"]),
}


@pytest.mark.parametrize("formula", CHAINS)
def test_chain_terms(formula: str) -> None:
    name, wanted = CHAINS[formula]
    proof = proved(formula, name)
    assert texts(proof) == wanted
    assert proof.chain is not None
    assert sum(term.value for term in proof.chain.terms) == pytest.approx(proof.chain.total)
    assert proof.chain.total == proof.autograd


def test_names_are_written_out_where_they_are_ambiguous() -> None:
    formula = "def f(x):\n    z = x + 1\n    return z ** 2\np = f(x)\nout = p * f(p)"
    proof = proved(formula)
    agrees(proof)
    assert any(each is not None and "f.z" in each for each in texts(proof))


@pytest.mark.parametrize(
    "formula", ["out = (x * v.outer(v)).sum()", "\n".join(["out = " + "x * y + " * 60 + "x"])]
)
def test_numbers_only(formula: str) -> None:
    proof = proved(formula, parameters={"v": [1.0, 2.0]})
    assert set(texts(proof)) == {None}


def test_a_share_over_a_column_is_the_sum_of_its_rows() -> None:
    proof = proved("out = (x * v).sum() + x ** 2", parameters={"v": [1.0, -2.0]})
    assert texts(proof) == ["1·1 + 1·(−2)", "1·4"]


def test_notation() -> None:
    sp = sympy()
    x, y = sp.symbols("x y", real=True)
    assert notation(x**12 / 2 - y) == "x¹²/2 − y"
    assert notation(-2 * x * (x + y)) == "−2x·(x + y)"
    assert notation(x / (y * (x + 1))) == "x/(y·(x + 1))"
    assert notation(sp.sqrt(x + y)) == "√(x + y)"
    assert notation(sp.pi * x**y) == "π·x^y"
    assert notation(sp.Rational(2, 3) * 2**x) == "2·2^x/3"


def test_numbers_are_exact() -> None:
    assert written(exact(0.5)) == "1/2"
    assert written(exact(3.0)) == "3"
    assert written(exact(float(torch.tensor(0.1)))) == "0.1"
    assert float(exact(0.1)) == 0.1


def test_the_rules_are_those_of_sympy() -> None:
    sp = sympy()
    x, y = sp.symbols("x y", real=True)
    for each in (
        x**y * sp.sin(x * y),
        sp.atan2(x, y**2),
        sp.Abs(x - y) ** 3 / x,
        sp.digamma(x) * sp.exp(-(x**2)),
        y**x + 2 ** (x * y),
    ):
        assert sp.simplify(derivative(each, x) - sp.diff(each, x)) == 0
