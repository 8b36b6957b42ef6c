"""The elements of a tensor as rows: place, value, gradient. A value can be typed.

Shown by `explorer.ui.inspector.panel`.
"""

from enum import IntEnum
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from explorer.i18n import N_, Language
from explorer.live.history import Floats
from explorer.live.inspection import Inspection
from explorer.ui.values import typed_value
from explorer.words.numbers import Form, number_text

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class Element(IntEnum):
    """The columns."""

    PLACE = 0
    VALUE = 1
    GRAD = 2


HEADERS = {
    Element.PLACE: N_("element"),
    Element.VALUE: N_("value"),
    Element.GRAD: N_("gradient"),
}


class NumbersModel(QAbstractTableModel):
    """One row an element, in the order of the tensor."""

    typed = Signal(int, object)  # the element's place, what was typed for its value

    def __init__(self, language: Language, parent: QObject) -> None:
        super().__init__(parent)
        self._language = language
        self._shown: Inspection | None = None
        self._values: Floats | None = None
        self._grads: Floats | None = None
        self.is_editable = False

    def show_inspection(self, shown: Inspection | None) -> None:
        """These numbers; rows that are there already stay where they are."""
        before = self._shape()
        values = None if shown is None or shown.value is None else shown.value.each
        grads = None if shown is None or shown.grad is None else shown.grad.each
        after = None if shown is None or values is None else (shown.name, shown.shape)
        if before != after:
            self.beginResetModel()
        self._shown, self._values, self._grads = shown, values, grads
        if before != after:
            self.endResetModel()
        elif values is not None and values.size:
            last = self.index(values.size - 1, Element.GRAD)
            self.dataChanged.emit(self.index(0, Element.VALUE), last)

    def _shape(self) -> tuple[str, tuple[int, ...]] | None:
        shown = self._shown
        return None if shown is None or self._values is None else (shown.name, shown.shape)

    def place_text(self, row: int) -> str:
        """Where an element is: `[3, 1]`; a single number has the tensor's name alone."""
        assert self._shown is not None
        if not self._shown.shape:
            return self._shown.name
        places = np.unravel_index(row, self._shown.shape)
        return f"[{', '.join(str(int(place)) for place in places)}]"

    def with_value(self, row: int, value: object) -> object:
        """All values of the tensor, nested, with another one at this place."""
        assert self._shown is not None
        assert self._values is not None
        if not self._shown.shape:
            return value
        nested = self._values.reshape(self._shown.shape).tolist()
        inner = nested
        *outer, last = (int(place) for place in np.unravel_index(row, self._shown.shape))
        for place in outer:
            inner = inner[place]
        inner[last] = value
        return nested

    # -- Qt's questions ----------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Qt's name and signature."""
        return 0 if parent.isValid() or self._values is None else int(self._values.size)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Qt's name and signature."""
        return 0 if parent.isValid() else len(Element)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        """What the columns are."""
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return self._language.text(HEADERS[Element(section)])
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Values can be typed while the run is at rest."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        editable = self.is_editable and index.column() == Element.VALUE
        return flags | Qt.ItemFlag.ItemIsEditable if editable else flags

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """One cell."""
        if role == Role.TextAlignmentRole and index.column() != Element.PLACE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role not in (Role.DisplayRole, Role.EditRole, Role.AccessibleTextRole):
            return None
        if index.column() == Element.PLACE:
            return self.place_text(index.row())
        numbers = self._values if index.column() == Element.VALUE else self._grads
        if numbers is None:
            return "None"
        number = float(numbers[index.row()])
        return repr(number) if role == Role.EditRole else number_text(number, Form.CELL)

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:  # noqa: N802
        """What was typed is told; the next frame brings the truth."""
        if role != Role.EditRole:
            return False
        self.typed.emit(index.row(), typed_value(str(value)))
        return True
