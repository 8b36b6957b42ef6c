"""When a first thing to do is proposed: once, at the first start, and whenever it is asked for."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.live.frames import Frame
from explorer.ui.help.tasks import Task, task_of
from explorer.ui.workbench import Workbench

if TYPE_CHECKING:
    from explorer.ui.help.card import Card
    from explorer.ui.window import Surroundings


class Suggestion(QObject):
    """Has the card of one window, while there is one: first in the column of `page`.

    `action` is the menu's, and cannot be chosen where there is nothing to propose.
    """

    def __init__(
        self, workbench: Workbench, page: QWidget, action: QAction, around: "Surroundings"
    ) -> None:
        super().__init__(page)
        self._workbench = workbench
        self._page = page
        self._action = action
        self._around = around
        self._settings = around.settings
        self._selected: str | None = None
        self.card: Card | None = None
        self._task: Task | None = None
        workbench.experiment_changed.connect(self._follow)
        workbench.frame_arrived.connect(self._look)
        self._follow()

    def suggest(self) -> None:
        """At a start: unless that was done or put away before."""
        if not self._settings.suggested:
            self.show()

    def show(self) -> None:
        """Propose what there is for this experiment."""
        self._hide()
        column = self._page.layout()
        if self._task is not None and isinstance(column, QVBoxLayout):
            from explorer.ui.help.card import Card

            self.card = Card(self._task, self._around.theme, self._around.language)
            self.card.dismissed.connect(self._put_away)
            column.insertWidget(0, self.card)

    def take_over(self, old: "Suggestion") -> None:
        """Say what is said in the window that this one replaces."""
        if old.card is not None:
            self.show()
        if self.card is not None and old.card is not None and old.card.is_done:
            self.card.answer()

    def select(self, name: str | None) -> None:
        """Another tensor is looked at."""
        self._selected = name
        if self._workbench.frame is not None:
            self._look(self._workbench.frame)

    def _follow(self) -> None:
        """Another experiment is shown, or a run of the same begins: the card is of that."""
        before, self._task = self._task, task_of(self._workbench.file)
        self._action.setEnabled(self._task is not None)
        if self.card is not None and self._task is not before:
            self.show()

    def _look(self, frame: Frame) -> None:
        card = self.card
        if card is None or frame.tensors is None:
            return
        # Not in the midst of a frame, for which the worker waits.
        if card.is_done and not card.task.holds(frame):
            QTimer.singleShot(0, card, self._put_away)
        elif not card.is_done and card.task.done(frame, self._selected):
            self._settings.suggested = True
            QTimer.singleShot(0, card, card.answer)

    def _put_away(self) -> None:
        self._settings.suggested = True
        self._hide()

    def _hide(self) -> None:
        if self.card is not None:
            # Not at once: it may be its button that was pressed.
            self.card.hide()
            self.card.deleteLater()
            self.card = None
