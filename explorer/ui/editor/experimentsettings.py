"""The settings of the experiment: its title, what is descended, and how it is trained.

Every option has torch's name, its default, and a line of help. What was changed is one edit,
which is refused here if it does not fit. The number of steps is in the tool bar.
"""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explorer.experiment.edits import Put, Several
from explorer.experiment.losses import LOSSES
from explorer.experiment.optimizers import OPTIMIZERS
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import DTYPES, ZERO_GRAD
from explorer.i18n import N_, Language
from explorer.ui.theme import Theme
from explorer.ui.values import typed_value
from explorer.ui.workbench import Workbench
from explorer.words.errors import sentence
from explorer.words.settings import HELP, OPTIONS

FIRST_SIZE = (560, 620)
WHOLE = ("training.accumulate", "training.batch.size", "training.batch.seed")
TITLES: Mapping[str, str] = {
    "title": N_("Title"),
    "objective": N_("Objective"),
    "training.loss": N_("Loss"),
    "training.optimizer": N_("Optimizer"),
    "training.batch.size": N_("Batch size"),
}


class ExperimentSettings(QDialog):
    """See the module's docstring. `controls` are the fields by their keys in the file."""

    def __init__(
        self, workbench: Workbench, theme: Theme, language: Language, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._workbench, self._theme, self._language = workbench, theme, language
        self.controls: dict[str, QWidget] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(language.text("Settings of the experiment"))
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setStyleSheet(f"color: {theme.warning};")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self._take)
        self.buttons.rejected.connect(self.reject)
        self._fill()
        self._lay_out()
        self._before = self.values()

    def values(self) -> dict[str, Any]:
        """What the fields say, by the keys that are edited as one."""
        said = {key: _said(key, control) for key, control in self.controls.items()}
        found = {key: each for key, each in said.items() if key.count(".") < 2}
        for key in ("training.loss", "training.optimizer"):
            if key in said:
                found[key] = {"name": said[key], **_below(said, key)}
        if "training.batch.size" in said:
            batch = _below(said, "training.batch")
            found["training.batch"] = None if batch["size"] is None else batch
        return found

    # -- inside -----------------------------------------------------------------------

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setLayout(self._form)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        for widget in (area, self.said, self.buttons):
            column.addWidget(widget)
        self.resize(*FIRST_SIZE)

    def _fill(self) -> None:
        experiment = self._workbench.experiment
        training = experiment.training
        self._add("title", QLineEdit(experiment.title))
        if experiment.prediction is None:
            names = [name for name in experiment.program.names if name.isidentifier()]
            objectives = dict.fromkeys([experiment.objective, *names])
            self._add(
                "objective", _choice({str(each): each for each in objectives}, experiment.objective)
            )
        self._add("dtype", _choice({f"torch.{each}": each for each in DTYPES}, experiment.dtype))
        if training.loss is not None:
            entries = {
                name: {key: each.default for key, each in entry.options.items()}
                for name, entry in LOSSES.items()
            }
            present = {"name": training.loss.name, **training.loss.options}
            self._add_named("training.loss", entries, present, lambda name: LOSSES[name].operation)
        optimizer = {"name": training.optimizer.name, **training.optimizer.options}
        defaults = {name: dict(entry.defaults) for name, entry in OPTIMIZERS.items()}
        self._add_named(
            "training.optimizer",
            defaults,
            optimizer,
            lambda name: f"torch.optim.{OPTIMIZERS[name].torch}",
        )
        self._add(
            "training.zero_grad", _choice({each: each for each in ZERO_GRAD}, training.zero_grad)
        )
        for key in ("clip_grad_norm", "clip_grad_value", "accumulate"):
            self._add(f"training.{key}", QLineEdit(_written(getattr(training, key))))
        if experiment.data is not None:
            batch = training.batch
            self._add("training.batch.size", QLineEdit("" if batch is None else str(batch.size)))
            self._add("training.batch.shuffle", _flag(batch is not None and batch.shuffle))
            self._add("training.batch.seed", QLineEdit("0" if batch is None else str(batch.seed)))

    def _add(self, key: str, control: QWidget) -> None:
        title = self._language.text(TITLES[key]) if key in TITLES else key.rpartition(".")[2]
        self.controls[key] = control
        self._row(self._form, title, control, self._language.text(HELP[key]))

    def _row(self, form: QFormLayout, title: str, control: QWidget, help_text: str) -> None:
        """A field with its line of help under it."""
        control.setAccessibleName(title)
        control.setAccessibleDescription(help_text)
        below = QLabel(help_text)
        below.setWordWrap(True)
        below.setStyleSheet(f"color: {self._theme.faint_text};")
        form.addRow(title, control)
        form.addRow("", below)

    def _add_named(
        self,
        key: str,
        entries: Mapping[str, Mapping[str, object]],
        present: Mapping[str, object],
        written: Callable[[str], str],
    ) -> None:
        """A choice, and under it the options of what is chosen, at first at torch's defaults."""
        control = _choice(
            {f"{name} ({written(name)})": name for name in entries}, str(present["name"])
        )
        self._add(key, control)
        box = QWidget()
        form = QFormLayout(box)
        self._form.addRow(box)

        def show() -> None:
            name = str(control.currentData())
            given = present if name == present["name"] else {}
            self._show_options(key, form, entries[name], given)
            box.setVisible(bool(entries[name]))

        control.currentIndexChanged.connect(show)
        show()

    def _show_options(
        self,
        key: str,
        form: QFormLayout,
        defaults: Mapping[str, object],
        given: Mapping[str, object],
    ) -> None:
        while form.rowCount():
            form.removeRow(0)
        for each in [each for each in self.controls if each.startswith(f"{key}.")]:
            del self.controls[each]
        _ = self._language.text
        for name, default in defaults.items():
            value = given.get(name, default)
            control = _flag(value) if isinstance(value, bool) else QLineEdit(_written(value))
            self.controls[f"{key}.{name}"] = control
            said = _("{help} By default {default}.").format(
                help=_(OPTIONS[name]), default=_written(default)
            )
            self._row(form, name, control, said)

    def _take(self) -> None:
        """Do it, or say why it cannot be done."""
        values = self.values()
        changed = {key: each for key, each in values.items() if each != self._before[key]}
        edit = Several(tuple(Put(key, value) for key, value in changed.items()), "setting")
        try:
            edit.of(self._workbench.experiment)
        except BadInput as problem:
            self.said.setText(sentence(problem, self._language))
            return
        self._workbench.edit(edit)
        self.accept()


def _below(said: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The values of the keys below this one."""
    return {
        each[len(key) + 1 :]: value for each, value in said.items() if each.startswith(f"{key}.")
    }


def _said(key: str, control: QWidget) -> Any:
    """What a field says: a text where it is one, else a number; nothing is None."""
    if isinstance(control, QCheckBox):
        return control.isChecked()
    if isinstance(control, QComboBox):
        return control.currentData()
    assert isinstance(control, QLineEdit)
    text = control.text().strip()
    if key == "title":
        return control.text()
    if not text:
        return None
    return _whole(text) if key in WHOLE else typed_value(text)


def _whole(text: str) -> object:
    """A whole number; any other text is refused later, as it is."""
    try:
        return int(text)
    except ValueError:
        return text


def _choice(choices: Mapping[str, object], present: object) -> QComboBox:
    found = QComboBox()
    for text, value in choices.items():
        found.addItem(text, value)
    found.setCurrentIndex(found.findData(present))
    return found


def _flag(on: object) -> QCheckBox:
    found = QCheckBox()
    found.setChecked(bool(on))
    return found


def _written(value: object) -> str:
    """As it is typed; None is nothing."""
    return "" if value is None else repr(value)
