"""Edits of the whole document in the window: run when PyTorch takes them, undone exactly."""

from random import Random

import pytest
from PySide6.QtWidgets import QApplication

from explorer import paths
from explorer.experiment.edits import Add, Edit, NewSeeds, Put, Remove, Rename, Start
from explorer.experiment.file import read
from explorer.live import reports
from explorer.ui.workbench import Workbench

NAMES = "abcdkmxy"


def random_edit(dice: Random) -> Edit:
    name, other = dice.choice(NAMES), dice.choice(NAMES)
    random = {"shape": [1], "init": "normal", "seed": dice.randrange(9)}
    return dice.choice(
        (
            Rename(name, other),
            Add(name, dice.random()),
            Remove(name),
            Start(name, dice.choice(({"value": dice.random()}, random))),
            NewSeeds(),
            Put("training.steps", dice.randrange(1, 99)),
            Put("title", dice.choice(NAMES)),
        )
    )


def answer(workbench: Workbench) -> None:
    """As the worker would, which is not started here: PyTorch takes it."""
    revision = workbench._revision
    if revision is not None:
        workbench._on_report(reports.Tried(revision.run.identity))


def test_500_edits_are_undone_and_done_again_exactly(qapp: QApplication) -> None:
    workbench, dice = Workbench(read(paths.builtin_experiments()["line-fit"])), Random(1)
    documents = [workbench.document]
    while len(documents) <= 500:
        before = workbench.document
        if dice.random() < 0.3:
            workbench.rest()
            workbench.type_formula(f"y = {dice.choice(NAMES)} +")
        else:
            workbench.edit(random_edit(dice))
            answer(workbench)
        if workbench.document != before:
            documents.append(workbench.document)
    assert len(workbench.history.done) == 500
    for document in reversed(documents[:-1]):
        workbench.undo()
        assert workbench.document == document
    assert not workbench.history.done
    for document in documents[1:]:
        workbench.redo()
        assert workbench.document == document
    # A run keeps all its numbers: only a few are kept.
    assert len(workbench.history.runs) <= 12
    workbench.deleteLater()


@pytest.mark.parametrize("edit", [Remove("a"), Rename("a", "b"), Add("a")])
def test_what_does_not_fit_is_told(qapp: QApplication, edit: Edit) -> None:
    workbench = Workbench(read(paths.builtin_experiments()["line-fit"]))
    told: list[object] = []
    workbench.problem_arose.connect(told.append)
    workbench.edit(edit)
    assert workbench._revision is None
    assert len(told) == 1
    workbench.deleteLater()


def test_a_name_changes_in_what_is_typed_and_done_by_hand(qapp: QApplication) -> None:
    workbench = Workbench(read(paths.builtin_experiments()["line-fit"]))
    workbench.type_formula("y = a*x + q")
    workbench.edit(Rename("a", "slope"))
    answer(workbench)
    assert workbench.document.draft == "y = slope*x + q"
    assert workbench.experiment.formula == "y = slope*x + b*x + c + d"
    workbench.undo()
    assert workbench.document.draft == "y = a*x + q"
    workbench.deleteLater()
