"""The curve of data and fit, whatever the switches of the data are."""

import warnings
from typing import Any

import numpy as np

from explorer.engine.fitted_curve import FittedCurve
from explorer.engine.formula_subject import FormulaSubject
from explorer.experiment.spec import Experiment

DOUBLE: dict[str, Any] = {
    "parameters": {"a": 2.0},
    "dtype": "float64",
    "training": {"loss": "mse", "optimizer": {"name": "sgd", "lr": 0.1}, "steps": 1},
}


def experiment(formula: str, data: dict[str, list[float]]) -> Experiment:
    return Experiment(
        formula=formula,
        parameters={"a": 2.0},
        data=data,
        training={"loss": "mse", "optimizer": {"name": "sgd", "lr": 0.1}, "steps": 1},
    )


def test_a_curve_stays_as_it_was_when_the_parameters_move() -> None:
    whole = {**DOUBLE, "formula": "y = a"}
    subject = FormulaSubject(Experiment(**whole, data={"x": [1.0, 2.0], "y": [1.0, 2.0]}))
    curve = FittedCurve.of(subject)
    assert curve is not None
    points = curve.points()
    subject.set_value("a", 5.0)
    assert points is not None
    assert set(points[1].tolist()) == {2.0}


def test_a_column_that_requires_a_gradient_is_read_without_a_warning() -> None:
    for formula, inputs in (("y = a*x", ["x"]), ("y = a*x + z", ["x", "z"])):
        data = {name: [1.0, 2.0] for name in [*inputs, "y"]}
        subject = FormulaSubject(experiment(formula, data))
        for name in inputs:
            subject.set_requires_grad(name, True)
        # PyTorch warns of it once in a process, and from its own code: all of it, every time.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            curve = FittedCurve.of(subject)
            assert curve is not None
            points = curve.points()
        assert points is not None
        assert np.isfinite(points[1]).all()
