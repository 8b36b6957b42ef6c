"""The table of tensors, as a view of `explorer.ui.tensormodel`.

A flip or an edit goes to the workbench as a change. The switch under the mouse is told, so that
its effect can be shown before it is flipped.
"""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from explorer.explain.step_records import TensorState
from explorer.i18n import Language
from explorer.live.frames import Frame
from explorer.ui.columns import Need, head_for, shared
from explorer.ui.elided import ElidedLabel
from explorer.ui.graph.switches import Switch
from explorer.ui.strips import StripDelegate
from explorer.ui.switch_delegate import ToggleDelegate
from explorer.ui.tablemenu import TableMenu
from explorer.ui.tensormodel import NUMBERS, SWITCHES, Column, Index, TensorModel
from explorer.ui.theme import Theme
from explorer.ui.values import NameDelegate
from explorer.ui.workbench import Workbench
from explorer.words.states import size_text

# In characters: a name, a number, and several of them, as short and long as is of use.
SHORTEST_NAME, USUAL_NAME = 6, 14
SHORTEST_NUMBER, USUAL_NUMBER, SEVERAL = 6, 9, 30
# Beside the text of a cell.
MARGIN_PX, ICON_PX = 10, 28
# Beside that of a head, left and right together.
HEAD_PX = 8
# A switch can be clicked in so much.
SWITCH_PX = 46


class MomentLabel(ElidedLabel):
    """Beside the table's heading: which pass its gradients are of."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._first = language.text("gradients of step 1, which comes next")
        self._last = language.text("gradients of the last step")
        self.setStyleSheet(f"color: {theme.faint_text}; padding: 6px 8px 2px;")

    def show_step(self, step: int) -> None:
        """So many steps are made."""
        text = self._last if step else self._first
        if text != self.text():
            self.setText(text)


class TensorTable(QTableView):
    """The view of a TensorModel."""

    considered = Signal(object)  # Switch under the mouse, or None
    start_wanted = Signal(str)  # the leaf whose name and start are to be edited
    removal_wanted = Signal(str)  # the leaf that is to go

    def __init__(
        self, workbench: Workbench, theme: Theme, language: Language, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.tensors = TensorModel(theme, language, self)
        self.setModel(self.tensors)
        self.setAccessibleName(language.text("Tensors"))
        self.setMouseTracking(True)
        self._considered: Switch | None = None
        self._flipped: tuple[int, int] | None = None
        # Widths that somebody chose, until the window is closed.
        self._by_hand: dict[int, int] = {}
        self._is_sharing = False
        self._shapes: list[tuple[int, ...]] = []
        # The longest word in the column of states, in pixels, when the width was shared.
        self._word_px = 0
        self._workbench = workbench
        self._language = language
        self.moment = MomentLabel(theme, language)
        self._look(theme)
        delegate = ToggleDelegate(max(SWITCHES), self)
        for column in SWITCHES:
            self.setItemDelegateForColumn(column, delegate)
        strips = StripDelegate(self.tensors, theme, self)
        for column in NUMBERS:
            self.setItemDelegateForColumn(column, strips)
        self.setItemDelegateForColumn(Column.NAME, NameDelegate(self))
        self.tensors.flipped.connect(self._flip)
        self.tensors.value_edited.connect(self._edit)
        workbench.problem_arose.connect(self.tensors.forget_wishes)
        self.horizontalHeader().sectionResized.connect(self._keep_width)
        self.tensors.modelReset.connect(self._share)
        self.tensors.states_changed.connect(self._make_room_for_words)

    def show_frame(self, frame: Frame) -> None:
        """New numbers."""
        self.tensors.show_frame(frame)
        shapes = [tensor.shape for tensor in frame.tensors or ()]
        if shapes and shapes != self._shapes:
            self._shapes = shapes
            self._share()
        self.moment.show_step(frame.step)

    def dataChanged(  # noqa: N802 (Qt's name)
        self, first: Index, last: Index, roles: Sequence[int] = ()
    ) -> None:
        """Draw these cells anew, and none beside them.

        Qt's own way takes in a pixel of the next column, whose switches take longer to draw
        than all numbers do.
        """
        if QAccessible.isActive() or self.state() == QAbstractItemView.State.EditingState:
            super().dataChanged(first, last, roles)
        else:
            self.viewport().update(self.visualRect(first) | self.visualRect(last))

    def height_of(self, rows: int) -> int:
        """What so many rows and a header of two lines take."""
        row = self.verticalHeader().defaultSectionSize()
        header = self.horizontalHeader()
        head = 2 * header.fontMetrics().lineSpacing() + HEAD_PX
        return max(head, header.sizeHint().height()) + rows * row + 2 * self.frameWidth()

    def has_selection(self) -> bool:
        """Whether somebody looks at one tensor."""
        return self.selectionModel().hasSelection()

    @property
    def selected_tensor(self) -> TensorState | None:
        """The tensor of the selected row."""
        rows = self.selectionModel().selectedRows()
        return self.tensors.tensor(rows[0].row()) if rows else None

    def choose(self, name: str) -> None:
        """Select the row of a tensor that was chosen elsewhere; no name: none."""
        row = self.tensors.row(name)
        if row is None:
            self.clearSelection()
        else:
            self.selectRow(row)
            self.scrollTo(self.tensors.index(row, 0))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Tell which switch is under the mouse, so that its effect can be shown beforehand.

        One that was just flipped is not thought of again before the mouse has left it: what it
        did is of more interest than what it would undo.
        """
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        cell = (index.row(), index.column())
        if cell != self._flipped:
            self._flipped = None
            self._consider(self.tensors.switch(index))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """The mouse has left the table."""
        super().leaveEvent(event)
        self._flipped = None
        self._consider(None)

    def _consider(self, switch: Switch | None) -> None:
        if switch != self._considered:
            self._considered = switch
            self.considered.emit(switch)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 (Qt's name)
        """Of the row under the mouse or, from the keyboard, of the present one."""
        index, place = self.indexAt(event.pos()), event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            place = self.viewport().mapToGlobal(self.visualRect(index).center())
        if index.isValid():
            self.setCurrentIndex(index)
            menu = TableMenu(self, self.tensors, index.row(), self._language)
            self._add_edits(menu, self.tensors.tensor(index.row()).name)
            menu.popup(place)
        event.accept()

    def _add_edits(self, menu: TableMenu, name: str) -> None:
        """What can be done to the document's leaf of this name, if it is one."""
        if not self._is_leaf(name):
            return
        menu.addSeparator()
        start = menu.addAction(self._language.text("Na&me and start…"))
        start.triggered.connect(lambda: self.start_wanted.emit(name))
        remove = menu.addAction(self._language.text("&Remove"))
        remove.triggered.connect(lambda: self.removal_wanted.emit(name))

    def _is_leaf(self, name: str) -> bool:
        experiment = self._workbench.experiment
        return name in experiment.parameters or name in experiment.buffers

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Return does to the present cell what a click does: flips a switch, opens a field.

        Del takes the parameter away, which can be undone.
        """
        chosen = self.selected_tensor
        if event.key() == Qt.Key.Key_Delete and chosen is not None and self._is_leaf(chosen.name):
            self.removal_wanted.emit(chosen.name)
            return
        returns = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if returns and self.state() == QAbstractItemView.State.NoState:
            self.edit(self.currentIndex(), QAbstractItemView.EditTrigger.AllEditTriggers, event)
        else:
            super().keyPressEvent(event)

    def _look(self, theme: Theme) -> None:
        # A faint selection: icons, boxes and grey texts stay readable on it.
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Highlight, QColor(theme.selection))
        palette.setColor(QPalette.ColorRole.HighlightedText, QColor(theme.text))
        self.setPalette(palette)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(SWITCH_PX // 2)
        # Heads are cut by the table, which breaks them into lines first: Qt would join these.
        header.setTextElideMode(Qt.TextElideMode.ElideNone)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """A wider table has wider names and numbers."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """Give every column its part of the width; a width that somebody chose stays."""
        needs = self._needs()
        for column, width in self._by_hand.items():
            needs[Column(column)] = Need(width, width, width)
        self._is_sharing = True
        widths = shared(self.viewport().width(), [*needs.values()])
        for column, width in zip(needs, widths, strict=True):
            self.setColumnWidth(column, width)
        self._is_sharing = False
        self._write_heads()
        digit = self.fontMetrics().horizontalAdvance("0")
        for column in NUMBERS:
            self.tensors.set_room(column, (self.columnWidth(column) - MARGIN_PX) // digit)

    def _write_heads(self) -> None:
        metrics = self.horizontalHeader().fontMetrics()
        right = Qt.TextElideMode.ElideRight
        self.tensors.set_heads(
            {
                column: head_for(
                    self.tensors.heads(column),
                    self.columnWidth(column) - HEAD_PX,
                    metrics.horizontalAdvance,
                    lambda head, width: metrics.elidedText(head, right, width),
                )
                for column in Column
            }
        )

    def _needs(self) -> dict[Column, Need]:
        """What the columns need for what is in them."""
        metrics, model = self.fontMetrics(), self.tensors
        character, digit = metrics.averageCharWidth(), metrics.horizontalAdvance("0")
        header = self.horizontalHeader()
        rows = [model.tensor(row) for row in range(model.rowCount())]
        names = max((metrics.horizontalAdvance(each.name) for each in rows), default=0)
        several = any(each.shape for each in rows)
        shape = max((metrics.horizontalAdvance(size_text(each.shape)) for each in rows), default=0)
        name = ICON_PX + max(names, SHORTEST_NAME * character)
        length = header.fontMetrics().horizontalAdvance
        usual = min(name, ICON_PX + USUAL_NAME * character)
        number, usual_number, longest = (
            digit * count + MARGIN_PX
            for count in (SHORTEST_NUMBER, USUAL_NUMBER, SEVERAL if several else USUAL_NUMBER)
        )
        numbers = Need(number, usual_number, longest, yields=2, share=3)
        needs = {
            Column.NAME: Need(ICON_PX + SHORTEST_NAME * character, usual, name, yields=1, share=2),
            Column.VALUE: replace(numbers, wanted=usual_number + shape, useful=longest + shape),
            Column.GRAD: numbers,
        }
        for column in SWITCHES:
            whole = length(model.heads(Column(column))[0]) + 2 * MARGIN_PX
            needs[Column(column)] = Need(SWITCH_PX, whole, whole, yields=0)
        self._word_px = self._longest_word_px()
        state = self._word_px + ICON_PX + MARGIN_PX
        # A name without its middle and a number of fewer digits say more than half a word.
        needs[Column.STATE] = Need(ICON_PX, state, state, yields=3, share=1)
        return needs

    def _longest_word_px(self) -> int:
        words = self.tensors.state_words()
        return max(map(self.fontMetrics().horizontalAdvance, words), default=0)

    def _make_room_for_words(self) -> None:
        """For longer ones than there were; for shorter ones nothing moves under the mouse."""
        if self._longest_word_px() > self._word_px:
            self._share()

    def _keep_width(self, column: int, _before: int, width: int) -> None:
        """Somebody drew a column wider or narrower: the others share what is left."""
        if not self._is_sharing:
            self._by_hand[column] = width
            self._share()

    def _flip(self, tensor: str, switch: str, wanted: bool) -> None:
        place = self.currentIndex()
        self._flipped = (place.row(), place.column())
        self._consider(None)
        self._workbench.change(tensor=tensor, **{switch: wanted})

    def _edit(self, tensor: str, value: object) -> None:
        self._workbench.change(tensor=tensor, value=value)
