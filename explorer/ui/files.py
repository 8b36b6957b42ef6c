"""Opening, saving and recovering: questions around the workbench, and nothing lost in between.

What was done by hand and not saved is kept in a recovery file whenever the window
is closed or shows another experiment, so that neither has to ask. Programs are written too.
"""

import re
from functools import partial
from pathlib import Path

from explorer import paths
from explorer.experiment.file import ExperimentFile, read
from explorer.experiment.leftovers import clear_beside
from explorer.experiment.problem import BadInput
from explorer.experiment.textfile import Limits, read_text, write_text
from explorer.experiment.wholefile import replacing_bytes
from explorer.i18n import Language
from explorer.live.outside import changed_outside
from explorer.live.recovery import Offer
from explorer.own.modelfile import is_model_file
from explorer.ui.keeper import Keeper
from explorer.ui.patience import read_patiently
from explorer.ui.questions import Choosers, Way
from explorer.ui.workbench import Workbench

# Of a proposed name, in letters: the longest that file managers show whole.
LONGEST_NAME = 60
_NOT_IN_NAMES = re.compile(r"[^\w ,.()+=\-]")
PROGRAM = ".py"
PROGRAM_LIMITS = Limits(mib=4, lines=100_000)


class Files:
    """File › New from PyTorch Code, Open, Save, Save As, Reload, Recover."""

    def __init__(
        self, workbench: Workbench, choosers: Choosers, keeper: Keeper, language: Language
    ) -> None:
        self._workbench = workbench
        self._language = language
        self._keeper = keeper
        self.choosers = choosers

    def new_from_program(self, text: str = "", name: str = "") -> None:
        """Ask for a PyTorch program and show the experiment that it is."""
        reading = self.choosers.program(text, name)
        if reading is None or reading.experiment is None:
            return
        self.keep_unsaved()
        self._workbench.open(ExperimentFile(reading.experiment, reading.text, None))

    def open(self) -> None:
        """Ask for a file and show it."""
        path = self.choosers.open_path()
        if path is not None:
            self.open_path(path)

    def open_model(self) -> None:
        """Ask for a PyTorch model, and show it in a window of its own."""
        try:
            self.choosers.model(None)
        except BadInput as problem:
            self._workbench.problem_arose.emit(problem)

    def open_path(self, path: Path) -> None:
        """Show the experiment in this file; a broken one is refused and nothing changes.

        A program is shown in the dialog that reads it.
        """
        try:
            if path.suffix == PROGRAM:
                self.new_from_program(read_text(path, PROGRAM_LIMITS), path.stem)
                return
            if is_model_file(path):
                self.choosers.model(path)
                return
            file = read_patiently(path, partial(read, path), self._language)
        except BadInput as problem:
            self._workbench.problem_arose.emit(problem)
            return
        if file is None:
            return
        clear_beside(path)
        self.keep_unsaved()
        self._workbench.open(file if not is_builtin(path) else as_template(file))

    def reload(self) -> None:
        """Show the experiment's file as it is on the disk by now."""
        path = self._workbench.file.path
        if path is not None:
            self.open_path(path)

    def save(self) -> bool:
        """Save to the experiment's own file, or ask for one; whether it is saved."""
        path = self._workbench.file.path
        return self._save_unless_changed(path) if path else self.save_as()

    def save_as(self) -> bool:
        """Ask for a file and save to it; whether it is saved."""
        path = self.choosers.save_path(self._proposed(".toml"))
        return path is not None and self._save_unless_changed(path)

    def save_program(self, program: str) -> Path | None:
        """Ask for a file and write a PyTorch program to it; where it is now, if it is."""
        path = self.choosers.program_path(self._proposed(".py"))
        if path is None:
            return None
        try:
            write_text(path, program)
        except BadInput as problem:
            self._workbench.problem_arose.emit(problem.at(file=str(path)))
            return None
        return path

    def save_picture(self, png: bytes) -> None:
        """Ask for a file and write a picture to it."""
        path = self.choosers.picture_path(self._proposed(".png"))
        if path is None:
            return
        try:
            with replacing_bytes(path) as file:
                file.write(png)
        except BadInput as problem:
            self._workbench.problem_arose.emit(problem.at(file=str(path)))

    def _proposed(self, suffix: str) -> Path:
        """Where to save: beside its file, else under its title."""
        origin = self._workbench.file.origin
        if origin is not None:
            return origin.with_suffix(suffix)
        title = self._language.text(self._workbench.title)
        return Path(f"{file_name(title) or self._language.text('experiment')}{suffix}")

    def keep_now(self) -> bool:
        """Keep what is not saved, without leaving it; False if that cannot be written."""
        return self._keeper.keep_now()

    def keep_unsaved(self) -> None:
        """Keep what is not saved for File › Recover: the document is left."""
        self._keeper.leave()

    def offers(self) -> tuple[Offer, ...]:
        """The unsaved work that can be recovered, the last first."""
        return self._keeper.recovery.offers()

    def recover(self, offer: Offer) -> None:
        """Go on with unsaved work; it has no file of its own until it is saved."""
        try:
            slot, work = self._keeper.recovery.claim(offer)
        except BadInput as problem:
            self._workbench.problem_arose.emit(problem)
            return
        self.keep_unsaved()
        self._keeper.adopt(slot)
        self._workbench.recover(work)

    def discard(self, offer: Offer) -> None:
        """Remove unsaved work that nobody wants."""
        self._keeper.recovery.discard(offer)

    def _save_unless_changed(self, path: Path) -> bool:
        """Say what became of the files meanwhile, before one is overwritten."""
        for outside in changed_outside(self._workbench.file, path):
            way = self.choosers.outside(outside)
            if way is Way.RELOAD:
                self.reload()
            if way is not Way.OVERWRITE:
                return way is Way.SAVE_AS and self.save_as()
        return self._save_to(path)

    def _save_to(self, path: Path) -> bool:
        unsaved = self._workbench.unsaved_changes
        with_changes = self.choosers.include(len(unsaved)) if unsaved else False
        if with_changes is None:
            return False
        try:
            self._workbench.save(path, with_changes)
        except BadInput as problem:
            # Nobody knows what becomes of a place that cannot be written.
            self._keeper.keep_now()
            self._workbench.problem_arose.emit(problem.at(file=str(path)))
            return False
        return True


def as_template(file: ExperimentFile) -> ExperimentFile:
    """The experiment without its path: saving it asks for a place of the user's own."""
    return ExperimentFile(file.experiment, file.text, None)


def file_name(title: str) -> str:
    """The title as a file's name on any system, without an ending; empty if nothing is left."""
    plain = _NOT_IN_NAMES.sub(" ", title)
    return " ".join(plain.split())[:LONGEST_NAME].strip(" .")


def is_builtin(path: Path) -> bool:
    """Whether the file is one of the program's own."""
    return path.resolve() in {each.resolve() for each in paths.builtin_experiments().values()}


def program_file(path: Path, steps: int | None = None) -> ExperimentFile:
    """The experiment that a program's file is, read without asking. Raises BadInput."""
    # It brings torch, and the window opens without it.
    from explorer.reading.program import read_program

    reading = read_program(read_text(path, PROGRAM_LIMITS), path.stem)
    if reading.experiment is None:
        assert reading.problem is not None
        raise reading.problem.at(file=str(path))
    experiment = reading.experiment
    if steps is not None:
        training = experiment.training.model_copy(update={"steps": steps})
        experiment = experiment.replace(training=training)
    return ExperimentFile(experiment, reading.text, None)
