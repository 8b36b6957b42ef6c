"""The questions asked about a model, as dialogs; tests answer them without."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from explorer.experiment.names import shortened
from explorer.i18n import Language
from explorer.own.consent import digest, factories
from explorer.own.modelfile import is_model_file, read_model_file
from explorer.own.reference import Reference, referred
from explorer.ui.questions import place_to_save
from explorer.ui.settings import Settings


class Leaving(Enum):
    """What becomes of switches that no file holds, when the window is closed."""

    SAVE = "save"
    DISCARD = "discard"
    STAY = "stay"


@dataclass(frozen=True)
class ModelChoosers:
    """`model_path` gives a Python file or the file of a run; `factory` one of the names in it.

    `may_run` is asked with the file's name, and gives whether its code is to be run. None is
    given where the user cancels. `leave` is asked how many changes are to be saved or not.
    """

    model_path: Callable[[], Path | None]
    factory: Callable[[str, Sequence[str]], str | None]
    may_run: Callable[[str], bool]
    save_path: Callable[[Path], Path | None]
    leave: Callable[[int], Leaving]


def model_dialogs(window: QWidget, language: Language) -> ModelChoosers:
    """The real questions, over the window."""
    _ = language.text
    kinds = f"{_('PyTorch models')} (*.py *.gx.toml);;{_('All files')} (*)"

    def model_path() -> Path | None:
        name, _kind = QFileDialog.getOpenFileName(window, _("Open a PyTorch model"), "", kinds)
        return Path(name) if name else None

    def factory(file: str, names: Sequence[str]) -> str | None:
        title = _("Open a PyTorch model")
        text = _("The function in {file} that makes the model:").format(file=file)
        name, accepted = QInputDialog.getItem(window, title, text, list(names), 0, True)
        return name.strip() if accepted and name.strip() else None

    def save_path(proposed: Path) -> Path | None:
        if proposed.suffix == ".png":
            pictures = f"{_('Pictures')} (*.png)"
            return place_to_save(window, _("Save the picture"), proposed, pictures)
        files = f"{_('Experiments')} (*.toml);;{_('All files')} (*)"
        return place_to_save(window, _("Save what was changed"), proposed, files)

    return ModelChoosers(
        model_path,
        factory,
        lambda file: _ask_to_run(window, language, file),
        save_path,
        lambda count: _ask_to_leave(window, language, count),
    )


def _ask_to_run(window: QWidget, language: Language, file: str) -> bool:
    _ = language.text
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(_("Run this code?"))
    box.setText(_("To show this model, “{name}” has to be run.").format(name=shortened(file)))
    box.setInformativeText(
        _(
            "It is a Python program, with whatever it imports: it may do all that you may do on "
            "this computer. Run it only if it is yours, or if you trust who wrote it. You are "
            "asked again when the file is changed."
        )
    )
    run = box.addButton(_("&Run it"), QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    return box.clickedButton() is run


def _ask_to_leave(window: QWidget, language: Language, count: int) -> Leaving:
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(language.text("Close the window?"))
    question = language.plural(
        "Save the change made by hand?", "Save the {n} changes made by hand?", count
    )
    box.setText(question.format(n=count))
    box.setInformativeText(
        language.text("With them, the saved file makes this run again, with the same numbers.")
    )
    button = QMessageBox.StandardButton
    box.setStandardButtons(button.Save | button.Discard | button.Cancel)
    box.setDefaultButton(button.Save)
    answers = {button.Save: Leaving.SAVE, button.Discard: Leaving.DISCARD}
    return answers.get(button(box.exec()), Leaving.STAY)


class Consent:
    """Whether code may be run: asked once for each file and content, and kept in the settings.

    `named`: whoever started the program named it, which is the answer.
    """

    def __init__(
        self, settings: Settings, ask: Callable[[str], bool], *, named: bool = False
    ) -> None:
        self._settings = settings
        self._ask = ask
        self._named = named

    def given(self, wanted: Reference) -> bool:
        """Look, and ask if need be."""
        found = digest(wanted)
        if self._named or (found and found in self._settings.trusted):
            return True
        if not self._ask(Path(wanted.home).name if wanted.is_file else wanted.home):
            return False
        if found:
            self._settings.trust(found)
        return True


def chosen_model(choosers: ModelChoosers, settings: Settings) -> str | None:
    """What to open, agreed to: a reference, or the path of a run's file. Raises BadInput."""
    path = choosers.model_path()
    return None if path is None else agreed_model(path, choosers, settings)


def agreed_model(path: Path, choosers: ModelChoosers, settings: Settings) -> str | None:
    """The same for a file that was chosen already."""
    if is_model_file(path):
        subject, wanted = str(path), referred(read_model_file(path).plan.subject)
    else:
        names = factories(path)
        name = names[0] if len(names) == 1 else choosers.factory(path.name, names)
        if name is None:
            return None
        subject = f"{path}:{name}"
        wanted = referred(subject)
    return subject if Consent(settings, choosers.may_run).given(wanted) else None
