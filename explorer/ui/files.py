"""Opening and saving: dialogs around the workbench, and nothing lost in between.

What was done by hand and not saved is kept in a recovery file whenever the window
is closed or shows another experiment, so that neither has to ask.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from explorer import paths
from explorer.experiment.file import ExperimentFile, read, write
from explorer.experiment.problem import BadInput
from explorer.i18n import Language
from explorer.ui.workbench import Workbench

RECOVERY_FILE = "unsaved-run.toml"


@dataclass(frozen=True)
class Choosers:
    """The questions asked of the user; tests answer them without dialogs.

    `include` gives True (save the changes made by hand), False (leave them out) or
    None (cancel); the paths are None when the user cancels.
    """

    open_path: Callable[[], Path | None]
    save_path: Callable[[Path | None], Path | None]
    include: Callable[[int], bool | None]


class Files:
    """File › Open, Save, Save As, Recover."""

    def __init__(self, workbench: Workbench, choosers: Choosers) -> None:
        self._workbench = workbench
        self.choosers = choosers

    def open(self) -> None:
        """Ask for a file and show it."""
        path = self.choosers.open_path()
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Show the experiment in this file; a broken one is refused and nothing changes."""
        try:
            file = read(path)
        except BadInput as problem:
            self._workbench.problem_arose.emit(problem)
            return
        self.keep_unsaved()
        self._workbench.open(file if not is_builtin(path) else as_template(file))

    def save(self) -> None:
        """Save to the experiment's own file, or ask for one."""
        path = self._workbench.file.path
        self._save_to(path) if path else self.save_as()

    def save_as(self) -> None:
        """Ask for a file and save to it."""
        path = self.choosers.save_path(self._workbench.file.path)
        if path is not None:
            self._save_to(path)

    def keep_unsaved(self) -> None:
        """Put what is not saved into the recovery file; quietly nothing if that fails."""
        if not self._workbench.is_modified:
            return
        file = recovery_file()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write(file, self._workbench.text(file.parent))
        except (BadInput, OSError):
            # A full disk must not keep the window from closing.
            return

    def recover(self) -> None:
        """Open the recovery file as an experiment that has no file of its own."""
        try:
            file = read(recovery_file())
        except BadInput as problem:
            self._workbench.problem_arose.emit(problem)
            return
        self.keep_unsaved()
        self._workbench.open(as_template(file))

    def _save_to(self, path: Path) -> None:
        unsaved = self._workbench.unsaved_changes
        with_changes = self.choosers.include(len(unsaved)) if unsaved else False
        if with_changes is None:
            return
        try:
            self._workbench.save(path, with_changes)
        except BadInput as problem:
            self._workbench.problem_arose.emit(problem.at(file=str(path)))


def as_template(file: ExperimentFile) -> ExperimentFile:
    """The experiment without its path: saving it asks for a place of the user's own."""
    return ExperimentFile(file.experiment, file.text, None)


def is_builtin(path: Path) -> bool:
    """Whether the file is one of the program's own."""
    return path.resolve() in {each.resolve() for each in paths.builtin_experiments().values()}


def recovery_file() -> Path:
    """Where unsaved work is kept."""
    return paths.data_folder() / RECOVERY_FILE


def dialogs(window: QWidget, language: Language) -> Choosers:
    """The real questions, as dialogs over the window."""
    _ = language.text
    kinds = f"{_('Experiments')} (*.toml);;{_('All files')} (*)"

    def open_path() -> Path | None:
        name, _kind = QFileDialog.getOpenFileName(window, _("Open an experiment"), "", kinds)
        return Path(name) if name else None

    def save_path(present: Path | None) -> Path | None:
        start = str(present or _("experiment.toml"))
        name, _kind = QFileDialog.getSaveFileName(window, _("Save the experiment"), start, kinds)
        return _with_suffix(Path(name)) if name else None

    def include(count: int) -> bool | None:
        return _ask_to_include(window, language, count)

    return Choosers(open_path, save_path, include)


def _with_suffix(path: Path) -> Path:
    return path if path.suffix else path.with_suffix(".toml")


def _ask_to_include(window: QWidget, language: Language, count: int) -> bool | None:
    _ = language.text
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_("Save the experiment"))
    question = language.plural(
        "Include the change made by hand?", "Include the {n} changes made by hand?", count
    )
    box.setText(question.format(n=count))
    box.setInformativeText(
        _("With them, the saved file replays this run step by step, with the same numbers.")
    )
    include = box.addButton(_("Include"), QMessageBox.ButtonRole.AcceptRole)
    leave = box.addButton(_("Leave out"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(include)
    box.exec()
    clicked = box.clickedButton()
    return {include: True, leave: False}.get(clicked)  # type: ignore[call-overload, no-any-return]
