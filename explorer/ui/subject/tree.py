"""The tree of a model's modules and parameters, as a view of `explorer.ui.subject.treemodel`.

A flipped switch goes to the bench as a change; the switch under the mouse is told, so that its
effect can be shown before it is flipped.
"""

import time

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView

from explorer.i18n import Language
from explorer.live.modelrun import ModelFrame
from explorer.own.plan import Anatomy
from explorer.ui.bench import RunState
from explorer.ui.graph.switches import DETACH, REQUIRES_GRAD, Switch
from explorer.ui.subject.bench import SubjectBench
from explorer.ui.subject.treemodel import CUT, Column, Node, TreeModel
from explorer.ui.switch_delegate import ToggleDelegate
from explorer.ui.theme import Theme

# As much is open at first as is looked at without scrolling far.
MOST_ROWS_OPEN = 30
# In characters.
NAME, MOST_NAME, KIND = 24, 40, 15
# As wide as what stands in a column, and some room around it.
NUMBER, CELL_MARGIN_PX = "8.888e-08", 14
INDENT_PX = 12
SWITCH_PX = 46
SWITCHES = {Column.REQUIRES_GRAD: REQUIRES_GRAD, Column.DETACH: DETACH}
# While a run is on.
NUMBERS_PERIOD_S = 0.4


class ModelTree(QTreeView):
    """The view of a TreeModel."""

    considered = Signal(object)  # Switch under the mouse, or None
    selected = Signal()

    def __init__(self, bench: SubjectBench, theme: Theme, language: Language) -> None:
        super().__init__()
        self._bench = bench
        self._considered: Switch | None = None
        self._anatomy: Anatomy | None = None
        self._due_s = 0.0
        self.rows = TreeModel(theme, language)
        self.setModel(self.rows)
        self.setAccessibleName(language.text("Modules and parameters"))
        self.setUniformRowHeights(True)
        self.setIndentation(INDENT_PX)
        # A switch is higher than a line.
        self.setStyleSheet("QTreeView::item { padding: 2px 0; }")
        self.setMouseTracking(True)
        self.setAllColumnsShowFocus(True)
        self.setExpandsOnDoubleClick(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        delegate = ToggleDelegate(Column.DETACH, self)
        for column in (Column.REQUIRES_GRAD, Column.DETACH):
            self.setItemDelegateForColumn(column, delegate)
        self._share(language)
        self.expanded.connect(lambda _index: self._widen())
        self.rows.flipped.connect(self._flip)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit())

    def begin(self, anatomy: Anatomy) -> None:
        """Show this model; one that is made as the last one stays as it is looked at."""
        is_other = anatomy != self._anatomy
        self._anatomy = anatomy
        self.rows.set_anatomy(anatomy)
        if is_other:
            self._open_some()

    def show_frame(self, frame: ModelFrame) -> None:
        """New numbers."""
        if frame.state is None:
            return
        is_other = self.rows.show_state(frame.state)
        now_s = time.perf_counter()
        running = self._bench.state is RunState.RUNNING
        # All rows are painted whatever changed in them, which takes longer than the plots do.
        if is_other or not running or now_s >= self._due_s:
            self._due_s = now_s + NUMBERS_PERIOD_S
            self.viewport().update()

    @property
    def chosen(self) -> Node | None:
        """What somebody looks at."""
        rows = self.selectionModel().selectedRows()
        return self.rows.node(rows[0]) if rows else None

    def choose(self, name: str) -> None:
        """Select the module or parameter of this name; an unknown one: none."""
        index = self.rows.index_of(name)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
        else:
            self.selectionModel().clear()

    # -- inside --------------------------------------------------------------------

    def _flip(self, name: str, kind: str, on: bool) -> None:
        self._bench.change(tensor=name, **{kind: on})

    def _open_some(self) -> None:
        """Level by level, as long as there are few rows."""
        level, shown = [self.rows.index(row, 0) for row in range(self.rows.rowCount())], 0
        while level and shown + len(level) <= MOST_ROWS_OPEN:
            shown += len(level)
            inner = [
                self.rows.index(row, 0, each)
                for each in level
                for row in range(self.rows.rowCount(each))
            ]
            if shown + len(inner) > MOST_ROWS_OPEN and shown > 1:
                return
            for each in level:
                self.expand(each)
            level = inner

    def _widen(self) -> None:
        """Room for the names that were unfolded, which stand farther in."""
        wanted = min(
            self.sizeHintForColumn(Column.NAME), MOST_NAME * self.fontMetrics().averageCharWidth()
        )
        if wanted > self.columnWidth(Column.NAME):
            self.setColumnWidth(Column.NAME, wanted)

    def _share(self, language: Language) -> None:
        """The columns' widths; the last one takes what is left."""
        header, letter = self.header(), self.fontMetrics().averageCharWidth()
        header.setStretchLastSection(True)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(24)
        for column, letters in ((Column.NAME, NAME), (Column.KIND, KIND)):
            self.setColumnWidth(column, letters * letter)
        for column, text in (
            (Column.NORM, NUMBER),
            (Column.GRAD, NUMBER),
            (Column.STATE, language.text(CUT)),
        ):
            width = self.fontMetrics().horizontalAdvance(text)
            self.setColumnWidth(column, width + CELL_MARGIN_PX)
        for column in (Column.REQUIRES_GRAD, Column.DETACH):
            title = self.rows.headerData(column, Qt.Orientation.Horizontal)
            width = header.fontMetrics().horizontalAdvance(title) + 16
            self.setColumnWidth(column, max(SWITCH_PX, width))
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)

    # -- Qt's events -------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Tell which switch is under the mouse."""
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        node = self.rows.node(index)
        found = None
        kind = SWITCHES.get(Column(index.column())) if node is not None else None
        if node is not None and kind is not None:
            state = self.rows.flag(node) if kind == REQUIRES_GRAD else self.rows.cut(node)
            if state is not None:
                found = Switch(node.name, kind, state == Qt.CheckState.Checked)
        self._consider(found)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """It is under none any more."""
        super().leaveEvent(event)
        self._consider(None)

    def _consider(self, switch: Switch | None) -> None:
        if switch != self._considered:
            self._considered = switch
            self.considered.emit(switch)
