"""A document and its edits, as values."""

from pathlib import Path

import pytest

from explorer import paths
from explorer.experiment.file import read
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change
from explorer.live.document import Document

CHANGE = Change(step=3, tensor="b", requires_grad=True)


@pytest.fixture
def document() -> Document:
    return Document.of(read(paths.builtin_experiments()["line-fit"]))


def test_an_edit_makes_another_document(document: Document) -> None:
    shorter = document.edited("training.steps", 7).edited("title", "Mine")
    assert (shorter.value("training.steps"), shorter.value("title")) == (7, "Mine")
    assert shorter.is_edited
    assert not document.is_edited
    back = shorter.edited("title", document.value("title")).edited("training.steps", 5000)
    assert back == document


def test_an_edit_that_does_not_fit_is_refused(document: Document) -> None:
    with pytest.raises(BadInput):
        document.edited("training.steps", 0)


def test_saving_writes_the_changes_given_and_leaves_nothing_edited(
    document: Document, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    saved = document.edited("training.steps", 7).saved(path, (CHANGE,))
    assert saved.experiment.changes == (CHANGE,)
    assert read(path).experiment == saved.experiment
    assert saved.file.path == path
    assert not saved.is_edited


def test_what_was_recovered_is_edited_though_it_is_its_files(document: Document) -> None:
    assert Document(document.file, document.experiment, recovered=True).is_edited


def test_a_problem_is_told_with_the_documents_file(document: Document) -> None:
    assert document.located(BadInput("x")).place.file == str(document.file.path)
