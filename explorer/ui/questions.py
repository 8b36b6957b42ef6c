"""The questions asked of the user, as dialogs; tests answer them without."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QFileDialog, QMessageBox, QWidget

from explorer.experiment.names import shortened
from explorer.i18n import N_, Language
from explorer.live.outside import Fate, Outside
from explorer.ui.theme import Theme

if TYPE_CHECKING:
    from explorer.reading.program import Reading


class Way(Enum):
    """What to do about a file that was changed by another program."""

    OVERWRITE = "overwrite"
    RELOAD = "reload"
    SAVE_AS = "save as"
    CANCEL = "cancel"


class Leave(Enum):
    """What to do about unsaved work when the window is closed."""

    SAVE = "save"
    QUIT = "quit"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Leaving:
    """The answer, and whether to ask the next time, too."""

    way: Leave
    ask_again: bool = True


@dataclass(frozen=True)
class Choosers:
    """`include` gives True (save the changes made by hand), False (leave them out) or
    None (cancel); the paths are None when the user cancels. `program` shows a PyTorch program
    and its name, and gives what was read of it, or None. `model` shows somebody's own model in
    a window of its own, that of a Python file or of a run's file; None asks for one.
    `leaving` is told the title of unsaved work, and whether it is kept.
    """

    open_path: Callable[[], Path | None]
    save_path: Callable[[Path | None], Path | None]
    include: Callable[[int], bool | None]
    outside: Callable[[Outside], Way]
    program_path: Callable[[Path | None], Path | None]
    program: Callable[[str, str], "Reading | None"]
    leaving: Callable[[str, bool], Leaving]
    picture_path: Callable[[Path | None], Path | None]
    model: Callable[[Path | None], None]


@dataclass(frozen=True)
class _Question:
    """What happened, what follows, and what is written on the buttons, the first by default."""

    text: str
    follows: str
    ways: Mapping[Way, str]


_RELOAD, _SAVE_AS = N_("&Reload"), N_("Save &As…")
QUESTIONS: Mapping[Fate, _Question] = {
    Fate.FILE_CHANGED: _Question(
        N_("“{name}” was changed by another program since it was opened."),
        N_(
            "Overwriting loses what the other program wrote. Reloading shows it; what you have "
            "not saved is then kept for File › Recover."
        ),
        {Way.SAVE_AS: _SAVE_AS, Way.RELOAD: _RELOAD, Way.OVERWRITE: N_("&Overwrite")},
    ),
    Fate.FILE_GONE: _Question(
        N_("“{name}” is not there any more: it was removed or renamed."),
        N_("It can be written again in its old place, or saved in another."),
        {Way.OVERWRITE: N_("&Write it again"), Way.SAVE_AS: _SAVE_AS},
    ),
    Fate.DATA_CHANGED: _Question(
        N_("The data in “{name}” was changed since it was read."),
        N_(
            "This run has the numbers as they were; they can be written into the experiment. "
            "Reloading takes the new ones; what you have not saved is then kept for "
            "File › Recover."
        ),
        {
            Way.OVERWRITE: N_("&Write the numbers in"),
            Way.RELOAD: _RELOAD,
            Way.SAVE_AS: _SAVE_AS,
        },
    ),
    Fate.DATA_GONE: _Question(
        N_("The data file “{name}” is not there any more."),
        N_("Its numbers, as this run has them, can be written into the experiment."),
        {Way.OVERWRITE: N_("&Write the numbers in"), Way.SAVE_AS: _SAVE_AS},
    ),
}


def dialogs(window: QWidget, language: Language, theme: Theme) -> Choosers:
    """The real questions, over the window."""
    _ = language.text
    kinds = f"{_('Experiments')} (*.toml);;{_('All files')} (*)"
    both = f"{_('Experiments and PyTorch programs')} (*.toml *.py);;{_('All files')} (*)"

    def open_path() -> Path | None:
        name, _kind = QFileDialog.getOpenFileName(window, _("Open an experiment"), "", both)
        return Path(name) if name else None

    def save_path(present: Path | None) -> Path | None:
        start = present or Path(_("experiment.toml"))
        return place_to_save(window, _("Save the experiment"), start, kinds)

    def program_path(proposed: Path | None) -> Path | None:
        start, programs = proposed or Path(_("experiment.py")), f"{_('Python programs')} (*.py)"
        return place_to_save(window, _("Save the program"), start, programs)

    def picture_path(proposed: Path | None) -> Path | None:
        start, pictures = proposed or Path(_("experiment.png")), f"{_('Pictures')} (*.png)"
        return place_to_save(window, _("Save the picture"), start, pictures)

    def program(text: str, name: str) -> "Reading | None":
        # It brings torch, and the window opens without it.
        from explorer.ui.programs.dialog import ask_for_program

        return ask_for_program(window, theme, language, text, name)

    def model(path: Path | None) -> None:
        from explorer.ui.subject.opening import open_model

        open_model(window, language, path)

    return Choosers(
        open_path,
        save_path,
        lambda count: _ask_to_include(window, language, count),
        lambda outside: _ask_about(window, language, outside),
        program_path,
        program,
        lambda title, kept: _ask_to_leave(window, language, title, kept),
        picture_path,
        model,
    )


def place_to_save(window: QWidget, title: str, start: Path, kinds: str) -> Path | None:
    """Where to save a file of the kind of `start`; None if nowhere.

    The dialog itself adds the suffix that was not typed, before it asks whether a file of that
    name is to be replaced.
    """
    dialog = QFileDialog(window, title, str(start.parent), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(start.suffix.removeprefix("."))
    dialog.selectFile(start.name)
    chosen = dialog.exec() == QFileDialog.DialogCode.Accepted
    dialog.deleteLater()
    return Path(dialog.selectedFiles()[0]) if chosen else None


def _box(window: QWidget, language: Language, icon: QMessageBox.Icon) -> QMessageBox:
    box = QMessageBox(window)
    box.setIcon(icon)
    box.setWindowTitle(language.text("Save the experiment"))
    return box


def _ask_to_include(window: QWidget, language: Language, count: int) -> bool | None:
    _ = language.text
    box = _box(window, language, QMessageBox.Icon.Question)
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


def _ask_about(window: QWidget, language: Language, outside: Outside) -> Way:
    box = _box(window, language, QMessageBox.Icon.Warning)
    question = QUESTIONS[outside.fate]
    box.setText(language.text(question.text).format(name=shortened(outside.name)))
    box.setInformativeText(language.text(question.follows))
    ways = {}
    for way, text in question.ways.items():
        button = box.addButton(language.text(text), QMessageBox.ButtonRole.ActionRole)
        ways[button] = way
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(next(iter(ways)))
    box.setEscapeButton(cancel)
    box.exec()
    return ways.get(box.clickedButton(), Way.CANCEL)  # type: ignore[call-overload, no-any-return]


def _ask_to_leave(window: QWidget, language: Language, title: str, kept: bool) -> Leaving:
    _ = language.text
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question if kept else QMessageBox.Icon.Warning)
    box.setWindowTitle(_("Close the window"))
    name = shortened(_(title)) if title else _("an untitled experiment")
    box.setText(_("What you did to “{title}” is not saved.").format(title=name))
    follows = (
        _("It is kept if you quit: at the next start File › Recover brings it back.")
        if kept
        else _("It could not be kept for File › Recover either: quitting loses it.")
    )
    box.setInformativeText(follows)
    save = box.addButton(QMessageBox.StandardButton.Save)
    leave = box.addButton(_("&Quit"), QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(save)
    box.setEscapeButton(cancel)
    no_more = QCheckBox(_("&Do not ask again"))
    if kept:
        box.setCheckBox(no_more)
    box.exec()
    ways = {save: Leave.SAVE, leave: Leave.QUIT}
    way = ways.get(box.clickedButton(), Leave.CANCEL)  # type: ignore[call-overload]
    return Leaving(way, not no_more.isChecked())
