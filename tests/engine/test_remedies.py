"""The switches that are advised help: random programs, and a table of reasons."""

from typing import Any

import pytest
from drawing import asked
from hypothesis import HealthCheck, given, seed, settings
from programs import PARAMETERS, Drawn, Switches, model, programs

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.gradients import report
from explorer.engine.session import Session
from explorer.experiment.spec import Change, Experiment
from explorer.explain.prediction import predict
from explorer.explain.reason import Reason
from explorer.explain.reasons import reasons
from explorer.explain.remedies import Remedy, remedies, remedy, with_remedies
from explorer.explain.trace_records import Trace

# GRADIENT_EXPLORER_CAMPAIGN=3000 makes it as many.
PROGRAMS = asked(200)


def experiment(formula: str, frozen: str = "", cuts: str = "") -> Experiment:
    parameters: dict[str, Any] = {
        name: {"value": value, "requires_grad": name not in frozen, "detach": name in cuts.split()}
        for name, value in {"x": 2.0, "y": 3.0}.items()
    }
    detach = [name for name in cuts.split() if name not in parameters]
    return Experiment(formula=formula, parameters=parameters, objective="out", detach=detach)


def on(name: str) -> Remedy:
    return Remedy(name, "requires_grad", True)


def off(*names: str) -> tuple[Remedy, ...]:
    return tuple(Remedy(name, "detach", False) for name in names)


def advised(traced: Trace, name: str) -> tuple[Remedy, ...]:
    return remedies(traced, reasons(traced)[name], name)


def flip(changed: FormulaSubject, flips: tuple[Remedy, ...]) -> FormulaSubject:
    for each in flips:
        if each.switch == "detach":
            changed.set_detached(each.tensor, each.wanted)
        else:
            changed.set_requires_grad(each.tensor, each.wanted)
    return changed


def test_one_parameter_is_enough_for_a_program() -> None:
    traced = FormulaSubject(experiment("z = x * y\nout = z + 1", "x y", "z")).trace()
    told = with_remedies(traced, reasons(traced))
    assert {name: reason and reason.facts["remedy"] for name, reason in told.items()} == {
        "x": [{"tensor": "x", "requires_grad": True}, {"tensor": "z", "detach": False}],
        "y": [{"tensor": "y", "requires_grad": True}, {"tensor": "z", "detach": False}],
        "z": [{"tensor": "x", "requires_grad": True}, {"tensor": "z", "detach": False}],
        "out": [{"tensor": "x", "requires_grad": True}, {"tensor": "z", "detach": False}],
    }


def with_gradient(tested: FormulaSubject) -> set[str]:
    return {tensor.name for tensor in report(tested).tensors if tensor.grad is not None}


# The formula, its frozen leaves and its cuts, a tensor, and what is advised for it.
CASES: dict[str, tuple[str, str, str, str, tuple[Remedy, ...]]] = {
    "frozen": ("out = x * y", "x", "", "x", (on("x"),)),
    "another name of a frozen leaf": ("z = x\nout = z * y", "x", "", "z", (on("x"),)),
    "computed from frozen": ("z = x + 1\nout = z * y", "x", "", "z", (on("x"),)),
    "frozen, and a switch": ("out = x * y", "x", "x", "x", (on("x"), *off("x"))),
    "frozen, and a switch further on": (
        "z = x + 1\nout = z * y", "x", "z", "x", (on("x"), *off("z")),
    ),
    "frozen, and cut in an expression": ("out = x.detach() * y", "x", "", "x", ()),
    "frozen and unused": ("out = y * 2", "x", "", "x", ()),
    "computed from frozen, and a switch": (
        "z = x + 1\nout = z * y", "x", "z", "z", (on("x"), *off("z")),
    ),
    "all frozen": ("out = x * y", "x y", "", "out", (on("x"), on("y"))),
    "a switch": ("z = x + y\nout = z ** 2 + y", "", "z", "x", off("z")),
    "a switch on a leaf": ("out = x * y", "", "x", "x", off("x")),
    "a switch on the objective": ("out = x * y", "", "out", "x", off("out")),
    "behind a switch": ("z = x + y\nw = z * 2\nout = w + y", "", "z", "w", off("z")),
    "written": ("z = x.detach()\nout = z * y", "", "", "x", off("z")),
    "written itself": ("z = x.detach()\nout = z * y", "", "", "z", off("z")),
    "written, then a switch": (
        "p = x.detach()\nz = p * 2\nout = z + y", "", "z", "x", off("p", "z"),
    ),
    "between two": ("p = x.detach()\nz = p * 2\nout = z + y", "", "z", "p", off("p", "z")),
    "written twice": ("p = x.detach()\nq = p.detach()\nout = q * y", "", "", "x", off("p", "q")),
    "two ways": ("p = x.detach()\nq = x.detach()\nout = p * q + y", "", "", "x", off("p", "q")),
    "the second cut is beside the way": (
        "p = x.detach()\nq = p.detach()\nout = p * q + y", "", "", "x", off("p"),
    ),
    "alive by its other name": (
        "z = x * 2\np = z.detach()\nq = p.detach()\nout = q + z", "", "", "p", off("p"),
    ),
    "its other name is behind a cut": (
        "p = x.detach()\nout = x * y", "", "out", "p", off("p", "out"),
    ),
    "inside an expression": ("out = x.detach() * y", "", "", "x", ()),
    "one way inside an expression": (
        "p = x.detach()\nout = p * x.detach() + y", "", "", "x", off("p"),
    ),
    "a way that a switch does not open": (
        "p = x.detach()\nout = round(p).detach() + y", "", "", "x", (),
    ),
    "behind a switch, and not used": ("p = x.detach()\nw = p * 2\nout = y * 2", "", "", "w", ()),
    "unused": ("out = y * 2", "", "", "x", ()),
    "compared only": ("out = where(x > 0, y, 2 * y)", "", "", "x", ()),
    "flat": ("out = round(x) * y", "", "", "x", ()),
    "all is well": ("out = x * y", "", "", "x", ()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_advice(name: str) -> None:
    formula, frozen, cuts, tensor, expected = CASES[name]
    tested = FormulaSubject(experiment(formula, frozen, cuts))
    flips = advised(tested.trace(), tensor)
    assert flips == expected
    if flips:
        assert tensor in with_gradient(flip(tested, flips))


def test_at_most_three_parameters_are_named() -> None:
    names = "abcde"
    parameters = {name: {"value": 1.0, "requires_grad": False} for name in names}
    formula = "z = " + " * ".join(names) + "\nout = z + 1"
    traced = FormulaSubject(
        Experiment(formula=formula, parameters=parameters, objective="out")
    ).trace()
    assert advised(traced, "z") == (on("a"), on("b"), on("c"))
    assert advised(traced, "out") == (on("a"), on("b"), on("c"))


def test_of_a_gradient_left_over() -> None:
    session = Session(explorer.load("line-fit"), steps=3)
    session.apply(Change(step=1, tensor="c", requires_grad=False))
    session.apply(Change(step=1, tensor="y", detach=True))
    traced, stale = session.subject.trace(), Reason("stale", {"step": 1})
    assert remedies(traced, stale, "c") == (on("c"), *off("y"))
    assert remedies(traced, stale, "a") == off("y")
    assert remedies(FormulaSubject(experiment("out = y * 2")).trace(), stale, "x") == ()


def test_of_a_reason_that_no_switch_undoes() -> None:
    traced = FormulaSubject(explorer.load("line-fit")).trace()
    for code in ("not-yet", "not-leaf", "unused", "integer", "flat", "non-finite"):
        assert remedies(traced, Reason(code), "a") == ()
    assert remedies(traced, None, "a") == ()


def test_ten_thousand_cuts_one_after_the_other() -> None:
    lines = ["z0 = x.detach()", *(f"z{n + 1} = z{n}.detach()" for n in range(10_000))]
    traced = FormulaSubject(experiment("\n".join([*lines, "out = z10000 + y"]))).trace()
    assert len(advised(traced, "x")) == len(lines)


def test_every_advice_helps_and_none_is_kept_back() -> None:
    @seed(0)
    @settings(
        max_examples=PROGRAMS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def helps(drawn: Drawn) -> None:
        traced = model(drawn.formula, drawn.before).trace()
        everything = dict.fromkeys(PARAMETERS, True)
        possible = predict(traced, everything, cuts=())
        for name, reason in reasons(traced).items():
            if reason is None or traced.tensors[traced.named[name]].grad is not None:
                continue
            check_alone(drawn, name, reason)
            flips = remedy(traced, reason, name)
            assert bool(flips) == (reason.code in SWITCHED and name in possible), name
            if flips:
                changed = flip(model(drawn.formula, drawn.before), flips)
                assert name in with_gradient(changed), name

    helps()


# What switches undo; of a parameter frozen and without a use it is the first that is told.
SWITCHED = {"detached", "frozen", "nothing-requires-grad"}


def check_alone(drawn: Drawn, name: str, reason: Reason) -> None:
    """Thawing alone is enough, or the reason says what stands behind it."""
    if reason.code == "frozen" and name in PARAMETERS:
        thawed = flip(model(drawn.formula, drawn.before), (on(name),))
        assert (name in with_gradient(thawed)) != ("behind" in reason.facts), name


def test_a_reason_that_keeps_back_what_is_behind_it_is_found_out() -> None:
    drawn = Drawn("out = b + a.detach()", *[Switches(frozenset("b"), frozenset())] * 2)
    reason = reasons(model(drawn.formula, drawn.before).trace())["a"]
    assert reason is not None
    check_alone(drawn, "a", reason)
    with pytest.raises(AssertionError):
        check_alone(drawn, "a", Reason("frozen"))
