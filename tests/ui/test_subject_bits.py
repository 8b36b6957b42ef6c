"""In the window's worker ten models train with the bits of a loop written by hand, switches too.

The same models as in `tests/own/test_training.py`; here the worker drives them, frames are asked
for in between, and each frame brings a trace.
"""

import gc
import runpy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import torch
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.experiment.changes import Change
from explorer.live.insight import InsightRequest
from explorer.live.mailbox import FrameRequest
from explorer.live.modeldocument import ModelDocument
from explorer.live.modelrun import ModelMaker
from explorer.own.anatomy import anatomy
from explorer.own.modelfile import ModelFile
from explorer.own.plan import Length, ModelPlan
from explorer.own.session import ModelSession
from explorer.own.setup import Setup
from explorer.ui.bench import RunState
from explorer.ui.subject.bench import SubjectBench

from .desk import delete_later_now

OWN = Path(__file__).resolve().parents[1] / "own"
HEALTHY: Mapping[str, Callable[[], Setup]] = runpy.run_path(str(OWN / "healthy.py"))["HEALTHY"]
STEPS, FREEZES, CUTS = 5, 2, 3
# Models, with a parameter or module to be frozen and a module to be detached.
SWITCHED: Mapping[str, tuple[str, str]] = {
    "mlp": ("0", "0"),
    "dropout": ("3.bias", "2"),
    "batch norm": ("1", "4"),
    "group norm": ("0.weight", "3"),
    "lstm": ("embedding", "embedding"),
    "gru both ways": ("rnn.weight_hh_l0", "rnn"),
    "encoder": ("layers.0.self_attn", "layers.0"),
    "spectral norm": ("0", "0"),
    "variational": ("spread", "mean"),
    "tied": ("body", "embedding"),
    "two optimizers": ("0.bias", "0"),
}


def made(name: str) -> Setup:
    torch.manual_seed(7)
    setup = HEALTHY[name]()
    torch.manual_seed(8)
    return setup


@dataclass(frozen=True)
class Ready:
    """Begins a run of one of the healthy models."""

    name: str
    changes: tuple[Change, ...]

    def begin(self, run: UUID, interrupted: Callable[[], bool]) -> ModelMaker:
        setup = made(self.name)
        session = ModelSession(setup, STEPS, self.changes)
        return ModelMaker(session, anatomy(setup), run, interrupted)


class ReadyDocument(ModelDocument):
    """A document whose model is there already."""

    def start(self, by_hand: tuple[Change, ...]) -> Any:
        return Ready(self.experiment.subject, self.experiment.changes)


@pytest.fixture
def bench(qapp: QApplication) -> Iterator[SubjectBench]:
    found = SubjectBench(ModelFile(ModelPlan("", Length(STEPS))))
    found.frame_arrived.connect(lambda _frame: found.frame_painted())
    yield found
    ended = found.stop(60_000)
    found.deleteLater()
    delete_later_now()
    # Here, where Qt does nothing, and not in the midst of the next test.
    gc.collect()
    assert ended


def by_hand(name: str) -> dict[str, torch.Tensor]:
    setup = made(name)
    frozen, cut = SWITCHED[name]
    model, batches = setup.model, list(setup.batches)
    for step in range(1, STEPS + 1):
        if step == FREEZES:
            for full, each in model.named_parameters(remove_duplicate=False):
                if full == frozen or full.startswith(f"{frozen}."):
                    each.requires_grad_(False)
        if step == CUTS:
            module = model.get_submodule(cut)
            forward: Callable[..., Any] = module.forward
            module.forward = lambda *given, forward=forward, **more: _cut(forward(*given, **more))
        loss = setup.objective(batches[(step - 1) % len(batches)])
        for optimizer in setup.optimizers:
            optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in setup.optimizers:
            optimizer.step()
    return {full: each.detach() for full, each in model.named_parameters()}


def _cut(output: Any) -> Any:
    return tuple(map(_cut, output)) if isinstance(output, tuple) else output.detach()


def test_the_bits_of_loops_by_hand(bench: SubjectBench, qtbot: QtBot) -> None:
    """One after the other on one bench, as somebody opens them."""
    wrong: dict[str, list[str]] = {}
    for name in SWITCHED:
        wanted = by_hand(name)
        found = trained(bench, qtbot, name)
        wrong[name] = [full for full, each in wanted.items() if not torch.equal(found[full], each)]
    assert wrong == {name: [] for name in SWITCHED}


def trained(bench: SubjectBench, qtbot: QtBot, name: str) -> dict[str, torch.Tensor]:
    """The parameters after a run with frames in between."""
    frozen, cut = SWITCHED[name]
    changes = (
        Change(step=FREEZES, tensor=frozen, requires_grad=False),
        Change(step=CUTS, tensor=cut, detach=True),
    )
    plan = ModelPlan(name, Length(STEPS), changes)
    bench.document = ReadyDocument(ModelFile(plan), plan)
    if bench.has_stopped:
        bench.start()
    else:
        bench.reset()
    qtbot.waitUntil(lambda: bench.state is RunState.READY, timeout=60_000)
    for _ in range(STEPS):
        with qtbot.waitSignal(bench.frame_arrived, timeout=60_000):
            bench.step()
            bench.request_frame(FrameRequest(100, insight=InsightRequest(selected=frozen)))
    qtbot.waitUntil(lambda: bench.state is RunState.FINISHED, timeout=60_000)
    maker = bench._worker._maker
    assert isinstance(maker, ModelMaker)
    assert bench.insight is not None
    assert bench.insight.explanation.step == STEPS + 1
    return dict(maker.session.setup.model.named_parameters())
