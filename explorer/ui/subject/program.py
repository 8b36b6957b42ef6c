"""The running program on somebody's own model: one bench, its window, what outlives a window."""

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QWidget

from explorer.i18n import Language
from explorer.own.modelfile import ModelFile
from explorer.ui.basewindow import Around
from explorer.ui.settings import Settings
from explorer.ui.shell import Shell
from explorer.ui.subject.bench import SubjectBench
from explorer.ui.subject.questions import ModelChoosers, model_dialogs
from explorer.ui.subject.window import SubjectSurroundings, SubjectWindow


class SubjectProgram(Shell):
    """Owns the bench and the present window. `named`: see `SubjectSurroundings`."""

    workbench: SubjectBench
    window: SubjectWindow

    def __init__(
        self,
        application: QApplication,
        file: ModelFile,
        language: Language | None = None,
        settings: Settings | None = None,
        *,
        named: bool = True,
        choosers: Callable[[QWidget, Language], ModelChoosers] = model_dialogs,
    ) -> None:
        super().__init__(application, language, settings)
        self._named = named
        self._choosers = choosers
        self.workbench = SubjectBench(file, self)
        self._open()

    def _make_window(self, around: Around) -> SubjectWindow:
        surroundings = SubjectSurroundings(
            language=around.language,
            theme=around.theme,
            settings=around.settings,
            rebuild=around.rebuild,
            change_language=around.change_language,
            named=self._named,
            choosers=self._choosers,
        )
        return SubjectWindow(self.workbench, surroundings)
