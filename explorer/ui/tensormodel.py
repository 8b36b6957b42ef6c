"""The rows of the tensors' table: values, gradients and the two switches of each tensor.

A flip or an edit is told by a signal; the row shows it at once and takes the truth from the
next frame. `explorer.ui.tensors` is the view.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QIcon, QPixmap

from explorer.experiment.spec import Experiment
from explorer.explain.figures import Outline, flat_numbers, strip_of
from explorer.explain.prediction import Consequences
from explorer.explain.step_records import TensorState
from explorer.i18n import N_, Language
from explorer.live.frames import Frame
from explorer.ui.graph.switches import Switch
from explorer.ui.icons import themed_icon
from explorer.ui.initial import initial_states
from explorer.ui.strips import Strip
from explorer.ui.theme import Theme
from explorer.ui.values import typed_value
from explorer.words.states import (
    LONGEST_VALUE,
    SENTENCES,
    WORDS,
    TensorKind,
    kind_of,
    norm_text,
    size_text,
    value_text,
)

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class Column(IntEnum):
    """The table's columns, left to right."""

    NAME = 0
    VALUE = 1
    GRAD = 2
    REQUIRES_GRAD = 3
    DETACH = 4
    STATE = 5


COLUMNS = tuple(Column)
HEADERS = {
    Column.NAME: N_("tensor"),
    Column.VALUE: N_("value"),
    Column.GRAD: N_("gradient"),
    Column.REQUIRES_GRAD: "requires_grad",
    Column.DETACH: "detach",
    Column.STATE: N_("state"),
}
# Where there is no room for the whole: names of PyTorch are no words to be translated.
SHORT_HEADERS: Mapping[Column, Sequence[str]] = {
    Column.GRAD: ("grad",),
    Column.REQUIRES_GRAD: ("requires_\ngrad", "req.\ngrad"),
    Column.DETACH: ("det.",),
}
EXPLANATIONS = {
    Column.NAME: N_(
        "The model's named tensors: parameters, inputs, and what the formula computes."
    ),
    Column.VALUE: N_(
        "The numbers of the tensor. Double-click a parameter's to set them: "
        "tensor.copy_(...) under torch.no_grad()."
    ),
    Column.GRAD: N_(
        "tensor.grad after the last backward(). None is written None, and is not 0. Before the "
        "first step, in italics: what its backward() will compute."
    ),
    Column.REQUIRES_GRAD: N_(
        "tensor.requires_grad_(True or False): whether backward() computes a gradient "
        "for this leaf. Space flips it."
    ),
    Column.DETACH: N_(
        "tensor.detach(): every use of the tensor is cut off from the graph. Space flips it."
    ),
    Column.STATE: N_("What the switches make of the tensor."),
}
SWITCHES: Mapping[int, str] = {Column.REQUIRES_GRAD: "requires_grad", Column.DETACH: "detach"}

NUMBERS = (Column.VALUE, Column.GRAD)
# Rows that are told of one by one when they change.
MOST_TOLD = 16
# What a number takes in a list: a longer list is drawn.
LIST_CHARACTERS = 6
# Of the square in a parameter's colour.
SWATCH_PX = 10


class TensorModel(QAbstractTableModel):
    """One row a tensor; see Column."""

    states_changed = Signal()
    flipped = Signal(str, str, bool)  # tensor, "requires_grad" or "detach", wanted
    value_edited = Signal(str, object)  # tensor, what was typed (numbers, or the text)

    def __init__(self, theme: Theme, language: Language, parent: QObject) -> None:
        super().__init__(parent)
        self._language = language
        self._theme = theme
        self._rows: tuple[TensorState, ...] = ()
        self._parameters: tuple[str, ...] = ()
        self._experiment: Experiment | None = None
        self._is_ahead = True
        self._wanted: dict[tuple[str, str], bool] = {}
        # In characters, of what is written in the columns of numbers.
        self._room = {Column.VALUE: LONGEST_VALUE, Column.GRAD: LONGEST_VALUE}
        self._heads: dict[Column, str] = {}
        self._lost: frozenset[str] = frozenset()
        self._gained: frozenset[str] = frozenset()
        self._icons = {kind: themed_icon(kind.value, theme.text) for kind in TensorKind}
        self._italic = QFont()
        self._italic.setItalic(True)
        # Qt asks for some nine roles of every cell it paints: no chain of ifs here.
        self._readers: Mapping[int, Callable[[int, Column], Any]] = {
            Role.DisplayRole: self._text,
            Role.EditRole: self._edit_text,
            Role.ToolTipRole: self._tooltip,
            Role.CheckStateRole: self._check_state,
            Role.DecorationRole: self._decoration,
            Role.ForegroundRole: self._foreground,
            Role.TextAlignmentRole: self._alignment,
            Role.FontRole: self._font,
            Role.AccessibleTextRole: self._accessible_text,
        }

    # -- content -----------------------------------------------------------

    @property
    def first_shaped(self) -> str | None:
        """The first parameter that is more than a single number."""
        parameters = self._experiment.parameters if self._experiment else {}
        return next((name for name, each in parameters.items() if each.dimensions), None)

    def set_experiment(self, experiment: Experiment) -> None:
        """The rows as they are before torch has computed anything."""
        self.beginResetModel()
        self._parameters = tuple(experiment.parameters)
        self._experiment = experiment
        self._rows = initial_states(experiment)
        self._is_ahead = True
        self._wanted = {}
        self.endResetModel()

    def show_frame(self, frame: Frame) -> None:
        """New numbers and switches."""
        if frame.tensors is None:
            return
        is_ahead = frame.step == 0 and frame.failure is None
        # What the rows say beside the tensors' own state.
        kept = not self._wanted and is_ahead == self._is_ahead
        self._wanted, self._is_ahead = {}, is_ahead
        if len(frame.tensors) != len(self._rows):
            self.beginResetModel()
            self._rows = frame.tensors
            self.endResetModel()
            return
        before, self._rows = self._rows, frame.tensors
        first, last = COLUMNS[0], COLUMNS[-1]
        if kept and _states(before) == _states(self._rows):
            first, last = Column.VALUE, Column.GRAD
        else:
            self.states_changed.emit()
        pairs = enumerate(zip(before, self._rows, strict=True))
        changed = [row for row, (old, new) in pairs if old != new or not kept]
        if len(changed) > MOST_TOLD:
            # Most of so many are out of sight: that is sooner said than of each.
            self.dataChanged.emit(self.index(changed[0], first), self.index(changed[-1], last))
            return
        for row in changed:
            self.dataChanged.emit(self.index(row, first), self.index(row, last))

    def set_room(self, column: Column, characters: int) -> None:
        """How much fits a column of numbers: more is not written, for Qt takes long to cut it."""
        self._room[column] = max(characters, 1)

    def heads(self, column: Column) -> list[str]:
        """What can stand over a column, the whole first, then for less and less room."""
        return [self._language.text(HEADERS[column]), *SHORT_HEADERS.get(column, ())]

    def set_heads(self, heads: Mapping[Column, str]) -> None:
        """The heads as there is room for them."""
        if heads != self._heads:
            self._heads = dict(heads)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def tensor(self, row: int) -> TensorState:
        """The tensor of a row."""
        return self._rows[row]

    def row(self, name: str) -> int | None:
        """The row of a tensor."""
        names = (tensor.name for tensor in self._rows)
        return next((row for row, each in enumerate(names) if each == name), None)

    def switch(self, index: Index) -> Switch | None:
        """The switch in a cell."""
        if not (index.isValid() and self._is_switch(index.row(), index.column())):
            return None
        on = self._check_state(index.row(), COLUMNS[index.column()]) == Qt.CheckState.Checked
        return Switch(self._rows[index.row()].name, SWITCHES[index.column()], on)

    def set_preview(self, foreseen: Consequences | None) -> None:
        """Whose gradients a switch under the mouse would take away or bring."""
        self._lost = frozenset(() if foreseen is None else foreseen.lost)
        self._gained = frozenset(() if foreseen is None else foreseen.gained)
        if self._rows:
            last = self.index(len(self._rows) - 1, Column.GRAD)
            self.dataChanged.emit(self.index(0, Column.GRAD), last)

    def state_words(self) -> list[str]:
        """The words in the column of states."""
        return [self._language.text(WORDS[self.kind(row)]) for row in range(len(self._rows))]

    def kind(self, row: int) -> TensorKind:
        """What the tensor of a row is at the moment."""
        tensor = self._rows[row]
        assert self._experiment is not None
        return kind_of(tensor, self._experiment)

    # -- Qt's questions ----------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Qt's name and signature."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Qt's name and signature."""
        return 0 if parent.isValid() else len(Column)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        """Column heads with what they stand for in PyTorch."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Role.DisplayRole and section in self._heads:
            return self._heads[Column(section)]
        if role in (Role.DisplayRole, Role.AccessibleTextRole):
            return self.heads(Column(section))[0]
        if role == Role.ToolTipRole:
            return self._language.text(EXPLANATIONS[Column(section)])
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """One cell, by role."""
        reader = self._readers.get(int(role))
        return reader(index.row(), COLUMNS[index.column()]) if reader else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Switches can be flipped, values of parameters edited."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self._is_switch(index.row(), index.column()):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        if index.column() == Column.VALUE and self._is_editable(index.row()):
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:  # noqa: N802
        """A flip or an edit: said to the workbench; the next frame brings the truth."""
        tensor = self._rows[index.row()]
        if role == Role.CheckStateRole and self._is_switch(index.row(), index.column()):
            switch = SWITCHES[index.column()]
            wanted = Qt.CheckState(value) == Qt.CheckState.Checked
            self._wanted[(tensor.name, switch)] = wanted
            self.flipped.emit(tensor.name, switch, wanted)
            self.dataChanged.emit(index, index)
            return True
        if role == Role.EditRole:
            self.value_edited.emit(tensor.name, typed_value(str(value)))
            return True
        return False

    def forget_wishes(self) -> None:
        """A flip was refused: show what holds."""
        self._wanted = {}
        self.layoutChanged.emit()

    # -- one answer a role -------------------------------------------------

    def _text(self, row: int, column: Column) -> str | None:
        tensor, _ = self._rows[row], self._language.text
        if column is Column.NAME:
            return tensor.name
        if column in NUMBERS and (strip := self.strip(row, column)) is not None:
            shape = size_text(tensor.shape)
            return _("{shape}, norm {norm}").format(shape=shape, norm=strip.norm.strip("‖"))
        if column is Column.VALUE:
            return value_text(tensor.value, self._language, self._room[column])
        if column is Column.GRAD:
            if foreseen := self._foreseen(row):
                return foreseen
            if tensor.grad is None:
                return "—" if self._is_yet_to_come(tensor) or tensor.value is None else "None"
            return value_text(tensor.grad, self._language, self._room[column])
        return _(WORDS[self.kind(row)]) if column is Column.STATE else None

    def strip(self, row: int, column: int) -> Strip | None:
        """What is drawn of a tensor whose numbers do not fit the cell."""
        tensor = self._rows[row]
        figure = tensor.value if column == Column.VALUE else tensor.grad
        if not isinstance(figure, list | Outline) or (
            column == Column.GRAD and self._foreseen(row)
        ):
            return None
        if isinstance(figure, Outline):
            norm, numbers = figure.norm, figure.strip
        else:
            flat = list(flat_numbers(figure))
            if len(flat) < 2 or LIST_CHARACTERS * len(flat) <= self._room[Column(column)]:
                return None
            norm, numbers = math.hypot(*flat), strip_of(flat)
        return Strip(
            shape=size_text(tensor.shape) if column == Column.VALUE else "",
            numbers=numbers,
            norm=norm_text(norm, self._room[Column(column)]),
            faint=column == Column.GRAD and self._is_ahead,
        )

    def _is_yet_to_come(self, tensor: TensorState) -> bool:
        """Whether the first backward pass will bring a gradient, of which nobody knows yet."""
        return self._is_ahead and tensor.reached and tensor.grad is None

    def _edit_text(self, row: int, column: Column) -> str | None:
        value = self._rows[row].value
        return json.dumps(value) if column is Column.VALUE else self._text(row, column)

    def _tooltip(self, row: int, column: Column) -> str:
        tensor, _ = self._rows[row], self._language.text
        if column is Column.STATE or column in SWITCHES:
            return _(SENTENCES[self.kind(row)]).format(name=tensor.name)
        shape = _("shape {shape}").format(shape=tuple(tensor.shape))
        if column is Column.GRAD and self._is_yet_to_come(tensor):
            return _("Not yet: no backward() has run.")
        if column is Column.GRAD and self._is_ahead and tensor.grad is not None:
            told = value_text(tensor.grad, self._language)
            text = _("{name}: {gradient}, which step 1 will compute. So far {name}.grad is None.")
            return f"{text.format(name=tensor.name, gradient=told)}\n{shape}"
        if column is Column.GRAD and tensor.value is None:
            return _("PyTorch broke off before it was computed.")
        if column is Column.NAME:
            return f"{tensor.name}\n{shape}"
        figure = tensor.value if column is Column.VALUE else tensor.grad
        told = "None" if figure is None else value_text(figure, self._language)
        return f"{tensor.name}: {told}\n{shape}"

    def _check_state(self, row: int, column: Column) -> Qt.CheckState | None:
        if not self._is_switch(row, column):
            return None
        tensor, switch = self._rows[row], SWITCHES[column]
        actual = tensor.requires_grad if column is Column.REQUIRES_GRAD else tensor.detached
        on = self._wanted.get((tensor.name, switch), actual)
        return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked

    def _decoration(self, row: int, column: Column) -> QIcon | None:
        if column is Column.STATE:
            return self._icons[self.kind(row)]
        name = self._rows[row].name
        if column is not Column.NAME or name not in self._parameters:
            return None
        return self._swatch(name)

    def _swatch(self, name: str) -> QIcon:
        """The colour of its curve, on a selected row too: Qt would tint it there."""
        pixmap = QPixmap(SWATCH_PX, SWATCH_PX)
        pixmap.fill(self._theme.curve(self._parameters.index(name)))
        icon = QIcon(pixmap)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
        return icon

    def _foreseen(self, row: int) -> str:
        """What the switch under the mouse would make of the gradient; empty: nothing else."""
        name = self._rows[row].name
        if name in self._lost:
            return "→ None"
        return "→ …" if name in self._gained else ""

    def _foreground(self, row: int, column: Column) -> QColor | None:
        if column is Column.GRAD and self._foreseen(row):
            gains = self._rows[row].name in self._gained
            return QColor(self._theme.accent if gains else self._theme.warning)
        if column is Column.STATE and self._rows[row].moves_on:
            return QColor(self._theme.warning)
        return QColor(self._theme.faint_text) if self._is_unreal(row, column) else None

    def _is_unreal(self, row: int, column: Column) -> bool:
        """Whether a gradient's cell shows none that has been computed in a step."""
        return column is Column.GRAD and (self._is_ahead or self._rows[row].grad is None)

    def _alignment(self, _row: int, column: Column) -> Qt.AlignmentFlag | None:
        if column in (Column.VALUE, Column.GRAD):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _font(self, row: int, column: Column) -> QFont | None:
        unreal = column is Column.GRAD and (self._is_unreal(row, column) or self._foreseen(row))
        return self._italic if unreal else None

    def _accessible_text(self, row: int, column: Column) -> str:
        name = self._rows[row].name
        head = self._language.text(HEADERS[column])
        state = self._check_state(row, column)
        if state is not None:
            return f"{name} {head}: {state == Qt.CheckState.Checked}"
        return f"{name} {head}: {self._text(row, column)}"

    def _is_switch(self, row: int, column: int) -> bool:
        tensor = self._rows[row]
        can_require = tensor.leaf and not self._is_buffer(tensor)
        return column == Column.DETACH or (column == Column.REQUIRES_GRAD and can_require)

    def _is_buffer(self, tensor: TensorState) -> bool:
        return self._experiment is not None and tensor.name in self._experiment.buffers

    def _is_editable(self, row: int) -> bool:
        tensor = self._rows[row]
        own = tensor.name in self._parameters or self._is_buffer(tensor)
        return own and isinstance(tensor.value, float | list)


def _states(tensors: Sequence[TensorState]) -> list[tuple[bool, bool, bool, bool]]:
    """What the columns beside the numbers show."""
    return [
        (tensor.requires_grad, tensor.detached, tensor.reached, bool(tensor.moves_on))
        for tensor in tensors
    ]
