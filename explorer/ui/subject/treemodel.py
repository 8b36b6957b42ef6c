"""The modules and parameters of a model as the rows of a tree: norms, switches, how they stand."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from explorer.i18n import N_, Language
from explorer.live.modelrun import ModelState
from explorer.own.plan import NOTHING_KNOWN, WHOLE, Anatomy, ParameterPart
from explorer.ui.theme import Theme
from explorer.words.numbers import Form, number_text
from explorer.words.states import size_text

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
TO_THE_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Column(IntEnum):
    """What stands in a row."""

    NAME = 0
    REQUIRES_GRAD = 1
    DETACH = 2
    STATE = 3
    NORM = 4
    GRAD = 5
    KIND = 6


TITLES = {
    Column.NAME: N_("module"),
    Column.KIND: N_("class or shape"),
    Column.NORM: "‖w‖",
    Column.GRAD: "‖grad‖",
    Column.REQUIRES_GRAD: "requires_grad",
    Column.DETACH: "detach",
    Column.STATE: N_("state"),
}
TIPS = {
    Column.NAME: N_("As in model.named_modules() and model.named_parameters()."),
    Column.KIND: N_("The module's class, or the parameter's shape."),
    Column.NORM: N_("The norm of the parameter, or of all in the module together."),
    Column.GRAD: N_("The norm of .grad as it stands, or of all in the module together."),
    Column.REQUIRES_GRAD: N_(
        "requires_grad_() of the parameter, or of all in the module. A dash: some have it."
    ),
    Column.DETACH: N_("Whatever is computed from the module's output uses output.detach()."),
    Column.STATE: N_("What comes of it."),
}
TRAINING, FROZEN, PARTLY, UNREACHED, OUTSIDE, CUT = (
    N_("training"),
    N_("frozen"),
    N_("partly frozen"),
    N_("no gradient"),
    N_("not in an optimizer"),
    N_("output detached"),
)

_SWITCHES = {Column.REQUIRES_GRAD, Column.DETACH}
_NUMBERS = {Column.NORM, Column.GRAD}


@dataclass(eq=False)
class Node:
    """A module, or (with `part`) a parameter. `places` are those of the tensors in it."""

    name: str
    label: str
    kind: str
    row: int = 0
    parent: "Node | None" = None
    part: ParameterPart | None = None
    children: "list[Node]" = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def add(self, child: "Node") -> None:
        """Put it behind the others."""
        child.row, child.parent = len(self.children), self
        self.children.append(child)


class TreeModel(QAbstractItemModel):
    """Follows the frames: `show_state`. A flipped switch is asked for with `flipped`."""

    flipped = Signal(str, str, bool)  # name, requires_grad or detach, on

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._language = language
        self._faint = QColor(theme.faint_text)
        self._warning = QColor(theme.warning)
        self._anatomy = NOTHING_KNOWN
        self._state: ModelState | None = None
        self._top = Node("", "", "")
        self._by_name: dict[str, Node] = {}
        self._words: dict[Node, str] = {}
        # Views ask for many more roles than these.
        self._answers: Mapping[int, Callable[[Node, Column], Any]] = {
            Role.DisplayRole: self._text,
            Role.CheckStateRole: self._switch_value,
            Role.TextAlignmentRole: self._alignment,
            Role.ForegroundRole: self._color,
            Role.ToolTipRole: self._tip,
            Role.AccessibleTextRole: self._spoken,
        }

    def set_anatomy(self, anatomy: Anatomy) -> None:
        """Another model, or the same one loaded anew."""
        self._words.clear()
        if anatomy == self._anatomy:
            self._state = None
            return
        self.beginResetModel()
        self._anatomy, self._state = anatomy, None
        self._top, self._by_name = _grown(anatomy)
        self.endResetModel()

    def show_state(self, state: ModelState) -> bool:
        """The numbers and switches of this moment; whoever shows them paints them again.

        Whether anything is other than numbers.
        """
        before, self._state = self._state, state
        self._words.clear()
        return before is None or (before.requires_grad, before.cuts) != (
            state.requires_grad,
            state.cuts,
        )

    def node(self, index: Index) -> Node | None:
        """What stands in a row."""
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, Node) else None

    def index_of(self, name: str) -> QModelIndex:
        """The row of a module or parameter; not valid if there is none of that name."""
        node = self._by_name.get(name)
        return QModelIndex() if node is None else self.createIndex(node.row, 0, node)

    # -- how it stands -----------------------------------------------------------------

    def flag(self, node: Node) -> Qt.CheckState | None:
        """requires_grad of a parameter, or of those in a module; None where there are none."""
        if self._state is None or not node.places:
            return None
        flags = {self._state.requires_grad[place] for place in node.places}
        if len(flags) == 2:
            return Qt.CheckState.PartiallyChecked
        return Qt.CheckState.Checked if flags == {True} else Qt.CheckState.Unchecked

    def cut(self, node: Node) -> Qt.CheckState | None:
        """Whether a module's output is detached; None of a parameter."""
        if self._state is None or node.part is not None:
            return None
        is_cut = node.name in self._state.cuts
        return Qt.CheckState.Checked if is_cut else Qt.CheckState.Unchecked

    def gradient(self, node: Node) -> float:
        """The norm of .grad; NaN where it is None."""
        return math.nan if self._state is None else _together(self._state.grads, node.places)

    def state_word(self, node: Node) -> str:
        """In English, how a row stands; empty as long as that is not known."""
        # Asked of each cell of a row, ten times a second.
        if node not in self._words:
            self._words[node] = self._found_word(node)
        return self._words[node]

    def _found_word(self, node: Node) -> str:
        state = self._state
        if state is None or not node.places:
            return CUT if state and node.name in state.cuts and node.part is None else ""
        if node.part is None and node.name in state.cuts:
            return CUT
        flag = self.flag(node)
        if flag != Qt.CheckState.Checked:
            return FROZEN if flag == Qt.CheckState.Unchecked else PARTLY
        if node.part is not None and not node.part.optimized:
            return OUTSIDE
        trained = self._has_gradients
        return UNREACHED if trained and math.isnan(self.gradient(node)) else TRAINING

    @property
    def _has_gradients(self) -> bool:
        """Whether a backward pass was made at all."""
        state = self._state
        return state is not None and not all(map(math.isnan, state.grads))

    # -- Qt's questions ----------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """A cell."""
        above = self.node(parent) or self._top
        if not (0 <= row < len(above.children) and 0 <= column < len(Column)):
            return QModelIndex()
        return self.createIndex(row, column, above.children[row])

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008
        """The module around."""
        node = self.node(index)
        above = None if node is None else node.parent
        if above is None or above is self._top:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """What is in a module."""
        if parent.isValid() and parent.column() > 0:
            return 0
        return len((self.node(parent) or self._top).children)

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """Those of Column."""
        return len(Column)

    def headerData(  # noqa: N802 (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        """The titles."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == Role.DisplayRole:
            return self._language.text(TITLES[column])
        if role == Role.ToolTipRole:
            return self._language.text(TIPS[column])
        if role == Role.TextAlignmentRole and column in _NUMBERS:
            return TO_THE_RIGHT
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Switches can be flipped."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self._check_state(index) is not None:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Texts, switches and colours."""
        answer = self._answers.get(role)
        node = self.node(index) if answer is not None else None
        if answer is None or node is None:
            return None
        return answer(node, Column(index.column()))

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:  # noqa: N802
        """A switch was flipped: asked for, and shown when it is made."""
        node = self.node(index)
        if node is None or role != Role.CheckStateRole or self._check_state(index) is None:
            return False
        kind = "detach" if index.column() == Column.DETACH else "requires_grad"
        self.flipped.emit(
            node.name or self._anatomy.whole, kind, Qt.CheckState(value) == Qt.CheckState.Checked
        )
        return True

    # -- inside ------------------------------------------------------------------------

    def _check_state(self, index: Index) -> Qt.CheckState | None:
        node = self.node(index)
        return None if node is None else self._switch(node, Column(index.column()))

    def _switch(self, node: Node, column: Column) -> Qt.CheckState | None:
        if column is Column.REQUIRES_GRAD:
            return self.flag(node)
        return self.cut(node) if column is Column.DETACH else None

    def _switch_value(self, node: Node, column: Column) -> int | None:
        state = self._switch(node, column)
        return None if state is None else state.value

    def _alignment(self, _node: Node, column: Column) -> Qt.AlignmentFlag | None:
        return TO_THE_RIGHT if column in _NUMBERS else None

    def _tip(self, node: Node, column: Column) -> str:
        return node.name or node.kind if column is Column.NAME else self._text(node, column)

    def _spoken(self, _node: Node, column: Column) -> str | None:
        return TITLES[column] if column in _SWITCHES else None

    def _text(self, node: Node, column: Column) -> str:
        if column is Column.NAME:
            return node.label
        if column is Column.KIND:
            return node.kind
        if column is Column.STATE:
            word = self.state_word(node)
            return self._language.text(word) if word else ""
        if self._state is None or not node.places or column not in _NUMBERS:
            return ""
        if column is Column.NORM:
            return number_text(_together(self._state.norms, node.places), Form.CELL)
        grad = self.gradient(node)
        return "None" if math.isnan(grad) else number_text(grad, Form.CELL)

    def _color(self, node: Node, column: Column) -> QColor | None:
        word = self.state_word(node)
        if column is Column.STATE and word in (UNREACHED, OUTSIDE):
            return self._warning
        if word == FROZEN or column is Column.KIND:
            return self._faint
        return None


def _together(norms: tuple[float, ...], places: list[int]) -> float:
    """Of all together; those that are NaN are left out, unless there is nothing else."""
    given = [norms[place] for place in places if not math.isnan(norms[place])]
    return math.hypot(*given) if given else math.nan


def _grown(anatomy: Anatomy) -> tuple[Node, dict[str, Node]]:
    """The rows: under each module its parameters, then the modules in it."""
    top = Node("", "", "")
    modules: dict[str, Node] = {}
    places = {each.name: place for place, each in enumerate(anatomy.distinct)}
    for module in anatomy.modules:
        label = module.name.rpartition(".")[2] or WHOLE
        modules[module.name] = Node(module.name, label, module.kind)
    found = dict(modules)
    for part in anatomy.parameters:
        home, _, label = part.name.rpartition(".")
        node = Node(part.name, label, _kind(part), part=part)
        place = places[part.same_as or part.name]
        node.places.append(place)
        around: Node | None = modules.get(home)
        if around is not None:
            around.add(node)
        found[part.name] = node
        while around is not None:
            if place not in around.places:
                around.places.append(place)
            around = modules.get(around.name.rpartition(".")[0]) if around.name else None
    for name, node in modules.items():
        above = modules.get(name.rpartition(".")[0]) if name else None
        (above or top).add(node)
    return top, found


def _kind(part: ParameterPart) -> str:
    size = size_text(part.shape) or "1"
    return size if part.same_as is None else f"{size} = {part.same_as}"
