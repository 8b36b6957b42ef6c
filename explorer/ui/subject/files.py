"""Saving a model's run and pictures, and what is asked before unsaved switches are left.

As `explorer.ui.files` is for an experiment.
"""

from pathlib import Path

from explorer.experiment.problem import BadInput
from explorer.experiment.wholefile import replacing_bytes
from explorer.own.modelfile import model_path
from explorer.ui.subject.bench import SubjectBench
from explorer.ui.subject.questions import Leaving, ModelChoosers


class ModelFiles:
    """File › Save, Save As; what goes wrong is told by the bench as a problem."""

    def __init__(self, bench: SubjectBench, choosers: ModelChoosers) -> None:
        self._bench = bench
        self._choosers = choosers

    def save(self) -> None:
        """Save to the file of the run, or ask for one."""
        path = self._bench.file.path
        self._save_to(path) if path else self.save_as()

    def save_as(self) -> None:
        """Ask for a file and save to it."""
        present = self._bench.file.path or model_path(self._bench.experiment.subject)
        path = self._choosers.save_path(present)
        if path is not None:
            self._save_to(path)

    def save_picture(self, png: bytes) -> None:
        """Ask for a file and write a picture to it."""
        path = self._choosers.save_path(model_path(self._bench.experiment.subject, ".png"))
        if path is None:
            return
        try:
            with replacing_bytes(path) as file:
                file.write(png)
        except BadInput as problem:
            self._bench.problem_arose.emit(problem.at(file=str(path)))

    def may_close(self) -> bool:
        """Ask about switches that no file holds, and save them if that is wanted."""
        count = len(self._bench.unsaved_changes)
        if not count:
            return True
        way = self._choosers.leave(count)
        if way is Leaving.SAVE:
            self.save()
        return way is Leaving.DISCARD or not self._bench.unsaved_changes

    def _save_to(self, path: Path) -> None:
        try:
            self._bench.save(path)
        except BadInput as problem:
            self._bench.problem_arose.emit(problem.at(file=str(path)))
