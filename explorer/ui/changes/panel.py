"""The panel under the plots: a time line, and the list of changes that opens from it."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from explorer.i18n import Language
from explorer.live.frames import Frame
from explorer.ui.bench import Bench
from explorer.ui.changes.model import ChangesModel, Column
from explorer.ui.changes.timeline import Timeline
from explorer.ui.theme import Theme
from explorer.words.numbers import Form, number_text

# Of the list, without scrolling.
MOST_ROWS = 5


class ChangesPanel(QWidget):
    """What was and will be changed in the run; `opened` when the list is opened or closed."""

    opened = Signal(bool)

    def __init__(
        self, workbench: Bench, theme: Theme, language: Language, *, is_open: bool
    ) -> None:
        super().__init__()
        self._workbench = workbench
        self._language = language
        self.model = ChangesModel(workbench, theme, language)
        self.timeline = Timeline(theme)
        self.list = QTreeView()
        self.button = QToolButton()
        self._remove = self._action(language.text("Re&move"), "Delete", self.remove)
        self._remove.setToolTip(language.text("Make the run again without this change."))
        self._jump = self._action(language.text("&Jump to"), "Return", self.jump)
        self._jump.setToolTip(language.text("Go to the moment before this change."))
        self._lay_out()
        self._connect()
        self.button.setChecked(is_open)
        self._show_list(is_open)
        self._refresh()

    def _lay_out(self) -> None:
        _ = self._language.text
        self.list.setModel(self.model)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setStyleSheet("QTreeView::item { padding: 2px 4px; }")
        self.list.setAccessibleName(_("Changes of the run"))
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.addActions([self._remove, self._jump])
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(Column.CHANGE, QHeaderView.ResizeMode.Stretch)
        self.button.setCheckable(True)
        self.button.setAutoRaise(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setToolTip(_("The changes of the run: those of the file, and those by hand."))
        self.timeline.setAccessibleName(_("Time line of the run"))
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        row.addWidget(self.button)
        row.addWidget(self.timeline, 1)
        self._buttons = [QToolButton(), QToolButton()]
        for button, action in zip(self._buttons, (self._jump, self._remove), strict=True):
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 2)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.list)

    def _action(self, text: str, key: str, slot: object) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(slot)
        return action

    def _connect(self) -> None:
        workbench = self._workbench
        self.button.toggled.connect(self._open)
        self.timeline.chosen.connect(self._choose)
        self.list.doubleClicked.connect(self.jump)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.selectionModel().selectionChanged.connect(self._show_actions)
        for signal in (
            workbench.experiment_changed,
            workbench.document_changed,
            workbench.steps_changed,
            workbench.work_changed,
        ):
            signal.connect(self._refresh)

    # -- what can be done with a change ------------------------------------------

    def jump(self) -> None:
        """Go to the moment before the selected change."""
        row = self._selected()
        if row is not None:
            step = min(self.model.rows[row].change.step - 1, self._steps)
            self._workbench.go_to(step)

    def remove(self) -> None:
        """Make the run again without the selected change."""
        row = self._selected()
        if row is not None:
            self._workbench.remove(self.model.rows[row].change)

    def _selected(self) -> int | None:
        rows = self.list.selectionModel().selectedRows()
        return rows[0].row() if rows else None

    # -- inside ------------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        """The present step."""
        self.timeline.show_step(frame.step)

    @property
    def _steps(self) -> int:
        return self._workbench.experiment.training.steps

    def _refresh(self) -> None:
        # By its place: after one was removed, the next is selected.
        before = self._selected()
        if self.model.refresh() and before is not None and self.model.rows:
            self._select(min(before, len(self.model.rows) - 1))
        rows = self.model.rows
        count = number_text(len(rows), Form.COUNT)
        self.button.setText(self._language.text("Changes: {count}").format(count=count))
        self.timeline.show_rows(rows, self._steps)
        self.timeline.show_step(self._workbench.run.step)
        self._show_actions()

    def _show_actions(self) -> None:
        """What can be done with the selected change, while the list is open."""
        for action in (self._jump, self._remove):
            action.setEnabled(self._selected() is not None)
        for button in self._buttons:
            button.setVisible(bool(self.model.rows) and self.button.isChecked())
        shown = min(max(len(self.model.rows), 1), MOST_ROWS)
        row = max(self.list.sizeHintForRow(0), self.list.fontMetrics().height() + 4)
        frame = 2 * self.list.frameWidth()
        self.list.setFixedHeight(self.list.header().sizeHint().height() + shown * row + frame)

    def _open(self, opened: bool) -> None:
        self._show_list(opened)
        self._show_actions()
        self.opened.emit(opened)

    def _show_list(self, opened: bool) -> None:
        self.list.setVisible(opened)
        arrow = Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow
        self.button.setArrowType(arrow)

    def _choose(self, row: int) -> None:
        self.button.setChecked(True)
        self._select(row)
        self.list.setFocus()

    def _select(self, row: int) -> None:
        self.list.setCurrentIndex(self.model.index(row, 0))

    def _show_menu(self, place: QPoint) -> None:
        if self._selected() is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._jump, self._remove])
        menu.popup(self.list.viewport().mapToGlobal(place))
