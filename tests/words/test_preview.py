"""What a switch would do, in words, and whether it did: with real programs."""

import pytest

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.explain.prediction import Consequences, consequences, disagreements, predict
from explorer.i18n import AVAILABLE, load
from explorer.words.preview import Flip, preview_text, verdict_text

ENGLISH = load("en")
NOTHING = Consequences((), (), stops=False)


def test_detaching_the_articles_branch() -> None:
    model = FormulaSubject(explorer.load("connected-branch"))
    before = model.trace()
    found = consequences(before, cuts={"g.z"})
    assert found == Consequences(("x", "g.z"), (), stops=False)
    assert preview_text(Flip("g.z", "detach", True), found, ENGLISH) == (
        "Switching detach on for g.z: x and g.z lose their gradient."
    )
    model.set_detached("g.z", True)
    differing = disagreements(model.trace(), predict(before, cuts={"g.z"}))
    assert verdict_text(found, differing, ENGLISH) == (
        "Since the switch: x and g.z get no gradient any more."
    )


def test_thawing_a_parameter() -> None:
    traced = FormulaSubject(explorer.load("line-fit")).trace()
    found = consequences(traced, {"b": True})
    assert preview_text(Flip("b", "requires_grad", True), found, ENGLISH) == (
        "Switching requires_grad on for b: b gains a gradient."
    )
    assert verdict_text(found, (), ENGLISH) == "Since the switch: b gets a gradient in every step."


def test_freezing_a_parameter() -> None:
    traced = FormulaSubject(explorer.load("line-fit")).trace()
    found = consequences(traced, {"a": False})
    assert preview_text(Flip("a", "requires_grad", False), found, ENGLISH) == (
        "Switching requires_grad off for a: a loses its gradient."
    )


def test_nothing_changes() -> None:
    traced = FormulaSubject(explorer.load("detached-branch")).trace()
    found = consequences(traced, {"x": False})
    assert found == NOTHING
    assert preview_text(Flip("x", "requires_grad", False), found, ENGLISH) == (
        "Switching requires_grad off for x: nothing changes for any gradient."
    )
    assert verdict_text(found, (), ENGLISH) == (
        "Since the switch: nothing has changed for any gradient."
    )


def test_all_is_lost() -> None:
    traced = FormulaSubject(explorer.load("connected-branch")).trace()
    found = consequences(traced, cuts={"out"})
    assert found == Consequences(("x", "y", "g.z", "out"), (), stops=True)
    assert preview_text(Flip("out", "detach", True), found, ENGLISH) == (
        "Switching detach on for out: x, y, g.z and out lose their gradient. "
        "backward() will raise an error, since nothing requires a gradient."
    )


def test_names_stand_in_the_order_of_the_trace() -> None:
    traced = FormulaSubject(explorer.load("line-fit")).trace()
    found = consequences(traced, {"d": True, "c": False, "b": True, "a": False})
    assert found == Consequences(("a", "c"), ("b", "d"), stops=False)
    assert preview_text(Flip("a", "requires_grad", False), found, ENGLISH) == (
        "Switching requires_grad off for a: a and c lose their gradient; b and d gain a gradient."
    )
    assert verdict_text(found, (), ENGLISH) == (
        "Since the switch: a and c get no gradient any more; b and d get a gradient in every step."
    )


def test_a_mismatch_is_a_warning() -> None:
    assert verdict_text(NOTHING, ("x", "y"), ENGLISH) == (
        "Prediction and autograd disagree about: x and y."
    )


@pytest.mark.parametrize("language", [code for code, _ in AVAILABLE])
@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("found", [NOTHING, Consequences(("p", "q"), ("r",), stops=True)])
def test_nothing_is_left_to_fill_in(language: str, on: bool, found: Consequences) -> None:
    texts = [
        preview_text(Flip("w", "detach", on), found, load(language)),
        verdict_text(found, (), load(language)),
        verdict_text(found, ("w",), load(language)),
    ]
    assert not any("{" in text for text in texts)
    assert "detach" in texts[0]
    assert "w" in texts[2]
