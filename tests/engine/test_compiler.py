"""What the compiled formula must not depend on."""

import subprocess
import sys

import pytest

from explorer import Experiment
from explorer.engine.model import Model
from explorer.experiment.problem import BadInput

COMPARING = """
from explorer import Experiment, Session
formula = "out = torch.where(x > 0, x, 2 * x)"
experiment = Experiment(formula=formula, objective="out", parameters={"x": 2.0})
print([record.loss for record in Session(experiment, steps=1)])
"""


def test_the_first_comparison_of_a_process_may_import_what_it_needs() -> None:
    # PyTorch imports parts of itself from within the compiled formula's frame, but only
    # once a process: hence a process of its own.
    done = subprocess.run(
        [sys.executable, "-c", COMPARING], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[2.0]\n", "")


def test_pythons_float_and_the_method_of_that_name_are_not_the_same() -> None:
    """A formula that uses both: `float(x)` takes one number out, `x.float()` is a tensor."""
    formula = "t = float(a * 2)\nout = (a.float() * t).sum()"
    parameters = {"a": [1.0, 2.0]}
    experiment = Experiment(formula=formula, objective="out", parameters=parameters)
    with pytest.raises(BadInput, match="torch-refuses"):
        Model(experiment)
    one = Model(Experiment(formula=formula, objective="out", parameters={"a": [1.5]}))
    assert one.forward(*one.arguments).item() == 4.5
