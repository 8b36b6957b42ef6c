"""Which numbers a step records, what they are called, and shapes that do not fit."""

import math
from typing import Any

import pytest

import explorer
from explorer.engine.session import Session
from explorer.experiment.problem import BadInput

SUM = "out = sum(w**2) + sum(M**2) + a**2"


def session(**parts: Any) -> Session:
    return Session(explorer.Experiment(**{"formula": SUM, "objective": "out", **parts}))


def test_columns_name_every_element() -> None:
    own = session(parameters={"a": 1.0, "w": [1.0, 2.0], "M": [[1.0, 2.0], [3.0, 4.0]]})
    assert own.columns == ("a", "w[0]", "w[1]", "M[0,0]", "M[0,1]", "M[1,0]", "M[1,1]")
    record = next(iter(own))
    assert record.grads == (2.0, 2.0, 4.0, 2.0, 4.0, 6.0, 8.0)
    assert len(record.values) == 7


@pytest.mark.parametrize(("size", "columns"), [(16, 16), (17, 1)])
def test_large_tensors_are_recorded_by_their_norm(size: int, columns: int) -> None:
    own = session(
        formula="out = sum(w)", parameters={"w": {"shape": [size], "init": "ones"}}, dtype="float64"
    )
    assert len(own.columns) == columns
    record = next(iter(own))
    if columns == 1:
        assert own.columns == ("|w|",)
        assert list(record.grads) == [pytest.approx(math.sqrt(size))]


def test_a_frozen_matrix_has_as_many_nones_as_elements() -> None:
    frozen = {"value": [[1.0, 2.0], [3.0, 4.0]], "requires_grad": False}
    large = {"shape": [5, 5], "requires_grad": False}
    own = session(
        formula="out = sum(M) + sum(W) + a", parameters={"M": frozen, "a": 1.0, "W": large}
    )
    assert own.columns == ("M[0,0]", "M[0,1]", "M[1,0]", "M[1,1]", "a", "|W|")
    assert next(iter(own)).grads == (None, None, None, None, 1.0, None)


# -- shapes ----------------------------------------------------------------------


def refusal(formula: str, parameters: dict[str, Any], **parts: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        session(formula=formula, parameters=parameters, **parts)
    return caught.value


@pytest.mark.parametrize(
    ("formula", "left", "right"),
    [
        ("out = sum(u + v)", ("u", "(2,)"), ("v", "(3,)")),
        ("out = sum(M @ v)", ("M", "(2, 2)"), ("v", "(3,)")),
        ("z = u * 2\nout = sum(exp(z * v))", ("z", "(2,)"), ("v", "(3,)")),
        ("out = dot(u, v)", ("u", "(2,)"), ("v", "(3,)")),
        ("out = sum(u.view_as(v))", ("u", "(2,)"), ("v", "(3,)")),
        ("out = sum(cdist(M, N))", ("M", "(2, 2)"), ("N", "(1, 3)")),
        ("out = sum(embedding(M.long(), v))", ("M.long()", "(2, 2)"), ("v", "(3,)")),
        (
            "def f(p):\n    z = p * 2\n    return z + v\nout = sum(f(u))",
            ("f.z", "(2,)"),
            ("v", "(3,)"),
        ),
    ],
)
def test_both_tensors_and_shapes_are_named(
    formula: str, left: tuple[str, str], right: tuple[str, str]
) -> None:
    parameters = {"u": [1.0, 2.0], "v": [1.0, 2.0, 3.0], "M": [[1.0, 2.0], [3.0, 4.0]]}
    parameters["N"] = [[1.0, 2.0, 3.0]]
    problem = refusal(formula, parameters)
    assert problem.code == "shapes-do-not-fit"
    facts = problem.facts
    assert (facts["left"], facts["left_shape"]) == left
    assert (facts["right"], facts["right_shape"]) == right
    assert problem.place.key == "formula"
    assert problem.place.line == len(formula.splitlines()) - (1 if "def" in formula else 0)


def test_the_innermost_operation_is_blamed() -> None:
    problem = refusal("out = sum(exp(sin(u) + v) * u)", {"u": [1.0, 2.0], "v": [1.0, 2.0, 3.0]})
    assert (problem.facts["operation"], problem.facts["left"]) == ("add", "sin(u)")


def test_what_torch_refuses_otherwise_is_said_in_its_words() -> None:
    problem = refusal("out = sum(w, dim=3)", {"w": [1.0, 2.0]})
    assert problem.code == "torch-refuses"
    assert "Dimension out of range" in str(problem.facts["message"])


def test_an_objective_of_two_numbers() -> None:
    problem = refusal("out = w * 2", {"w": [1.0, 2.0]})
    assert (problem.code, problem.facts["shape"]) == ("objective-not-scalar", "(2,)")


def test_a_prediction_that_would_be_broadcast() -> None:
    problem = refusal(
        "y = X @ w",
        {"w": [[1.0], [2.0]]},
        objective=None,
        data={"X": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "y": [1.0, 2.0, 3.0]},
    )
    assert problem.code == "prediction-shape"
    assert (problem.facts["shape"], problem.facts["column_shape"]) == ("(3, 1)", "(3,)")
