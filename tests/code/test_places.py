"""The line of a program that makes a tensor."""

import pytest

from explorer import load
from explorer.code.places import places
from explorer.code.script import script
from explorer.experiment.spec import Experiment

DATA = {"x": [1.0, 2.0], "y": [2.0, 3.0]}
FUNCTION = "def g(u):\n    z = u*a\n    return z + 1\n\nh = g(x)\ny = g(h)"


def marked(experiment: Experiment) -> dict[str, str]:
    """For each tensor what stands in its line."""
    program = script(experiment)
    found = places(program, experiment.tensors, experiment.leaves)
    lines = program.split("\n")
    return {name: lines[line - 1].strip() for name, line in found.items()}


def test_a_class() -> None:
    found = marked(load("line-fit"))
    assert found == {
        "a": "self.a = nn.Parameter(torch.tensor(1.0))",
        "b": "self.b = nn.Parameter(torch.tensor(0.5), requires_grad=False)",
        "c": "self.c = nn.Parameter(torch.tensor(0.0))",
        "d": "self.d = nn.Parameter(torch.tensor(0.5), requires_grad=False)",
        "x": "x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])",
        "y": "y = self.a * x + self.b * x + self.c + self.d",
    }


def test_a_cut_tensor_is_made_before_it_is_cut() -> None:
    flipped = ({"step": 3, "tensor": name, "detach": True} for name in "axy")
    found = marked(load("line-fit").replace(changes=list(flipped)))
    assert found["a"] == "self.a = nn.Parameter(torch.tensor(1.0))"
    assert found["x"] == "x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])"
    assert found["y"] == "y = a * x + self.b * x + self.c + self.d"


def test_functions_and_their_arguments() -> None:
    found = marked(load("detached-branch"))
    assert found["x"] == "x = torch.tensor(2.0, requires_grad=True)"
    assert found["g.z"] == "z = x + y"
    assert found["out"] == "out = g(x, y)"


@pytest.mark.parametrize("training", [True, False])
def test_functions_inside_a_class(training: bool) -> None:
    parts = {"training": {"steps": 5}} if training else {}
    found = marked(Experiment(formula=FUNCTION, parameters={"a": 1.0}, data=DATA, **parts))
    assert found["g.z"].startswith("z = ")
    # Both calls have the same line.
    assert found["g.z#2"] == found["g.z"]
    assert found["h"] == "h = g(x)"
    assert found["y"] == "y = g(h)"


def test_functions_that_are_written_out() -> None:
    experiment = Experiment(
        formula=FUNCTION, parameters={"a": 1.0}, data=DATA, training={"steps": 5}, detach=["g.z#2"]
    )
    found = marked(experiment)
    assert found["g.z"] == "g_z = (x * self.a)"
    assert found["g.z#2"] == "g_z_2 = (h * self.a)"


def test_long_numbers_make_nothing() -> None:
    experiment = Experiment(
        formula="y = a*x",
        parameters={"a": 1.0},
        data={name: [index / 7 for index in range(100)] for name in "xy"},
    )
    found = marked(experiment)
    assert found["x"] == "x = torch.tensor("
    assert found["y"] == "y = a * x"
    assert found["a"].startswith("a = torch.tensor(1.0")


def test_what_no_line_makes_is_left_out() -> None:
    assert places("import torch\n", ["a", "g.z"], ["a"]) == {}
