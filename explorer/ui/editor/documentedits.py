"""What the window offers for editing its document, beside the formula: actions, keys, dialogs."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton, QWidget

from explorer.experiment.edits import NewSeeds, Remove
from explorer.i18n import Language
from explorer.ui.settings import Settings
from explorer.ui.tensors import TensorTable
from explorer.ui.theme import Theme
from explorer.ui.workbench import Workbench


class DocumentEdits(QObject):
    """Between the window's actions, its table and the workbench."""

    def __init__(
        self,
        workbench: Workbench,
        table: TensorTable,
        actions: Mapping[str, QAction],
        window: QWidget,
        *,
        settings: Settings,
        theme: Theme,
        language: Language,
    ) -> None:
        super().__init__(window)
        self._workbench, self._window = workbench, window
        self._theme, self._language = theme, language
        self._settings = settings
        # The signal's `checked` must not become an argument.
        actions["add_parameter"].triggered.connect(lambda _on=False: self.open_parameter())
        actions["random_start"].triggered.connect(lambda _on=False: workbench.edit(NewSeeds()))
        actions["settings"].triggered.connect(lambda _on=False: self.open_settings())
        actions["goes_on"].setChecked(settings.goes_on)
        actions["goes_on"].toggled.connect(self._go_on)
        workbench.goes_on = settings.goes_on
        table.start_wanted.connect(self.open_parameter)
        table.removal_wanted.connect(lambda name: workbench.edit(Remove(name)))
        self.add_button = QToolButton()
        self.add_button.setDefaultAction(actions["add_parameter"])
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.add_button.setAutoRaise(True)
        self.add_button.setAccessibleName(actions["add_parameter"].toolTip())

    def open_parameter(self, name: str | None = None) -> None:
        """The dialog of a parameter, or of a new one."""
        from explorer.ui.editor.parameter import ParameterDialog

        dialog = ParameterDialog(
            self._workbench, self._theme, self._language, self._window, name or None
        )
        dialog.open()

    def open_settings(self) -> None:
        """The dialog of everything else that the file can say."""
        from explorer.ui.editor.experimentsettings import ExperimentSettings

        ExperimentSettings(self._workbench, self._theme, self._language, self._window).open()

    def _go_on(self, goes_on: bool) -> None:
        self._settings.goes_on = self._workbench.goes_on = goes_on
