"""`import` of what `script` writes gives an equal experiment, not only one with the same run.

Left out is what a program cannot say: that a function is cut in one of its calls only (it is
written out then), and that a formula compares a column itself (that is its prediction).
"""

from random import Random
from typing import Any

import pytest
from drawing import asked
from equality import differences
from test_law import again

from explorer.code.script import script
from explorer.experiment.spec import Experiment

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

# With the parameters a and b, w of three numbers, the buffer k and the column x.
FORMULAS = (
    "p = a*x + b",
    "h = a*x\nh = tanh(h) + h\nh = h.detach()*h\np = h + b",
    "h = w*x\nfor i in range(3):\n    h = sin(h) + a\np = h + b",
    "h = w*x\nfor i in range(4):\n    h = h + i*b\np = h",
    "g = a\nh = x\nu = g\np = u*h + g*b",
    "h = w*x\ng = h\nh = h.exp()\np = g*h",
    "u, v = a*x, b + 1\nu, v = u*b, v*a\np = u*v",
    "h = w*1.0\nh += x\nh.mul_(2.0)\np = h*a",
    "with torch.no_grad():\n    h = w*x\nh = h*a\np = h + b",
    "f = lambda u: u*u + a\np = f(x*0.5) + f(w)",
    "def f(u, v):\n    z = u*v\n    return z\nh = w\nfor i in range(2):\n    h = f(h, x)\np = h",
    "def f(u):\n    return u.detach()*u\np = f(a) + f(b*x)",
    "p = w*x*w.sum().item() + w.data*torch.tensor([2.0, 0.5, 1.0])",
    "p = maximum(w*x, 0.5) + (w > 0).float()*a + k*b",
    "h = (w*x).float()\nt = k*2\np = h.contiguous() + t",
    "z = w[1:]\nz2 = w[0]*x[:2]\np = (z*z2).sum() + a*x",
)
SWITCHES = ("p", "a", "w", "h", "z")


def experiment(formula: str, source: Random) -> Experiment:
    """One with this formula; the rest is drawn."""
    predicts = source.random() < 0.6
    formula = formula.replace("p = ", "y = ") if predicts else f"{formula}\nout = (p*1.5).sum()"
    names = {"a", "w", *(each for each in SWITCHES if f"{each} = " in formula)}
    names -= {each for each in names if formula.count(f"{each} = ") > 1}
    names -= {"z"} if "def " in formula else set()
    steps = source.randint(3, 9)
    table: dict[str, Any] = {
        "formula": formula,
        "dtype": source.choice(["float32", "float64"]),
        "objective": None if predicts else "out",
        "parameters": {
            "b": {"value": 0.3, "requires_grad": source.random() < 0.7},
            "a": {"value": -0.7, "optimize": source.random() < 0.8},
            "w": {"value": [0.1, -0.2, 0.5], "detach": source.random() < 0.2},
        },
        "buffers": {"k": [1.0, 0.5, 0.25]},
        "data": {"x": [0.1, 0.2, -0.3], "y": [1.0, 2.0, 3.0]},
        "changes": [_change(source, sorted(names), steps) for _ in range(source.randint(0, 4))],
    }
    table["training"] = _training(source, steps, "w" in formula)
    if any("clip_grad_norm" in each for each in table["changes"]):
        # A limit after the last update is none.
        table["training"].pop("accumulate", None)
    return Experiment(**table)


def _training(source: Random, steps: int, whole: bool) -> dict[str, Any]:
    table: dict[str, Any] = {"steps": steps, "optimizer": {"name": source.choice(["sgd", "adam"])}}
    table["zero_grad"] = source.choice(["none", "zero", "never"])
    if source.random() < 0.5:
        table["groups"] = {"own": {"tensors": ["b", "w"][: source.randint(1, 2)], "lr": 0.25}}
    if source.random() < 0.5:
        table["clip_grad_norm"] = source.choice([0.5, float("inf")])
    if source.random() < 0.3:
        table["accumulate"] = source.randint(2, 4)
    if not whole and source.random() < 0.5:
        table["batch"] = {"size": 2, "shuffle": source.random() < 0.7, "seed": 3}
    return table


def _change(source: Random, names: list[str], steps: int) -> dict[str, Any]:
    ways: list[dict[str, Any]] = [
        {"tensor": "a", "requires_grad": source.random() < 0.5},
        {"tensor": source.choice(names), "detach": source.random() < 0.5},
        {"tensor": "w", "value": [1.0, 2.0, 0.125]},
        {"lr": 0.125},
        {"clip_grad_norm": 0.75},
    ]
    return {"step": source.randint(1, steps), **source.choice(ways)}


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_is_written_is_read_as_the_same(formula: str) -> None:
    source = Random(formula)
    for _ in range(asked(2, 1 / len(FORMULAS))):
        given = experiment(formula, source)
        found = again(given)
        assert differences(given, found) == [], f"{script(given)}\n{found}"
