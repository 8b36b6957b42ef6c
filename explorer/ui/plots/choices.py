"""What somebody chooses about the plots: by menu, by key or in a plot, kept in the settings."""

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from explorer.experiment.plan import Plan
from explorer.i18n import Language
from explorer.ui import menus
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.settings import Settings


class PlotChoices(QObject):
    """Connects the panel with the actions and settings that are about it.

    `plots_menu` is the menu of the plots that there are, for the window's menu bar.
    """

    def __init__(
        self,
        panel: PlotPanel,
        settings: Settings,
        actions: Mapping[str, QAction],
        language: Language,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._settings = settings
        self.plots_menu = menus.plots_menu(parent, language, settings.hidden_plots, self._hide)
        panel.hidden = settings.hidden_plots
        panel.set_whole_run(settings.whole_run)
        for name, present, choose in (
            ("log_loss", settings.log_loss, self._set_log),
            ("whole_run", settings.whole_run, self._set_whole_run),
        ):
            actions[name].setChecked(present)
            actions[name].toggled.connect(choose)
        panel.linear_wanted.connect(lambda: actions["log_loss"].setChecked(False))
        actions["show_everything"].triggered.connect(lambda _on: panel.show_everything())

    def begin(self, experiment: Plan) -> None:
        """Show another experiment, or the same one from its start."""
        self._panel.set_experiment(experiment, self._settings.log_loss)

    def _set_log(self, log: bool) -> None:
        self._settings.log_loss = log
        self._panel.set_log(log)

    def _set_whole_run(self, whole: bool) -> None:
        self._settings.whole_run = whole
        self._panel.set_whole_run(whole)

    def _hide(self, names: frozenset[str]) -> None:
        self._settings.hidden_plots = names
        self._panel.set_hidden(names)
