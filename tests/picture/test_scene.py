"""What the picture of a graph shows, before it has a place."""

import math

import pytest
import torch
from graphs import box, chain, connected, detached, echoes, formula, line, node, of, scalar, tensors
from torch import nn

from explorer.engine.trace import trace, trace_module
from explorer.explain.cuts import CUT, FLOWS, NOTHING
from explorer.picture.elements import LOCK, SCISSORS, GroupNode
from explorer.picture.scene import MOST_NODES_OPEN, every_group, scene


def test_the_contributions_of_the_article_stand_at_the_lines() -> None:
    picture = scene(connected())
    x, y, z, out = (box(picture, name) for name in ("x", "y", "g.z", "out"))
    plus = [each for each in picture.nodes if getattr(each, "symbol", "") == "+"]
    assert [each.gradient for each in (x, y, z, out)] == ["10", "37", "10", "1"]
    assert line(picture, x, plus[0]).contribution == "10"
    assert line(picture, y, plus[0]).contribution == "10"
    assert line(picture, y, node(picture, "** 3")).contribution == "27"
    assert line(picture, z, node(picture, "** 2")).contribution == "10"
    assert {edge.role for edge in picture.edges} == {FLOWS}
    assert out.objective
    assert picture.objective == out.key
    assert picture.parameters == (2, 2)


def test_the_cut_of_the_article_is_on_its_line_and_none_is_none() -> None:
    picture = scene(detached())
    x, z = box(picture, "x"), box(picture, "g.z")
    assert (x.gradient, x.has_gradient, x.state) == ("None", False, "training")
    cut = line(picture, z, node(picture, "detach"))
    assert (cut.role, cut.cut, cut.contribution) == (CUT, "detached", "")
    assert {edge.role for edge in picture.edges if edge.source == x.key} == {NOTHING}
    assert box(picture, "y").gradient == "27"


def test_a_switch_is_drawn_as_a_cut_of_the_tensor_itself() -> None:
    text = 'objective="out"\ndetach=["z"]\nformula="""\nz = a*b\nout = z**2 + a\n"""\n'
    trace = formula(text + "parameters={a=2.0, b={value=3.0, requires_grad=false}}")
    picture = scene(trace)
    assert box(picture, "z").icons == (SCISSORS,)
    assert box(picture, "z").state == "detached"
    assert box(picture, "b").icons == (LOCK,)
    assert box(picture, "b").state == "frozen"
    assert line(picture, box(picture, "z"), node(picture, "detach")).role == CUT


def test_a_frozen_and_detached_tensor_has_both_icons() -> None:
    text = 'objective="out"\nformula="out = a*b"\n'
    trace = formula(text + "parameters={a=2.0, b={value=3.0, requires_grad=false, detach=true}}")
    assert box(scene(trace), "b").icons == (LOCK, SCISSORS)


def test_no_grad_cuts_where_something_would_have_flowed() -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            y = x * 2
        return y + x

    picture = scene(of(function, x=scalar(3.0)))
    roles = {(edge.role, edge.cut) for edge in picture.edges if edge.source == "t:x"}
    assert roles == {(CUT, "no-grad"), (FLOWS, None)}


def test_nameless_intermediates_are_folded_into_lines() -> None:
    picture = scene(of(lambda x: torch.sin(x * 2).sum(), x=torch.ones(3, requires_grad=True)))
    assert [each.name for each in tensors(picture)] == ["x", "sum"]
    assert picture.places[1] == node(picture, "×").key


def test_a_tensor_used_twice_by_one_operation_has_two_lines() -> None:
    picture = scene(of(lambda x: x * x, x=scalar(3.0)))
    into = [edge for edge in picture.edges if edge.source == "t:x"]
    assert [edge.contribution for edge in into] == ["3", "3"]
    assert len({edge.key for edge in into}) == 2


def test_zero_and_not_finite_flows_are_marked() -> None:
    picture = scene(of(lambda x, y: torch.round(x) + y.sqrt(), x=scalar(1.2), y=scalar(0.0)))
    by_source = {edge.source: edge for edge in picture.edges}
    assert by_source["t:x"].zero
    assert by_source["t:x"].width == 0.0
    assert not by_source["t:y"].finite
    assert by_source["t:y"].width == 1.0
    assert by_source["t:y"].contribution == "inf"


def test_the_width_goes_by_the_logarithm() -> None:
    picture = scene(
        of(lambda x, y, z: x * 100 + y * 1 + z * 1e-9, x=scalar(1.0), y=scalar(1.0), z=scalar(1.0))
    )
    widths = {edge.source: edge.width for edge in picture.edges if edge.source.startswith("t:")}
    assert widths["t:x"] == 1.0
    assert widths["t:y"] == pytest.approx(0.5)
    assert widths["t:z"] == 0.0


def test_a_function_closes_to_one_node_with_bundled_lines() -> None:
    trace = detached()
    picture = scene(trace, ())
    [group] = [each for each in picture.nodes if isinstance(each, GroupNode)]
    assert (group.name, group.operations, group.cuts, group.expanded) == ("g", 5, 1, False)
    assert picture.places[trace.named["g.z"]] == group.key
    assert scene(trace, {group.key}).frames[0].key == group.key
    assert scene(trace) == scene(trace, every_group(trace))


def test_a_second_call_is_a_group_of_its_own_and_a_call_inside_lies_inside() -> None:
    trace = formula(
        'objective="out"\nformula="""\ndef f(z):\n    w = z*2\n    return w + 1\n'
        "def g(x):\n    a = x + 1\n    b = f(a)\n    c = b*b\n    return c\n"
        'out = g(x) + f(x)\n"""\nparameters.x = 1.0'
    )
    frames = {frame.name: frame for frame in scene(trace).frames}
    assert set(frames) == {"g", "f", "f#2"}
    assert frames["f"].group == frames["g"].key
    assert frames["f#2"].group == ""


def test_modules_are_groups_with_their_parameters_inside() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    model[0].weight.requires_grad_(False)
    trace = trace_module(model, torch.ones(1, 2), objective=lambda out: out.sum())
    closed = scene(trace, ())
    groups = {each.name: each for each in closed.nodes if isinstance(each, GroupNode)}
    assert set(groups) == {"0", "2"}
    assert (groups["0"].training, groups["0"].frozen) == (1, 1)
    assert sorted(each.label for each in tensors(scene(trace)))[:2] == ["0.bias", "0.weight"]
    assert {each.name for each in tensors(scene(trace)) if "." in each.label} == {"bias", "weight"}


def test_a_shared_module_is_another_group_each_time() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(2, 2)
            self.other = nn.Linear(2, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = self.inner(self.other(self.inner(x))).sum()
            return result

    names = {frame.name for frame in scene(trace_module(Twice(), torch.ones(1, 2))).frames}
    assert names == {"inner", "other", "inner#2"}


def test_a_long_formula_opens_small_and_can_be_shown_whole() -> None:
    trace = chain(3000)
    picture = scene(trace)
    assert len(picture.nodes) <= MOST_NODES_OPEN
    assert picture.operations == 3000
    whole = scene(trace, every_group(trace))
    assert sum(hasattr(each, "symbol") for each in whole.nodes) == 3000


def test_far_uses_of_a_shared_tensor_start_at_an_echo() -> None:
    trace = chain(300)
    whole = scene(trace, every_group(trace))
    assert {each.name for each in echoes(whole)} == {"w"}
    assert {each.of for each in echoes(whole)} == {"t:w"}
    assert len({each.key for each in whole.nodes}) == len(whole.nodes)


def test_every_line_has_its_ends_whatever_is_open() -> None:
    trace = chain(600)
    for keys in ((), every_group(trace), sorted(every_group(trace))[::2]):
        picture = scene(trace, keys)
        assert {end for edge in picture.edges for end in (edge.source, edge.target)} <= set(
            picture.by_key
        )
        assert picture.objective in picture.by_key


def test_a_graph_without_a_single_result_is_drawn_all_the_same() -> None:
    picture = scene(of(lambda x: x * torch.ones(3), x=scalar(1.0)))
    assert picture.failure is not None
    assert [edge.role for edge in picture.edges if edge.source == "t:x"] == [NOTHING]
    nothing = scene(trace(lambda: None, {}))
    assert (nothing.nodes, nothing.edges, nothing.objective) == ((), (), None)


def test_large_tensors_are_told_by_shape_and_norm() -> None:
    picture = scene(of(lambda w: (w * w).sum(), w=torch.ones(1000, 1000, requires_grad=True)))
    assert box(picture, "w").value == "1000×1000 · ‖1000‖"
    assert math.isclose(picture.edges[0].magnitude or 0.0, 1000.0, rel_tol=1e-5)
