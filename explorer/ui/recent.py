"""File › Open recent: the experiment files that were shown last and are still there."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from explorer.experiment.names import shortened_path
from explorer.i18n import Language
from explorer.ui.settings import Settings
from explorer.ui.workbench import Workbench

MOST_FILES = 8
# Of a path in the menu, in letters.
LONGEST_PATH = 60


class RecentMenu(QMenu):
    """Filled whenever it opens, so that a file that is gone by then is not in it."""

    def __init__(
        self,
        parent: QWidget,
        workbench: Workbench,
        language: Language,
        settings: Settings,
        open_path: Callable[[Path], None],
    ) -> None:
        super().__init__(language.text("Open re&cent"), parent)
        self._workbench = workbench
        self._language = language
        self._settings = settings
        self._open_path = open_path
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)
        workbench.document_changed.connect(self.note)
        # A menu without entries does not open.
        self.addAction("")

    def note(self) -> None:
        """The file of what is shown is the last one, if it has one."""
        path = self._workbench.file.path
        if path is not None:
            self._settings.recent = with_first(path.absolute(), self._settings.recent)

    def _fill(self) -> None:
        self.clear()
        for path in self._settings.recent:
            if not path.is_file():
                continue
            text = shortened_path(str(path), LONGEST_PATH).replace("&", "&&")
            action = self.addAction(text)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _on=False, path=path: self._open_path(path))
        if self.isEmpty():
            self.addAction(self._language.text("No recent files")).setEnabled(False)
            return
        self.addSeparator()
        clear = self.addAction(self._language.text("&Clear"))
        clear.setToolTip(self._language.text("Forget these files; they stay where they are."))
        clear.triggered.connect(self._forget)

    def _forget(self) -> None:
        self._settings.recent = ()


def with_first(path: Path, others: tuple[Path, ...]) -> tuple[Path, ...]:
    """The path, then the others, as far as they are still there: the last `MOST_FILES`."""
    there = [each for each in others if each != path and each.is_file()]
    return (path, *there)[:MOST_FILES]
