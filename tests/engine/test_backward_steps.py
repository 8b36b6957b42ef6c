"""The backward pass step by step: every number adds up to autograd's, forward and back again."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from effort import lines_run

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.trace import trace
from explorer.explain.backward_steps import (
    BackwardStep,
    Part,
    Reached,
    Walk,
    backward_steps,
    reached,
)
from explorer.explain.figures import Summary
from explorer.explain.queries import numbers_in
from explorer.explain.trace_records import Trace

Tensor = torch.Tensor


def scalar(value: float, requires_grad: bool = True) -> Tensor:
    return torch.tensor(value, requires_grad=requires_grad)


def article(name: str) -> Trace:
    return FormulaSubject(explorer.load(name)).trace()


def parts_into(traced: Trace, name: str) -> list[Part]:
    steps = backward_steps(traced)
    number = traced.named[name]
    return [part for step in steps for part in step.parts if part.tensor == number]


def sums(parts: list[Part]) -> list[tuple[Any, Any, bool]]:
    return [(part.contribution, part.total, part.complete) for part in parts]


def test_the_articles_connected_branch() -> None:
    traced = article("connected-branch")
    steps = backward_steps(traced)
    assert [step.number for step in steps] == [0, 1, 2, 3, 4]
    assert [step.operation for step in steps] == [None, 3, 2, 1, 0]
    assert steps[0] == BackwardStep(0, None, ((traced.named["out"], 1.0),), ())
    assert sums(parts_into(traced, "y")) == [(27.0, 27.0, False), (10.0, 37.0, True)]
    assert [part.before for part in parts_into(traced, "y")] == [None, 27.0]
    assert sums(parts_into(traced, "x")) == [(10.0, 10.0, True)]
    [square] = parts_into(traced, "g.z")
    assert (square.derivative, square.contribution, square.first) == (10.0, 10.0, True)
    assert steps[4].upstream == ((traced.named["g.z"], 10.0),)


def test_the_articles_detached_branch() -> None:
    traced = article("detached-branch")
    assert sums(parts_into(traced, "y")) == [(27.0, 27.0, True)]
    assert parts_into(traced, "x") == parts_into(traced, "g.z") == []
    assert [len(step.parts) for step in backward_steps(traced)] == [0, 1, 1]


def test_without_a_backward_pass_there_is_nothing() -> None:
    traced = trace(lambda x: x.detach() * 2, {"x": scalar(1.0)})
    assert backward_steps(traced) == ()
    assert reached(traced, 3) == Reached(frozenset(), frozenset(), {}, frozenset())
    walk = Walk(traced)
    walk.back()
    assert walk.forward() is None
    assert walk.last == 0
    assert backward_steps(trace(lambda x: None, {"x": scalar(1.0)})) == ()


def test_an_objective_that_is_a_leaf() -> None:
    traced = trace(lambda x: x, {"x": scalar(2.0)})
    assert backward_steps(traced) == (BackwardStep(0, None, ((0, 1.0),), ()),)
    assert reached(traced, 0).totals == {0: 1.0}


def test_a_tensor_used_twice_by_one_operation() -> None:
    traced = trace(lambda x: x * x, {"x": scalar(3.0)})
    assert sums(parts_into(traced, "x")) == [(3.0, 3.0, False), (3.0, 6.0, True)]


def test_edges_over_which_nothing_flows_are_no_parts() -> None:
    traced = trace(lambda a, b: a * b, {"a": scalar(2.0), "b": scalar(3.0, False)})
    assert parts_into(traced, "b") == []
    assert sums(parts_into(traced, "a")) == [(3.0, 3.0, True)]


def test_several_outputs() -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    traced = trace(lambda x: x.chunk(2)[0].sum() * 2 + x.chunk(2)[1].sum(), {"x": x})
    both = trace(lambda x: torch.dot(*x.chunk(2)), {"x": x})
    assert [part.total for part in parts_into(traced, "x")][-1] == [2.0, 2.0, 1.0, 1.0]
    assert [len(step.upstream) for step in backward_steps(both)] == [1, 1, 2]
    assert sums(parts_into(both, "x")) == [([3.0, 4.0, 1.0, 2.0], [3.0, 4.0, 1.0, 2.0], True)]


def test_merged_uses_are_one_sum() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    traced = trace(lambda w: torch.nn.functional.cosine_similarity(w, w, dim=0) * 2, {"w": w})
    parts = parts_into(traced, "w")
    assert [part.merged for part in parts] == [True, True]
    assert [part.contribution is None for part in parts] == [False, True]
    assert [part.complete for part in parts] == [True, True]


def test_vectors_add_up_element_by_element() -> None:
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    traced = trace(lambda w: (w * w).sum() + (w * 3).sum(), {"w": w})
    totals = [part.total for part in parts_into(traced, "w")]
    assert totals == [
        [[3.0, 3.0], [3.0, 3.0]],
        [[4.0, 5.0], [6.0, 7.0]],
        [[5.0, 7.0], [9.0, 11.0]],
    ]


def test_large_tensors_have_a_first_part_and_a_whole() -> None:
    traced = trace(lambda w: (w * w).sum() + w.sum(), {"w": torch.ones(9, 9, requires_grad=True)})
    first, second, third = parts_into(traced, "w")
    assert isinstance(first.total, Summary)
    assert (second.before, second.total, third.before) == (first.total, None, None)
    assert third.total == traced.tensors[traced.named["w"]].grad


def test_a_hook_changes_the_whole() -> None:
    def function(x: Tensor) -> Tensor:
        y = x * 2
        y.register_hook(lambda grad: grad * 10)  # type: ignore[no-untyped-call]
        return y * 3

    [first, second] = backward_steps(trace(function, {"x": scalar(1.0)}))[1:]
    assert (first.parts[0].contribution, first.parts[0].total) == (3.0, 30.0)
    assert second.upstream[0][1] == 30.0


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "many uses": lambda x: torch.sin(x) * x + x**2 / (1 + x.exp()) - x,
    "products": lambda x: torch.outer(x, x).sum() + (x * x).prod(),
    "softmax": lambda x: (torch.softmax(x, 0) * x).sum() + torch.logsumexp(x, 0),
    "in place": lambda x: (x * 1).mul_(x).add_(x).sum(),
    "where": lambda x: torch.where(x > 0.7, x * 2, x**3).sum(),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_parts_add_up_to_the_gradient(name: str) -> None:
    function = FUNCTIONS[name]
    x = torch.tensor([0.5, 1.5, 0.9], requires_grad=True)
    traced = trace(lambda x: function(x).sum(), {"x": x})
    for tensor in traced.tensors:
        parts = [
            part
            for step in backward_steps(traced)
            for part in step.parts
            if part.tensor == tensor.number and part.contribution is not None
        ]
        if parts:
            rows = [list(numbers_in(part.contribution or 0.0)) for part in parts]
            grad = list(numbers_in(parts[-1].total or 0.0))
            assert grad == pytest.approx([math.fsum(each) for each in zip(*rows, strict=True)])
            assert parts[-1].total == tensor.grad
            assert [part.complete for part in parts] == [False] * (len(parts) - 1) + [True]


# -- walking -------------------------------------------------------------------------------


def test_any_step_can_be_reached_from_any_other() -> None:
    traced = trace(FUNCTIONS["many uses"], {"x": scalar(0.5)})
    walk = Walk(traced)
    expected = [walk.reached()]
    while walk.forward() is not None:
        expected.append(walk.reached())
    assert len(expected) == len(traced.backward) + 1
    for number in (3, 1, walk.last, 0, 4, walk.last - 1, 2, 5):
        walk.go_to(number)
        assert walk.reached() == expected[number] == reached(traced, number)
        assert walk.number == number
    walk.go_to(-5)
    assert walk.number == 0
    walk.go_to(1_000)
    assert walk.number == walk.last


def test_what_is_reached_in_the_article() -> None:
    traced = article("connected-branch")
    names = traced.named
    start, middle, end = (reached(traced, number) for number in (0, 2, 4))
    assert start == Reached(
        frozenset(), frozenset(), {names["out"]: 1.0}, frozenset({names["out"]})
    )
    assert middle.operations == {3, 2}
    assert middle.totals[names["y"]] == 27.0
    assert names["y"] not in middle.complete
    assert names["g.z"] not in middle.totals
    assert len(end.edges) == len(traced.edges)
    assert end.totals == {
        tensor.number: tensor.grad for tensor in traced.tensors if tensor.grad is not None
    }
    assert end.complete == set(end.totals)


def multiply_and_add(times: int) -> Trace:
    def function(x: Tensor, w: Tensor) -> Tensor:
        for _ in range(times):
            x = x * w + 1e-3
        return x

    return trace(function, {"x": scalar(1.0), "w": scalar(0.999)})


def walked(traced: Trace) -> Walk:
    """To the end and halfway back."""
    walk = Walk(traced)
    walk.go_to(walk.last)
    walk.go_to(walk.last // 2)
    return walk


def test_the_effort_grows_with_the_operations_and_no_faster() -> None:
    small, large = multiply_and_add(200), multiply_and_add(400)
    assert lines_run(lambda: walked(large)) < 2.2 * lines_run(lambda: walked(small))


def test_ten_thousand_operations() -> None:
    traced = multiply_and_add(5_000)
    assert walked(traced).last == 10_000
    shared = parts_into(traced, "w")
    assert len(shared) == 5_000
    assert shared[-1].total == traced.tensors[1].grad
    assert (shared[-1].before or 0.0) + shared[-1].contribution == pytest.approx(  # type: ignore[operator]
        shared[-1].total, rel=1e-4
    )
