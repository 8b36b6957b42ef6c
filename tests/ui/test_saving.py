"""Saving: with and without what was done by hand, and nothing lost when it fails."""

from pathlib import Path

import pytest

import explorer
from explorer import paths
from explorer.live.recovery import Recovery
from explorer.ui.speed import notch_at
from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import Desk
from .test_opening import GOOD, open_file, ready


def run_by_hand(desk: Desk) -> None:
    """A run with switches, values and options changed at whatever step it happens to be."""
    # Slowly, so that all of it is done before the run is over.
    desk.window.bar.speed.slider.setValue(notch_at(30))
    desk.click("play")
    desk.wait_for_step(20)
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.value("b") != 0.5)
    desk.flip("a", Column.DETACH)
    desk.until(lambda: desk.tensor("a").detached)
    desk.type_rate("0.01")
    desk.until(lambda: len(desk.marks()) == 3)
    desk.flip("a", Column.DETACH)
    desk.flip("a", Column.REQUIRES_GRAD)
    desk.type_value("c", "0.1")
    desk.until(lambda: len(desk.marks()) == 6)
    desk.full_speed()
    desk.wait_for(RunState.FINISHED, RunState.FAILED)


@pytest.mark.parametrize(
    ("optimizer", "zero_grad"),
    [
        ('"adam"', "none"),
        ('"adam"', "never"),
        ('{ name = "sgd", lr = 0.005, momentum = 0.9 }', "zero"),
        ('{ name = "rmsprop", lr = 0.001, momentum = 0.5 }', "never"),
    ],
)
def test_a_saved_run_replays_with_the_same_bits(
    seat: Seat, tmp_path: Path, optimizer: str, zero_grad: str
) -> None:
    desk = seat(
        "line-fit",
        "training.steps=1500",
        f"training.optimizer={optimizer}",
        f"training.zero_grad={zero_grad}",
    )
    run_by_hand(desk)
    desk.answers.save_path = tmp_path / "mine.toml"
    desk.press("Ctrl+S")
    assert desk.answers.asked == ["save", "include 6"]
    assert not desk.window.isWindowModified()
    session = explorer.Session(explorer.load(tmp_path / "mine.toml"))
    for _ in session:
        pass
    # Gradients that are never zeroed may blow the run up: then at the same step.
    assert session.step == desk.frame.step
    assert repr(session.loss) == repr(desk.frame.loss)
    if desk.state is RunState.FAILED:
        # Switches flipped after that are changes of a step which a replay never reaches.
        return
    assert session.step == 1500
    for tensor in session.tensors():
        assert repr(tensor.value) == repr(desk.value(tensor.name))
        assert repr(tensor.grad) == repr(desk.tensor(tensor.name).grad)
        assert tensor.requires_grad == desk.tensor(tensor.name).requires_grad


def test_the_comments_stay(seat: Seat, write: Write) -> None:
    path = write("# mine\n" + GOOD)
    desk = seat(path)
    desk.flip("a", Column.DETACH)
    desk.until(desk.window.isWindowModified)
    desk.press("Ctrl+S")
    assert desk.answers.asked == ["include 1"]
    text = path.read_text()
    assert text.startswith("# mine\n")
    assert "[[changes]]" in text


def test_leaving_the_changes_out(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.type_steps("123")
    desk.until(lambda: len(desk.marks()) == 1)
    desk.answers.save_path, desk.answers.include = tmp_path / "mine.toml", False
    desk.press("Ctrl+S")
    saved = explorer.load(tmp_path / "mine.toml")
    assert saved.changes == ()
    assert saved.training.steps == 123
    assert desk.window.isWindowModified(), "the change made by hand is in no file"


@pytest.mark.parametrize("cancel", ["the place", "the question"])
def test_cancelling(seat: Seat, tmp_path: Path, cancel: str) -> None:
    desk = seat()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(desk.window.isWindowModified)
    desk.answers.save_path = None if cancel == "the place" else tmp_path / "mine.toml"
    desk.answers.include = None
    desk.press("Ctrl+S")
    assert list(tmp_path.glob("*.toml")) == []
    assert desk.window.isWindowModified()
    assert desk.workbench.file.path is None


def test_a_place_that_cannot_be_written(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(desk.window.isWindowModified)
    desk.answers.save_path = tmp_path / "no such folder" / "mine.toml"
    desk.press("Ctrl+S")
    assert "cannot be written" in desk.message
    assert desk.window.isWindowModified()
    assert desk.workbench.file.path is None
    desk.answers.save_path = tmp_path / "mine.toml"
    desk.press("Ctrl+S")
    assert (tmp_path / "mine.toml").exists()
    assert not desk.window.isWindowModified()


def test_a_file_that_a_folder_stands_for_is_kept(seat: Seat, write: Write) -> None:
    path = write(GOOD)
    desk = seat(path)
    desk.type_steps("7")
    path.unlink()
    path.mkdir()
    desk.press("Ctrl+S")
    assert "cannot be written" in desk.message
    assert desk.window.isWindowModified()


def test_save_as_makes_another_file(seat: Seat, write: Write, tmp_path: Path) -> None:
    path = write(GOOD)
    desk = seat(path)
    desk.type_steps("7")
    desk.answers.save_path = tmp_path / "other.toml"
    desk.press("Ctrl+Shift+S")
    assert path.read_text() == GOOD
    assert explorer.load(tmp_path / "other.toml").training.steps == 7
    assert "(other.toml)" in desk.window.windowTitle()


def test_after_saving_more_can_be_done_and_saved(seat: Seat, write: Write) -> None:
    path = write(GOOD)
    desk = seat(path, "training.steps=400")
    desk.flip("a", Column.DETACH)
    desk.until(desk.window.isWindowModified)
    desk.press("Ctrl+S")
    assert not desk.window.isWindowModified()
    desk.look()
    desk.flip("a", Column.DETACH)
    desk.until(desk.window.isWindowModified)
    desk.play_to_rest()
    desk.press("Ctrl+S")
    assert desk.answers.asked == ["include 1", "include 1"]
    session = explorer.Session(explorer.load(path))
    for _ in session:
        pass
    assert session.loss == desk.frame.loss


def test_what_was_done_after_the_end_is_not_lost(seat: Seat, write: Write) -> None:
    path = write(GOOD)
    desk = seat(path, "training.steps=30")
    desk.full_speed()
    desk.flip("a", Column.DETACH)
    desk.until(lambda: len(desk.marks()) == 1)
    desk.flip("a", Column.DETACH)
    desk.until(lambda: len(desk.marks()) == 2)
    desk.play_to_rest()
    desk.type_rate("0.05")
    desk.look()
    desk.press("Ctrl+S")
    desk.type_steps("60")
    desk.play_to_rest()
    desk.press("Ctrl+S")
    session = explorer.Session(explorer.load(path))
    for _ in session:
        pass
    assert (session.step, session.loss) == (60, desk.frame.loss)


TITLE = "Line fit, two parameters frozen"


def test_what_is_unsaved_can_be_recovered(seat: Seat) -> None:
    desk = seat()
    assert list(desk.to_recover()) == ["No unsaved work"]
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(desk.window.isWindowModified)
    desk.window.close()
    again = seat()
    again.recover(TITLE)
    ready(again)
    assert [change.tensor for change in again.workbench.experiment.changes] == ["b"]
    assert again.workbench.file.path is None
    assert again.window.isWindowModified()


def test_opening_another_file_keeps_what_is_unsaved(seat: Seat, write: Write) -> None:
    desk = seat()
    desk.type_steps("77")
    open_file(desk, write(GOOD))
    ready(desk)
    desk.recover(TITLE)
    ready(desk)
    assert desk.workbench.experiment.training.steps == 77
    assert desk.workbench.title == TITLE


def test_recovering_keeps_what_is_unsaved_now(seat: Seat, write: Write) -> None:
    desk = seat()
    desk.type_steps("77")
    open_file(desk, write(GOOD))
    ready(desk)
    desk.type_steps("88")
    desk.recover(TITLE)
    ready(desk)
    assert desk.workbench.experiment.training.steps == 77
    desk.recover("Mine")
    ready(desk)
    assert desk.workbench.experiment.training.steps == 88
    assert list(desk.to_recover()) == [TITLE]


CSV = 'formula = "y = a*x"\nparameters.a = 1\n[data]\nfile = "points.csv"\n'


@pytest.mark.parametrize("way", ["save as", "recover"])
def test_data_beside_the_file_is_found_again(
    seat: Seat, write: Write, tmp_path: Path, way: str
) -> None:
    (tmp_path / "points.csv").write_text("x,y\n1,2\n2,4\n")
    desk = seat(write(CSV))
    desk.type_steps("9")
    if way == "save as":
        (tmp_path / "elsewhere").mkdir()
        desk.answers.save_path = tmp_path / "elsewhere" / "mine.toml"
        desk.press("Ctrl+Shift+S")
        saved = explorer.load(desk.answers.save_path)
    else:
        desk.window.close()
        recovery = Recovery(paths.data_folder() / "recovery")
        [offer] = recovery.offers()
        slot, work = recovery.claim(offer)
        saved = work.experiment
        slot.discard()
    assert list(saved.columns["y"]) == [2, 4]
    assert saved.training.steps == 9
