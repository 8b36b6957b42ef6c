"""A tooltip hides none of the controls that one may want to reach next."""

from itertools import product

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from explorer.ui.tensormodel import Column
from explorer.ui.tips import place_beside

from .conftest import Seat
from .desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
COLUMNS = (Column.REQUIRES_GRAD, Column.DETACH)
STEERING = ("undo", "reset", "play", "step")


def tip_over(widget: QWidget, place: QPoint) -> QRect:
    """Where the tooltip stands that comes when the mouse rests there."""
    where = widget.mapToGlobal(place)
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, where))
    (tip,) = (each for each in QApplication.topLevelWidgets() if is_tip(each))
    rect = tip.geometry()
    # As it was before: otherwise the next would only be another text in the same place.
    QToolTip.hideText()
    tip.close()
    return rect


def is_tip(widget: QWidget) -> bool:
    return widget.inherits("QTipLabel") and widget.isVisible()


def on_screen(widget: QWidget, rect: QRect) -> QRect:
    return QRect(widget.mapToGlobal(rect.topLeft()), rect.size())


def switch_cell(desk: Desk, name: str, column: Column) -> QRect:
    table = desk.window.table
    index = table.tensors.index(desk.row(name), column)
    return on_screen(table.viewport(), table.visualRect(index))


def test_a_switch_hides_no_switch_beside_it(seat: Seat) -> None:
    desk = seat()
    viewport = desk.window.table.viewport()
    for column, down in product(COLUMNS, (2, 12, 22)):
        cell = switch_cell(desk, "b", column)
        place = QPoint(cell.center().x(), cell.top() + down)
        tip = tip_over(viewport, viewport.mapFromGlobal(place))
        for name, other in product("abc", COLUMNS):
            assert not tip.intersects(switch_cell(desk, name, other)), f"{name} {other.name}"


def test_a_button_hides_no_button_beside_it(seat: Seat) -> None:
    desk = seat()
    bar = desk.window.bar
    for name in STEERING:
        tip = tip_over(bar.widgetForAction(desk.action(name)), QPoint(3, 1))
        assert tip.top() > on_screen(bar, bar.rect()).bottom()
        assert tip.top() < on_screen(bar, bar.rect()).bottom() + 40
    controls = desk.graph.controls
    tip = tip_over(controls.buttons["fit"], QPoint(3, 1))
    assert not any(
        tip.intersects(on_screen(each, each.rect())) for each in controls.buttons.values()
    )


def test_without_room_at_the_right_it_stands_below_the_next_row() -> None:
    cell, switches = QRect(300, 100, 60, 25), QRect(240, 100, 120, 25)
    roomy, small = QRect(0, 0, 2000, 900), QRect(0, 0, 420, 900)
    text = "a is frozen: requires_grad=False"
    assert place_beside(cell, switches, text, roomy) == QPoint(360, 84)
    assert place_beside(cell, switches, text, small).y() >= cell.bottom() + cell.height()
