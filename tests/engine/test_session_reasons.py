"""Why `.grad` is as it is in a session that stands between two steps."""

from test_reasons import FROZEN, check, detached

import explorer
from explorer.engine.session import Session
from explorer.experiment.spec import Change
from explorer.explain.reason import Reason
from explorer.explain.reasons import reasons
from explorer.explain.session_reasons import KeptGrad, SessionMoment, session_reasons
from explorer.explain.trace_records import Trace


def standing(session: Session) -> dict[str, Reason | None]:
    kept = {each.name: KeptGrad() for each in session.tensors() if each.grad is not None}
    zero_grad = session.experiment.training.zero_grad
    state = SessionMoment(
        session.step, kept, session.subject.first_switches, session.changes, zero_grad
    )
    traced: Trace = session.subject.trace(session.step + 1)
    return session_reasons(traced, reasons(traced), state)


def test_before_the_first_step() -> None:
    found = standing(Session(explorer.load("line-fit")))
    check(found, {"a": ("not-yet", {}), "b": FROZEN, "y": ("not-leaf", {})})


def test_between_steps() -> None:
    session = Session(explorer.load("line-fit"), steps=3)
    list(session)
    check(standing(session), {"a": None, "b": FROZEN, "y": ("not-leaf", {})})


def test_a_gradient_left_over() -> None:
    training = {"zero_grad": "never", "steps": 9}
    session = Session(explorer.load("line-fit").replace(training=training))
    for record in session:
        if record.step == 4:
            session.apply(Change(step=5, tensor="a", requires_grad=False))
    summed = ("accumulated", {"since": 1})
    left = ("stale", {"step": 4, "applied": True})
    check(standing(session), {"a": left, "b": FROZEN, "c": summed})


def test_left_over_behind_a_cut_and_not_yet_after_it() -> None:
    session = Session(explorer.load("line-fit"), steps=3)
    list(session)
    session.apply(Change(step=4, tensor="y", detach=True))
    session.apply(Change(step=4, tensor="b", requires_grad=True))
    check(standing(session), {"a": ("stale", {"step": 3}), "b": detached("y")})
    session.apply(Change(step=4, tensor="y", detach=False))
    check(standing(session), {"a": None, "b": ("not-yet", {})})
