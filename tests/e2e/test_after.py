"""`gradients --after N`: the state of a run, who moved what, and what cannot be asked for."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from calling import Program

from explorer.explain.reason import REASONS

File = Callable[[str], str]

FROZEN_LATER = """
formula = "y = w*x + b"
[parameters]
w = 0.0
b = 0.0
[data]
x = [1, 2, 3]
y = [3, 5, 7]
[training]
optimizer = { name = "sgd", lr = 0.02, momentum = 0.9 }
zero_grad = "zero"
steps = 12
[[changes]]
step = 6
tensor = "w"
requires_grad = false
"""
NEVER = """
formula = "y = w*x"
[parameters]
w = 0.0
[data]
x = [1, 2, 3]
y = [2, 4, 6]
[training]
optimizer = { name = "sgd", lr = 0.05 }
zero_grad = "never"
steps = 5
"""
HIDDEN_ROOT = """
objective = "out"
formula = "out = where(x > 0, sqrt(x), x).sum()"
[parameters]
x = [-1.0, -4.0, 9.0]
"""


@pytest.fixture
def after(program: Program, experiment: File) -> Callable[..., Any]:
    """The tensors after so many steps of the run in that text."""

    def ask(text: str, steps: int, *more: str) -> Any:
        arguments = ("gradients", experiment(text), "--after", str(steps), "--json", *more)
        document = program(*arguments).document
        assert document["step"] == steps
        return document["tensors"]

    return ask


def test_frozen_in_mid_run_it_still_moves_and_is_told_why(after: Callable[..., Any]) -> None:
    w = after(FROZEN_LATER, 12)["w"]
    assert (w["grad"], w["moved_by"]) == (0.0, ["momentum"])
    thawed = [{"tensor": "w", "requires_grad": True}]
    zeroed = {"code": "zeroed", "step": 5, "moved_by": ["momentum"]}
    assert w["reason"] == {**zeroed, "remedy": thawed}
    assert after(FROZEN_LATER, 11)["w"]["value"] != w["value"]
    # At its step, and not before: the sixth is the first without.
    assert after(FROZEN_LATER, 5)["w"]["requires_grad"] is True
    assert after(FROZEN_LATER, 6)["w"]["requires_grad"] is False


def test_a_move_is_split_by_what_pushed(after: Callable[..., Any]) -> None:
    before, now = after(FROZEN_LATER, 4), after(FROZEN_LATER, 5)
    w = now["w"]
    assert list(w["parts"]) == w["moved_by"] == ["gradient", "momentum"]
    # The gradient's part is lr times it; the rest is the velocity's.
    assert w["parts"]["gradient"] == pytest.approx(-0.02 * w["grad"])
    moved = w["value"] - before["w"]["value"]
    assert sum(w["parts"].values()) == pytest.approx(moved, rel=1e-4)
    frozen = after(FROZEN_LATER, 12)["w"]
    assert list(frozen["parts"]) == ["momentum"]
    assert "parts" not in now["y"]


def test_followed_the_advice_it_stands_still(after: Callable[..., Any]) -> None:
    advice = ("--set", "training.zero_grad=none")
    w = after(FROZEN_LATER, 12, *advice)["w"]
    assert (w["grad"], w["moved_by"], w["reason"]["code"]) == (None, [], "frozen")
    assert after(FROZEN_LATER, 7, *advice)["w"]["value"] == w["value"]


def test_a_gradient_that_is_kept_goes_on_being_applied(after: Callable[..., Any]) -> None:
    w = after(FROZEN_LATER, 12, "--set", "training.zero_grad=never")["w"]
    assert w["reason"]["code"] == "stale"
    assert (w["reason"]["step"], w["reason"]["applied"]) == (5, True)
    assert w["moved_by"] == ["stale-gradient", "momentum"]


def test_sums_are_told_since_their_first_step(after: Callable[..., Any]) -> None:
    w = after(NEVER, 5)["w"]
    assert w["reason"] == {"code": "accumulated", "since": 1, "remedy": None}
    assert w["moved_by"] == ["gradient"]
    assert after(NEVER, 1)["w"]["reason"] is None
    assert after(NEVER, 5, "--set", "training.zero_grad=none")["w"]["reason"] is None


def test_of_nan_since_when_and_from_which_gradient(program: Program, experiment: File) -> None:
    source = experiment(HIDDEN_ROOT)
    x = program("gradients", source, "--after", "1", "--json").document["tensors"]["x"]
    assert x["value"][:2] == ["nan", "nan"]
    reason = x["reason"]
    assert (reason["code"], reason["operation"], reason["since"]) == ("non-finite", "sqrt", 1)
    outcome = program("gradients", source, "--after", "9", "--json")
    document = json.loads(outcome.out)
    assert outcome.status == 1
    assert (document["step"], document["failure"]["step"]) == (2, 2)
    assert document["tensors"]["x"]["reason"] == reason
    told = program("run", source).err
    assert told == outcome.err
    assert "At step 2 the loss became nan" in told
    assert "x, at step 1: it comes from sqrt" in told


def test_before_the_first_step_there_is_no_grad(after: Callable[..., Any]) -> None:
    tensors = after(FROZEN_LATER, 0)
    assert (tensors["w"]["grad"], tensors["w"]["moved_by"]) == (None, [])
    assert tensors["w"]["reason"] == {"code": "not-yet", "remedy": None}


def test_of_an_intermediate_it_is_what_gradients_gives(
    program: Program, experiment: File, after: Callable[..., Any]
) -> None:
    now = program("gradients", experiment(FROZEN_LATER), "--json").document["tensors"]["y"]
    before = after(FROZEN_LATER, 0)["y"]
    assert before == now
    later = after(FROZEN_LATER, 3)
    w, b = later["w"]["value"], later["b"]["value"]
    assert later["y"]["value"] == pytest.approx([w * x + b for x in (1, 2, 3)])
    assert later["y"]["grad"] is not None


def test_a_run_that_fails_before_is_told_of_as_far_as_it_came(
    program: Program, experiment: File
) -> None:
    text = FROZEN_LATER.replace(
        "false", 'false\n[[changes]]\nstep = 8\ntensor = "y"\ndetach = true'
    )
    outcome = program("gradients", experiment(text), "--after", "10", "--json")
    document = json.loads(outcome.out)
    assert outcome.status == 1
    assert document["failure"]["code"] == "nothing-requires-grad"
    assert (document["step"], document["failure"]["step"]) == (7, 8)
    assert document["tensors"]["w"]["moved_by"] == ["momentum"]
    assert "step 8" in outcome.err


def test_the_next_step_may_break_off(program: Program, experiment: File) -> None:
    """What the formula cannot compute any more has no value; `.grad` is told of all the same."""
    text = """
objective = "out"
formula = "out = binary_cross_entropy(w, t)"
[parameters]
w = [0.5, 0.9]
t = { value = [1.0, 0.0], requires_grad = false }
[training]
optimizer = { name = "sgd", lr = 1.0 }
steps = 50
"""
    outcome = program("gradients", experiment(text), "--after", "1", "--json")
    tensors = outcome.document["tensors"]
    assert outcome.status == 0
    assert (tensors["out"]["value"], tensors["out"]["reason"]) == (None, None)
    assert tensors["w"]["moved_by"] == ["gradient"]
    assert program("gradients", experiment(text), "--after", "2").status == 1


@pytest.mark.parametrize("given", ["-1", "1.5", "x", "", "1000000001", "99999999999999999999"])
def test_what_is_no_number_of_steps_is_refused(
    program: Program, experiment: File, given: str
) -> None:
    outcome = program("gradients", experiment(NEVER), f"--after={given}")
    assert (outcome.status, outcome.out) == (2, "")
    assert "--after needs a whole number from 0" in outcome.err


def test_a_step_beyond_the_run_is_refused_with_the_way_out(
    program: Program, experiment: File
) -> None:
    source = experiment(NEVER)
    outcome = program("gradients", source, "--after", "6")
    assert (outcome.status, outcome.out) == (2, "")
    assert "training.steps" in outcome.err
    assert "the run has 5 steps" in outcome.err
    longer = ("--set", "training.steps=6")
    assert program("gradients", source, "--after", "6", *longer).status == 0


def test_the_table_says_what_moved_it_in_both_languages(program: Program, experiment: File) -> None:
    source = experiment(FROZEN_LATER)
    english = program("gradients", source, "--after", "7").out
    assert "Steps made: 7" in english
    assert "moved by" in english
    [line] = [line for line in english.splitlines() if line.startswith("w ")]
    assert "w still moves, by momentum" in line
    assert "momentum (0." in line
    chinese = program("--language", "zh_CN", "gradients", source, "--after", "7").out
    assert "自身的梯度 (" in chinese
    assert "仍在移动，原因是动量" in chinese


def test_the_codes_of_a_session_are_known() -> None:
    assert {"zeroed", "stale", "accumulated", "non-finite", "not-yet"} <= set(REASONS)
