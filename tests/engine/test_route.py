"""A tensor's way to the objective: it shows the cause that the sentence names, and is short."""

from itertools import pairwise

import pytest
import torch
from effort import lines_run

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.trace import Outcome, trace
from explorer.explain.reasons import reasons
from explorer.explain.route import MOST_STOPS, route
from explorer.explain.trace_records import Trace

Tensor = torch.Tensor


def scalar(value: float, requires_grad: bool = True) -> Tensor:
    return torch.tensor(value, requires_grad=requires_grad)


def article(name: str) -> Trace:
    return FormulaSubject(explorer.load(name)).trace()


def told(traced: Trace, name: str) -> str:
    """`x -none- add -cut:detached- detach - …`."""
    text = ""
    for stop in route(traced, traced.named[name]):
        flow = stop.flow if stop.cut is None else f"{stop.flow}:{stop.cut}"
        text += stop.label if flow is None else f"{stop.label} -{flow}- "
    return text


def test_the_articles_connected_branch() -> None:
    traced = article("connected-branch")
    assert told(traced, "x") == "x -flows- add -flows- g.z -flows- pow -flows- add -flows- out"
    assert told(traced, "y") == "y -flows- pow -flows- add -flows- out"
    assert told(traced, "out") == "out"
    stops = route(traced, traced.named["x"])
    kinds = [(stop.kind, stop.number) for stop in stops]
    assert kinds == [
        ("tensor", 0), ("operation", 0), ("tensor", traced.named["g.z"]),
        ("operation", 1), ("operation", 3), ("tensor", traced.named["out"]),
    ]  # fmt: skip


def test_the_articles_cut() -> None:
    traced = article("detached-branch")
    after = "g.z -cut:detached- detach -none- g.z_no_grad -none- pow -none- add -flows- out"
    assert told(traced, "x") == f"x -none- add -none- {after}"
    assert told(traced, "g.z") == after


def test_what_comes_of_a_cut_tensor_has_the_cut_before_it() -> None:
    traced = article("detached-branch")
    assert told(traced, "g.z_no_grad") == told(traced, "g.z")


def test_what_comes_of_a_cut_tensor_and_leads_nowhere() -> None:
    def function(x: Tensor, y: Tensor) -> Outcome:
        idle = x.detach() * 2
        return Outcome(y * 2, {"idle": idle})

    traced = trace(function, {"x": scalar(1.0), "y": scalar(1.0)})
    assert told(traced, "idle") == "x -cut:detached- detach -none- mul -none- idle -none- mul"


def test_a_detach_switch() -> None:
    model = FormulaSubject(explorer.load("connected-branch"))
    model.set_detached("g.z", True)
    assert told(model.trace(), "x") == (
        "x -none- add -none- g.z -cut:detached- detach -none- pow -none- add -flows- out"
    )


def test_a_frozen_leaf_goes_the_way_its_gradient_would() -> None:
    traced = article("line-fit")
    assert told(traced, "d") == "d -none- add -flows- y -flows- mse_loss -flows- loss"

    def function(b: Tensor, w: Tensor) -> Tensor:
        return b.detach() * w + torch.sin(torch.cos(b)) * w

    frozen = trace(function, {"b": scalar(1.0, False), "w": scalar(2.0)})
    assert told(frozen, "b") == ("b -none- cos -none- sin -none- mul -flows- add -flows- add")


def test_without_a_way() -> None:
    traced = trace(lambda x, y: x * torch.zeros_like(y), {"x": scalar(2.0), "y": scalar(3.0)})
    assert told(traced, "y") == "y -none- mul"


def test_without_a_backward_pass() -> None:
    traced = trace(lambda x: x.detach() * 2, {"x": scalar(1.0)})
    assert told(traced, "x") == "x -cut:detached- detach -none- mul -none- mul"
    nothing = trace(lambda x: None, {"x": scalar(1.0)})
    assert told(nothing, "x") == "x"


def test_numbers_taken_out_leave_a_gap() -> None:
    traced = trace(
        lambda x, y: torch.tensor((x * 2).item()) * y, {"x": scalar(2.0), "y": scalar(3.0)}
    )
    assert told(traced, "x") == (
        "x -none- mul -cut:rewrapped- item -none- … -none- tensor -none- mul -flows- mul"
    )
    assert route(traced, traced.named["x"])[3].number == 0


def test_no_grad_is_a_cut() -> None:
    def function(x: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():
            a = x * 2
        return a * y

    traced = trace(function, {"x": scalar(2.0), "y": scalar(3.0)})
    assert told(traced, "x") == "x -cut:no-grad- mul -none- mul -flows- mul"


def test_a_cut_objective_has_the_cut_before_it() -> None:
    def function(x: Tensor) -> Outcome:
        z = x * 2
        return Outcome(z.detach() * 3, {"z": z})

    traced = trace(function, {"x": scalar(1.0)})
    [*before, last] = route(traced, traced.objective or 0)
    assert [stop.label for stop in before] == ["z", "detach", "mul"]
    assert before[0].cut == "detached"
    assert (last.number, last.flow) == (traced.objective, None)


def test_a_tensor_changed_in_place_is_on_the_way() -> None:
    def function(x: Tensor, y: Tensor) -> Tensor:
        before = x * 3
        with torch.no_grad():
            x.copy_(y)
        return torch.sin(torch.cos(x)) + before

    traced = trace(function, {"x": scalar(2.0), "y": scalar(3.0)})
    assert told(traced, "y") == (
        "y -cut:no-grad- copy_ -none- x -flows- cos -flows- sin -flows- add -flows- add"
    )


# -- not finite ----------------------------------------------------------------------------


def test_a_gradient_that_is_not_finite_leads_through_its_origin() -> None:
    def function(x: Tensor, y: Tensor) -> Tensor:
        return torch.sqrt(torch.sin(x * 1)) + x * y

    traced = trace(function, {"x": scalar(0.0), "y": scalar(1.0)})
    reason = reasons(traced)["x"]
    assert reason is not None
    assert reason.facts["operation"] == "sqrt"
    assert told(traced, "x") == (
        "x -broken- mul -broken- sin -broken- sqrt -flows- add -flows- add"
    )


def test_the_origin_is_not_on_the_first_broken_way() -> None:
    traced = trace(lambda x: (x * 2) * torch.log(x), {"x": scalar(0.0)})
    reason = reasons(traced)["x"]
    assert reason is not None
    assert (reason.facts["operation"], reason.facts["direction"]) == ("log", "forward")
    assert "log" in told(traced, "x")


def test_where_the_origin_is_beside_the_way() -> None:
    traced = trace(lambda x, y: torch.log(x) * y, {"x": scalar(0.0), "y": scalar(1.0)})
    assert told(traced, "y") == "y -broken- mul -flows- mul"


# -- zeros ---------------------------------------------------------------------------------


def test_where_the_flow_became_zero() -> None:
    traced = trace(
        lambda x, y: torch.sin(torch.relu(x * 2)) * 3 + y, {"x": scalar(-1.0), "y": scalar(1.0)}
    )
    assert told(traced, "x") == (
        "x -zero- mul -zero- relu -flows- sin -flows- mul -flows- add -flows- add"
    )


def test_the_cause_is_that_of_the_sentence() -> None:
    def function(x: Tensor) -> Outcome:
        # The shorter way has another zero; the sentence is about the first use.
        a = torch.relu(x)
        return Outcome(torch.sin(torch.exp(a)) + torch.round(x) + 1, {"a": a})

    traced = trace(function, {"x": scalar(-1.0)})
    reason = reasons(traced)["x"]
    assert reason is not None
    assert reason.facts["operation"] == "relu"
    assert told(traced, "x").startswith("x -zero- relu -")


def test_contributions_that_cancel() -> None:
    def function(x: Tensor) -> Outcome:
        p = torch.sin(x)
        return Outcome(p * 2 - p * 2, {"p": p})

    traced = trace(function, {"x": scalar(1.0)})
    assert told(traced, "x") == "x -zero- sin -zero- p -flows- mul -flows- sub -flows- sub"


def test_a_gradient_takes_the_shortest_way_on_which_something_flows() -> None:
    traced = trace(lambda x: torch.round(x) + torch.sin(torch.cos(x)), {"x": scalar(1.0)})
    assert told(traced, "x") == "x -flows- cos -flows- sin -flows- add -flows- add"


def test_merged_uses() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    u = torch.tensor([1.0, 0.5], requires_grad=True)
    traced = trace(
        lambda w, u: torch.nn.functional.cosine_similarity(w * u, w, dim=0), {"w": w, "u": u}
    )
    assert told(traced, "w").startswith("w -flows- ")


# -- long ways -----------------------------------------------------------------------------


def long(before: int, after: int, middle: str) -> Trace:
    def function(x: Tensor, w: Tensor) -> Tensor:
        for _ in range(before):
            x = x + 1
        x = getattr(torch, middle)(x)
        for _ in range(after):
            x = x * 1.0
        return x + w

    return trace(function, {"x": scalar(-20_000.5), "w": scalar(1.0)})


@pytest.mark.parametrize("middle", ["detach", "relu", "neg"])
@pytest.mark.parametrize("before", range(0, 14, 2))
@pytest.mark.parametrize("after", [0, 1, 5, 9])
def test_a_long_way_keeps_its_ends_and_its_cause(before: int, after: int, middle: str) -> None:
    traced = long(before, after, middle)
    stops = route(traced, 0)
    whole = before + after + 4
    assert len(stops) == min(whole, MOST_STOPS)
    assert (stops[0].number, stops[-1].number) == (0, traced.objective)
    assert stops[-1].flow is None
    left_out = [stop.number for stop in stops if stop.kind == "gap"]
    assert len(stops) - len(left_out) + sum(left_out) == whole
    assert 1 not in left_out
    if middle != "neg":
        assert middle in [stop.label for stop in stops]
        assert before in [stop.number for stop in stops if stop.kind == "operation"]
    for one, other in pairwise(stops):
        assert (one.kind, other.kind) != ("gap", "gap")


def test_the_cut_of_a_long_way_keeps_its_flow() -> None:
    stops = route(long(10, 10, "detach"), 0)
    assert [stop.flow for stop in stops if stop.flow not in ("none", None)] == ["cut", "flows"]
    [cut] = [place for place, stop in enumerate(stops) if stop.cut is not None]
    assert stops[cut + 1].label == "detach"
    assert [stop.kind for stop in stops].count("gap") == 2


def test_the_tensor_that_was_asked_about_is_kept() -> None:
    def function(x: Tensor) -> Outcome:
        y = x.detach()
        for _ in range(10):
            y = y * 1.0
        asked = y
        for _ in range(20):
            y = y * 1.0
        return Outcome(y + x, {"asked": asked})

    traced = trace(function, {"x": scalar(1.0)})
    stops = route(traced, traced.named["asked"])
    assert len(stops) <= MOST_STOPS
    assert ("tensor", traced.named["asked"]) in [(stop.kind, stop.number) for stop in stops]
    assert "detach" in [stop.label for stop in stops]


def test_the_origin_of_what_is_not_finite_is_kept() -> None:
    def function(x: Tensor, w: Tensor) -> Tensor:
        for _ in range(20):
            x = x * 1.0
        x = torch.sqrt(x)
        for _ in range(20):
            x = x * 1.0
        return x + w

    stops = route(trace(function, {"x": scalar(0.0), "w": scalar(1.0)}), 0)
    assert "sqrt" in [stop.label for stop in stops]
    assert len(stops) <= MOST_STOPS


@pytest.mark.parametrize("middle", ["detach", "relu", "neg"])
def test_ten_thousand_operations(middle: str) -> None:
    traced = long(5_000, 5_000, middle)
    assert traced.uses
    assert len(route(traced, 0)) == MOST_STOPS


@pytest.mark.parametrize("middle", ["detach", "relu", "neg"])
def test_the_effort_grows_with_the_operations_and_no_faster(middle: str) -> None:
    small, large = long(200, 200, middle), long(400, 400, middle)
    assert lines_run(lambda: route(large, 0)) < 2.2 * lines_run(lambda: route(small, 0))
