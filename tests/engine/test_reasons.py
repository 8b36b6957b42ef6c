"""Why a gradient is None, zero or not a number: a table of small programs, each with its answer.

A program is a formula with parameters x = 2, y = 3, v = [1, -2] and switches, or a function of
PyTorch for what no formula can say. Expected: the code, and the facts that are named.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch.nn import functional

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.gradients import gradients
from explorer.engine.trace import Outcome, trace
from explorer.experiment.spec import Experiment
from explorer.explain.prediction import disagreements, predict
from explorer.explain.reason import Reason
from explorer.explain.reasons import reasons

Tensor = torch.Tensor
Expected = tuple[str, dict[str, Any]] | None


@dataclass(frozen=True)
class Case:
    """`out` is the objective. `frozen` and `cuts` are switches; `values` replace 2 and 3."""

    formula: str
    expected: dict[str, Expected]
    frozen: str = ""
    cuts: str = ""
    values: tuple[float, float] = (2.0, 3.0)


def detached(*cuts: str, **also: list[str]) -> Expected:
    more = {"also": {code.replace("_", "-"): names for code, names in also.items()}}
    return ("detached", {"cuts": list(cuts), **(more if also else {})})


def partly(*cuts: str) -> Expected:
    return ("partly-cut", {"cuts": list(cuts)})


def zero(code: str, operation: str, **facts: Any) -> Expected:
    return (code, {"operation": operation, **facts})


FROZEN: Expected = ("frozen", {})
UNUSED: Expected = ("unused", {})
NOTHING: Expected = ("nothing-requires-grad", {})
INTEGER_X: Expected = ("integer", {"cuts": ["x"]})
G = "def g(x, y):\n    z = x + y\n    c = z.detach()\n    return c ** 2 + y ** 3\n"

CASES: dict[str, Case] = {
    "all is well": Case("out = x * y", {"x": None, "y": None, "out": None}),
    "frozen": Case("out = x * y", {"x": FROZEN, "y": None}, frozen="x"),
    "computed from frozen": Case(
        "p = x * 2\nout = p * y", {"x": FROZEN, "p": NOTHING, "y": None}, frozen="x"
    ),
    "all frozen": Case("out = x * y", {"x": FROZEN, "y": FROZEN, "out": NOTHING}, frozen="x y"),
    "unused leaf": Case("out = y ** 2", {"x": UNUSED, "y": None}),
    "unused intermediate": Case("p = x * 2\nout = y ** 2", {"x": UNUSED, "p": UNUSED}),
    "partly used": Case("p = x * 2\nout = x * y", {"x": None, "p": UNUSED}),
    "frozen and unused": Case("out = y ** 2", {"x": FROZEN}, frozen="x"),
    "the article's": Case(
        f"{G}out = g(x, y)",
        {"x": detached("g.z"), "y": partly("g.z"), "g.z": detached("g.z"), "g.c": detached("g.z")},
    ),
    "detached in a second call": Case(
        f"{G}p = g(x, y)\nout = g(y, x) + p",
        {"x": partly("g.z", "g.z#2"), "g.z": detached("g.z"), "g.z#2": detached("g.z#2")},
    ),
    "leaf detached in the formula": Case("out = x.detach() * y", {"x": detached("x")}),
    "nameless detached": Case(
        "out = (x * y).detach() + y", {"x": detached("x * y"), "y": partly("x * y")}
    ),
    "switch on a leaf": Case("out = x * y", {"x": detached("x"), "y": None}, cuts="x"),
    "switch on an intermediate": Case(
        "z = x + y\nout = z ** 2 + y ** 3", {"x": detached("z"), "z": detached("z")}, cuts="z"
    ),
    "switch and detach alike": Case(
        "z = x + y\nc = z.detach()\nout = z ** 2 + c", {"x": detached("z")}, cuts="z"
    ),
    "switch on the objective": Case(
        "out = x * y", {"x": detached("out"), "out": detached("out")}, cuts="out"
    ),
    "computed from a cut": Case(
        "z = x + y\nw = z * 2\nout = w + y", {"w": detached("z"), "x": detached("z")}, cuts="z"
    ),
    "two ways, both cut": Case(
        "p = x * 2\nq = x * 3\nout = p.detach() + q.detach() + y", {"x": detached("p", "q")}
    ),
    "two ways, one cut": Case(
        "p = x * 2\nout = p.detach() + x", {"x": partly("p"), "p": detached("p")}
    ),
    "two cuts one after the other": Case(
        "p = x * 2\nq = p.detach()\nr = q.detach()\nout = r + y",
        {"x": detached("p"), "q": detached("p"), "r": detached("p")},
    ),
    "a cut that leads nowhere": Case("p = x.detach()\nout = y * 2", {"x": UNUSED}),
    "frozen before a cut": Case(
        "z = x * 2\nout = z.detach() + y", {"x": FROZEN, "z": NOTHING}, frozen="x"
    ),
    "switch on an alias": Case(
        "z = x\nout = z * y", {"x": detached("z"), "z": detached("z")}, cuts="z"
    ),
    "switch on one of two aliases": Case(
        "z = x\nout = z * x", {"x": partly("z"), "z": partly("z")}, cuts="z"
    ),
    "switch on what an alias stands for": Case(
        "z = x\nout = z * y", {"x": detached("x")}, cuts="x"
    ),
    "only compared": Case("out = where(x > 0, y, 2 * y)", {"x": INTEGER_X, "y": None}),
    "compared, twice": Case(
        "m = where(x > 0, y > 0, x > 1)\nout = where(m, y, 2 * y)",
        {"x": ("integer", {"cuts": ["x"], "behind": None})},
    ),
    "frozen and cut": Case(
        "h = x * 2\nout = h.detach() * y",
        {"x": ("frozen", {"behind": [{"code": "detached", "cuts": ["h"]}]})},
        frozen="x",
    ),
    "frozen and cut twice": Case(
        "h = x * 2\nk = h.detach()\nout = k.detach() * y",
        {
            "x": (
                "frozen",
                {
                    "behind": [
                        {"code": "detached", "cuts": ["h"]},
                        {"code": "detached", "cuts": ["k"]},
                    ]
                },
            )
        },
        frozen="x",
    ),
    "cut twice": Case(
        "h = x.detach()\nout = h.detach() * y",
        {"x": ("detached", {"cuts": ["x"], "behind": [{"code": "detached", "cuts": ["h"]}]})},
    ),
    "cut twice, and once": Case(
        "h = x.detach()\nout = h.detach() * y + x.detach()",
        {"x": ("detached", {"cuts": ["x"], "behind": None})},
    ),
    "compared and cut": Case(
        "out = where(x > 0, x.detach(), y) + y", {"x": detached("x", integer=["x"])}
    ),
    "straight-through": Case("out = x + (round(x) - x).detach()", {"x": partly("round(x) - x")}),
    "round": Case("out = round(x) * y", {"x": zero("flat", "round", at="round(x)")}),
    "sign": Case("s = sign(x)\nout = s * y", {"x": zero("flat", "sign", at="s"), "s": None}),
    "found further on": Case(
        "p = x * 2\nq = p + 1\nout = floor(q) * y",
        {"x": zero("flat", "floor"), "p": zero("flat", "floor"), "q": zero("flat", "floor")},
    ),
    "relu": Case("out = relu(x) * y", {"x": zero("inactive", "relu")}, values=(-2.0, 3.0)),
    "clamp": Case("out = clamp(x, 0, 1) + y", {"x": zero("inactive", "clamp"), "y": None}),
    "branch not taken": Case(
        "out = where(x > 0, x, y)", {"x": None, "y": zero("inactive", "where")}
    ),
    "smaller of two": Case("out = maximum(x, y)", {"x": zero("inactive", "maximum"), "y": None}),
    "times zero": Case(
        "out = x * y", {"x": zero("zero-factor", "mul", factor="y"), "y": None}, values=(2.0, 0.0)
    ),
    "times a zero constant": Case(
        "out = 0 * x + y", {"x": zero("zero-factor", "mul", factor="0.0")}
    ),
    "a longer formula times zero": Case(
        "out = (x + 2.0 * x) * 0 + y", {"x": zero("zero-factor", "mul", factor="0.0")}
    ),
    "a power at zero": Case(
        "out = x ** 2 + y",
        {"x": zero("zero-factor", "pow", factor=None, values=["x"])},
        values=(0.0, 3.0),
    ),
    "a maximum": Case(
        "out = cos(x) + y",
        {"x": zero("zero-factor", "cos", factor=None, values=["x"])},
        values=(0.0, 3.0),
    ),
    "nothing left to learn": Case(
        "out = mse_loss(x, y)",
        {"x": zero("zero-factor", "mse_loss", factor="y", values=["x", "y"])},
        values=(3, 3),
    ),
    "cancels": Case("p = x * 2\nout = p - 2 * x", {"x": ("cancels", {"at": "x"}), "p": None}),
    "cancels further on": Case(
        "p = x * 2\nout = p - p + y", {"x": ("cancels", {"at": "p"}), "p": ("cancels", {"at": "p"})}
    ),
    "elements": Case("out = relu(v).sum()", {"v": None}),
    "all elements": Case("out = relu(v - 5).sum() + x", {"v": zero("inactive", "relu")}),
    "a cut beside a zero": Case("out = x.detach() * y + round(x)", {"x": zero("flat", "round")}),
    "root of a negative, not taken": Case(
        "out = where(x > 0, sqrt(x), y)",
        {"x": ("non-finite", {"operation": "sqrt", "direction": "forward", "inputs": {"x": -2.0}})},
        values=(-2.0, 3.0),
    ),
    "root at zero": Case(
        "s = x ** 2\nout = sqrt(s) + y",
        {
            "x": ("non-finite", {"operation": "sqrt", "direction": "backward", "at": "sqrt(s)"}),
            "s": ("non-finite", {"inputs": {"s": 0.0}}),
        },
        values=(0.0, 3.0),
    ),
    "logarithm of zero": Case(
        "l = log(x)\nout = l * y",
        {"y": ("non-finite", {"operation": "log", "direction": "forward", "at": "l"}), "l": None},
        values=(0.0, 3.0),
    ),
    "overflow": Case(
        "e = exp(x)\nout = e ** 2 * y",
        {"x": ("non-finite", {"operation": "exp", "direction": "backward"})},
        values=(80.0, 3.0),
    ),
}


def experiment(case: Case) -> Experiment:
    values: dict[str, Any] = {"x": case.values[0], "y": case.values[1], "v": [1.0, -2.0]}
    parameters = {
        name: {"value": value, "requires_grad": name not in case.frozen.split()}
        for name, value in values.items()
    }
    cuts = case.cuts.split()
    for name in set(cuts) & set(parameters):
        parameters[name]["detach"] = True
    return Experiment(
        formula=case.formula,
        parameters=parameters,
        objective="out",
        detach=[name for name in cuts if name not in parameters],
    )


def check(found: dict[str, Reason | None], expected: dict[str, Expected]) -> None:
    for name, wanted in expected.items():
        reason = found[name]
        if wanted is None:
            assert reason is None, name
            continue
        assert reason is not None, name
        code, facts = wanted
        assert reason.code == code, name
        named = {key: reason.facts.get(key) for key in facts}
        assert named == facts, name
        assert "cuts" in facts or not reason.facts.get("cuts"), name
        assert "also" in facts or "also" not in reason.facts, name


@pytest.mark.parametrize("name", CASES)
def test_formula(name: str) -> None:
    case = CASES[name]
    traced = FormulaSubject(experiment(case)).trace()
    check(reasons(traced), case.expected)
    assert disagreements(traced, predict(traced)) == ()
    assert traced.mismatches == ()
    for tensor in gradients(experiment(case)).tensors:
        shown = traced.tensors[traced.named[tensor.name]].grad
        assert repr(shown) == repr(tensor.grad)


def no_grad(x: Tensor, y: Tensor) -> Tensor:
    with torch.no_grad():
        z = x * 2
    return z + y


def no_grad_and_detach(x: Tensor, y: Tensor) -> Tensor:
    with torch.no_grad():
        z = x * 2
    return z + x.detach() + y


def assigned_data(x: Tensor, y: Tensor) -> Tensor:
    z = y * 0
    z.data = x * 1
    return z * y


def assigned_data_of_a_leaf(x: Tensor, y: Tensor) -> Tensor:
    x.data = y * 2
    return x * 2


def changed_under_no_grad(x: Tensor, y: Tensor) -> Outcome:
    a = x * 1
    with torch.no_grad():
        a.mul_(y)
    return Outcome(a * 2, {"a": a})


def changed_through_data(x: Tensor, y: Tensor) -> Outcome:
    a = x * 1
    a.data.add_(y)
    return Outcome(a * 2, {"a": a})


def leaf_copied_to(x: Tensor, y: Tensor) -> Tensor:
    with torch.no_grad():
        x.copy_(y)
    return x * 2


def leaf_written_through_a_view(x: Tensor, y: Tensor) -> Tensor:
    with torch.no_grad():
        x[...].copy_(y)
    return x * 2


def leaf_copied_to_afterwards(x: Tensor, y: Tensor) -> Tensor:
    out = x + 2
    with torch.no_grad():
        x.copy_(y)
    return out


def leaf_copied_to_and_cut(x: Tensor, y: Tensor) -> Tensor:
    with torch.no_grad():
        x.copy_(y)
    return x.detach() * y


def inference(x: Tensor, y: Tensor) -> Tensor:
    with torch.inference_mode():
        z = x * 2
        z.mul_(3)
    return z + y


def mapped(x: Tensor, y: Tensor) -> Tensor:
    several: Tensor = torch.vmap(lambda each: each * 2 + y)(torch.stack([x, y]))
    return several.sum()


class Deaf(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> None:
        return None


class Marked(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        doubled = x * 2
        ctx.mark_non_differentiable(doubled)
        return doubled

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> None:
        return None


DEAF: Callable[[Tensor], Tensor] = Deaf.apply
MARKED: Callable[[Tensor], Tensor] = Marked.apply


def marked_under_no_grad(x: Tensor, y: Tensor) -> Tensor:
    with torch.no_grad():
        z = MARKED(x)
    return z * y


REWRAPPED_X: Expected = ("rewrapped", {"cuts": ["x"]})

FUNCTIONS: dict[str, tuple[Callable[..., Any], dict[str, Expected]]] = {
    "no_grad": (no_grad, {"x": ("no-grad", {"cuts": ["x"]}), "y": None}),
    "no_grad and detach": (no_grad_and_detach, {"x": detached("x", no_grad=["x"])}),
    "data": (lambda x, y: x.data * y, {"x": ("data-access", {"cuts": ["x"]}), "y": None}),
    "detached in place": (
        lambda x, y: (x * 2).detach_() * y,
        {"x": detached("mul")},
    ),
    "rewrapped": (
        lambda x, y: torch.tensor(x.item()) * y,
        {"x": ("rewrapped", {"cuts": ["x"]}), "y": None},
    ),
    "assigned .data": (assigned_data, {"x": ("data-access", {"cuts": ["mul"]}), "y": None}),
    "assigned .data of a leaf": (
        assigned_data_of_a_leaf,
        {"x": None, "y": ("data-access", {"cuts": ["mul"]})},
    ),
    "an intermediate changed under no_grad": (
        changed_under_no_grad,
        {"x": None, "a": None, "y": ("no-grad", {"cuts": ["y"]})},
    ),
    "an intermediate changed through .data": (
        changed_through_data,
        {"x": partly("a"), "a": partly("a"), "y": ("data-access", {"cuts": ["a"]})},
    ),
    "a leaf copied to": (leaf_copied_to, {"x": None, "y": ("no-grad", {"cuts": ["y"]})}),
    "a leaf written through a view": (
        leaf_written_through_a_view,
        {"x": None, "y": ("no-grad", {"cuts": ["y"]})},
    ),
    "a leaf copied to afterwards": (leaf_copied_to_afterwards, {"x": None, "y": UNUSED}),
    "a leaf copied to and cut": (leaf_copied_to_and_cut, {"x": detached("x"), "y": partly("y")}),
    "inference mode": (inference, {"x": ("no-grad", {"cuts": ["x"]}), "y": None}),
    "vmap": (mapped, {"x": None, "y": None}),
    "scalar_tensor": (lambda x, y: torch.scalar_tensor(x.item()) * y, {"x": REWRAPPED_X}),
    "linspace": (lambda x, y: torch.linspace(0, x.item(), 3).sum() * y, {"x": REWRAPPED_X}),
    "arange": (lambda x, y: torch.arange(x.item()).sum() * y, {"x": REWRAPPED_X}),
    "fill_": (lambda x, y: torch.ones(2).fill_(x.item()).sum() * y, {"x": REWRAPPED_X}),
    "filled with a tensor": (lambda x, y: torch.ones(2).fill_(x).sum() * y, {"x": None}),
    "from_numpy": (
        lambda x, y: Outcome(torch.from_numpy((d := x.detach()).numpy()) * y, {"d": d}),
        {"x": detached("x"), "d": detached("x"), "y": None},
    ),
    "rewrapped objective": (
        lambda x, y: torch.tensor((x * y).item()),
        {"x": ("rewrapped", {"cuts": ["mul"]})},
    ),
    "read, but for nothing": (lambda x, y: (x.item(), y * 2)[1], {"x": UNUSED, "y": None}),
    "integer": (
        lambda x, y: Outcome(y * (n := x.long()), {"n": n}),
        {"x": INTEGER_X, "n": ("integer", {})},
    ),
    "its place only": (
        lambda x, y: torch.stack([x, y]).argmax() * y,
        {"x": ("integer", {"cuts": ["stack"]}), "y": None},
    ),
    "its shape only": (lambda x, y: torch.zeros_like(x) + y, {"x": UNUSED, "y": None}),
    "a leaf made again": (
        lambda x, y: Outcome((z := (x * 2).detach().requires_grad_()) * y, {"z": z}),
        {"x": detached("mul"), "z": None},
    ),
    "a function that gives nothing back": (
        lambda x, y: DEAF(x) * y,
        {"x": ("no-derivative", {"cuts": ["x"]}), "y": None},
    ),
    "its greatest element's place only": (
        lambda x, y: torch.stack([x, y]).max(0).indices * y,
        {"x": ("integer", {"cuts": ["stack"]}), "y": None},
    ),
    "a function that marks its output": (
        lambda x, y: MARKED(x) * y,
        {"x": ("no-derivative", {"cuts": ["x"]}), "y": None},
    ),
    "the same under no_grad": (
        marked_under_no_grad,
        {"x": ("no-grad", {"cuts": ["x"]}), "y": None},
    ),
    "no backward pass": (
        lambda x, y: x * torch.ones(2) + y.detach(),
        {"x": None, "y": detached("y")},
    ),
    "one output of two": (lambda x, y: torch.stack([x, y]).unbind()[1], {"x": ("inactive", {})}),
    "dropped": (lambda x, y: functional.dropout(x, 1.0) + y, {"x": zero("inactive", "dropout")}),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name: str) -> None:
    function, expected = FUNCTIONS[name]
    leaves = {
        "x": torch.tensor(2.0, requires_grad=True),
        "y": torch.tensor(3.0, requires_grad=True),
    }
    check(reasons(trace(function, leaves)), expected)


def test_an_integer_leaf() -> None:
    leaves = {"n": torch.tensor(2), "x": torch.tensor(2.0, requires_grad=True)}
    check(reasons(trace(lambda n, x: n * x, leaves)), {"n": ("integer", {}), "x": None})


def test_data_columns_are_frozen() -> None:
    traced = FormulaSubject(explorer.load("line-fit")).trace()
    check(reasons(traced), {"x": FROZEN, "b": FROZEN, "a": None, "y": None})


LONG = 4_000


@pytest.mark.parametrize("end", ["z.detach() + y", "round(z) + y", "where(z > 0, sqrt(-z), y)"])
def test_a_long_chain_is_explained_in_no_time(end: str) -> None:
    lines = ["z0 = x + 1", *(f"z{n + 1} = z{n} + 1" for n in range(LONG))]
    formula = "\n".join([*lines, f"z = z{LONG}", f"out = {end}"])
    case = Case(formula, {})
    found = reasons(FormulaSubject(experiment(case)).trace())
    assert found["x"] == found["z0"] == found[f"z{LONG}"]
    assert found["x"] is not None
