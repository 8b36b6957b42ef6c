"""A user at the window on a model: as `tests.ui.desk`, for `explorer.ui.subject`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from explorer.i18n import Language
from explorer.live.modelrun import ModelFrame, ModelMaker
from explorer.own.modelfile import ModelFile
from explorer.own.plan import Length, ModelPlan
from explorer.ui.bench import RunState
from explorer.ui.settings import Settings
from explorer.ui.speed import FULL_SPEED
from explorer.ui.subject.bench import SubjectBench
from explorer.ui.subject.program import SubjectProgram
from explorer.ui.subject.questions import Leaving, ModelChoosers
from explorer.ui.subject.treemodel import Column
from explorer.ui.subject.window import SubjectWindow

from .desk import delete_later_now

PATIENCE_MS = 60_000
NO_KEYS = Qt.KeyboardModifier.NoModifier
MODEL = '''
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.2), nn.Tanh(), nn.Linear(4, 4))
        self.head = nn.Linear(4, 2)
        self.spare = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.body(x))

def make():
    print("made")
    model = Net()
    return {
        "model": model,
        "batches": [torch.randn(5, 3) for _ in range(3)],
        "loss": lambda model, batch: (model(batch) - 1).square().mean(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=0.01),
    }

def by_hand(steps, switch):
    """The loop that somebody writes; `switch(model, step)` before each step."""
    made = make()
    model, batches, loss, optimizer = made.values()
    for step in range(1, steps + 1):
        switch(model, step)
        value = loss(model, batches[(step - 1) % 3])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return model
'''

LOSS_OF_ALL = "lambda model, batch: (model(batch) - 1).square().mean()"
BATCHES = "[torch.randn(5, 3) for _ in range(3)]"


@dataclass
class ModelAnswers:
    """What the user says when asked; `asked` are the questions, in order."""

    model_path: Path | None = None
    factory: str | None = None
    may_run: bool = True
    save_path: Path | None = None
    leaving: Leaving = Leaving.STAY
    asked: list[str] = field(default_factory=list)

    def choosers(self, _window: QWidget, _language: Language) -> ModelChoosers:
        """In place of the dialogs."""
        return ModelChoosers(
            lambda: self.model_path, self._factory, self._may_run, self._save, self._leave
        )

    def _leave(self, count: int) -> Leaving:
        self.asked.append(f"leave {count}")
        return self.leaving

    def _factory(self, file: str, names: Sequence[str]) -> str | None:
        self.asked.append(f"factory {file} {' '.join(names)}")
        return self.factory

    def _may_run(self, file: str) -> bool:
        self.asked.append(f"run {file}")
        return self.may_run

    def _save(self, proposed: Path) -> Path | None:
        self.asked.append(f"save {proposed.name}")
        return self.save_path


class ModelDesk:
    """Hands and eyes."""

    def __init__(self, bot: QtBot, program: SubjectProgram, answers: ModelAnswers) -> None:
        self.bot = bot
        self.program = program
        self.answers = answers

    @property
    def window(self) -> SubjectWindow:
        return self.program.window

    @property
    def bench(self) -> SubjectBench:
        return self.program.workbench

    @property
    def state(self) -> RunState:
        return self.bench.state

    @property
    def frame(self) -> ModelFrame:
        assert isinstance(self.bench.frame, ModelFrame), "no frame yet"
        return self.bench.frame

    @property
    def message(self) -> str:
        return self.window.message.text

    @property
    def maker(self) -> ModelMaker:
        """What the worker has; looked into only while it is at rest."""
        maker = self.bench._worker._maker
        assert isinstance(maker, ModelMaker)
        return maker

    def cell(self, name: str, column: Column) -> str:
        """A cell of the tree as it is shown."""
        index = self.window.tree.rows.index_of(name).siblingAtColumn(column)
        return str(index.data())

    def ticked(self, name: str, column: Column) -> Qt.CheckState:
        index = self.window.tree.rows.index_of(name).siblingAtColumn(column)
        return Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole))

    def flip(self, name: str, column: Column) -> None:
        """Click a switch, and wait until it is made."""
        tree = self.window.tree
        index = tree.rows.index_of(name).siblingAtColumn(column)
        tree.scrollTo(index)
        where: QPoint = tree.visualRect(index).center()
        before = self.ticked(name, column)
        QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, NO_KEYS, where)
        # A frame that was on its way may not have it yet.
        self.until(lambda: self.ticked(name, column) is not before)

    def click(self, name: str) -> None:
        """Choose an action, as from its menu or by its key."""
        self.window._actions[name].trigger()

    def until(self, condition: Callable[[], bool], timeout_ms: int = PATIENCE_MS) -> None:
        self.bot.waitUntil(condition, timeout=timeout_ms)

    def look(self) -> ModelFrame:
        """Wait for a new frame with all numbers."""
        with self.bot.waitSignal(self.window.display_clock.shown, timeout=PATIENCE_MS):
            self.window.display_clock.refresh()
        return self.frame

    def wait_for(self, *states: RunState) -> None:
        """Until the run stands so, and the frame of that moment is shown."""
        self.until(lambda: self.state in states)
        if self.state is not RunState.REFUSED:
            self.look()

    def play_to_rest(self) -> None:
        """Press Play and wait until the run is at its end or stopped."""
        with self.bot.waitSignal(self.bench.state_changed, timeout=PATIENCE_MS):
            self.click("play")
        self.wait_for(RunState.FINISHED, RunState.FAILED)


Sit = Callable[..., ModelDesk]


def sitting(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Sit]:
    """Opens the window on a model's source, ready to play unless `start` is False."""
    desks: list[ModelDesk] = []

    def sit_down(
        source: str | ModelFile = MODEL,
        *,
        steps: int = 6,
        named: bool = True,
        answers: ModelAnswers | None = None,
        start: bool = True,
    ) -> ModelDesk:
        answers = answers or ModelAnswers()
        if isinstance(source, str):
            path = tmp_path / "their_net.py"
            path.write_text(source, encoding="utf-8")
            source = ModelFile(ModelPlan(f"{path}:make", Length(steps)))
        settings = Settings(tmp_path / "window.ini")
        program = SubjectProgram(
            qapp, source, settings=settings, named=named, choosers=answers.choosers
        )
        desk = ModelDesk(qtbot, program, answers)
        desks.append(desk)
        with qtbot.waitExposed(program.window, timeout=PATIENCE_MS):
            program.show()
        program.window.resize(1280, 800)
        program.window.bar.speed.slider.setValue(FULL_SPEED)
        if start:
            program.window.begin()
            desk.wait_for(RunState.READY, RunState.REFUSED)
        return desk

    yield sit_down
    ended = [leave(desk) for desk in desks]
    desks.clear()
    delete_later_now()
    for name in [name for name in sys.modules if name.startswith("their_")]:
        del sys.modules[name]
    assert all(ended), "a worker did not end in time"


def leave(desk: ModelDesk) -> bool:
    desk.window.close()
    ended = desk.bench.stop(PATIENCE_MS)
    desk.window.deleteLater()
    desk.program.deleteLater()
    return ended
