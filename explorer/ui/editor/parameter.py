"""A parameter of the experiment: its name, how it starts, whether the optimizer has it.

Opened by the + over the table for a new one, by the table's menu for one there is. What does not
fit is said here, and nothing is done before it fits.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from explorer.experiment.edits import Add, Edit, Rename, Several, Start
from explorer.experiment.parameter import Buffer, Parameter
from explorer.experiment.problem import BadInput
from explorer.i18n import Language
from explorer.live.starts import KINDS, VALUE, kind_of, start_of
from explorer.ui.theme import Theme
from explorer.ui.values import typed_value
from explorer.ui.workbench import Workbench
from explorer.words.errors import sentence

NEW_NAMES = ("a", "b", "c", "d", "k", "p", "q", "r", "u", "v", "w")
LEAST_WIDTH = 380


class ParameterDialog(QDialog):
    """See the module's docstring. `name` is that of one there is; without it a new one."""

    def __init__(
        self,
        workbench: Workbench,
        theme: Theme,
        language: Language,
        parent: QWidget,
        name: str | None = None,
    ) -> None:
        super().__init__(parent)
        _ = language.text
        self._workbench, self._language = workbench, language
        self._given = name
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = _("New parameter") if name is None else _("Parameter {name}")
        self.setWindowTitle(title.format(name=name))
        self.setMinimumWidth(LEAST_WIDTH)
        self.name, self.value, self.shape_text = QLineEdit(), QLineEdit(), QLineEdit()
        self.scale, self.seed = QLineEdit(), QLineEdit()
        self.kind = QComboBox()
        for key, kind in KINDS.items():
            self.kind.addItem(_(kind.title), key)
        self.optimize = QCheckBox(_("The optimizer moves it"))
        self.optimize.setToolTip(_("One of those that torch.optim is given."))
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setStyleSheet(f"color: {theme.warning};")
        self.means = QLabel()
        self.means.setTextFormat(Qt.TextFormat.PlainText)
        self.means.setStyleSheet(f"color: {theme.faint_text};")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._lay_out()
        self._fill()
        self._show_kind()
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.shape_text.textChanged.connect(self._show_meaning)
        self.scale.textChanged.connect(self._show_meaning)
        self.value.textChanged.connect(self._show_meaning)
        self.buttons.accepted.connect(self._take)
        self.buttons.rejected.connect(self.reject)

    # -- inside -----------------------------------------------------------------------

    def _lay_out(self) -> None:
        _ = self._language.text
        self._form = QFormLayout(self)
        for text, field in (
            (_("&Name"), self.name),
            (_("&Starts as"), self.kind),
            (_("&Value"), self.value),
            (_("S&hape"), self.shape_text),
            (_("S&cale"), self.scale),
            (_("See&d"), self.seed),
        ):
            self._form.addRow(text, field)
            field.setAccessibleName(text.replace("&", ""))
        self.shape_text.setPlaceholderText("4, 4")
        for widget in (self.means, self.optimize, self.said, self.buttons):
            self._form.addRow(widget)

    @property
    def _leaf(self) -> Buffer:
        experiment = self._workbench.experiment
        leaves = {**experiment.buffers, **experiment.parameters}
        return Parameter(value=1.0) if self._given is None else leaves[self._given]

    def _fill(self) -> None:
        leaf, taken = self._leaf, self._workbench.experiment.tensors
        free = next((each for each in NEW_NAMES if each not in taken), "")
        self.name.setText(self._given or free)
        self.name.selectAll()
        self.kind.setCurrentIndex(self.kind.findData(kind_of(leaf)))
        self.value.setText("1.0" if leaf.value is None else _written(leaf.value))
        self.shape_text.setText(", ".join(map(str, leaf.dimensions)))
        self.scale.setText(repr(leaf.scale))
        self.seed.setText(str(leaf.seed))
        self.optimize.setChecked(getattr(leaf, "optimize", True))
        self.optimize.setVisible(isinstance(leaf, Parameter))

    @property
    def _kind(self) -> str:
        return str(self.kind.currentData())

    def _show_kind(self) -> None:
        """What the kind does not ask for is not there."""
        kind = KINDS[self._kind]
        is_value = self._kind == VALUE
        is_random = kind.init in ("normal", "uniform")
        for field, shown in (
            (self.value, is_value),
            (self.shape_text, not is_value),
            (self.scale, not is_value and kind.scale is None and kind.init != "zeros"),
            (self.seed, is_random),
        ):
            self._form.setRowVisible(field, shown)
        self._show_meaning()

    def _show_meaning(self) -> None:
        """In torch's words; the numbers of a seed are numpy's."""
        text = KINDS[self._kind].torch.format(
            value=self.value.text(),
            shape=self.shape_text.text() or "()",
            scale=self.scale.text(),
        )
        self.means.setText(text)

    def _start(self) -> dict[str, object]:
        start: dict[str, object] = {"value": typed_value(self.value.text())}
        if self._kind != VALUE:
            parts = self.shape_text.text().split(",")
            shape = tuple(_whole(each) for each in parts if each.strip())
            # What is no shape is refused as it is.
            known = tuple(each for each in shape if isinstance(each, int) and each > 0)
            sizes = known if len(known) == len(shape) else (1,)
            scale, seed = typed_value(self.scale.text()), _whole(self.seed.text())
            start = {**start_of(self._kind, sizes, scale, seed), "shape": shape}
        leaf = self._leaf
        if isinstance(leaf, Parameter) and self.optimize.isChecked() != leaf.optimize:
            start["optimize"] = self.optimize.isChecked()
        return start

    def _edit(self) -> Edit:
        name, start = self.name.text().strip(), self._start()
        if self._given is None:
            return Add(name, start)
        edits: list[Edit] = []
        leaf = self._leaf
        keys = leaf.model_fields_set
        if any(key not in keys or getattr(leaf, key) != each for key, each in start.items()):
            edits.append(Start(self._given, start))
        if name != self._given:
            edits.append(Rename(self._given, name))
        return edits[0] if len(edits) == 1 else Several(tuple(edits), "start")

    def _take(self) -> None:
        """Do it, or say why it cannot be done."""
        edit = self._edit()
        try:
            edit.of(self._workbench.experiment)
        except BadInput as problem:
            self.said.setText(sentence(problem, self._language))
            # The form asks for the least height alone, and would cut lines off.
            self.said.setMinimumHeight(self.said.heightForWidth(self.said.width()))
            return
        self._workbench.edit(edit)
        self.accept()


def _whole(text: str) -> object:
    """A whole number; any other text is refused later, as it is."""
    try:
        return int(text)
    except ValueError:
        return text


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return repr(value)
