"""The tensors' table with the inspector under it, as far as there is room and a tensor chosen."""

from PySide6.QtCore import Qt, Signal
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

    Open, it is in sight when a tensor is selected and five rows of the table are too. If
    somebody opens it, room is made for it.
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
        self.splitterMoved.connect(self._choose)
        self.addWidget(table)
        self.addWidget(inspector)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)
        self.setChildrenCollapsible(False)
        action.setChecked(self._is_open)
        action.toggled.connect(self._open)
        inspector.closed.connect(self._close)
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

    def _follow(self, *_changed: object) -> None:
        """Show what is to be in sight."""
        tensor = self.table.selected_tensor
        self.inspector.inspect(None if tensor is None else tensor.name)
        forced = self._is_open and self._is_wanted_here
        self.setMinimumHeight(self._needed(LEAST_ROWS) if forced and tensor else 0)
        has_room = forced or self.height() >= self._needed(USUAL_ROWS)
        is_shown = self._is_open and tensor is not None and has_room
        appears = is_shown and self.inspector.isHidden()
        self.inspector.setVisible(is_shown)
        if appears:
            self._share()
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
