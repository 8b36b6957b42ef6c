"""Other programs change, remove and move files while they are open here."""

import shutil
from pathlib import Path

import pytest

import explorer
from explorer.ui.questions import Way
from explorer.ui.tensormodel import Column

from .conftest import Seat, Write
from .desk import Desk
from .test_opening import GOOD, ready
from .test_saving import CSV

POINTS = "x,y\n1,2\n2,4\n"
OTHERS = "x,y\n1,2\n2,5\n"


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text(POINTS)
    return path


def edited(seat: Seat, path: Path) -> Desk:
    desk = seat(path)
    desk.type_steps("7")
    return desk


@pytest.mark.parametrize("way", Way)
def test_a_file_that_another_editor_changed(
    seat: Seat, write: Write, tmp_path: Path, way: Way
) -> None:
    path = write(GOOD)
    desk = edited(seat, path)
    theirs = GOOD.replace("Mine", "Theirs")
    path.write_text(theirs)
    desk.answers.outside, desk.answers.save_path = way, tmp_path / "other.toml"
    desk.press("Ctrl+S")
    assert desk.answers.asked[0] == "file-changed experiment.toml"
    if way is Way.OVERWRITE:
        assert explorer.load(path).training.steps == 7
        assert explorer.load(path).title == "Mine"
        assert not desk.window.isWindowModified()
        return
    assert path.read_text() == theirs
    if way is Way.RELOAD:
        ready(desk)
        assert desk.workbench.title == "Theirs"
        assert list(desk.to_recover()) == ["Mine"]
    elif way is Way.SAVE_AS:
        assert explorer.load(tmp_path / "other.toml").training.steps == 7
    else:
        assert desk.window.isWindowModified()


def test_the_same_content_written_again_is_no_change(seat: Seat, write: Write) -> None:
    path = write(GOOD)
    desk = edited(seat, path)
    path.unlink()
    write(GOOD)
    desk.press("Ctrl+S")
    assert desk.answers.asked == []
    desk.type_steps("8")
    desk.press("Ctrl+S")
    assert desk.answers.asked == [], "its own saving is no change from outside"
    assert explorer.load(path).training.steps == 8


def test_a_change_that_keeps_time_and_size(seat: Seat, write: Write) -> None:
    import os

    path = write(GOOD)
    desk = edited(seat, path)
    status = path.stat()
    path.write_text(GOOD.replace("Mine", "mine"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    desk.press("Ctrl+S")
    assert desk.answers.asked == ["file-changed experiment.toml"]


def test_choosing_the_own_file_anew_asks_as_well(seat: Seat, write: Write) -> None:
    path = write(GOOD)
    desk = edited(seat, path)
    path.write_text("theirs")
    desk.answers.save_path = path
    desk.press("Ctrl+Shift+S")
    assert desk.answers.asked == ["save", "file-changed experiment.toml"]
    assert path.read_text() == "theirs"


@pytest.mark.parametrize("way", [Way.OVERWRITE, Way.CANCEL])
def test_a_file_that_was_removed(seat: Seat, write: Write, way: Way) -> None:
    path = write(GOOD)
    desk = edited(seat, path)
    path.unlink()
    desk.answers.outside = way
    desk.press("Ctrl+S")
    assert desk.answers.asked == ["file-gone experiment.toml"]
    assert path.exists() == (way is Way.OVERWRITE)


def test_a_broken_file_is_not_loaded_in_the_place_of_the_work(seat: Seat, write: Write) -> None:
    path = write(GOOD)
    desk = edited(seat, path)
    path.write_text("formula =")
    desk.answers.outside = Way.RELOAD
    desk.press("Ctrl+S")
    assert "not TOML" in desk.message
    assert desk.window.isWindowModified()
    assert desk.workbench.experiment.training.steps == 7


@pytest.mark.parametrize("way", Way)
def test_data_that_was_changed_is_never_taken_for_that_of_the_run(
    seat: Seat, write: Write, points: Path, tmp_path: Path, way: Way
) -> None:
    path = write(CSV)
    desk = edited(seat, path)
    points.write_text(OTHERS)
    desk.answers.outside, desk.answers.save_path = way, tmp_path / "b" / "mine.toml"
    (tmp_path / "b").mkdir()
    desk.press("Ctrl+S")
    assert desk.answers.asked[0] == "data-changed points.csv"
    if way is Way.RELOAD:
        ready(desk)
        assert list(desk.workbench.experiment.columns["y"]) == [2, 5]
        assert path.read_text() == CSV
        return
    saved = {Way.OVERWRITE: path, Way.SAVE_AS: desk.answers.save_path}.get(way)
    if saved is None:
        assert path.read_text() == CSV
        assert desk.window.isWindowModified()
        return
    points.unlink()
    assert list(explorer.load(saved).columns["y"]) == [2, 4]
    assert not desk.window.isWindowModified()
    desk.type_steps("8")
    desk.press("Ctrl+S")
    assert desk.answers.asked[1:] in ([], ["save"]), "the file needs no data file any more"


@pytest.mark.parametrize("gone", ["the data", "the folder"])
def test_saving_and_closing_need_nothing_that_is_gone(
    seat: Seat, write: Write, points: Path, tmp_path: Path, gone: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.move(points, home)
    path = home / "mine.toml"
    path.write_text(CSV)
    desk = seat(path)
    desk.flip("a", Column.DETACH)
    desk.until(desk.window.isWindowModified)
    desk.answers.outside = Way.OVERWRITE
    if gone == "the data":
        (home / "points.csv").unlink()
        desk.press("Ctrl+S")
        assert desk.answers.asked == ["data-gone points.csv", "include 1"]
        assert list(explorer.load(path).columns["y"]) == [2, 4]
        return
    shutil.rmtree(home)
    desk.press("Ctrl+S")
    assert "its folder is not there" in desk.message
    assert "Save As" in desk.message
    desk.program.keeper.leave()
    assert list(desk.to_recover()) == ["mine"]
    desk.answers.save_path = tmp_path / "other.toml"
    desk.press("Ctrl+Shift+S")
    assert list(explorer.load(tmp_path / "other.toml").columns["y"]) == [2, 4]


def test_reloading(seat: Seat, write: Write) -> None:
    desk = seat()
    assert not desk.action("reload").isEnabled()
    path = write(GOOD)
    desk = edited(seat, path)
    path.write_text(GOOD.replace("Mine", "Theirs"))
    desk.action("reload").trigger()
    ready(desk)
    assert desk.workbench.title == "Theirs"
    assert not desk.window.isWindowModified()
    assert list(desk.to_recover()) == ["Mine"]
