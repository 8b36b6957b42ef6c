"""The tensors' table with the inspector under it, as far as there is room and a tensor chosen."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSplitter

from explorer.ui.inspector.panel import Inspector
from explorer.ui.settings import Settings
from explorer.ui.tensors import TensorTable

# Of the table, that can be seen whenever the inspector is open by itself, and at the least.
USUAL_ROWS, LEAST_ROWS = 5, 2
SLACK_PX = 4


class TensorArea(QSplitter):
    """Shows and hides the inspector; `needed` when it comes into sight and has no numbers yet.

    If somebody opens it, room is made for it. By itself it takes only room that nobody would
    miss, for what comes under the mouse between two clicks makes the second hit another row:
    where a parameter has many numbers it stands from the start, with five rows of the table
    above it, and shows the first such parameter as long as none is chosen; where all are single
    numbers it comes with the first choice, below the last row.
    """

    needed = Signal()

    def __init__(
        self, table: TensorTable, inspector: Inspector, action: QAction, settings: Settings
    ) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.table, self.inspector = table, inspector
        self._action, self._settings = action, settings
        self._is_open = settings.inspector_open
        self._is_wanted_here = False
        self._is_chosen = False
        self._is_held = False
        self.splitterMoved.connect(self._choose)
        self.addWidget(table)
        self.addWidget(inspector)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)
        self.setChildrenCollapsible(False)
        action.setChecked(self._is_open)
        action.toggled.connect(self._open)
        inspector.closed.connect(self._close)
        table.viewport().installEventFilter(self)
        table.selectionModel().selectionChanged.connect(self._follow)
        table.tensors.modelReset.connect(self._follow)
        self._follow()

    def _close(self) -> None:
        self._action.setChecked(False)

    def _open(self, is_open: bool) -> None:
        """Be open as the action is checked, and remember it."""
        self._is_open = self._is_wanted_here = self._settings.inspector_open = is_open
        if is_open and not self.table.has_selection():
            self.table.selectRow(max(self.table.currentIndex().row(), 0))
        self._follow()
        if not is_open:
            self.table.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """There may be room for it now, or no longer."""
        super().resizeEvent(event)
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Nothing moves under a button that is held down."""
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            self._is_held = True
        elif event.type() == QEvent.Type.MouseButtonRelease and self._is_held:
            self._is_held = False
            # After the table has had its click.
            QTimer.singleShot(0, self, self._follow)
        return super().eventFilter(watched, event)

    def _follow(self, *_changed: object) -> None:
        """Show what is to be in sight."""
        tensor = self.table.selected_tensor
        first = self.table.tensors.first_shaped
        self.inspector.inspect(first if tensor is None else tensor.name)
        if self._is_held:
            return
        forced = self._is_open and self._is_wanted_here
        self.setMinimumHeight(self._needed(LEAST_ROWS) if forced and tensor else 0)
        rows = USUAL_ROWS if first else max(USUAL_ROWS, self.table.tensors.rowCount())
        has_room = forced or self.height() >= self._needed(rows)
        is_shown = self._is_open and has_room and (first or tensor) is not None
        appears = is_shown and self.inspector.isHidden()
        self.inspector.setVisible(is_shown)
        if appears:
            self._share()
            for index in self.table.selectionModel().selectedRows():
                self.table.scrollTo(index)
            self.needed.emit()

    def _share(self) -> None:
        """The table keeps what its rows need, five of them at the least; unless somebody chose."""
        if not self._is_chosen:
            rows = self._needed(max(self.table.tensors.rowCount(), USUAL_ROWS))
            most = max(self._needed(LEAST_ROWS), min(rows, self.height()))
            table = most - self.inspector.minimumHeight() - self.handleWidth()
            self.setSizes([table, max(self.height() - table, 1)])

    def _choose(self, *_moved: int) -> None:
        self._is_chosen = True

    def _needed(self, rows: int) -> int:
        row = self.table.verticalHeader().defaultSectionSize()
        head = self.table.horizontalHeader().sizeHint().height()
        table = head + rows * row + 2 * self.table.frameWidth() + SLACK_PX
        return table + self.inspector.minimumHeight() + self.handleWidth()
