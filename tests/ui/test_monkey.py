"""A monkey at the window: thousands of random actions, and nothing may break.

An exception in a slot, a warning of Qt, a thread or a window left behind fails the test
through the guards of this folder; a dead-lock by the time limit.
"""

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QContextMenuEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsView, QMenu, QMessageBox, QWidget

from explorer.ui.actions import ACTIONS

from .conftest import Seat
from .desk import Desk, delete_later_now
from .test_opening import BROKEN, GOOD
from .test_values import MATRICES

MOST = 600
LONGEST_S = 4.0
# However long it takes: fewer are no serious try.
LEAST = MOST // 4
TYPED = ["0.01", "1e30", "-1", "nan", "abc", "", "1e-320", "[[1,2],[3,4]]", "7", "0", "99999999999"]
WORDS = ["glossary#leaf", "tour", "keys", "glossary#nowhere"]
MOVES = ["Up", "Down", "Left", "Right", "Home", "End", "PgUp", "PgDown", "Tab", "Shift+Tab"]
# Quit comes at the end; "As the system" and the languages are actions like others.
LEFT_OUT = {"quit", "about"}
SHORTCUTS = [
    key
    for name, spec in ACTIONS.items()
    if spec.keys and name not in LEFT_OUT
    for key in spec.keys.split("; ")
]
KEYS = [*SHORTCUTS, *MOVES, "Space", "Return", "Esc", "F2"]
NO_KEYS = Qt.KeyboardModifier.NoModifier


class Monkey:
    """Does something, again and again; `log` is what it did, for whoever must find out."""

    def __init__(self, desk: Desk, seed: int, folder: Path) -> None:
        self.desk = desk
        self.dice = random.Random(seed)
        self.folder = folder
        self.log: list[str] = []
        self._files = self._some_files()
        self._deeds: list[tuple[Callable[[], object], int]] = [
            (self.act, 6),
            (self.key, 6),
            (self.click_cell, 8),
            (self.edit_cell, 3),
            (self.inspect, 5),
            (self.type_field, 3),
            (self.click_plot, 3),
            (self.point_at_plots, 3),
            (self.click_name, 3),
            (self.use_menu, 3),
            (self.change_tab, 3),
            (self.click_graph, 8),
            (self.press_button, 4),
            (self.point, 4),
            (self.wheel, 4),
            (self.resize, 1),
            (self.experiment, 1),
            (self.choose, 1),
            (self.slide, 4),
            (self.open, 2),
            (self.play, 6),
            (self.change, 4),
            (self.read_help, 2),
            (self.wait, 6),
        ]

        # A menu that a key popped up waits for the user in a loop of its own.
        self._closer = QTimer()
        self._closer.timeout.connect(self._close_menu)
        self._closer.start(50)

    def do_something(self) -> None:
        deeds, weights = zip(*self._deeds, strict=True)
        (deed,) = self.dice.choices(deeds, weights)
        self.log.append(deed.__name__)
        deed()

    # -- deeds -------------------------------------------------------------------

    def act(self) -> None:
        named = [each for each in self.desk.window.findChildren(QAction) if each.objectName()]
        known = [each for each in named if each.objectName() not in LEFT_OUT]
        self._say(self.dice.choice(known)).trigger()

    def key(self) -> None:
        target = QApplication.focusWidget() or self.desk.window
        self.desk.press(self.dice.choice(KEYS), target)

    def click_cell(self) -> None:
        view = self.desk.window.table.viewport()
        click = self.dice.choice([QTest.mouseClick, QTest.mouseClick, QTest.mouseDClick])
        click(view, Qt.MouseButton.LeftButton, NO_KEYS, self._place_in(view))

    def edit_cell(self) -> None:
        self.click_cell()
        editor = QApplication.focusWidget()
        if editor is not None and editor is not self.desk.window.table:
            QTest.keyClicks(editor, self.dice.choice(TYPED))
            QTest.keyClick(editor, self.dice.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))

    def inspect(self) -> None:
        """Turn a page of the inspector, click into it, type into a field that opens."""
        inspector = self.desk.window.inspector
        pages = inspector.pages
        pages.setCurrentIndex(self.dice.randrange(pages.count()))
        for view in (inspector.grid.viewport(), *inspector.maps):
            if view.isVisible():
                QTest.mouseDClick(view, Qt.MouseButton.LeftButton, NO_KEYS, self._place_in(view))
        editor = QApplication.focusWidget()
        if editor is not None and inspector.grid.isAncestorOf(editor):
            QTest.keyClicks(editor, self.dice.choice(TYPED))
            QTest.keyClick(editor, self.dice.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))

    def type_field(self) -> None:
        bar = self.desk.window.bar
        field = self.dice.choice([bar.rate, bar.steps.lineEdit()])
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, self.dice.choice(TYPED))
        QTest.keyClick(field, self.dice.choice([Qt.Key.Key_Return, Qt.Key.Key_Tab]))

    def change_tab(self) -> None:
        tabs = self.desk.window.tabs
        tabs.setCurrentIndex(self.dice.randrange(tabs.count()))

    def click_graph(self) -> None:
        """On a node, or anywhere, with either button."""
        view = self.desk.graph.view
        layout = view.layout_shown
        keys = [] if layout is None else [placed.node.key for placed in layout.nodes]
        place = view.place_of(self.dice.choice(keys)) if keys else self._place_in(view.viewport())
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, NO_KEYS, place)
        if self.dice.random() < 0.4:
            QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, NO_KEYS, place)
        if self.dice.random() < 0.2:
            reason = QContextMenuEvent.Reason.Mouse
            event = QContextMenuEvent(reason, place, view.viewport().mapToGlobal(place))
            QApplication.sendEvent(view.viewport(), event)

    def press_button(self) -> None:
        """Of those around the graph and in the Why panel."""
        graph = self.desk.graph
        buttons = [*graph.controls.buttons.values(), *graph.backward.buttons.values()]
        self.dice.choice([*buttons, *self.desk.window.message.buttons]).click()

    def point(self) -> None:
        """Move the mouse over the table."""
        view = self.desk.window.table.viewport()
        QTest.mouseMove(view, self._place_in(view))

    def click_plot(self) -> None:
        view = self.desk.window.panel.viewport()
        button = self.dice.choice([Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton])
        start, end = self._place_in(view), self._place_in(view)
        QTest.mousePress(view, button, NO_KEYS, start)
        QTest.mouseMove(view, end)
        QTest.mouseRelease(view, button, NO_KEYS, end)
        if self.dice.random() < 0.3:
            QTest.mouseDClick(view, Qt.MouseButton.LeftButton, NO_KEYS, start)

    def point_at_plots(self) -> None:
        """With the mouse, or with the arrow keys."""
        panel = self.desk.window.panel
        QTest.mouseMove(panel.viewport(), self._place_in(panel.viewport()))
        if self.dice.random() < 0.3:
            QTest.keyClick(panel, self.dice.choice([Qt.Key.Key_Left, Qt.Key.Key_Right]))

    def click_name(self) -> None:
        """One in a legend that is in sight."""
        panel = self.desk.window.panel
        headings = [plot.heading for plot in panel.plots.values() if plot.scene() is not None]
        names = self.desk.workbench.experiment.parameters
        rects = [heading.place_of(name) for heading in headings for name in names]
        seen = [rect for rect in rects if not rect.isEmpty()]
        if seen:
            place = panel.mapFromScene(self.dice.choice(seen).center())
            QTest.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, NO_KEYS, place)

    def use_menu(self) -> None:
        """Something in the context menu of a plot, of all plots, of the graph or the table."""
        window = self.desk.window
        menus = [*window.panel.shown_keys(), "", "graph", "table"]
        chosen = self.dice.choice(menus)
        if chosen == "graph":
            window.graph._open_menu("", QPoint())
        elif chosen == "table":
            view = window.table.viewport()
            reason, place = QContextMenuEvent.Reason.Mouse, self._place_in(view)
            QApplication.sendEvent(view, QContextMenuEvent(reason, place, QPoint()))
        else:
            window.panel.menu_wanted.emit(chosen, QPoint())
        menu = QApplication.activePopupWidget()
        if isinstance(menu, QMenu):
            self._say(self.dice.choice(menu.actions())).trigger()
            menu.close()
            delete_later_now()

    def wheel(self) -> None:
        window = self.desk.window
        views: list[QGraphicsView] = [window.panel, window.graph.view]
        view = self.dice.choice(views).viewport()
        place = QPointF(self._place_in(view))
        turn = QPoint(0, self.dice.choice([-1200, -120, 120, 1200]))
        event = QWheelEvent(place, QPointF(view.mapToGlobal(place)), QPoint(), turn,
                            Qt.MouseButton.NoButton, NO_KEYS, Qt.ScrollPhase.NoScrollPhase,
                            False)  # fmt: skip
        QApplication.sendEvent(view, event)

    def resize(self) -> None:
        self.desk.window.resize(self.dice.randint(1, 2000), self.dice.randint(1, 1500))

    def experiment(self) -> None:
        self._say(self.dice.choice(self.desk.window._experiments.actions())).trigger()

    def choose(self) -> None:
        menus = self.desk.window.findChildren(QMenu)
        entries = [each for menu in menus for each in menu.actions() if each.isCheckable()]
        self._say(self.dice.choice(entries)).trigger()
        delete_later_now()

    def slide(self) -> None:
        slider = self.desk.window.bar.speed.slider
        slider.setValue(self.dice.choice([0, slider.maximum() // 2, slider.maximum()]))

    def open(self) -> None:
        self.desk.window.files.open_path(self.dice.choice(self._files))

    def play(self) -> None:
        self.desk.workbench.toggle()

    def change(self) -> None:
        """Open the list of changes, or remove one of them or jump to it."""
        panel = self.desk.window.changes
        if panel.model.rows:
            panel.timeline.chosen.emit(self.dice.randrange(len(panel.model.rows)))
        self.dice.choice([panel.button.toggle, panel.jump, panel.remove])()

    def read_help(self) -> None:
        """Follow a word, search, go back or close it; or put the card away."""
        guide, card = self.desk.window.guide, self.desk.window.suggestion.card
        deeds: list[Callable[[], object]] = [guide.show_tour]
        if card is not None:
            deeds.append(card.button.click)
        if (shown := guide.help) is not None:
            deeds += [shown.find_next, shown.back, shown.close]
            deeds.append(partial(shown.follow, QUrl(self.dice.choice(WORDS))))
            deeds.append(partial(QTest.keyClicks, shown.search, self.dice.choice(TYPED)))
        self.dice.choice(deeds)()

    def wait(self) -> None:
        self.desk.bot.wait(self.dice.randint(0, 25))

    # -- inside --------------------------------------------------------------------

    def _close_menu(self) -> None:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()

    def _say(self, action: QAction) -> QAction:
        self.log.append(f"  {action.objectName() or action.text()}")
        return action

    def _place_in(self, widget: QWidget) -> QPoint:
        return QPoint(self.dice.randrange(widget.width()), self.dice.randrange(widget.height()))

    def _some_files(self) -> list[Path]:
        texts = {"good": GOOD, "matrices": MATRICES, "double": 'dtype = "float64"\n' + GOOD}
        files = []
        for name, text in texts.items():
            files.append(self.folder / f"{name}.toml")
            files[-1].write_text(text)
        return [*files, BROKEN / "not-toml.toml", BROKEN / "formula-smuggled.toml"]


def _boxes() -> list[str]:
    """What the message boxes that are open say: none is to come up of itself."""
    boxes = [each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox)]
    return [f"{each.text()} {each.detailedText()}" for each in boxes]


LET_BE = pytest.mark.qt_log_ignore(
    "This plugin does not support",
    # A field may be committed by a key and gone with its experiment before Qt comes to it.
    "commitData called with an editor",
)


@LET_BE
@pytest.mark.parametrize("seed", range(4))
def test_a_monkey_at_the_window(seat: Seat, tmp_path: Path, seed: int) -> None:
    desk = seat()
    desk.answers.save_path = tmp_path / "saved.toml"
    desk.answers.open_path = tmp_path / "good.toml"
    monkey = Monkey(desk, seed, tmp_path)
    end = time.monotonic() + LONGEST_S
    done = 0
    try:
        while done < LEAST or (done < MOST and time.monotonic() < end):
            monkey.do_something()
            QApplication.processEvents()
            done += 1
            assert _boxes() == []
    finally:
        print(f"seed {seed}, {done} actions, the last:", *monkey.log[-40:], sep="\n")
    desk.window.close()
    desk.until(lambda: desk.workbench.has_stopped)


@LET_BE
def test_the_window_still_works_after_a_monkey(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    desk.answers.save_path = tmp_path / "saved.toml"
    desk.answers.open_path = tmp_path / "good.toml"
    monkey = Monkey(desk, 77, tmp_path)
    for _ in range(200):
        monkey.do_something()
    desk.window._experiments.actions()[-1].trigger()
    desk.until(lambda: desk.state.value == "ready")
    desk.full_speed()
    desk.look()
    desk.click("step")
    desk.wait_for_step(1)
    assert desk.look().loss == 4.5
