"""The running program: one workbench, its window, and what outlives a window.

How a window is replaced by another one is in `explorer.ui.shell`.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication, QWidget

from explorer import paths
from explorer.experiment.file import ExperimentFile
from explorer.experiment.leftovers import clear_beside
from explorer.i18n import Language
from explorer.live.recovery import Recovery
from explorer.ui import theme as themes
from explorer.ui.basewindow import Around
from explorer.ui.keeper import Keeper
from explorer.ui.questions import Choosers, dialogs
from explorer.ui.settings import Settings
from explorer.ui.shell import Shell
from explorer.ui.window import MainWindow, Surroundings
from explorer.ui.workbench import Workbench


class Program(Shell):
    """Owns the workbench and the present window."""

    workbench: Workbench
    window: MainWindow

    def __init__(
        self,
        application: QApplication,
        file: ExperimentFile,
        language: Language | None = None,
        settings: Settings | None = None,
        *,
        choosers: Callable[[QWidget, Language, themes.Theme], Choosers] = dialogs,
        recovery: Path | None = None,
    ) -> None:
        super().__init__(application, language, settings)
        self._choosers = choosers
        self.workbench = Workbench(file, self)
        folder = recovery or paths.data_folder() / "recovery"
        self.keeper = Keeper(self.workbench, Recovery(folder), self)
        # The session ends: no window may be closed for it.
        application.commitDataRequest.connect(self._keep_for_session)
        self._open()

    def offer_recovery(self) -> None:
        """Offer what windows left when they ended, and clear away what nobody can use."""
        self.keeper.recovery.clear_leftovers()
        path = self.workbench.file.path
        if path is not None:
            clear_beside(path)
        self.window.strip.show_offers(self.window.files.offers())

    def _make_window(self, around: Around) -> MainWindow:
        surroundings = Surroundings(
            language=around.language,
            theme=around.theme,
            settings=around.settings,
            rebuild=around.rebuild,
            change_language=around.change_language,
            choosers=self._choosers,
            keeper=self.keeper,
        )
        return MainWindow(self.workbench, surroundings)

    def _keep_for_session(self, _manager: QSessionManager) -> None:
        self.settings.unattended = True
        self.keeper.keep_now()
