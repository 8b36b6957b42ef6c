"""Opening files: good, broken, large and strange ones; dropping them on the window."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from explorer.__main__ import main
from explorer.live.frames import VALUES
from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import Desk
from .test_values import MATRICES

BROKEN = Path(__file__).parent.parent / "broken" / "files"
GOOD = 'title = "Mine"\nformula = "y = a*x"\nparameters.a = 1\ndata.x = [1, 2]\ndata.y = [2, 4]\n'


def open_file(desk: Desk, path: Path) -> None:
    desk.answers.open_path = path
    desk.press("Ctrl+O")


def ready(desk: Desk) -> None:
    desk.until(lambda: desk.state is RunState.READY)
    desk.look()


def steps_well(desk: Desk) -> None:
    desk.click("play")
    desk.wait_for_step(3)
    desk.click("play")
    desk.wait_for(RunState.PAUSED)


def test_a_good_file(seat: Seat, write: Write) -> None:
    desk = seat()
    desk.click("play")
    desk.wait_for_step(2)
    open_file(desk, write(GOOD))
    ready(desk)
    assert desk.window.windowTitle() == "Mine (experiment.toml)[*] — Gradient Explorer"
    assert desk.window.formula.toPlainText() == "y = a*x"
    steps_well(desk)


def test_nothing_chosen(seat: Seat) -> None:
    desk = seat()
    desk.press("Ctrl+O")
    assert desk.answers.asked == ["open"]
    assert desk.state is RunState.READY


def test_broken_files_change_nothing_and_get_the_words_of_the_command_line(
    seat: Seat, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = seat()
    good = desk.workbench.file
    different = []
    for path in sorted(BROKEN.glob("*.toml")):
        open_file(desk, path)
        if desk.workbench.file is not good:
            # What only torch can refuse is refused when the model is built.
            desk.until(lambda: desk.state is RunState.REFUSED)
        assert main(["check", str(path)]) == 2
        if desk.message not in capsys.readouterr().err:
            different.append(f"{path.name}: {desk.message}")
        if desk.workbench.file is not good:
            desk.workbench.open(good)
            ready(desk)
        assert desk.state is RunState.READY
    assert different == []


def test_shapes_that_do_not_fit(seat: Seat, write: Write) -> None:
    desk = seat()
    open_file(desk, write(MATRICES.replace("v = [1.0, 2.0, 3.0]", "v = [1.0, 2.0]")))
    desk.until(lambda: desk.state is RunState.REFUSED)
    assert "[4, 3]" in desk.message or "(4, 3)" in desk.message
    desk.click("play")
    desk.click("step")
    desk.flip("v", Column.REQUIRES_GRAD)
    desk.bot.wait(100)
    assert desk.state is RunState.REFUSED
    desk.click("reset")
    desk.until(lambda: desk.state is RunState.REFUSED)


def test_thirty_parameters(seat: Seat, write: Write) -> None:
    names = [f"p{index}" for index in range(30)]
    terms = " + ".join(f"{name}*x" for name in names)
    values = "\n".join(f"{name} = 0.01" for name in names)
    desk = seat(write(f'formula = "y = {terms}"\n[parameters]\n{values}\n'
                      "[data]\nx = [1, 2]\ny = [2, 4]\n"))  # fmt: skip
    steps_well(desk)
    desk.flip("p29", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.marks() == ["p29 requires_grad=False"])


def test_very_long_names(seat: Seat, write: Write) -> None:
    name, title = "n" * 64, "A title & <b>more</b> [*] " * 40
    desk = seat(write(f"title = '{title}'\nformula = \"y = {name}*x\"\n"
                      f"parameters.{name} = 1\ndata.x = [1, 2]\ndata.y = [2, 4]\n"))  # fmt: skip
    steps_well(desk)
    desk.flip(name, Column.DETACH)
    desk.until(lambda: desk.state is RunState.PAUSED and len(desk.marks()) == 1)
    assert desk.window.width() <= 1400


def test_a_hundred_thousand_rows(seat: Seat, write: Write) -> None:
    desk = seat(write('formula = "y = a*x + c"\nparameters = { a = 1, c = 0 }\n'
                      "[data]\nx = { linspace = [0, 1, 100_000] }\n"
                      "y = { linspace = [1, 3, 100_000] }\n"))  # fmt: skip
    steps_well(desk)
    assert "norm" in desk.cell("x", Column.VALUE)
    desk.type_steps("77")
    steps_well(desk)
    desk.flip("a", Column.REQUIRES_GRAD)
    desk.until(lambda: len(desk.marks()) == 1)


def test_matrices(seat: Seat, write: Write) -> None:
    desk = seat(write(MATRICES))
    steps_well(desk)
    assert desk.frame.series[VALUES].names[:2] == ("W[0,0]", "W[0,1]")
    assert desk.cell("v", Column.VALUE).startswith("3, norm")


def test_predictions_that_are_no_numbers(seat: Seat, write: Write) -> None:
    linear = MATRICES.replace("relu(x @ W)", "x @ W")
    desk = seat(write(linear.replace("lr = 0.0001", "lr = 1e30")))
    desk.play_to_rest()
    # Each time it stops again.
    for _ in range(5):
        before = desk.look().step
        desk.click("play")
        desk.wait_for_step(before + 1)
        desk.wait_for(RunState.FAILED)
    fit = desk.look().fit
    assert fit is not None
    assert not np.isfinite(fit.y).any()
    desk.window.grab()


def drop(desk: Desk, *urls: QUrl) -> bool:
    """Drag over the window and let go; whether the window would take it."""
    mime = QMimeData()
    mime.setUrls(list(urls))
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    keys = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), copy, mime, left, keys)
    enter.setAccepted(False)
    QApplication.sendEvent(desk.window, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(50, 50), copy, mime, left, keys)
        QApplication.sendEvent(desk.window, event)
    return enter.isAccepted()


def test_a_file_is_dropped_on_the_window(seat: Seat, write: Write) -> None:
    desk = seat()
    assert drop(desk, QUrl.fromLocalFile(str(write(GOOD))))
    ready(desk)
    assert desk.workbench.title == "Mine"


def test_a_broken_file_is_dropped(seat: Seat) -> None:
    desk = seat()
    assert drop(desk, QUrl.fromLocalFile(str(BROKEN / "not-toml.toml")))
    assert "TOML" in desk.message
    assert desk.workbench.title == "Line fit, two parameters frozen"


def test_an_address_of_the_web_is_not_taken(seat: Seat) -> None:
    desk = seat()
    assert not drop(desk, QUrl("https://example.org/experiment.toml"))
    assert not drop(desk)


# In this order no two that are told the same follow one another.
NO_EXPERIMENTS = {
    "picture.png": "open a TOML file",
    "points.csv": 'file = "points.csv"',
    "model.pt": "open a TOML file",
    "POINTS.CSV": 'file = "POINTS.CSV"',
    "notes.ipynb": "gradient-explorer import notes.ipynb",
}


def test_what_is_no_experiment_is_told_what_it_is(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    for name, said in NO_EXPERIMENTS.items():
        check_no_experiment(desk, tmp_path / name, said)


def check_no_experiment(desk: Desk, path: Path, said: str) -> None:
    path.write_bytes(b"\x89PNG\r\n" if path.suffix in (".png", ".pt") else b"x,y\n1,2\n")
    assert drop(desk, QUrl.fromLocalFile(str(path)))
    desk.until(lambda: said in desk.message)
    assert path.exists()


def test_a_good_experiment_may_be_called_anything(seat: Seat, tmp_path: Path) -> None:
    desk = seat()
    path = tmp_path / "mine.csv"
    path.write_text(GOOD, encoding="utf-8")
    assert drop(desk, QUrl.fromLocalFile(str(path)))
    ready(desk)
    assert desk.window.formula.toPlainText() == "y = a*x"


def test_a_drop_is_a_copy(seat: Seat, write: Write) -> None:
    """A file manager that proposes to move must not remove what was dropped."""
    desk = seat()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(write(GOOD)))])
    both = Qt.DropAction.MoveAction | Qt.DropAction.CopyAction
    event = QDropEvent(
        QPointF(9, 9), both, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    )
    event.setDropAction(Qt.DropAction.MoveAction)
    desk.window.dropEvent(event)
    assert desk.workbench.title == "Mine"
    assert event.dropAction() is Qt.DropAction.CopyAction


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Line fit: a/b?", "Line fit a b.toml"),
        ("拟合一条直线", "拟合一条直线.toml"),
        ("../../etc", "etc.toml"),
        ("v1.2 of it", "v1.2 of it.toml"),
        ("x" * 300, "x" * 60 + ".toml"),
        ("???", "experiment.toml"),
    ],
)
def test_save_as_proposes_the_title(seat: Seat, title: str, expected: str) -> None:
    desk = seat("line-fit", f"title={title!r}")
    desk.press("Ctrl+S")
    assert desk.answers.asked == ["save"]
    assert desk.answers.proposed == Path(expected)


def test_a_wrong_value_names_its_tensor(seat: Seat) -> None:
    desk = seat()
    desk.type_value("c", "many")
    desk.until(lambda: "c.value" in desk.message)
