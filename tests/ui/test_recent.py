"""File › Open recent, as somebody uses it from one start to the next."""

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from explorer.ui.recent import LONGEST_PATH, MOST_FILES

from .conftest import Seat
from .desk import Desk
from .test_opening import GOOD, open_file


def menu(desk: Desk) -> dict[str, QAction]:
    """The entries by what is written on them, in order."""
    found = next(each for each in desk.window.findChildren(QMenu) if each.title() == "Open re&cent")
    found.aboutToShow.emit()
    return {each.text(): each for each in found.actions() if not each.isSeparator()}


def files(desk: Desk) -> list[str]:
    return [Path(action.toolTip()).name for action in menu(desk).values()][:-1]


def made(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_what_was_opened_or_saved_is_there_at_the_next_start(seat: Seat, tmp_path: Path) -> None:
    desk = seat(start=False)
    assert [*menu(desk)] == ["No recent files"]
    assert not menu(desk)["No recent files"].isEnabled()
    open_file(desk, made(tmp_path, "one.toml"))
    open_file(desk, made(tmp_path, "two.toml"))
    desk.answers.save_path = tmp_path / "three.toml"
    desk.press("Ctrl+Shift+S")
    assert files(desk) == ["three.toml", "two.toml", "one.toml"]
    desk.window.close()
    again = seat(start=False)
    assert files(again) == ["three.toml", "two.toml", "one.toml"]
    by_name = dict(zip(files(again), menu(again).values(), strict=False))
    by_name["one.toml"].trigger()
    assert again.workbench.file.path == tmp_path / "one.toml"
    assert files(again) == ["one.toml", "three.toml", "two.toml"]


def test_what_is_gone_is_not_offered_and_the_last_eight_are(seat: Seat, tmp_path: Path) -> None:
    desk = seat(start=False)
    for number in range(MOST_FILES + 2):
        open_file(desk, made(tmp_path, f"{number}.toml"))
    assert files(desk) == [f"{number}.toml" for number in range(9, 1, -1)]
    (tmp_path / "5.toml").unlink()
    assert "5.toml" not in files(desk)


def test_built_in_experiments_and_refused_files_are_not_remembered(
    seat: Seat, tmp_path: Path
) -> None:
    desk = seat("connected-branch", start=False)
    bad = tmp_path / "bad.toml"
    bad.write_text("x =")
    open_file(desk, bad)
    desk.window._experiments.actions()[0].trigger()
    assert [*menu(desk)] == ["No recent files"]


def test_clear_forgets_them(seat: Seat, tmp_path: Path) -> None:
    desk = seat(start=False)
    open_file(desk, made(tmp_path, "one.toml"))
    menu(desk)["&Clear"].trigger()
    assert [*menu(desk)] == ["No recent files"]
    assert (tmp_path / "one.toml").exists()
    desk.window.close()
    assert [*menu(seat(start=False))] == ["No recent files"]


def test_a_long_path_is_shortened_in_the_middle(seat: Seat, tmp_path: Path) -> None:
    folder = tmp_path / ("long & folder " * 6).strip()
    folder.mkdir()
    desk = seat(start=False)
    path = made(folder, "the end.toml")
    open_file(desk, path)
    [text, _clear] = menu(desk)
    assert len(text.replace("&&", "&")) <= LONGEST_PATH
    assert text.startswith(str(tmp_path)[:10])
    assert text.endswith("the end.toml")
    assert menu(desk)[text].toolTip() == str(path)


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "fsencode"), reason="names are bytes")
@pytest.mark.parametrize("name", [b"\xff.toml", 'a, b; "c" %41 @x 数.toml'.encode(), b"x\n.toml"])
def test_a_strange_name_does_no_harm(seat: Seat, tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    try:
        path.write_text(GOOD)
    except OSError:
        pytest.skip("not on this file system")
    desk = seat(start=False)
    open_file(desk, path)
    desk.window.close()
    again = seat(start=False)
    for action in list(menu(again).values())[:-1]:
        action.trigger()
        assert again.workbench.file.path == path


def test_wrong_entries_are_left_out(seat: Seat, tmp_path: Path) -> None:
    (tmp_path / "window.ini").write_text("[General]\nrecent=@Variant(\\0), 7, ,nothing.toml\n")
    assert [*menu(seat(start=False))] == ["No recent files"]
