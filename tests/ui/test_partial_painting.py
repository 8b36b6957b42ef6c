"""While a run is on only what changed is painted: the picture is that of painting it all."""

from dataclasses import replace
from random import Random
from uuid import uuid4

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QRectF
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from explorer.engine.session import Session
from explorer.experiment.spec import Change, Experiment
from explorer.i18n import load
from explorer.live.curves import ELEMENTS
from explorer.live.frames import FrameMaker
from explorer.ui.plots.curve import SECOND_STROKE_PX, LiveCurves, _segments, _strokes, _twice
from explorer.ui.plots.decorations import GridLines
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.plots.stillpicture import on_screen
from explorer.ui.theme import LIGHT, Theme

from .conftest import Seat
from .desk import PATIENCE_MS, Desk

UNITS = 6
ROWS = [index / 10 - 1 for index in range(20)]


def drawn(*shape: int) -> dict[str, object]:
    return {"shape": list(shape), "init": "normal", "seed": sum(shape)}


def network(units: int = UNITS, steps: int = 2_000) -> Experiment:
    """With 3 * units + 1 curves, of which some jump and some have no gradient."""
    bias = {**drawn(units), "requires_grad": False}
    return Experiment(
        formula="h = tanh(x.unsqueeze(1) @ W + b)\ny = (h @ V).squeeze(1) + c",
        parameters={"W": drawn(1, units), "b": bias, "V": drawn(units, 1), "c": 0.0},
        data={"x": ROWS, "y": [each**3 - each for each in ROWS]},
        training={"optimizer": {"name": "adam", "lr": 0.05}, "steps": steps},
    )


class Seen(PlotPanel):
    """The panel, and which part of it each paint event was about."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, load("en"))
        self.regions: list[QRegion] = []

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        self.regions.append(event.region())
        super().paintEvent(event)


class Stage:
    """The plots of a run that is on, and a session behind them."""

    def __init__(self, bot: QtBot, experiment: Experiment) -> None:
        self.session = Session(experiment)
        self.maker = FrameMaker(self.session, uuid4())
        self.records = iter(self.session)
        self.panel = Seen(LIGHT)
        bot.addWidget(self.panel)
        self.panel.resize(900, 640)
        self.panel.set_experiment(experiment, log_loss=True)
        with bot.waitExposed(self.panel, timeout=PATIENCE_MS):
            self.panel.show()
        bot.wait(50)
        self.panel.set_moving(True)
        bot.wait(50)
        self.frame(0)

    def frame(self, steps: int) -> None:
        """So many steps more, and what they look like is painted."""
        for _ in range(steps):
            self.maker.record(next(self.records))
        self.panel.show_frame(self.maker.make(self.panel.request(tensors=False)))
        self.panel.paint_now()

    def on_screen(self) -> QImage:
        """What was painted, wherever and whenever."""
        panel = self.panel
        image: QImage = panel.screen().grabWindow(panel.winId()).toImage()
        return image

    def check(self) -> None:
        """The picture is what painting everything gives, and the scene itself."""
        before = self.on_screen()
        self.panel.viewport().repaint()
        assert difference(before, self.on_screen()) == 0
        self.panel._still.forget()
        self.panel.viewport().repaint()
        assert difference(before, self.on_screen()) == 0


def difference(one: QImage, other: QImage) -> int:
    """How many pixels are not the same."""
    return int((pixels(one) != pixels(other)).any(axis=2).sum())


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(image.constBits(), np.uint8)
    return bits.reshape(image.height(), -1, 4)[:, : image.width(), :3].copy()


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage(qtbot, network())


@pytest.mark.parametrize("seed", range(3))
def test_the_picture_is_that_of_painting_everything(stage: Stage, seed: int) -> None:
    rng = Random(seed)
    for number in range(1, 25):
        stage.frame(rng.choice([0, 1, 2, 7, 30, 90]))
        if number % 8 == 0:
            stage.check()


def test_a_change_a_zoom_and_a_flip_are_painted(stage: Stage) -> None:
    stage.frame(200)
    stage.session.apply(Change(step=1, tensor="b", requires_grad=True))
    stage.frame(50)
    stage.check()
    stage.panel.plots["parameters"].setYRange(-0.5, 0.4, padding=0)
    stage.frame(3)
    stage.check()
    stage.panel.plots["loss"].setXRange(20, 150, padding=0)
    stage.frame(3)
    stage.check()


def test_a_frame_paints_a_small_part_of_the_curves(stage: Stage) -> None:
    stage.frame(400)
    # The axis has just become longer.
    stage.frame(500)
    box = stage.panel.plots["parameters"].vb.sceneBoundingRect()
    widths = []
    for _ in range(8):
        stage.panel.regions.clear()
        stage.frame(10)
        (region,) = stage.panel.regions
        part = region.intersected(on_screen(stage.panel, box)).boundingRect()
        widths.append(part.width())
    # An axis may have changed in one of them.
    assert sorted(widths)[-2] < box.width() / 4


def test_what_is_painted_is_not_painted_again(stage: Stage) -> None:
    stage.frame(100)
    stage.panel.regions.clear()
    stage.frame(0)
    [region] = stage.panel.regions
    assert region == QRegion(stage.panel.viewport().rect()), "nothing differs: all, and once"
    stage.session.apply(Change(step=1, options={"lr": 0.0}))
    stage.frame(2)
    stage.panel.regions.clear()
    stage.frame(2)
    (region,) = stage.panel.regions
    fit, loss = (
        on_screen(stage.panel, stage.panel.plots[key].vb.sceneBoundingRect())
        for key in ("fit", "loss")
    )
    assert region.intersects(loss)
    assert not region.intersects(fit), "the parameters stayed as they were"


def test_lines_become_thick_while_a_run_is_on(stage: Stage) -> None:
    stage.frame(100)
    stage.panel.set_thick(True)
    stage.frame(0)
    stage.check()


def test_what_stands_still_is_not_drawn_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the scene nothing is, unless an axis changes; then it is what belongs to its plot."""
    drawn: list[GridLines] = []
    draw = GridLines.draw

    def noted(grid: GridLines, painter: QPainter, part: QRectF) -> None:
        drawn.append(grid)
        draw(grid, painter, part)

    monkeypatch.setattr(GridLines, "draw", noted)
    stage.frame(400)
    stage.frame(500)
    drawn.clear()
    for _ in range(5):
        stage.frame(10)
    assert drawn == []
    parameters = stage.panel.plots["parameters"]
    parameters.setYRange(-0.5, 0.4, padding=0)
    stage.frame(10)
    assert drawn == [parameters.grid]
    stage.check()


def test_a_plot_that_is_hidden_or_shown_while_a_run_is_on(stage: Stage) -> None:
    stage.frame(100)
    for hidden in (["loss"], ["loss", "fit"], []):
        stage.panel.set_hidden(hidden)
        stage.panel.ci.layout.activate()
        stage.frame(20)
        stage.check()


def test_a_steep_line_is_drawn_once_and_any_other_twice() -> None:
    flat, steep = [0.0, 0.0, 1.0, 2.0], [1.0, 0.0, 2.0, -9.0]
    lower = [0.0, SECOND_STROKE_PX, 1.0, 2.0 + SECOND_STROKE_PX]
    assert _twice(np.array([flat, steep])).tolist() == [flat, steep, lower]
    rising, jumping, gap = [0.0, 2.0], [0.0, 9.0], [0.0, np.nan]
    pens = QPen("red"), QPen("blue")
    strokes = _strokes([[0, 1], [3, 2]], pens, twice=True)
    assert strokes.rows == [0, 1, 0, 1, 3, 2, 3, 2]
    assert strokes.pens == [(pens[0], 3), (pens[1], 7)]
    y = np.array([rising, jumping, gap, rising])
    lines, ends = _segments(np.array([0.0, 1.0]), y[strokes.rows], strokes.lowered)
    up = [0.0, 0.0, 1.0, 9.0]
    assert lines.tolist() == [flat, up, lower, flat, lower]
    assert ends == [1, 2, 3, 3, 4, 4, 5, 5]
    assert _strokes([[0, 1], [3, 2]], pens, twice=False).rows == [0, 1, 3, 2]


def test_as_many_calls_of_qt_for_many_curves_as_for_few(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    draw = LiveCurves.draw

    class Counting:
        def __init__(self, painter: object) -> None:
            self._painter = painter
            self.count = 0

        def __getattr__(self, name: str) -> object:
            self.count += name.startswith("draw")
            return getattr(self._painter, name)

    def counted(curves: LiveCurves, painter: object, part: QRectF) -> None:
        counting = Counting(painter)
        draw(curves, counting, part)  # type: ignore[arg-type]
        calls.append(counting.count)

    monkeypatch.setattr(LiveCurves, "draw", counted)
    most: list[int] = []
    for units in (5, 15):
        stage = Stage(qtbot, network(units))
        stage.panel.set_curves(ELEMENTS)
        stage.frame(100)
        calls.clear()
        stage.panel.viewport().repaint()
        most.append(max(calls))
    # Five shades of each of three tensors, and one.
    assert most == [16, 16]


class Paints(QObject):
    """Notes the names of the widgets that are painted."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.of: list[str] = []
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Paint:
            self.of.append(type(watched).__name__)
        return False


def test_numbers_are_painted_while_the_worker_waits_and_not_again(seat: Seat) -> None:
    desk = stepped(seat)
    window = desk.window
    desk.click("step")
    desk.until(lambda: desk.frame.step == 3)
    desk.bot.wait(200)
    paints = Paints(window.status, window.table.viewport())
    window._show_numbers(replace(desk.frame, step=4, loss=7.25))
    assert paints.of == ["StatusBar"]
    desk.bot.wait(200)
    assert paints.of == ["StatusBar"]


def test_rows_that_stay_as_they_are_are_not_drawn_again(seat: Seat) -> None:
    desk = stepped(seat)
    told: list[int] = []
    desk.window.table.tensors.dataChanged.connect(lambda first, _last: told.append(first.row()))
    desk.click("step")
    desk.until(lambda: desk.frame.step == 3)
    desk.bot.wait(100)
    assert set(told) == {desk.row(name) for name in ("a", "c", "y")}


def test_the_switches_beside_the_numbers_are_not_drawn_again(seat: Seat) -> None:
    desk = stepped(seat)
    table = desk.window.table
    desk.bot.wait(200)
    regions: list[QRegion] = []

    class Watch(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if isinstance(event, QPaintEvent):
                regions.append(event.region())
            return False

    watch = Watch()
    table.viewport().installEventFilter(watch)
    desk.click("step")
    desk.until(lambda: desk.frame.step == 3 and bool(regions))
    switches = table.columnViewportPosition(3)
    assert all(region.boundingRect().right() < switches for region in regions)


def test_the_rate_is_written_when_something_was_changed(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = stepped(seat)
    bar = desk.window.bar
    written: list[str] = []
    show = bar._show_rate

    def noted() -> None:
        show()
        written.append(bar.rate.text())

    monkeypatch.setattr(bar, "_show_rate", noted)
    desk.click("step")
    desk.until(lambda: desk.frame.step == 3)
    assert written == []
    desk.workbench.change(lr=0.02)
    desk.until(lambda: bar.rate.text() == "0.02")
    assert written == ["0.02"]


def stepped(seat: Seat) -> Desk:
    """After two steps, with everything painted."""
    desk = seat()
    for step in (1, 2):
        desk.click("step")
        desk.until(lambda: desk.frame.step == step)  # noqa: B023 (it is called at once)
    desk.bot.wait(300)
    return desk
