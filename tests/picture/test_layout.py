"""Where everything in the picture stands."""

import itertools
import time

import pytest
import torch
from graphs import chain, connected, detached, of, scalar

from explorer.engine.trace import trace
from explorer.explain.trace_records import Trace
from explorer.picture.layout import Box, Layout, layout, text_width
from explorer.picture.scene import every_group, scene


def placed(trace: Trace, *, whole: bool = False) -> Layout:
    return layout(scene(trace, every_group(trace) if whole else None))


def overlap(one: Box, other: Box) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height


@pytest.mark.parametrize("trace", [connected(), detached(), chain(90)], ids=["10", "None", "90"])
def test_boxes_do_not_overlap_and_lines_end_at_them(trace: Trace) -> None:
    found = placed(trace, whole=True)
    for one, other in itertools.combinations(found.nodes, 2):
        assert not overlap(one.box, other.box), (one.node.key, other.node.key)
    for line in found.edges:
        source, target = found.boxes[line.edge.source], found.boxes[line.edge.target]
        assert line.points[0].y == pytest.approx(source.y + source.height, abs=15)
        assert line.points[-1].y == pytest.approx(target.y, abs=15)
        assert line.points[0].y < line.points[-1].y
    assert all(0 < each.box.x < found.width for each in found.nodes)
    assert all(0 < each.box.y < found.height for each in found.nodes)


def test_the_same_scene_gives_the_same_picture() -> None:
    assert placed(detached()) == placed(detached())


def test_a_frame_is_around_its_members() -> None:
    found = placed(detached())
    outer, inner = found.frames
    boxes = {
        frame.node.name: [each.box for each in found.nodes if each.node.group == frame.node.key]
        for frame in found.frames
    }
    # g: +, z, detach, z_no_grad, **3 and the last +; f: its **2.
    assert {name: len(inside) for name, inside in boxes.items()} == {"g": 6, "f": 1}
    for frame, inside in ((outer, [*boxes["g"], inner.box]), (inner, boxes["f"])):
        for box in inside:
            assert frame.box.x < box.x < box.x + box.width < frame.box.x + frame.box.width
            assert frame.box.y < box.y < box.y + box.height < frame.box.y + frame.box.height


def test_numbers_have_room_at_their_lines() -> None:
    found = placed(connected())
    assert all(line.label is not None for line in found.edges if line.edge.contribution)


def test_nothing_has_a_layout_too() -> None:
    found = layout(scene(trace(lambda: None, {})))
    assert (found.nodes, found.edges) == ((), ())
    assert found.width > 0


def test_chinese_is_wider() -> None:
    assert text_width("张量", 10) == 20.0
    assert text_width("il", 10) < text_width("MW", 10)


def many(count: int) -> Trace:
    leaves = {f"p{place}": scalar(1.0) for place in range(count)}
    return trace(lambda *all_of: torch.stack([each * 2 for each in all_of]).sum(), leaves)


def dense(count: int) -> Trace:
    def function(x: torch.Tensor) -> torch.Tensor:
        found = [x]
        for _ in range(count):
            found.append(torch.stack(found).sum())
        return found[-1]

    return of(function, x=scalar(1.0))


def star(count: int) -> Trace:
    """One tensor with a great many uses."""
    return of(lambda x: torch.stack([x * 2 for _ in range(count)]).sum(), x=scalar(1.0))


@pytest.mark.parametrize(
    "trace", [many(600), dense(60), star(600), chain(1500)], ids=["many", "dense", "star", "chain"]
)
def test_no_graph_makes_the_layout_hang(trace: Trace) -> None:
    # The library alone takes minutes for some of these: see echoes.py and layout.py.
    start = time.perf_counter()
    placed(trace)
    placed(trace, whole=True)
    assert time.perf_counter() - start < 100.0
