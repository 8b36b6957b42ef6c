"""A user at the window: clicks, types, waits, and looks at what is there.

Everything goes through real widgets. Tests get a `Desk` from the `seat` fixture.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.explain.step_records import TensorState
from explorer.i18n import Language
from explorer.live.frames import Frame
from explorer.live.outside import Outside
from explorer.picture.elements import Scene, TensorNode
from explorer.reading.program import Reading, read_program
from explorer.ui.code.tab import CodeTab
from explorer.ui.graph.tab import GraphTab
from explorer.ui.plots.timeplot import TimePlot
from explorer.ui.program import Program
from explorer.ui.questions import Choosers, Leave, Leaving, Way
from explorer.ui.speed import FULL_SPEED
from explorer.ui.tensormodel import Column
from explorer.ui.theme import Theme
from explorer.ui.window import MainWindow
from explorer.ui.workbench import RunState, Workbench

LEFT = Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier
# What does not come at all is told by this; a loaded machine needs its time.
PATIENCE_MS = 60_000
Answer = TypeVar("Answer")


@dataclass
class Answers:
    """What the user says when asked; `asked` are the questions, in order.

    `proposed` is where the last one proposed to save.
    """

    open_path: Path | None = None
    save_path: Path | None = None
    include: bool | None = True
    outside: Way = Way.CANCEL
    program_path: Path | None = None
    picture_path: Path | None = None
    reads_program: bool = True
    leaving: Leaving = field(default_factory=lambda: Leaving(Leave.QUIT))
    asked: list[str] = field(default_factory=list)
    proposed: Path | None = None

    def choosers(self, _window: QWidget, _language: Language, _theme: Theme) -> Choosers:
        """In place of the dialogs."""
        return Choosers(
            lambda: self._answer("open", self.open_path),
            self._save_path,
            lambda count: self._answer(f"include {count}", self.include),
            self._outside,
            self._program_path,
            self._program,
            self._leaving,
            self._picture_path,
            lambda path: self._answer(f"model {path.name if path else ''}", None),
        )

    def _leaving(self, title: str, kept: bool) -> Leaving:
        return self._answer(f"leave {title}" if kept else f"lose {title}", self.leaving)

    def _save_path(self, proposed: Path | None) -> Path | None:
        self.proposed = proposed
        return self._answer("save", self.save_path)

    def _program(self, text: str, name: str) -> Reading | None:
        reading = read_program(text, name) if self.reads_program else None
        return self._answer(f"read {name}", reading)

    def _picture_path(self, proposed: Path | None) -> Path | None:
        return self._answer(f"picture {proposed.name if proposed else ''}", self.picture_path)

    def _program_path(self, proposed: Path | None) -> Path | None:
        return self._answer(f"program {proposed.name if proposed else ''}", self.program_path)

    def _outside(self, outside: Outside) -> Way:
        return self._answer(f"{outside.fate.value} {outside.name}", self.outside)

    def _answer(self, question: str, answer: Answer) -> Answer:
        self.asked.append(question)
        return answer


class Desk:
    """Hands and eyes. `window` is the present one: another language brings a new one."""

    def __init__(self, bot: QtBot, program: Program, answers: Answers) -> None:
        self.bot = bot
        self.program = program
        self.answers = answers

    # -- what is there -------------------------------------------------------

    @property
    def window(self) -> MainWindow:
        return self.program.window

    @property
    def workbench(self) -> Workbench:
        return self.program.workbench

    @property
    def state(self) -> RunState:
        return self.workbench.state

    @property
    def frame(self) -> Frame:
        assert self.workbench.frame is not None, "no frame yet"
        return self.workbench.frame

    @property
    def message(self) -> str:
        return self.window.message.text

    def tensor(self, name: str) -> TensorState:
        """What the session said of a tensor in the last frame."""
        tensors = self.frame.tensors or ()
        return next(tensor for tensor in tensors if tensor.name == name)

    def value(self, name: str) -> object:
        return self.tensor(name).value

    def cell(self, name: str, column: Column) -> str:
        """A cell of the table as it is shown."""
        text = self.window.table.tensors.index(self.row(name), column).data()
        return str(text)

    def ticked(self, name: str, column: Column) -> bool:
        index = self.window.table.tensors.index(self.row(name), column)
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        return Qt.CheckState(state) == Qt.CheckState.Checked

    def row(self, name: str) -> int:
        model = self.window.table.tensors
        names = [model.tensor(row).name for row in range(model.rowCount())]
        return names.index(name)

    def marks(self) -> list[str]:
        """The names on the time axes."""
        plot = self.window.panel.plots["parameters"]
        assert isinstance(plot, TimePlot)
        return [mark.text for mark in plot.marks._marks]

    def action(self, name: str) -> QAction:
        found = self.window.findChild(QAction, name)
        assert isinstance(found, QAction), name
        return found

    def menu_action(self, menu: str, entry: str) -> QAction:
        """An entry of the menus, by what is written on it (`&` left out)."""
        # Not through QAction.menu(): PySide deletes the menu with the answer.
        menus = {each.title().replace("&", ""): each for each in self.window.findChildren(QMenu)}
        entries = {action.text().replace("&", ""): action for action in menus[menu].actions()}
        return entries[entry]

    def to_recover(self) -> dict[str, QAction]:
        """The entries of File › Recover, by their titles."""
        menu = next(each for each in self.window.findChildren(QMenu) if each.title() == "&Recover")
        menu.aboutToShow.emit()
        return {action.text().partition(" (")[0]: action for action in menu.actions()}

    # -- what the user does ----------------------------------------------------

    def click(self, name: str) -> None:
        """Click the tool bar's button of an action."""
        button = self.window.bar.widgetForAction(self.action(name))
        assert isinstance(button, QToolButton)
        QTest.mouseClick(button, LEFT)

    def press(self, keys: str, target: QWidget | None = None) -> None:
        """Press a key (`Ctrl+R`) in the window, or in one of its fields."""
        QTest.keySequence(target or self.window, QKeySequence(keys))

    def choose(self, menu: str, entry: str) -> None:
        """Choose an entry of a menu."""
        self.menu_action(menu, entry).trigger()

    def recover(self, title: str) -> None:
        """Choose unsaved work in the menu."""
        self.to_recover()[title].trigger()

    def place(self, name: str, column: Column) -> QPoint:
        table = self.window.table
        index = table.tensors.index(self.row(name), column)
        table.scrollTo(index)
        return table.visualRect(index).center()

    def flip(self, name: str, column: Column) -> None:
        """Click on a switch."""
        QTest.mouseClick(self.window.table.viewport(), LEFT, NO_KEYS, self.place(name, column))

    def edit(self, name: str) -> QLineEdit:
        """Double-click on a value; the field that opens."""
        table = self.window.table
        where = self.place(name, Column.VALUE)
        QTest.mouseClick(table.viewport(), LEFT, NO_KEYS, where)
        QTest.mouseDClick(table.viewport(), LEFT, NO_KEYS, where)
        editors = table.viewport().findChildren(QLineEdit)
        assert len(editors) == 1, "no field opened"
        return editors[0]

    def point_at(self, name: str, column: Column) -> None:
        """Move the mouse over a cell, without a click."""
        # As an event of its own: Qt sends none if the pointer rests there from before.
        view, place = self.window.table.viewport(), QPointF(self.place(name, column))
        none = Qt.MouseButton.NoButton
        where = QPointF(view.mapToGlobal(place))
        move = QMouseEvent(QEvent.Type.MouseMove, place, where, none, none, NO_KEYS)
        QApplication.sendEvent(view, move)

    def leave_table(self) -> None:
        """Move the mouse out of the table."""
        QApplication.sendEvent(self.window.table, QEvent(QEvent.Type.Leave))

    # -- the graph ---------------------------------------------------------------

    @property
    def graph(self) -> GraphTab:
        return self.window.graph

    @property
    def scene(self) -> Scene:
        """What the graph shows."""
        picture = self.graph.view.layout_shown
        assert picture is not None, "no graph yet"
        return picture.scene

    def open_graph(self) -> None:
        """Choose the tab and wait for the picture."""
        self.window.show_graph()
        self.until(lambda: self.graph.view.layout_shown is not None)

    # -- the program -------------------------------------------------------------

    @property
    def code(self) -> CodeTab:
        return self.window.code

    def open_code(self) -> None:
        """Choose the tab and wait for the program."""
        self.window.show_code()
        self.until(lambda: self.code.is_current)

    def box(self, name: str) -> TensorNode:
        """The box of a tensor in the graph."""
        nodes = [node for node in self.scene.nodes if isinstance(node, TensorNode)]
        return next(node for node in nodes if name in (node.label, *node.also))

    def place_in_graph(self, name: str) -> QPoint:
        """The middle of a tensor's box, moved into view."""
        key = self.box(name).key
        self.graph.view.reveal({key})
        return self.graph.view.place_of(key)

    def click_box(self, name: str) -> None:
        view = self.graph.view
        QTest.mouseClick(view.viewport(), LEFT, NO_KEYS, self.place_in_graph(name))

    def double_click_box(self, name: str) -> None:
        view = self.graph.view
        where = self.place_in_graph(name)
        QTest.mouseClick(view.viewport(), LEFT, NO_KEYS, where)
        QTest.mouseDClick(view.viewport(), LEFT, NO_KEYS, where)

    def advice(self) -> list[str]:
        """What is written on the buttons of the Why panel."""
        return [button.text() for button in self.window.message.buttons]

    def take_advice(self, text: str) -> None:
        """Press one of them."""
        button = next(each for each in self.window.message.buttons if each.text() == text)
        QTest.mouseClick(button, LEFT)

    # -- typing ------------------------------------------------------------------

    def type_value(self, name: str, text: str) -> None:
        """Type a tensor's value and press Return."""
        editor = self.edit(name)
        editor.selectAll()
        QTest.keyClicks(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Return)

    def type_rate(self, text: str) -> None:
        """Type a learning rate and press Return."""
        field_ = self.window.bar.rate
        field_.setFocus()
        field_.selectAll()
        QTest.keyClick(field_, Qt.Key.Key_Delete)
        QTest.keyClicks(field_, text)
        QTest.keyClick(field_, Qt.Key.Key_Return)

    def type_steps(self, text: str) -> None:
        """Type a number of steps and press Return."""
        box = self.window.bar.steps
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, text)
        QTest.keyClick(box, Qt.Key.Key_Return)

    def full_speed(self) -> None:
        self.window.bar.speed.slider.setValue(FULL_SPEED)

    # -- waiting -----------------------------------------------------------------

    def until(self, condition: Callable[[], bool], timeout_ms: int = PATIENCE_MS) -> None:
        self.bot.waitUntil(condition, timeout=timeout_ms)

    def wait_for(self, *states: RunState) -> None:
        """Until the run stands so, and the frame of that moment is shown."""
        self.until(lambda: self.state in states)
        self.look()

    def wait_for_step(self, step: int) -> None:
        self.until(lambda: self.workbench.frame is not None and self.frame.step >= step)

    def look(self) -> Frame:
        """Wait for a new frame with all numbers."""
        with self.bot.waitSignal(self.window.display_clock.shown, timeout=PATIENCE_MS):
            self.window.display_clock.refresh()
        return self.frame

    def play_to_rest(self) -> None:
        """Press Play and wait until the run is at its end or stopped."""
        # A run that failed is at rest until the worker says that it plays again.
        with self.bot.waitSignal(self.workbench.state_changed, timeout=PATIENCE_MS):
            self.click("play")
        self.wait_for(*AT_REST)


AT_REST = (RunState.FINISHED, RunState.FAILED)


def delete_later_now() -> None:
    """Have Qt delete what was handed to deleteLater()."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
