"""A click on a tensor says why its gradient is None, and the switch that is advised helps."""

import threading
from collections.abc import Iterator

import pytest

from explorer.explain import route
from explorer.ui.tensormodel import Column

from .conftest import Seat
from .desk import Desk


def asked(desk: Desk, tensor: str, words: str) -> None:
    """Click on the tensor and wait for the words in the panel."""
    desk.window.table.selectRow(desk.row(tensor))
    desk.until(lambda: words in desk.message)


def test_a_click_names_the_cut_and_flipping_it_back_is_enough(seat: Seat) -> None:
    desk = seat("connected-branch")
    asked(desk, "x", "what step 1 will compute")
    desk.flip("g.z", Column.DETACH)
    asked(desk, "x", "detach() on g.z")
    assert desk.cell("x", Column.GRAD) == "None"
    desk.flip("g.z", Column.DETACH)
    asked(desk, "x", "what step 1 will compute")
    assert desk.cell("x", Column.GRAD) == "10.0000"


def test_before_the_first_step_a_gradient_is_not_yet_there(seat: Seat) -> None:
    desk = seat("line-fit")
    asked(desk, "a", "a.grad is None so far")
    asked(desk, "b", "requires_grad is off")


def test_while_it_trains_the_reason_follows_the_switch(seat: Seat) -> None:
    desk = seat("line-fit", "training.steps=1000000")
    desk.click("play")
    asked(desk, "b", "requires_grad is off")
    desk.flip("b", Column.REQUIRES_GRAD)
    asked(desk, "b", "b is a parameter")
    desk.click("play")


def test_the_way_is_looked_for_in_the_worker_once_for_a_graph(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    of = route._Stops.of

    def noted(stops: route._Stops, uses: list[route._Use]) -> Iterator[route.Stop]:
        threads.append(threading.get_ident())
        return of(stops, uses)

    monkeypatch.setattr(route._Stops, "of", noted)
    desk = seat("connected-branch")
    desk.flip("g.z", Column.DETACH)
    asked(desk, "x", "detach() on g.z")
    desk.until(lambda: len(desk.window.message.strip.stops) > 2)
    found = len(threads)
    for _ in range(3):
        desk.look()
    assert threading.get_ident() not in threads
    assert len(threads) == found
