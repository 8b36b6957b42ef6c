"""The experiment as a whole: defaults, what follows from its parts, copies."""

import numpy as np
import pytest

from explorer.experiment.problem import BadInput
from explorer.experiment.spec import (
    Change,
    Experiment,
    Loss,
    Optimizer,
    Parameter,
    Training,
    UpdateOptions,
)

FIT = {
    "formula": "y = a*x + b",
    "parameters": {"a": 1.0, "b": {"value": 0.5, "requires_grad": False}},
    "data": {"x": [1, 2, 3], "y": [3, 5, 7]},
}


def fit(**parts: object) -> Experiment:
    return Experiment(**{**FIT, **parts})


def test_defaults_are_pytorchs_and_the_designs() -> None:
    experiment = fit()
    assert experiment.dtype == "float32"
    assert experiment.training == Training(loss="mse")
    assert experiment.training.loss == Loss("mse")
    assert experiment.training.optimizer == Optimizer("sgd")
    assert experiment.training.optimizer.options["lr"] == 1e-3
    assert experiment.training.steps == 1000
    assert experiment.training.zero_grad == "none"
    assert not experiment.has_training
    assert fit(training={}).has_training


def test_prediction_and_leaves() -> None:
    experiment = fit(data={"x": [1], "y": [2], "unread": [3]})
    assert experiment.prediction == "y"
    assert experiment.scalar_name == "loss"
    assert experiment.inputs == ("x",)
    assert experiment.leaves == ("a", "b", "x")
    assert experiment.tensors == ("a", "b", "x", "y")


def test_own_objective_uses_columns_by_name() -> None:
    experiment = fit(formula="loss = ((a*x + b - y) ** 2).mean()", objective="loss")
    assert experiment.prediction is None
    assert experiment.training.loss is None
    assert experiment.scalar_name == "loss"
    assert experiment.inputs == ("x", "y")


def test_replace_checks_again_and_keeps_what_was_not_given() -> None:
    experiment = fit()
    longer = experiment.replace(training=experiment.training.model_copy(update={"steps": 5}))
    assert longer.training.steps == 5
    assert longer.replace(formula="z = a", objective="z").training.loss is None
    assert experiment.replace() == experiment
    with pytest.raises(BadInput, match="out-of-range"):
        experiment.replace(training=experiment.training.model_copy(update={"steps": 0}))
    with pytest.raises(BadInput, match="unknown-name"):
        experiment.replace(parameters={"a": 1.0})


def test_frozen() -> None:
    with pytest.raises(Exception, match="frozen"):
        fit().title = "x"


def test_changes_are_sorted_and_stable() -> None:
    changes = [{"step": 9, "lr": 0.1}, {"step": 2, "lr": 0.2}, {"step": 2, "momentum": 0.3}]
    steps = [change.as_dict() for change in fit(changes=changes).changes]
    assert steps == [changes[1], changes[2], changes[0]]


def test_a_change_goes_to_the_files_form_and_back() -> None:
    table = {"step": 2, "tensor": "a", "requires_grad": False, "value": [[1.0, 2.0]], "lr": 0.5}
    change = Change.model_validate(table)
    assert change.as_dict() == table
    assert Change.model_validate(change.as_dict()) == change
    assert Change(step=2, options={"betas": (0.5, 0.9)}).as_dict()["betas"] == [0.5, 0.9]


def test_check_change_for_one_made_by_hand() -> None:
    experiment = fit()
    experiment.check_change(Change(step=10**6, tensor="x", requires_grad=True))
    experiment.check_change(Change(step=1, tensor="y", detach=True))
    with pytest.raises(BadInput) as caught:
        experiment.check_change(Change(step=1, tensor="y", requires_grad=True))
    assert caught.value.code == "requires-grad-on-intermediate"
    assert caught.value.place.key == "requires_grad"
    nesterov = Change(step=1, options={"nesterov": True})
    with pytest.raises(BadInput, match="nesterov-needs-momentum"):
        experiment.check_change(nesterov)
    options = UpdateOptions({"rest": Optimizer("sgd", {"momentum": 0.9})})
    experiment.check_change(nesterov, options)


def test_options_of_changes_are_checked_in_order() -> None:
    first, second = {"step": 1, "momentum": 0.9}, {"step": 2, "nesterov": True}
    fit(changes=[second, first])
    with pytest.raises(BadInput, match="nesterov-needs-momentum"):
        fit(changes=[{**first, "step": 3}, second])


@pytest.mark.parametrize(
    ("written", "shape"), [(2, ()), ([1, 2], (2,)), ([[1, 2], [3, 4], [5, 6]], (3, 2))]
)
def test_parameter_values(written: object, shape: tuple[int, ...]) -> None:
    parameter = Parameter.model_validate(written)
    assert parameter.dimensions == shape
    assert parameter.array("float32").dtype == np.float32
    np.testing.assert_array_equal(parameter.array(), np.array(written, dtype=float))


@pytest.mark.parametrize("init", ["zeros", "ones", "normal", "uniform"])
def test_random_parameters_repeat(init: str) -> None:
    first = Parameter(shape=(2, 3), init=init, seed=7, scale=0.1)
    assert first.dimensions == (2, 3)
    assert first.array().shape == (2, 3)
    np.testing.assert_array_equal(first.array(), first.array())
    assert np.abs(first.array()).max() < 1


def test_scale_and_seed_are_used() -> None:
    plain = Parameter(shape=(100,), init="normal", seed=1).array()
    np.testing.assert_allclose(Parameter(shape=(100,), seed=1, scale=3.0).array(), 3 * plain)
    assert not np.array_equal(plain, Parameter(shape=(100,), seed=2).array())


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("l1", Loss("l1")),
        ({"name": "huber", "delta": 2}, Loss("huber", {"delta": 2.0})),
        ("smooth_l1", Loss("smooth_l1", {"beta": 1.0})),
    ],
)
def test_losses(loss: object, expected: Loss) -> None:
    assert fit(training={"loss": loss}).training.loss == expected
