"""A formula means what Python and PyTorch mean by its text: the same bits, gradients too.

The text is executed by plain torch here, and read by the program there. The leaves are used
many times with numbers of very different sizes, so that gradients that are added up in
another order have other bits.
"""

import math
from operator import attrgetter
from random import Random
from typing import Any

import pytest
import torch
from drawing import asked
from torch.nn import functional

from explorer.code.script import script
from explorer.engine.gradients import gradients
from explorer.engine.model import Model
from explorer.engine.proof.proving import prove
from explorer.engine.session import Session, prepared
from explorer.experiment.operations import EFFECTS, IN_PLACE
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Experiment
from explorer.explain.reason import Reason

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


# -- statements --------------------------------------------------------------------------------

STATEMENTS = {
    "names assigned again": """
h = a * 1.7 + b
h = torch.tanh(h) * a
h = h * h + a
out = h * a
""",
    "a leaf's name assigned again": """
w = w * 2.3 + a
w = w / b
out = (w * v).sum() + a
""",
    "swap and chained": """
p, q = a * b, a - b
p, q = q * a, p
r = s = q * 1.1
(t1, t2), [t3] = (r, s * a), (p,)
out = p * q + r * s + t1 * t2 + t3
""",
    "tuples of functions": '''
def both(u, k=2.5):
    """Two # values: "quoted" é."""
    z = u * k
    return z, torch.exp(z)

p, q = both(a * b)
pair = both(u=b, k=a)
p, p2 = pair
first, (second, third) = a * 2, both(p)
out = p * q + p2 * first * second * third
''',
    "loops": """
h = a
total = 0.0
for i in range(4):
    h = torch.tanh(h * (i + 1) + b)
    total = total + h * a
for step, (k, each) in enumerate(zip((0.5, 1.5), [a, b])):
    for j in range(3, 0, -1):
        total = total + each * k * j + step
out = total * a
""",
    "conditions": """
def act(u, kind=1, bias=None):
    if kind == 1 and not bias is None:
        u = u + bias
    elif kind > 1:
        return u * 0.1
    else:
        pass
    return torch.tanh(u) if kind != 7 else u

h = act(a) + act(b, bias=a) * a + act(c, 2) + act(u=a, kind=7)
for i in range(6):
    if i == 3 or i > 4:
        h = h * a + i
out = h * a
""",
    "lambda and functions in functions": """
k = b * 0.3
act = lambda u, s=0.5: torch.sigmoid(u * s) + k

def around(u: float) -> float:
    z: float = u * a
    def inner(v):
        z2 = v * z
        return z2 + u
    return inner(z) + act(inner(a))

def twice(f, u):
    return f(f(u))

out = around(a * 1.1) + twice(act, a) * twice(lambda x: x * a + 1, b)
""",
    "a function that is assigned again": """
def f(u):
    u = u * 2
    u = u + a
    return u

p = f(a)
q = f(b)
def f(u):
    return u * a
out = p * q * f(a)
""",
}


@pytest.mark.parametrize("title", STATEMENTS)
def test_statements_mean_what_they_mean_in_python(title: str) -> None:
    check(STATEMENTS[title])


# -- what leaves autograd's graph, and what changes in place -----------------------------------

CUTS = {
    "no_grad": """
h = a * b
with torch.no_grad():
    k = h * 2.5
    m = k + w.sum()
    with torch.enable_grad():
        r = a * 1.5
out = h * k + m * a + r * b
""",
    "no_grad in functions": """
@torch.no_grad()
def frozen(u):
    z = u * 1.3
    return z * u, torch.exp(z)

def mixed(u):
    q = u * a
    with torch.set_grad_enabled(False):
        f = q * 2.0
        return f * u
    return q

p, q = frozen(a * b)
out = a * 1.7 + p * a + q * b * mixed(b * 0.3) + (a * b) * mixed(a)
""",
    "data, item, float": """
h = a * b
k = h.item()
k2 = k * 3.0 + 1 / k
f = float(c * 2) - k2 ** 2
g = -f
out = h.data * a + (w * k2).sum() * b + f * a + h * k + g * 1e-3 * c + (w.data * v).sum()
""",
    "tensors made again": """
t1 = torch.tensor(a * b)
t2 = torch.as_tensor(w)
t3 = torch.tensor(3.7)
k = a.item()
t4 = torch.tensor(k)
t5 = torch.as_tensor(2.5)
out = (t2 * t1 + t3 * w).sum() * a + t4 * b + t5 * a
""",
    "a new leaf": """
h = (a * w).detach().requires_grad_()
z = (a * b).detach()
z.requires_grad_(True)
r = (b * 2).detach_()
y = b * 3
y.detach_()
out = (h * w).sum() * a + z * b + r * c + y * a
""",
    "in-place operators": """
h = a * w
h += v
h *= 1.5
h -= b
h /= 2.5
k = 2.0
k += 1
k *= 2
s = a * 1.0
s **= 2
out = (h * k).sum() + s * a
""",
    "in-place methods": """
h = a * w + v
g = h.add_(b).mul_(2.0)
h.relu_()
z = (w * 2).clamp_(-0.5, 0.5).neg_()
q = w * 1.0
q.zero_()
e = w * 0.0
e.fill_(2.5)
c1 = w * 1.0
c1.copy_(v * a)
s = (v * b).sub_(a).tanh_()
with torch.no_grad():
    d = w * 2
    d.mul_(a)
r = (e * w).sum() + (c1 * w).sum() + s.sum() + (d * v).sum()
out = (h * g).sum() + z.sum() * a + (q * v).sum() + r
""",
    "through a view and in a function": """
def shift(u, by):
    u.add_(by)
    u *= 2
    return u

h = w * a
m = M * 1.5
flat = m.t()
flat += 1
row = h.unsqueeze(0)
row.mul_(b)
p = shift(h, a) + h * 2
h.detach().add_(1.5)
out = (p * h).sum() + (m * M).sum() + flat.sum() * a
""",
    "behind autograd's back": """
h = w * a
h.data.mul_(2.0)
with torch.no_grad():
    h += 1
    h.clamp_(-1, 1)
out = h.sum() + (h + a).sum() * b
""",
}


@pytest.mark.parametrize("title", CUTS)
def test_what_cuts_and_changes_has_the_meaning_of_pytorch(title: str) -> None:
    check(CUTS[title])


# -- names that are assigned again in the rest of an experiment --------------------------------


def test_the_last_of_a_name_is_the_prediction_and_the_objective() -> None:
    parts = {
        "formula": "h = a * x\nh = h + b\ny = h * 2.0\ny = y + a",
        "parameters": {"a": 0.5, "b": 1.0},
        "data": {"x": [1.0, 2.0, 3.0], "y": [3.0, 5.0, 8.0]},
        "training": {"steps": 3, "optimizer": {"name": "sgd", "lr": 0.01}},
    }
    made = Experiment(**parts)
    assert made.program.names == ("h", "h#2", "y", "y#2")
    assert (made.prediction, made.predicted) == ("y", "y#2")
    session = Session(made)
    losses = [record.loss for record in session]
    a, b = (torch.tensor(value, requires_grad=True) for value in (0.5, 1.0))
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([3.0, 5.0, 8.0])
    for loss in losses:
        expected = functional.mse_loss((a * x + b) * 2.0 + a, y)
        expected.backward()  # type: ignore[no-untyped-call]
        assert loss == expected.item()
        for leaf in (a, b):
            assert leaf.grad is not None
            leaf.data -= 0.01 * leaf.grad
            leaf.grad = None
    names: dict[str, Any] = {}
    exec(compile(script(made), "script", "exec"), names)
    assert bits(names["model"].a) == bits(session.subject.parameters["a"])


def test_a_switch_on_the_second_of_a_name() -> None:
    text = "h = a * b\nh = h * a\nout = h * b"
    made = experiment(text).replace(detach=["h#2"])
    grads = {state.name: state.grad for state in gradients(made).tensors}
    h = torch.tensor(LEAVES["a"]) * LEAVES["b"] * LEAVES["a"]
    assert grads["a"] is None
    assert grads["b"] == pytest.approx(h.item())
    changed = made.replace(
        training={"steps": 4},
        changes=[
            {"step": 2, "tensor": "h#2", "detach": False},
            {"step": 3, "tensor": "h", "detach": True},
        ],
    )
    session = Session(changed)
    assert len(list(session)) == 4
    names: dict[str, Any] = {}
    exec(compile(script(changed), "script", "exec"), names)
    for name, leaf in session.subject.parameters.items():
        assert bits(names[name]) == bits(leaf), name


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("z = a * 2\nw.add_(1)\nout = z * w.sum()", 2, 3),
        ("w += 1\nout = w.sum()", 1, 1),
        ("with torch.no_grad():\n    w.add_(1)\nout = w.sum()", 2, 7),
        ("u = w\nu.data.mul_(2)\nout = w.sum()", 2, 8),
    ],
)
def test_a_leaf_is_not_changed(text: str, line: int, column: int) -> None:
    with pytest.raises(BadInput) as caught:
        prepared(experiment(text))
    place = caught.value.place
    assert caught.value.code == "leaf-changed-in-place"
    assert (place.line, place.column) == (line, column)


def test_reasons_of_what_is_written_in_the_formula() -> None:
    text = (
        "with torch.no_grad():\n    p = a * 2\nq = b.data * 3\nr = c.item()\ns = torch.tensor(v)\n"
        "out = (p * q * r * s).sum() * w.sum()"
    )
    told = gradients(experiment(text)).reasons
    found = {name: reason.code for name, reason in told.items() if reason is not None}
    wanted = {"a": "no-grad", "b": "data-access", "c": "rewrapped", "v": "rewrapped", "M": "unused"}
    assert {name: found[name] for name in wanted} == wanted


def test_the_forms_in_place_are_those_of_pytorch() -> None:
    assert all(hasattr(torch.Tensor, f"{name}_") for name in IN_PLACE)
    made = [each.function.removeprefix("torch.") for each in EFFECTS.values()]
    assert all(attrgetter(path)(torch) for path in made)


LEFT_GRAPH = """
with torch.no_grad():
    k = a * b
    j = k * 2
m = a.item() * 3
out = a ** 2 * k + (a * b).data * a + torch.tensor(b) * a + m * a + j * b + float(b * 2) * a
"""


def test_what_autograd_does_not_follow_is_held_in_a_proof() -> None:
    """The difference quotient would move numbers that PyTorch takes for constants."""
    subject = prepared(experiment(LEFT_GRAPH))
    for name in ("a", "b"):
        found = prove(subject, subject.trace(), name)
        assert found.difference == pytest.approx(found.autograd)
        assert found.symbolic_value == pytest.approx(found.autograd)


def test_changes_in_place_have_no_proof() -> None:
    subject = prepared(experiment("z = a * b\nz += a\nz.mul_(b)\nout = z * b"))
    found = prove(subject, subject.trace(), "a")
    assert (found.difference, found.symbolic, found.omitted) == (None, None, Reason("in-place"))
