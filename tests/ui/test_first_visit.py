"""What somebody does who has never seen the window, and what is there again the next time."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QProgressBar, QWidget

from explorer.ui.tensormodel import Column

from .conftest import Seat
from .desk import Desk
from .test_accessibility import SHAPE, contrast


@pytest.mark.parametrize("first", ["play", "graph"])
def test_b_is_frozen_its_gradient_gone_it_is_undone_and_one_knows_why(
    seat: Seat, first: str
) -> None:
    desk = seat()
    if first == "play":
        desk.click("play")
        desk.wait_for_step(3)
    else:
        desk.open_graph()
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.cell("b", Column.GRAD) not in ("None", "—"))
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: desk.cell("b", Column.GRAD) == "None")
    desk.until(lambda: "b has no gradient because its requires_grad is off" in desk.message)
    assert "Unfreeze b" in desk.advice()
    desk.press("Ctrl+Z")
    desk.until(lambda: desk.cell("b", Column.GRAD) not in ("None", "—"))
    desk.until(lambda: "no gradient" not in desk.message)


def arranged(desk: Desk) -> tuple[object, ...]:
    window = desk.window
    return (
        window.size(),
        window.tabs.currentIndex(),
        window.panel.hidden,
        window.changes.button.isChecked(),
    )


def parts_of(desk: Desk) -> list[int]:
    return [size for splitter in desk.window._splitters for size in splitter.sizes()]


def test_what_was_arranged_is_there_at_the_next_start(seat: Seat) -> None:
    desk = seat()
    window = desk.window
    # No larger than the screen that is drawn on unseen.
    window.resize(780, 640)
    desk.until(lambda: window.size() == QSize(780, 640))
    for splitter, sizes in zip(window._splitters, ([160, 200, 180], [320, 460]), strict=True):
        splitter.setSizes(sizes)
    desk.choose("Plots", "Loss")
    window.changes.button.click()
    window.show_graph()
    before, parts = arranged(desk), parts_of(desk)
    window.close()
    again = seat()
    assert arranged(again) == before
    assert parts_of(again) == pytest.approx(parts, abs=4)


def most_apart(widget: QWidget, ground: str) -> float:
    """How far the most visible pixel in the middle of a bar is from what is around it."""
    image = widget.grab().toImage()
    places = range(image.width() // 2, image.width() - 8)
    column = [image.pixelColor(x, y) for x in places for y in range(image.height())]
    return max(contrast(QColor(color).name(), ground) for color in column)


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_the_empty_part_of_slider_and_progress_can_be_seen(seat: Seat, appearance: str) -> None:
    desk = seat()
    desk.window._choose_appearance(appearance)
    window = desk.window
    window.bar.speed.slider.setValue(0)
    ground = window.around.theme.window
    progress = window.status.findChild(QProgressBar)
    assert progress is not None
    for bar in (window.bar.speed.slider, progress):
        assert most_apart(bar, ground) >= SHAPE
