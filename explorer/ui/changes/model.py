"""The changes of the present run as rows of a list: step, what, where from."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from explorer.experiment.spec import Change
from explorer.i18n import N_, Language
from explorer.ui.bench import Bench
from explorer.ui.theme import Theme
from explorer.words.changes import change_text
from explorer.words.numbers import Form, number_text

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """What stands in a row."""

    STEP = 0
    CHANGE = 1
    ORIGIN = 2


TITLES = {Column.STEP: N_("before step"), Column.CHANGE: N_("change"), Column.ORIGIN: N_("made")}


@dataclass(frozen=True)
class Row:
    """A change, by hand or from the file."""

    change: Change
    by_hand: bool


def rows_of(workbench: Bench) -> tuple[Row, ...]:
    """By their steps; within a step those of the file first, as they are made."""
    own = (Row(change, False) for change in workbench.experiment.changes)
    made = (Row(change, True) for change in workbench.run.left)
    return tuple(sorted((*own, *made), key=lambda row: row.change.step))


class ChangesModel(QAbstractTableModel):
    """Follows the workbench when it is told to; says whether anything is different."""

    def __init__(self, workbench: Bench, theme: Theme, language: Language) -> None:
        super().__init__()
        self._workbench = workbench
        self._language = language
        self._faint = QColor(theme.faint_text)
        self.rows: tuple[Row, ...] = ()

    def refresh(self) -> bool:
        """Read the workbench; whether there are other rows than before."""
        rows = rows_of(self._workbench)
        if rows == self.rows:
            return False
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()
        return True

    def is_made(self, row: Row) -> bool:
        """Whether the run has come to it."""
        return row.change.step <= self._workbench.run.step + 1

    # -- Qt's questions ----------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """One for each change."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """Those of Column."""
        return 0 if parent.isValid() else len(Column)

    def headerData(  # noqa: N802 (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The titles."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._language.text(TITLES[Column(section)])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts; what is still to come is faint."""
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(row, Column(index.column()))
        if role == Qt.ItemDataRole.ForegroundRole and not self.is_made(row):
            return self._faint
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == Column.STEP:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, row: Row, column: Column) -> str:
        _ = self._language.text
        if column is Column.CHANGE:
            return change_text(row.change)
        if column is Column.ORIGIN:
            return _("by hand") if row.by_hand else _("in the file")
        if row.change.step > self._workbench.experiment.training.steps:
            return _("after the end")
        return number_text(row.change.step, Form.COUNT)
