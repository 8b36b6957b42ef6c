"""Saving needs nothing on the disk that was read before: all of it is in memory."""

import os
import shutil
from pathlib import Path

import pytest

from explorer.experiment.file import ExperimentFile, as_saved, experiment_of, read, updated_text

CSV = '# mine\nformula = "y = a*x"\nparameters.a = 1\n[data]\nfile = "points.csv"  # measured\n'
POINTS = "x,y\n1,2\n2,4\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "mine.toml").write_text(CSV)
    (folder / "points.csv").write_text(POINTS)
    return folder


def longer(file: ExperimentFile) -> str:
    """The file's text with one step more."""
    training = file.experiment.training
    steps = training.model_copy(update={"steps": training.steps + 1})
    return updated_text(file, file.experiment.replace(training=steps))


@pytest.mark.parametrize("gone", ["the CSV file", "the folder", "both files"])
@pytest.mark.parametrize("settings", [(), ("training.steps=7",), ("data.columns.x='x'",)])
def test_the_numbers_of_a_file_that_is_gone_are_written(
    home: Path, gone: str, settings: tuple[str, ...]
) -> None:
    if "data.columns.x='x'" in settings:
        settings = ("data.columns={x='x', y='y'}",)
    file = read(home / "mine.toml", settings)
    if gone == "the folder":
        shutil.rmtree(home)
    else:
        (home / "points.csv").unlink()
        if gone == "both files":
            (home / "mine.toml").unlink()
    text = longer(file)
    again = experiment_of(text, home)
    assert again.data == file.experiment.data
    assert again.training.steps == file.experiment.training.steps + 1
    if not any("data" in each for each in settings):
        assert text.startswith("# mine\n")


def test_a_file_that_is_still_there_stays_named(home: Path) -> None:
    text = longer(read(home / "mine.toml"))
    assert 'file = "points.csv"  # measured' in text


@pytest.mark.parametrize("content", ["x,y\n1,2\n2,5\n", "x,y\n1,2\n", "a,b\n1,2\n", "", "x\n1\n"])
def test_other_numbers_are_never_saved_in_the_place_of_those_shown(
    home: Path, content: str
) -> None:
    file = read(home / "mine.toml")
    (home / "points.csv").write_text(content)
    assert experiment_of(longer(file), home).data == file.experiment.data


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed there")
def test_where_there_is_no_working_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = read(home / "mine.toml")
    template = ExperimentFile(file.experiment, file.text, None)
    monkeypatch.chdir(home)
    shutil.rmtree(home)
    assert experiment_of(longer(template), tmp_path).data == file.experiment.data
    monkeypatch.chdir(tmp_path)


def test_numbers_once_written_into_the_file_stay_there(home: Path) -> None:
    file = read(home / "mine.toml")
    (home / "points.csv").unlink()
    text = longer(file)
    saved = ExperimentFile(as_saved(file.experiment, text), text, file.path)
    (home / "points.csv").write_text(POINTS)
    assert "points.csv" not in longer(saved)
