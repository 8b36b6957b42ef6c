"""The context menu of a row in the table of tensors: its switches, its value, its numbers."""

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView

from explorer.explain.figures import Summary
from explorer.explain.step_records import TensorState
from explorer.i18n import Language
from explorer.ui.pictures import PassingMenu
from explorer.ui.tensormodel import SWITCHES, Column, TensorModel


class TableMenu(PassingMenu):
    """What can be done with the tensor of one row."""

    def __init__(self, view: QTableView, model: TensorModel, row: int, language: Language) -> None:
        super().__init__(view)
        self._model = model
        tensor = model.tensor(row)
        self.addAction(tensor.name.replace("&", "&&")).setEnabled(False)
        self.addSeparator()
        for column in SWITCHES:
            self._add_switch(model.index(row, column))
        value = model.index(row, Column.VALUE)
        if value.flags() & Qt.ItemFlag.ItemIsEditable:
            edit = self.addAction(language.text("&Change value…"))
            edit.triggered.connect(lambda: view.edit(value))
        self.addSeparator()
        self._add_copies(tensor, language)

    def _add_switch(self, index: QModelIndex) -> None:
        switch = self._model.switch(index)
        if switch is None:
            return
        action = self.addAction(switch.name)
        action.setCheckable(True)
        action.setChecked(switch.on)
        wanted = Qt.CheckState.Unchecked if switch.on else Qt.CheckState.Checked
        role = Qt.ItemDataRole.CheckStateRole
        action.triggered.connect(lambda: self._model.setData(index, wanted.value, role))

    def _add_copies(self, tensor: TensorState, language: Language) -> None:
        for text, content in (
            (language.text("Copy &name"), tensor.name),
            (language.text("Copy &value"), tensor.value),
            (language.text("Copy &gradient"), tensor.grad),
        ):
            copy = self.addAction(text)
            # Of a large tensor the numbers are not here.
            copy.setEnabled(not isinstance(content, Summary))
            copy.triggered.connect(
                lambda _on, content=content: QGuiApplication.clipboard().setText(str(content))
            )
