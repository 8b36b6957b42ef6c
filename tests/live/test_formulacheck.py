"""What is typed is checked as a whole experiment; what a missing name could become is offered."""

import sys

import numpy as np
import pytest

from explorer.experiment.operations import NAMES
from explorer.experiment.spec import Change, Experiment
from explorer.i18n import load
from explorer.live.carrying import carried, fitting
from explorer.live.formulacheck import COLUMN, OBJECTIVE, PARAMETER, Offer, Question, answer
from explorer.words.completions import completions, context, methods
from explorer.words.operations import GIVES

LINE = Experiment(formula="y = a*x", parameters={"a": 1.0}, data={"x": [1, 2], "y": [2, 4]})


def test_a_sound_formula_is_an_experiment() -> None:
    found = answer(Question(LINE, "y = a*x + a"))
    assert found.experiment == LINE.replace(formula="y = a*x + a")
    assert (found.problem, found.offers) == (None, ())


def test_turns_are_as_long_as_before() -> None:
    before = sys.getswitchinterval()
    answer(Question(LINE, "y = a +"))
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize(
    ("formula", "code", "offers"),
    [
        ("y = a*x + b", "unknown-name", (Offer(PARAMETER, "b"), Offer(COLUMN, "b"))),
        # An operation has this name too.
        ("y = a*t", "function-not-called", (Offer(PARAMETER, "t"), Offer(COLUMN, "t"))),
        ("v = a*x", "objective-missing", (Offer(COLUMN, "v"), Offer(OBJECTIVE, "v"))),
        ("y = a*loss", "unknown-name", ()),
        ("y = a +", "formula-not-python", ()),
        ("", "formula-empty", ()),
    ],
)
def test_what_is_offered(formula: str, code: str, offers: tuple[Offer, ...]) -> None:
    found = answer(Question(LINE, formula))
    assert found.problem is not None
    assert (found.problem.code, found.offers) == (code, offers)


def test_an_offer_makes_the_text_sound() -> None:
    found = answer(Question(LINE, "y = a*x + b", Offer(PARAMETER, "b"))).experiment
    assert found is not None
    assert (found.formula, found.parameters["b"].value) == ("y = a*x + b", 1.0)
    found = answer(Question(LINE, "y = a*x + b", Offer(COLUMN, "b"))).experiment
    assert found is not None
    assert np.array_equal(found.columns["b"], [1.0, 2.0])
    plain = LINE.replace(data={"x": [1, 2]}, objective="s", formula="s = (a*x).sum()")
    found = answer(Question(plain, "s = (a*x).sum()\nr = s*a", Offer(OBJECTIVE, "r"))).experiment
    assert found is not None
    assert found.objective == "r"


def test_an_offer_is_taken_though_the_text_is_not_sound_yet() -> None:
    found = answer(Question(LINE, "y = a*x + b + c", Offer(PARAMETER, "b"))).experiment
    assert found == LINE.replace(parameters={"a": 1.0, "b": 1.0})


def test_changes_of_what_is_gone_are_left_out() -> None:
    frozen = Change(step=3, tensor="a", requires_grad=False)
    gone = Change(step=4, tensor="b", requires_grad=False)
    assert fitting((frozen, gone), LINE) == (frozen,)


def test_a_run_goes_on_from_values_and_switches() -> None:
    changes = (
        Change(step=3, tensor="a", requires_grad=False),
        Change(step=4, tensor="a", value=9.0),
        Change.checked(step=5, lr=0.5),
    )
    assert carried(changes, {"a": 7.0, "b": 1.0}, LINE) == (
        Change(step=1, tensor="a", requires_grad=False),
        Change.checked(step=1, lr=0.5),
        Change(step=1, tensor="a", value=7.0),
    )
    assert carried((), {"a": [1.0, 2.0]}, LINE) == (), "of another shape"
    assert carried((), {"a": float("nan")}, LINE) == ()


@pytest.mark.parametrize(
    ("before", "begun", "kinds"),
    [
        ("y = si", "si", (False, False)),
        ("y = torch.si", "si", (False, True)),
        ("y = x.su", "su", (True, False)),
        ("y = f(x).", "", (True, False)),
        ("y = ", "", (False, False)),
        ("y = x  # si", None, None),
        ("y = 12", None, None),
    ],
)
def test_what_is_being_written(
    before: str, begun: str | None, kinds: tuple[bool, bool] | None
) -> None:
    found = context(before)
    assert (None if found is None else found.begun) == begun
    assert (None if found is None else (found.method, found.function)) == kinds


def test_names_come_first_and_every_one_has_help() -> None:
    experiment = LINE.replace(formula="h = a*x\ny = h + a")
    found = completions(experiment, load("en"))
    assert [(each.name, each.help) for each in found[:4]] == [
        ("a", "parameter"),
        ("x", "data column, 2"),
        ("y", "data column, 2"),
        ("h", "= a * x"),
    ]
    helps = {each.name: each.help for each in found}
    expected = "kept between min and max; flat outside — clamp(x, min, max)"
    assert helps["clamp"] == expected
    assert helps["relu"] == "x above 0, else 0 — relu(x)"


def test_every_operation_says_what_it_gives() -> None:
    assert set(NAMES) == set(GIVES)
    by_method = {each.name: each.help for each in methods(load("en"))}
    assert by_method["sum"].endswith(" — x.sum(dim, keepdim)")
    assert by_method["T"].endswith(" — x.T")
