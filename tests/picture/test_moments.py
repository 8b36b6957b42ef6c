"""The picture while a switch is being thought of, while the pass is walked, and the notes below."""

import pytest
from graphs import ARTICLE, box, connected, detached, experiment, line, node

from explorer.engine.session import prepared
from explorer.experiment.spec import Change
from explorer.explain.backward_steps import Walk
from explorer.explain.cuts import FLOWS
from explorer.explain.prediction import switched
from explorer.explain.trace_records import Trace
from explorer.i18n import load
from explorer.picture.boxes import Pen
from explorer.picture.captions import broken, notes
from explorer.picture.elements import Scene, TensorNode
from explorer.picture.layout import MARGIN, TEXT_SIZE, layout, refreshed, text_width
from explorer.picture.palette import LIGHT
from explorer.picture.preview import preview
from explorer.picture.scene import scene
from explorer.picture.stepping import moment
from explorer.picture.texts import longest

SENTENCE = "x has no gradient because detach() on g.z cuts it off: what follows is a constant."


def flipped(text: str, **change: object) -> Trace:
    """The trace with a change made at the first step."""
    made = experiment(text).replace(changes=[Change.checked(step=1, **change)])
    return prepared(made).trace()


def with_gradient(picture: Scene) -> set[str]:
    boxes = (each for each in picture.nodes if isinstance(each, TensorNode))
    return {name for box in boxes if box.has_gradient for name in (box.label, *box.also)}


def named(picture: Scene, keys: frozenset[str]) -> set[str]:
    boxes = (each for each in picture.nodes if isinstance(each, TensorNode))
    return {box.label for box in boxes if box.key in keys}


# -- previews ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cut", "flip"),
    [
        ("", {"tensor": "x", "requires_grad": False}),
        ("", {"tensor": "y", "requires_grad": False}),
        ("", {"tensor": "g.z", "detach": True}),
        ("", {"tensor": "y", "detach": True}),
        ("", {"tensor": "out", "detach": True}),
        ("z_no_grad = z.detach()", {"tensor": "g.z_no_grad", "detach": False}),
        ("z_no_grad = z.detach()", {"tensor": "x", "requires_grad": False}),
    ],
)
def test_a_preview_foretells_the_picture_after_the_flip(cut: str, flip: dict[str, object]) -> None:
    text = ARTICLE.format(cut=cut, name="z_no_grad" if cut else "z")
    trace = prepared(experiment(text)).trace()
    picture = scene(trace)
    switches = switched(trace, str(flip["tensor"]), *map(flip.get, ("requires_grad", "detach")))  # type: ignore[arg-type]
    foreseen = preview(picture, trace, *switches)
    before, after = with_gradient(picture), with_gradient(scene(flipped(text, **flip)))
    assert named(picture, foreseen.lost) == before - after
    shown = {each.label for each in picture.nodes if isinstance(each, TensorNode)}
    assert named(picture, foreseen.gained) == (after - before) & shown


def test_a_preview_dims_the_lines_that_would_run_dry() -> None:
    trace = connected()
    picture = scene(trace)
    foreseen = preview(picture, trace, *switched(trace, "g.z", detach=True))
    x, y, plus = box(picture, "x"), box(picture, "y"), picture.nodes[2]
    assert line(picture, x, plus).key in foreseen.lost
    assert line(picture, y, plus).key in foreseen.lost
    assert line(picture, y, node(picture, "** 3")).key not in foreseen.lost


# -- walking ------------------------------------------------------------------------


def test_at_the_seed_nothing_has_flowed() -> None:
    trace = connected()
    picture, walk = scene(trace), Walk(trace)
    now = moment(picture, trace, walk)
    out = box(picture, "out").key
    assert now.carried == frozenset()
    assert now.present == frozenset({out})
    assert now.gradients == {out: "1"}


def test_at_the_end_all_that_flows_has_flowed() -> None:
    trace = detached()
    picture, walk = scene(trace), Walk(trace)
    walk.go_to(walk.last)
    now = moment(picture, trace, walk)
    assert now.carried == {edge.key for edge in picture.edges if edge.role == FLOWS}
    assert now.gradients[box(picture, "y").key] == "27"
    assert box(picture, "x").key not in now.gradients


def test_a_closed_group_stands_for_the_operation_inside() -> None:
    trace = connected()
    picture, walk = scene(trace, ()), Walk(trace)
    walk.go_to(walk.last)
    assert "g:g" in moment(picture, trace, walk).present


# -- the same places -------------------------------------------------------------------


def test_numbers_may_change_in_their_places() -> None:
    before = layout(scene(connected()))
    text = ARTICLE.format(cut="", name="z").replace("x = 2.0", "x = 4.0")
    after = refreshed(before, scene(prepared(experiment(text)).trace()))
    assert after is not None
    assert after.boxes == before.boxes
    assert box(after.scene, "x").gradient == "14"


def test_another_graph_or_a_longer_number_needs_other_places() -> None:
    before = layout(scene(connected()))
    assert refreshed(before, scene(detached())) is None
    text = ARTICLE.format(cut="", name="z").replace("x = 2.0", "x = -1.2345e-30")
    grown = scene(prepared(experiment(text)).trace())
    assert refreshed(before, grown) is None
    roomy = layout(scene(connected()), roomy=True)
    kept = refreshed(roomy, grown)
    assert kept is not None
    assert kept.boxes == roomy.boxes


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("2", "-1.2346e-45"),
        ("[1, 2]", "[-1.235e-45, -1.235e-45]"),
        ("[1, 2, 3, …]", "[-1.235e-45, -1.235e-45, -1.235e-45, …]"),
        ("5×8 · ‖3.2‖", "5×8 · ‖1.235e-45‖"),
        ("", ""),
    ],
)
def test_the_longest_text_of_a_figure(text: str, most: str) -> None:
    assert longest(text) == most


# -- keys --------------------------------------------------------------------------


def test_keys_stay_while_switches_are_flipped() -> None:
    text = ARTICLE.format(cut="", name="z")
    before = scene(prepared(experiment(text)).trace())
    cut = scene(flipped(text, tensor="g.z", detach=True))
    assert set(before.by_key) < set(cut.by_key)
    called = {
        getattr(each, "label", getattr(each, "symbol", "")): each.key for each in before.nodes
    }
    again = {getattr(each, "label", getattr(each, "symbol", "")): each.key for each in cut.nodes}
    assert called.items() - {("+", called["+"])} <= again.items()


# -- notes --------------------------------------------------------------------------


def test_sentences_are_broken_to_fit() -> None:
    lines = list(broken(SENTENCE, 200))
    assert " ".join(lines) == SENTENCE
    assert len(lines) > 2
    assert max(text_width(each, TEXT_SIZE) for each in lines) <= 200


def test_chinese_is_broken_anywhere_and_words_are_not() -> None:
    sentence = "x 没有梯度，因为 g.z 上的 detach() 把它断开了：在 PyTorch 看来，其后的都是常数。"
    lines = list(broken(sentence, 150))
    assert "".join(lines).replace(" ", "") == sentence.replace(" ", "")
    assert any("PyTorch" in each for each in lines)
    assert max(text_width(each, TEXT_SIZE) for each in lines) <= 150


def test_a_word_longer_than_the_line_stays_whole() -> None:
    assert list(broken("a" * 200, 50)) == ["a" * 200]


def test_no_sentences_take_no_room() -> None:
    pen = Pen(LIGHT, load("en"))
    assert notes((), 10.0, 500.0, pen) == ((), 0.0)
    shapes, height = notes((SENTENCE,), 10.0, 2 * MARGIN + 200, pen)
    assert len(shapes) > 2
    assert height > len(shapes) * TEXT_SIZE
