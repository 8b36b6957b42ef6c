"""The tab Graph: what it shows, what clicks, keys and the wheel do, and how it follows a run."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.explain.cuts import CUT, FLOWS
from explorer.live.insight import Insight
from explorer.picture.elements import GroupNode, TensorNode
from explorer.picture.layout import TEXT_SIZE, Layout
from explorer.ui.graph.keyboard import DOWN, LEFT, RIGHT, UP, neighbour
from explorer.ui.graph.nodemenu import NodeMenu
from explorer.ui.graph.view import SMALLEST_OPENING
from explorer.ui.tensormodel import Column
from explorer.ui.workbench import RunState

from .conftest import Seat, Write
from .desk import LEFT as LEFT_BUTTON
from .desk import NO_KEYS, Desk

Key = Qt.Key


def gradients(desk: Desk) -> dict[str, str]:
    boxes = [node for node in desk.scene.nodes if isinstance(node, TensorNode)]
    return {box.label: box.gradient for box in boxes}


def has(desk: Desk, **expected: str) -> Callable[[], bool]:
    return lambda: {name: gradients(desk)[name] for name in expected} == expected


def chain(operations: int) -> str:
    lines = [f"z{n} = sin(z{n - 1} * w + 0.1)" for n in range(1, operations // 3)]
    text = "\n".join(["z0 = sin(x * w)", *lines, f"out = z{operations // 3 - 1}"])
    return f'objective = "out"\nformula = """\n{text}\n"""\n[parameters]\nx = 1.0\nw = 0.9\n'


# -- what is shown ------------------------------------------------------------------


def test_the_articles_numbers_stand_in_the_graph(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    assert gradients(desk) == {"x": "10", "y": "37", "g.z": "10", "out": "1"}
    assert sorted(edge.contribution for edge in desk.scene.edges if edge.uses) == sorted(
        ["10", "10", "10", "27", "1", "1"]
    )
    assert "2 of 2 parameters receive a gradient" in desk.graph.summary.text()


def test_flipping_detach_on_z_turns_10_into_none_and_back(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.double_click_box("g.z")
    desk.until(has(desk, x="None", y="27"))
    assert desk.cell("x", Column.GRAD) == "None"
    assert [edge.cut for edge in desk.scene.edges if edge.role == CUT] == ["detached"]
    assert desk.window.message.note == "Since the switch: x and g.z get no gradient any more."
    desk.double_click_box("g.z")
    desk.until(has(desk, x="10", y="37"))
    assert desk.cell("x", Column.GRAD) == "10.0000"


def test_a_model_that_is_all_frozen_is_shown_and_can_be_thawed(seat: Seat) -> None:
    desk = seat("connected-branch", "parameters.x.requires_grad=false")
    desk.open_graph()
    desk.flip("y", Column.REQUIRES_GRAD)
    desk.until(has(desk, x="None", y="None", out="None"))
    desk.click("step")
    desk.wait_for(RunState.FAILED)
    assert "Unfreeze x" in desk.advice()
    desk.take_advice("Unfreeze x")
    desk.until(has(desk, x="10", y="None"))


# -- selecting and walking -------------------------------------------------------------


def test_table_and_graph_select_the_same_tensor(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.click_box("g.z")
    chosen = desk.window.table.selected_tensor
    assert chosen is not None
    assert chosen.name == "g.z"
    desk.window.table.selectRow(desk.row("y"))
    assert desk.graph.view.selected == desk.box("y").key


def test_a_click_beside_everything_lets_go(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.click_box("x")
    QTest.mouseClick(desk.graph.view.viewport(), LEFT_BUTTON, NO_KEYS, QPoint(3, 3))
    assert desk.graph.view.selected is None


def test_the_arrow_keys_walk_along_the_lines_and_return_flips(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    view = desk.graph.view
    desk.click_box("x")
    for key in (Key.Key_Down, Key.Key_Down):
        QTest.keyClick(view, key)
    assert view.selected == desk.box("g.z").key
    assert "g.z" in view.accessibleDescription()
    QTest.keyClick(view, Key.Key_Return)
    desk.until(has(desk, x="None"))
    QTest.keyClick(view, Key.Key_Escape)
    assert view.selected is None


def test_every_node_can_be_reached_by_keys(seat: Seat) -> None:
    desk = seat("line-fit")
    desk.open_graph()
    layout = desk.graph.view.layout_shown
    assert layout is not None
    reached = {neighbour(layout, None, DOWN)}
    while True:
        steps = {neighbour(layout, key, way) for key in reached for way in (UP, DOWN, LEFT, RIGHT)}
        grown = reached | (steps - {None})
        if grown == reached:
            break
        reached = grown
    assert reached == {node.key for node in desk.scene.nodes}


# -- zoom ---------------------------------------------------------------------------


def wheel(desk: Desk, notches: int) -> None:
    view = desk.graph.view.viewport()
    middle = QPointF(view.rect().center())
    buttons, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    turned = QPoint(0, 120 * notches)
    event = QWheelEvent(middle, middle, QPoint(), turned, buttons, NO_KEYS, phase, False)
    QApplication.sendEvent(view, event)


def test_the_wheel_zooms_and_a_double_click_beside_fits_again(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    view = desk.graph.view
    view.fit()
    fitted = view.scale_shown
    wheel(desk, 3)
    assert view.scale_shown == pytest.approx(fitted * 1.25**3)
    wheel(desk, 40)
    assert view.scale_shown == pytest.approx(4.0)
    QTest.keyClick(view, Key.Key_0)
    assert view.scale_shown == pytest.approx(fitted)


def test_dragging_moves_the_picture_and_selects_nothing(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    view = desk.graph.view
    wheel(desk, 6)
    before = view.mapToScene(QPoint(0, 0))
    start = view.place_of(desk.box("g.z").key)
    QTest.mousePress(view.viewport(), LEFT_BUTTON, NO_KEYS, start)
    for distance in (5, 15, 30):
        QTest.mouseMove(view.viewport(), start + QPoint(distance, distance))
    QTest.mouseRelease(view.viewport(), LEFT_BUTTON, NO_KEYS, start + QPoint(30, 30))
    assert view.mapToScene(QPoint(0, 0)) != before
    assert view.selected is None


# -- groups -------------------------------------------------------------------------


def groups(desk: Desk) -> list[str]:
    return [node.name for node in desk.scene.nodes if isinstance(node, GroupNode)]


def test_groups_close_and_open(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    assert groups(desk) == []
    desk.graph.controls.buttons["collapse"].click()
    desk.until(lambda: groups(desk) == ["g"])
    desk.graph._activate("g:g")
    # What g calls stays closed in it.
    desk.until(lambda: groups(desk) == ["f"])
    desk.graph._activate("g:f")
    desk.until(lambda: groups(desk) == [])
    desk.graph._activate("g:g")
    desk.until(lambda: groups(desk) == ["g"])
    desk.graph.controls.buttons["expand"].click()
    desk.until(lambda: groups(desk) == [])


def test_ten_thousand_operations_open_closed_and_stay_usable(seat: Seat, write: Write) -> None:
    desk = seat(write(chain(10_000)))
    desk.open_graph()
    assert len(desk.scene.nodes) < 100
    assert desk.graph.view.scale_shown >= SMALLEST_OPENING
    assert not desk.graph.controls.buttons["expand"].isEnabled()
    first = next(node.key for node in desk.scene.nodes if isinstance(node, GroupNode))
    desk.graph._activate(first)
    desk.until(lambda: bool(desk.scene.frames))
    desk.graph.backward.go_to(5_000)
    assert desk.graph.backward.text


# -- the menu -----------------------------------------------------------------------


@pytest.mark.qt_log_ignore("This plugin does not support")  # offscreen there is no real popup
def test_the_menu_previews_and_flips_a_switch(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    view = desk.graph.view
    where = view.place_of(desk.box("x").key)
    reason = QContextMenuEvent.Reason.Mouse
    event = QContextMenuEvent(reason, where, view.viewport().mapToGlobal(where))
    QApplication.sendEvent(view.viewport(), event)
    [menu] = desk.graph.findChildren(NodeMenu)
    entries = {action.text(): action for action in menu.actions()}
    assert entries["x: requires_grad"].isChecked()
    menu.setActiveAction(entries["x: requires_grad"])
    menu.hovered.emit(entries["x: requires_grad"])
    assert "x loses its gradient" in desk.window.message.note
    entries["x: requires_grad"].trigger()
    menu.close()
    desk.until(has(desk, x="None", y="37"))


# -- previews ------------------------------------------------------------------------


def test_pointing_at_a_switch_shows_what_it_would_do_and_changes_nothing(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.point_at("g.z", Column.DETACH)
    desk.until(lambda: "x and g.z lose their gradient" in desk.window.message.note)
    canvas = desk.graph.view._canvas
    assert canvas is not None
    assert {desk.box("x").key, desk.box("g.z").key} <= canvas.emphasis.lost
    assert desk.box("y").key not in canvas.emphasis.lost
    assert desk.cell("x", Column.GRAD) == "→ None"
    desk.leave_table()
    assert desk.window.message.note == ""
    assert desk.cell("x", Column.GRAD) == "10.0000"
    assert desk.workbench.changes_by_hand == ()


def test_after_the_click_the_verdict_is_shown_and_not_the_way_back(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.point_at("g.z", Column.DETACH)
    desk.until(lambda: "lose their gradient" in desk.window.message.note)
    desk.flip("g.z", Column.DETACH)
    desk.until(lambda: "Since the switch" in desk.window.message.note)
    canvas = desk.graph.view._canvas
    assert canvas is not None
    assert canvas.emphasis.lost == frozenset()
    # A mouse that trembles thinks of nothing new.
    place = desk.place("g.z", Column.DETACH)
    QTest.mouseMove(desk.window.table.viewport(), place + QPoint(2, 1))
    assert "Since the switch" in desk.window.message.note
    desk.point_at("x", Column.DETACH)
    desk.until(lambda: "Switching detach on for x" in desk.window.message.note)


def _counts(desk: Desk, connected: int, cut: bool) -> bool:
    return (len(desk.scene.nodes) > connected) == cut


def test_the_selected_tensor_stays_selected_when_operations_come_and_go(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.click_box("out")
    connected = len(desk.scene.nodes)
    for cut in (True, False):
        desk.flip("g.z", Column.DETACH)
        desk.until(partial(_counts, desk, connected, cut))
        desk.window.table.selectRow(desk.row("out"))
        assert desk.graph.view.selected == desk.box("out").key


def test_an_operation_that_is_chosen_is_described(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.click_box("x")
    QTest.keyClick(desk.graph.view, Key.Key_Down)
    assert desk.message == "add: x + y"
    assert desk.window.table.selected_tensor is None
    QTest.keyClick(desk.graph.view, Key.Key_Escape)
    assert "parameters receive a gradient" in desk.message


def test_what_is_let_go_while_it_trains_stays_so(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.open_graph()
    desk.click("play")
    desk.click_box("a")
    QTest.keyClick(desk.graph.view, Key.Key_Escape)
    step = desk.frame.step
    desk.wait_for_step(step + 300)
    assert desk.graph.view.selected is None
    desk.click("play")


def test_comparisons_with_numbers_can_be_opened(seat: Seat, write: Write) -> None:
    formula = "o = where(z > 0, maximum(z, 0.5), z)"
    desk = seat(write(f'objective = "o"\nformula = "{formula}"\nparameters.z = 2.0'))
    desk.open_graph()
    assert gradients(desk)["z"] == "1"


def test_a_gradient_that_would_come_is_lit(seat: Seat) -> None:
    desk = seat("line-fit")
    desk.open_graph()
    desk.point_at("b", Column.REQUIRES_GRAD)
    desk.until(lambda: "b gains a gradient" in desk.window.message.note)
    canvas = desk.graph.view._canvas
    assert canvas is not None
    assert desk.box("b").key in canvas.emphasis.gained
    assert desk.cell("b", Column.GRAD) == "→ …"


# -- following a run -------------------------------------------------------------------


def test_the_graph_follows_a_run_five_times_a_second_at_most(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.open_graph()
    seen: list[Insight] = []
    desk.workbench.frame_arrived.connect(
        lambda frame: seen.append(frame.insight) if frame.insight else None
    )
    desk.click("play")
    desk.until(lambda: len(seen) > 4)
    shown = desk.box("a").value
    desk.until(lambda: desk.box("a").value != shown)
    desk.click("play")
    desk.wait_for(RunState.PAUSED)
    assert desk.graph.summary.text().startswith(f"Step {desk.frame.step + 1:,}")


def test_nobody_looking_no_graph_is_made(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.full_speed()
    desk.click("play")
    desk.wait_for_step(200)
    desk.look()
    seen: list[object] = []
    desk.workbench.frame_arrived.connect(lambda frame: seen.append(frame.insight))
    desk.until(lambda: len(seen) > 20)
    # One may have been on its way for the look before.
    assert [each for each in seen if each is not None][1:] == []


def _is_another(desk: Desk, shown: Layout) -> bool:
    return desk.graph.view.layout_shown is not shown


def test_places_stay_while_numbers_change(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.open_graph()
    desk.click("play")
    desk.wait_for_step(50)
    desk.click("play")
    desk.wait_for(RunState.PAUSED)
    places = set()
    for _ in range(8):
        shown = desk.graph.view.layout_shown
        assert shown is not None
        places.add(tuple(shown.boxes.items()))
        desk.click("step")
        desk.until(partial(_is_another, desk, shown))
    assert len(places) <= 2


def test_another_experiment_brings_another_graph(seat: Seat, write: Write) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.window.files.open_path(write('objective = "o"\nformula = "o = p*2"\nparameters.p = 1.0'))
    desk.until(lambda: desk.graph.view.layout_shown is not None and "p" in gradients(desk))
    assert set(gradients(desk)) == {"p", "o"}


def test_closing_while_a_large_graph_is_being_laid_out(seat: Seat, write: Write) -> None:
    desk = seat(write(chain(1_500)))
    desk.open_graph()
    desk.graph.controls.buttons["expand"].click()
    desk.window.close()


def test_flows_into_every_trained_leaf(seat: Seat) -> None:
    desk = seat("line-fit")
    desk.open_graph()
    sources = {edge.source for edge in desk.scene.edges if edge.role == FLOWS}
    trained = {desk.box(name).key for name in ("a", "c")}
    frozen = {desk.box(name).key for name in ("b", "d")}
    assert trained <= sources
    assert not frozen & sources


def test_the_tab_and_the_tensor_stay_when_the_language_changes(seat: Seat) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    desk.click_box("g.z")
    desk.program.settings.language = "zh_CN"
    desk.program.change_language()
    desk.until(lambda: desk.graph.view.layout_shown is not None)
    assert desk.graph.isVisible()
    desk.until(lambda: desk.graph.view.selected == desk.box("g.z").key)


def test_the_leave_event_of_an_empty_table_is_nothing(seat: Seat) -> None:
    desk = seat("line-fit", start=False)
    desk.point_at("a", Column.DETACH)
    QApplication.sendEvent(desk.window.table, QEvent(QEvent.Type.Leave))
    assert desk.window.message.note == ""


def test_a_screenshot_of_the_graph_is_not_empty(seat: Seat, tmp_path: Path) -> None:
    desk = seat("connected-branch")
    desk.open_graph()
    picture = desk.graph.view.grab().toImage()
    ground = picture.pixelColor(2, 2)
    where = desk.graph.view.place_of(desk.box("out").key)
    assert picture.pixelColor(where.x() - 15, where.y() - 15) != ground


# -- reading it ------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1280, 800), (800, 520), (1920, 1080)])
@pytest.mark.parametrize("name", ["line-fit", "detached-branch"])
def test_it_opens_with_letters_that_can_be_read(
    seat: Seat, name: str, size: tuple[int, int]
) -> None:
    desk = seat(name)
    desk.window.resize(*size)
    desk.open_graph()
    view = desk.graph.view
    assert view.scale_shown * TEXT_SIZE >= 11 - 1e-6
    place = view.place_of(desk.box("loss" if name == "line-fit" else "out").key)
    assert view.viewport().rect().contains(place), "the objective is in view"


def test_an_overview_shows_where_one_is_and_takes_one_elsewhere(seat: Seat) -> None:
    desk = seat()
    desk.window.resize(800, 520)
    desk.open_graph()
    view, overview = desk.graph.view, desk.graph.view.overview
    assert overview.isVisible()
    top = desk.box("x").key
    assert not view.viewport().rect().contains(view.place_of(top))
    layout = view.layout_shown
    assert layout is not None
    centre = layout.boxes[top].centre
    scale = overview.width() / layout.width
    where = QPoint(round(centre.x * scale), round(centre.y * scale))
    QTest.mouseClick(overview, LEFT_BUTTON, NO_KEYS, where)
    assert view.viewport().rect().contains(view.place_of(top))
    view.fit()
    desk.until(lambda: not overview.isVisible())


def test_the_legend_stands_beside_the_graph_and_folds_away(seat: Seat) -> None:
    desk = seat()
    desk.window.resize(1280, 800)
    desk.open_graph()
    legend, view = desk.graph.legend, desk.graph.view
    assert legend.isVisible()
    assert legend.mapTo(desk.graph, QPoint()).x() < view.mapTo(desk.graph, QPoint()).x()
    wide = view.width()
    desk.graph.controls.buttons["legend"].click()
    assert not legend.isVisible()
    desk.until(lambda: view.width() > wide)
    # Folded by hand it stays so; opened by hand it comes where there is little room.
    desk.window.resize(1400, 800)
    assert not legend.isVisible()


def test_where_there_is_little_room_it_is_the_graphs(seat: Seat) -> None:
    desk = seat()
    desk.window.resize(800, 520)
    desk.open_graph()
    assert not desk.graph.legend.isVisible()
    desk.graph.controls.buttons["legend"].click()
    assert desk.graph.legend.isVisible()


def test_a_proof_leaves_the_graph_its_room(seat: Seat) -> None:
    desk = seat()
    desk.window.resize(1280, 800)
    desk.open_graph()
    legend, view = desk.graph.legend, desk.graph.view
    assert legend.isVisible()
    desk.graph.controls.buttons["proof"].click()
    assert not legend.isVisible(), "the proof has its place"
    desk.until(lambda: view.width() >= 380)
    desk.window.resize(800, 520)
    desk.until(lambda: desk.graph.width() < 400)
    assert view.width() >= 160
    assert not view.overview.isVisible(), "it would cover all there is"
    desk.graph.controls.buttons["proof"].click()
    desk.until(view.overview.isVisible)


def test_the_overview_makes_way_for_what_is_moved_into_view(seat: Seat) -> None:
    desk = seat()
    desk.window.resize(1280, 800)
    desk.open_graph()
    view = desk.graph.view
    view.select(desk.box("b").key, reveal=True)
    picture = view.layout_shown
    assert picture is not None
    boxes = [view.mapFromScene(QRectF(*each.box)).boundingRect() for each in picture.nodes]
    assert not any(each.intersects(view.overview.geometry()) for each in boxes)
