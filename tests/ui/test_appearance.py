"""Language, light and dark, the plots' axes and which of them are shown."""

import html
import re

import pytest
import shiboken6
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QToolButton

from explorer import i18n
from explorer.ui.opening import spoken
from explorer.ui.plots.baseplot import BasePlot
from explorer.ui.program import Program
from explorer.ui.tensormodel import Column
from explorer.ui.theme import DARK, LIGHT
from explorer.ui.workbench import RunState

from .conftest import Seat, experiment_file, leave
from .desk import Answers, Desk, delete_later_now

LETTERS = re.compile(r"[A-Za-z]{2,}")
# Names of PyTorch and of the program stay as they are in every language.
KEPT = re.compile(
    r"requires_grad|detach|PyTorch|Gradient Explorer|English|Language|lr|tensor|"
    r"None|F\d+|Ctrl\+\S+|SVG|backward|step|zero_grad|forward|optimizer|"
    r"=True|\bb\.grad|autograd"
)


def texts(desk: Desk) -> set[str]:
    """Everything that is written on the window."""
    window = desk.window
    found = {_read(each.text()) for each in window.findChildren(QLabel)}
    # An action of pyqtgraph's scene hangs in no menu: nobody sees it.
    found |= {each.text() for menu in window.findChildren(QMenu) for each in menu.actions()}
    found |= {each.text() for each in window.findChildren(QToolButton)}
    found |= {each.title() for each in window.findChildren(QMenu)}
    plots = window.panel.plots.values()
    found |= {plot.heading.text for plot in plots}
    head = window.table.tensors.headerData
    found |= {str(head(column, Qt.Orientation.Horizontal)) for column in Column}
    found |= {desk.cell(name, Column.STATE) for name in "abcdxy"}
    found.add(window.windowTitle())
    found |= {window.tabs.tabText(place) for place in range(window.tabs.count())}
    return found


def _read(text: str) -> str:
    """A text without its formats."""
    return html.unescape(re.sub(r"<[^>]*>", "", text)) if text.startswith("<") else text


def english_words(desk: Desk) -> set[str]:
    plain = {KEPT.sub("", text.replace("&", "")) for text in texts(desk)}
    return {text for text in plain if LETTERS.search(text)}


def test_another_language_in_the_middle_of_a_run(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(20)
    desk.flip("b", Column.REQUIRES_GRAD)
    desk.until(lambda: len(desk.marks()) == 1)
    old, step = desk.window, desk.frame.step
    desk.choose("Language / 语言", "简体中文")
    assert desk.window is not old
    assert desk.state is RunState.RUNNING
    desk.wait_for_step(step + 50)
    delete_later_now()
    assert not shiboken6.isValid(old)
    assert english_words(desk) == set()
    assert desk.marks() == ["b requires_grad=True"]
    desk.click("play")
    desk.wait_for(RunState.PAUSED)
    desk.choose("语言 / Language", "English")
    desk.look()
    assert "Formula" in texts(desk)
    assert desk.ticked("b", Column.REQUIRES_GRAD)


def test_the_chosen_language_is_remembered(seat: Seat) -> None:
    seat().choose("Language / 语言", "简体中文")
    assert seat().window.language.code == "zh_CN"


def test_the_next_start_speaks_the_chosen_language_unless_asked_for_another(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(i18n.ENVIRONMENT, raising=False)
    monkeypatch.setenv("LANGUAGE", "en_GB")
    settings = seat().program.settings
    assert spoken(i18n.load(), settings).code == "en"
    seat().choose("Language / 语言", "简体中文")
    assert spoken(i18n.load(), settings).code == "zh_CN"
    assert spoken(i18n.load("en"), settings).code == "en"
    monkeypatch.setenv(i18n.ENVIRONMENT, "en")
    assert spoken(i18n.load(), settings).code == "en"
    monkeypatch.delenv(i18n.ENVIRONMENT)
    settings.language = "nonsense"
    assert spoken(i18n.load(), settings).code == "en"


def test_the_menu_marks_the_language_that_is_shown(seat: Seat) -> None:
    desk = seat()
    desk.program.settings.language = "zh_CN"
    for code, marked in (("en", "English"), ("zh_CN", "简体中文")):
        desk.program._fixed_language = i18n.load(code)
        desk.program.rebuild()
        (menu,) = [each for each in desk.window.findChildren(QMenu) if "Language" in each.title()]
        assert [each.text() for each in menu.actions() if each.isChecked()] == [marked]


def test_a_language_given_at_the_start_survives_another_appearance(seat: Seat) -> None:
    desk = seat()
    program = Program(
        desk.program._application,
        experiment_file("line-fit"),
        i18n.load("zh_CN"),
        desk.program.settings,
        choosers=Answers().choosers,
    )
    other = Desk(desk.bot, program, Answers())
    other.program.settings.appearance = "dark"
    other.program.rebuild()
    assert other.window.language.code == "zh_CN"
    leave(other)


@pytest.mark.parametrize("playing", [True, False])
def test_light_and_dark(seat: Seat, playing: bool) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    if playing:
        desk.click("play")
        desk.wait_for_step(5)
    desk.window.bar.speed.slider.setValue(37)
    for entry, theme in (("Dark", DARK), ("Light", LIGHT)):
        desk.choose("Appearance", entry)
        desk.look()
        assert desk.window.around.theme is theme
        assert desk.window.grab().toImage().pixelColor(3, 3).name() == theme.window
        assert desk.window.bar.speed.slider.value() == 37
    assert desk.state is (RunState.RUNNING if playing else RunState.READY)


def test_changing_the_appearance_often_leaves_one_window(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    for _ in range(3):
        for entry in ("Dark", "Light"):
            desk.choose("Appearance", entry)
            QApplication.processEvents()
    delete_later_now()
    shown = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
    assert shown == [desk.window]
    desk.wait_for_step(desk.frame.step + 5)


def test_logarithmic_and_linear_loss(seat: Seat) -> None:
    desk = seat()
    desk.full_speed()
    desk.play_to_rest()
    panel = desk.window.panel
    low, high = panel.plots["loss"].vb.viewRange()[1]
    assert low < -8 < 0 < high, "the exponents of 4.5 to 9.5e-10"
    desk.press("Ctrl+L")
    desk.look()
    low, high = panel.plots["loss"].vb.viewRange()[1]
    assert low < 0.1
    assert 4.5 <= high < 10
    assert "log" not in panel.plots["loss"].heading.text
    assert not seat().action("log_loss").isChecked(), "it is remembered"


def test_logarithms_of_a_loss_that_has_blown_up(seat: Seat) -> None:
    desk = seat()
    desk.press("Ctrl+L")
    desk.type_rate("1e6")
    desk.play_to_rest()
    turn_wheel(desk, desk.window.panel.plots["loss"], -20)
    for _ in range(3):
        desk.press("Ctrl+L")
        desk.window.grab()
        desk.look()
    low, high = view(desk.window.panel.plots["loss"])[1]
    assert -10 < low < high < 50


def test_hiding_plots(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(5)
    for plot in ("Data and fit", "Loss", "Parameters", "Gradients"):
        desk.choose("Plots", plot)
        hidden = [each for each in plots(desk) if each.scene() is None]
        assert len(hidden) == 1
        desk.wait_for_step(desk.frame.step + 20)
        desk.choose("Plots", plot)
        assert all(each.scene() is not None for each in plots(desk))
        desk.wait_for_step(desk.frame.step + 20)


def test_hiding_all_plots(seat: Seat) -> None:
    desk = seat()
    for plot in ("Data and fit", "Loss", "Parameters", "Gradients"):
        desk.choose("Plots", plot)
    desk.click("play")
    desk.wait_for_step(20)
    assert seat().window.panel.hidden == {"fit", "loss", "parameters", "gradients"}


def plots(desk: Desk) -> list[BasePlot]:
    return list(desk.window.panel.plots.values())


def turn_wheel(desk: Desk, plot: BasePlot, notches: int) -> None:
    """Turn the mouse wheel over the middle of a plot."""
    panel = desk.window.panel
    place = QPointF(panel.mapFromScene(plot.vb.sceneBoundingRect().center()))
    event = QWheelEvent(
        place,
        QPointF(panel.viewport().mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(panel.viewport(), event)


def view(plot: BasePlot) -> list[list[float]]:
    ranges: list[list[float]] = plot.vb.viewRange()
    return ranges


def width(plot: BasePlot) -> float:
    (left, right), _ = view(plot)
    return right - left


def test_zooming_and_back(seat: Seat) -> None:
    desk = seat()
    desk.full_speed()
    desk.play_to_rest()
    for name, back in (
        ("fit", "double click"),
        ("loss", "key"),
        ("parameters", "double click"),
        ("gradients", "key"),
    ):
        check_zoom(desk, name, back)


def check_zoom(desk: Desk, name: str, back: str) -> None:
    """Into a plot with the wheel, and back."""
    panel = desk.window.panel
    plot = panel.plots[name]
    before = view(plot)
    turn_wheel(desk, plot, 5)
    desk.until(lambda: width(plot) < 0.9 * (before[0][1] - before[0][0]))
    (left, right), zoomed = view(plot)
    desk.look()
    assert view(plot)[0] == [left, right], "a new frame must not undo the zoom"
    if back == "key":
        desk.press("Ctrl+E")
    else:
        middle = panel.mapFromScene(plot.vb.sceneBoundingRect().center())
        QTest.mouseDClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    desk.look()
    assert view(plot)[0] == pytest.approx(before[0])
    # Upwards the axes over time follow the curves, and need not be just what they were.
    assert view(plot)[1] != zoomed or name != "fit"


@pytest.mark.parametrize("notches", [40, -40])
@pytest.mark.parametrize("name", ["fit", "loss", "parameters"])
def test_zooming_beyond_all_measure(seat: Seat, name: str, notches: int) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    desk.wait_for_step(5)
    for _ in range(60):
        turn_wheel(desk, desk.window.panel.plots[name], notches)
    desk.bot.wait(100)
    assert desk.state is RunState.RUNNING
    desk.press("Ctrl+E")
    desk.wait_for_step(desk.frame.step + 10)
    desk.window.grab()
