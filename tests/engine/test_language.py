"""A formula means what Python and PyTorch mean by its text: the same bits, gradients too.

The text is executed by plain torch here, and read by the program there. The leaves are used
many times with numbers of very different sizes, so that gradients that are added up in
another order have other bits.
"""

import math
from random import Random
from typing import Any

import pytest
import torch
from drawing import asked
from torch.nn import functional

from explorer.code.script import script
from explorer.engine.gradients import gradients
from explorer.engine.model import Model
from explorer.engine.session import prepared
from explorer.experiment.spec import Experiment

Leaves = dict[str, Any]
LEAVES: Leaves = {
    "a": 0.7512,
    "b": -1.3391,
    "c": 2.2257,
    "w": [0.31, -1.7, 2.9],
    "v": [1.13, 0.071, -0.53],
    "M": [[0.3, -0.2, 0.9], [1.1, 0.4, -0.6]],
}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def bits(tensor: torch.Tensor | None) -> str:
    """All digits, NaN too, and the sign of zero."""
    return "None" if tensor is None else repr(tensor.tolist())


def by_torch(text: str, dtype: torch.dtype, leaves: Leaves = LEAVES) -> dict[str, Any]:
    """The names after Python ran the text with PyTorch's own functions, and `out.backward()`."""
    names: dict[str, Any] = {"torch": torch, "F": functional, "math": math}
    for name, value in leaves.items():
        names[name] = torch.tensor(value, dtype=dtype, requires_grad=True)
    # A formula may rebind the name of a leaf.
    given = {name: names[name] for name in leaves}
    exec(compile(text, "formula", "exec"), names)
    names["out"].backward()
    return {**names, "given": given}


def experiment(text: str, dtype: str = "float32", leaves: Leaves = LEAVES) -> Experiment:
    return Experiment(formula=text, objective="out", parameters=leaves, dtype=dtype)


def check(text: str, leaves: Leaves = LEAVES) -> Model:
    """The run, the trace's report and the program written of it have the bits of PyTorch."""
    for dtype in (torch.float64, torch.float32):
        expected = by_torch(text, dtype, leaves)
        made = experiment(text, str(dtype).removeprefix("torch."), leaves)
        model = prepared(made)
        objective = model.forward(*model.arguments)
        objective.backward()
        assert bits(objective.detach()) == bits(expected["out"].detach()), text
        report = gradients(made)
        grads = {state.name: state.grad for state in report.tensors}
        names: dict[str, Any] = {}
        exec(compile(script(made), "script", "exec"), names)
        for name, leaf in expected["given"].items():
            assert bits(model.parameters[name].grad) == bits(leaf.grad), (name, text)
            assert bits(names[name].grad) == bits(leaf.grad), (name, text, script(made))
            assert repr(grads[name]) == bits(leaf.grad), (name, text)
    return model


# -- the order of evaluation -------------------------------------------------------------------

ORDER = {
    "a call in the middle": """
def g(u, k):
    z = torch.exp(u) * 1e-3
    return z * k + u * 7.3

out = a * 1.7 + g(a * b, 3.1) * torch.sin(a) + g(b * a, a) / a
""",
    "calls inside calls": """
def g(u, k):
    z = u * k
    return torch.exp(z) + u

out = g(a * 0.1, g(a * b, a)) + a / g(a, a * 3) - (w * a).sum() * g(a + 1, b)
""",
    "an argument that is a call before a function's lines": """
def g(u):
    z = u * 1.1
    return z * z

out = (torch.exp(a) * 3.3 + g(a)) * (a * 1e4 + g(a * 1.0000001)) + a ** g(a) + (-a) * g(a)
""",
    "a method's subject first": """
def g(u):
    z = u * a
    return z + u

out = (w * a).mul(g(w)).sum() + torch.maximum(w * a, g(w) * a).sum()
""",
}


@pytest.mark.parametrize("title", ORDER)
def test_what_stands_to_the_left_is_computed_first(title: str) -> None:
    check(ORDER[title])


def test_div_of_a_number_is_the_functions_own() -> None:
    check("out = (torch.div(2.0, w) + torch.div(0.7, a) + 0.3 / w + torch.pow(1.7, v)).sum()")


def arithmetic(rng: Random, names: list[str], depth: int = 0) -> str:
    if depth == 4 or rng.random() < 0.15:
        return rng.choice([*names, *names, f"{rng.choice([1e-4, 0.3, 1.7, 900.1])}"])
    one, two = (arithmetic(rng, names, depth + 1) for _ in range(2))
    return rng.choice(
        [
            f"({one} + {two})",
            f"({one} * {two})",
            f"({one} - {two})",
            f"(-{one})",
            f"torch.sin(0.1 * a * {one})",
            f"(a * {one}).tanh()",
            f"g({one}, {two})",
            f"h({one})",
            f"h({one} * b)",
        ]
    )


@pytest.mark.parametrize("seed", range(asked(30)))
def test_generated_programs(seed: int) -> None:
    rng = Random(seed)
    text = f"""
def g(u, k):
    z = u * b + torch.tanh(k * a)
    q = {arithmetic(rng, ["u", "k", "z", "a"], 3).replace("g(", "torch.add(").replace("h(", "(")}
    return q * z + a

def h(u):
    return g(u, a) * torch.cos(u * a) + g(a, u)

p = {arithmetic(rng, ["a", "b"])}
out = {arithmetic(rng, ["a", "p", "b"])} + p * a
"""
    check(text)
