"""A step in words: the learner sees upstream × local = contribution, and no false equation."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.trace import Outcome, trace
from explorer.explain.backward_steps import backward_steps
from explorer.explain.trace_records import Trace
from explorer.i18n import AVAILABLE, load
from explorer.words.backward import FLOWS, SUMS, step_lines

Tensor = torch.Tensor
ENGLISH = load("en")


def tensor(value: Any) -> Tensor:
    return torch.tensor(value, requires_grad=True)


def lines(traced: Trace, language: str = "en") -> list[str]:
    steps = backward_steps(traced)
    return [line for step in steps for line in step_lines(traced, step, load(language))]


def test_the_articles_connected_branch() -> None:
    both = "out = (g.z ** 2.0) + (y ** 3.0): upstream gradient 1 × local derivative 1 = 1."
    assert lines(FormulaSubject(explorer.load("connected-branch")).trace()) == [
        "Backward starts at out: its gradient by itself is 1.",
        f"{both} This is the whole gradient of g.z ** 2.0.",
        f"{both} This is the whole gradient of y ** 3.0.",
        "y ** 3.0: upstream gradient 1 × local derivative 27 = 27. "
        "This is the first part of the gradient of y.",
        "g.z ** 2.0: upstream gradient 1 × local derivative 10 = 10. "
        "This is the whole gradient of g.z.",
        "g.z = x + y: upstream gradient 10 × local derivative 1 = 10. "
        "This is the whole gradient of x.",
        "g.z = x + y: upstream gradient 10 × local derivative 1 = 10. "
        "The gradient of y is complete: 27 + 10 = 37.",
    ]


def test_the_articles_detached_branch() -> None:
    assert lines(FormulaSubject(explorer.load("detached-branch")).trace()) == [
        "Backward starts at out: its gradient by itself is 1.",
        "out = (g.z_no_grad ** 2.0) + (y ** 3.0): upstream gradient 1 × local derivative 1 = 1. "
        "This is the whole gradient of y ** 3.0.",
        "y ** 3.0: upstream gradient 1 × local derivative 27 = 27. "
        "This is the whole gradient of y.",
    ]


def test_negative_factors_stand_in_brackets() -> None:
    assert lines(trace(lambda x: x * x * -1, {"x": tensor(3.0)}))[-1] == (
        "mul: upstream gradient -1 × local derivative 3 = -3. "
        "The gradient of x is complete: -3 + (-3) = -6."
    )


def test_a_sum_in_between() -> None:
    text = "\n".join(lines(trace(lambda x: x * 2 + x * 3 + x * 4, {"x": tensor(3.0)})))
    assert "The gradient of x so far: 4 + 3 = 7." in text
    assert "The gradient of x is complete: 7 + 2 = 9." in text


def test_vectors() -> None:
    column = torch.tensor([1.0, 2.0, 3.0, 4.0])
    said = lines(trace(lambda a, x: (a * x).sum(), {"a": tensor(2.0), "x": column}))
    assert said[1] == (
        "sum: upstream gradient 1 × local derivative [1, 1, 1, …] = [1, 1, 1, …]. "
        "This is the whole gradient of mul."
    )
    assert said[2] == (
        "mul: upstream gradient [1, 1, 1, …] × local derivative [1, 2, 3, …], added up = 10. "
        "This is the whole gradient of a."
    )


def test_a_matrix_product_is_no_equation() -> None:
    w, x = tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([5.0, 6.0])
    said = lines(trace(lambda w, x: (w @ x).sum(), {"w": w, "x": x}))
    assert said[2:] == [
        "matmul: the gradient [1, 1] goes back through it as ‖11.05‖. "
        "This is the whole gradient of w.",
        "matmul: the gradient [1, 1] goes back through it as [4, 6]. "
        "This is the whole gradient of x.",
    ]


def test_large_tensors_are_told_by_their_norm() -> None:
    w = torch.ones(10, 10, requires_grad=True)
    said = lines(trace(lambda w: (w * w).sum() + w.sum(), {"w": w}))
    assert said[3].endswith(" as ‖10‖. This is the first part of the gradient of w.")
    assert said[5:] == [
        "mul: the gradient ‖10‖ goes back through it as ‖10‖. "
        "This is one more part of the gradient of w.",
        "mul: the gradient ‖10‖ goes back through it as ‖10‖. The gradient of w is complete: ‖30‖.",
    ]


def test_several_results() -> None:
    said = lines(trace(lambda x: torch.dot(*x.chunk(2)), {"x": tensor([1.0, 2.0, 3.0, 4.0])}))
    assert said[-1] == (
        "chunk: the gradients of its results go back through it as [3, 4, 1, …]. "
        "This is the whole gradient of x."
    )


def test_a_gradient_that_a_hook_changed_is_no_false_equation() -> None:
    def function(x: Tensor) -> Tensor:
        y = x * 2
        y.register_hook(lambda grad: grad * 10)  # type: ignore[no-untyped-call]
        return y * 3 + y

    said = lines(trace(function, {"x": tensor(1.0)}))
    assert said[3].endswith("The gradient of mul is complete: 40.")
    assert said[4].startswith("mul: upstream gradient 40 × local derivative 2 = 80.")


def test_numbers_that_are_none() -> None:
    said = lines(trace(lambda x: torch.sqrt(x * 0) * 0, {"x": tensor(0.0)}))
    assert "upstream gradient 0 × local derivative inf = nan." in said[2]
    assert "This is the whole gradient of x." in said[3]


def test_long_operations_are_cut_short() -> None:
    formula = f"out = {' + '.join(['x * 2'] * 20)}"
    experiment = explorer.Experiment(formula=formula, parameters={"x": 1.0}, objective="out")
    said = lines(FormulaSubject(experiment).trace())
    assert all(line.index(":") <= 48 for line in said)


def every_kind() -> Trace:
    def function(x: Tensor, w: Tensor, big: Tensor) -> Outcome:
        y = x * x + torch.dot(*w.chunk(2)) + (w @ torch.outer(w, w)).sum()
        return Outcome(y + (big * big).sum() + big.sum(), {"y": y})

    leaves = {"x": tensor(2.0), "w": tensor([1.0, 2.0]), "big": torch.ones(5, 5).requires_grad_()}
    return trace(function, leaves)


@pytest.mark.parametrize("language", [code for code, _ in AVAILABLE])
def test_nothing_is_left_to_fill_in(language: str) -> None:
    for line in lines(every_kind(), language):
        assert "{" not in line
        assert "  " not in line


MESSAGES = [*FLOWS.values(), *SUMS.values()]


@pytest.mark.parametrize("message", MESSAGES)
def test_each_message_is_a_sentence(message: str) -> None:
    assert message.endswith(".")


def test_every_equation_is_true() -> None:
    functions: list[Callable[[Tensor], Tensor]] = [
        lambda x: (torch.softmax(x, 0) * x).sum(),
        lambda x: (x**3 / (1 + x.exp())).mean() + x.prod(),
        lambda x: torch.logsumexp(x * x, 0) - (x * 0.5).norm(),
        lambda x: (x.sum() * 2).sin() * x[0],
    ]
    for function in functions:
        for line in lines(trace(function, {"x": tensor([0.5, -1.5, 0.25])})):
            for equation in equations(line):
                left, right = equation
                assert left == pytest.approx(right, rel=2e-3, abs=2e-3)


def equations(line: str) -> list[tuple[float, float]]:
    """The equations between single numbers in a line."""
    found = []
    _, _, told = line.rpartition("upstream gradient ")
    first, times, rest = told.partition(" × local derivative ")
    second, equal, third = rest.partition(" = ")
    if times and equal and "[" not in told.partition(". ")[0]:
        result = third.partition(". ")[0]
        found.append((float(first) * float(second.strip("()")), float(result)))
    return found
