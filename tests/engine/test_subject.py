"""Whoever works with a session knows what it trains by `Subject` alone."""

from typing import Any
from uuid import uuid4

import pytest
import torch

import explorer
from explorer.engine.explainer import Explainer
from explorer.engine.fitted_curve import FittedCurve
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.session import Session
from explorer.engine.subject import Subject
from explorer.engine.trace import Outcome, trace
from explorer.experiment.spec import Change
from explorer.explain.proof_records import Proof
from explorer.explain.session_reasons import Switches
from explorer.explain.trace_records import Trace
from explorer.live.frames import FrameMaker
from explorer.live.insight import InsightRequest
from explorer.live.mailbox import FrameRequest

FEW = 5
OFFERED = frozenset(name for name in vars(Subject) if name[0] != "_")


class Stranger:
    """Shows what `Subject` names of something, and nothing else of it."""

    def __init__(self, whole: Subject) -> None:
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        if name not in OFFERED:
            raise AttributeError(f"{name} is not part of a Subject")
        return getattr(self._whole, name)


class Doubling:
    """Descends `(2 * w - 1) ** 2`, without any formula: another kind of subject."""

    dtype = torch.float32
    batches = None

    def __init__(self) -> None:
        self.parameters = {"w": torch.tensor(2.0, requires_grad=True)}
        self.cuts: set[str] = set()
        self.arguments = tuple(self.parameters.values())

    objective_name = output_name = "square"
    intermediates = ("doubled", "square")
    first_switches = Switches({"w": True}, frozenset())

    @property
    def leaves(self) -> dict[str, torch.Tensor]:
        return self.parameters

    def forward(self, w: torch.Tensor) -> torch.Tensor:
        return self._named(w)["square"]

    def set_requires_grad(self, name: str, wanted: bool) -> None:
        self.parameters[name].requires_grad_(wanted)

    def set_detached(self, name: str, wanted: bool) -> None:
        self.set_cuts(self.cuts | {name} if wanted else self.cuts - {name})

    def set_cuts(self, names: Any) -> None:
        self.cuts = set(names)

    def set_value(self, name: str, value: Any) -> None:
        with torch.no_grad():
            self.parameters[name].fill_(value)

    def named_forward(self, leaves: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        named = self._named(**leaves)
        return named["square"], named

    def trace(self, step: int = 1) -> Trace:
        def outcome(w: torch.Tensor) -> Outcome:
            named = self._named(w)
            return Outcome(named["square"], named)

        return trace(outcome, self.leaves, step=step)

    def proof(self, trace: Trace, name: str) -> Proof | None:
        return None

    def proofs(self, trace: Trace) -> dict[str, Proof]:
        return {}

    def fitted_curve(self) -> FittedCurve | None:
        return None

    def _named(self, w: torch.Tensor) -> dict[str, torch.Tensor]:
        doubled = (w.detach() if "w" in self.cuts else w) * 2
        return {"doubled": doubled, "square": (doubled - 1) ** 2}


def used_by_everybody(session: Session) -> list[Any]:
    """Step, look, flip, go back: what came of it, as text (NaN is unlike itself)."""
    maker = FrameMaker(session, uuid4())
    name = session.columns[0].partition("[")[0]
    seen: list[Any] = []

    def look() -> None:
        looked = InsightRequest(selected=name, proof=name, picture=True)
        frame = maker.make(FrameRequest(buckets=10, insight=looked))
        assert frame.insight is not None
        seen.append((frame.step, frame.loss, frame.tensors, frame.failure, frame.fit))
        seen.append((frame.insight.explanation, frame.insight.account, frame.insight.proof))

    def run() -> None:
        for record in session:
            maker.record(record)
            seen.append(record)

    look()
    run()
    look()
    kept = session.snapshot()
    for switch in ("requires_grad", "detach"):
        flip: dict[str, Any] = {switch: switch == "detach"}
        maker.explainer.apply(Change(step=1, tensor=name, **flip))
        look()
    session.steps += FEW
    run()
    look()
    session.restore(kept)
    run()
    return [repr(each) for each in seen]


@pytest.mark.parametrize("name", ["line-fit", "detached-branch", "connected-branch"])
def test_all_that_is_used_of_a_subject_is_what_it_offers(name: str) -> None:
    experiment = explorer.load(name)
    subject: Any = Stranger(FormulaSubject(experiment))
    strange = Session(experiment, steps=FEW, subject=subject)
    assert used_by_everybody(strange) == used_by_everybody(Session(experiment, steps=FEW))


def test_a_session_trains_and_explains_what_is_no_formula() -> None:
    # Of it is the plan alone: optimizer and steps.
    plan = explorer.Experiment(
        formula="out = w * 1",
        objective="out",
        parameters={"w": 0.0},
        training={"optimizer": {"name": "sgd", "lr": 0.125}, "steps": 3},
    )
    session = Session(plan, subject=Doubling())
    # The slope is 4 * (2 * w - 1), so half of 2 * w - 1 is taken from w: it is at the bottom.
    assert [(each.loss, each.values, each.grads) for each in session] == [
        (9.0, (0.5,), (12.0,)),
        (0.0, (0.5,), (0.0,)),
        (0.0, (0.5,), (0.0,)),
    ]
    session.steps += FEW
    session.apply(Change(step=4, tensor="w", detach=True))
    reason = Explainer(session).reasons()["w"]
    assert reason is not None
    assert reason.code == "detached"
    assert list(session) == []
    assert session.failure is not None
    assert session.failure.code == "nothing-requires-grad"
