"""Python's garbage collector must not destroy widgets from the worker's thread.

A window that was replaced is full of reference cycles. The collector runs in whatever
thread happens to allocate: in the worker it would take plots away under the painter.
"""

import gc
import threading

from .conftest import Seat
from .desk import delete_later_now


class Witness:
    """Part of a cycle with a window; notes the thread in which it goes."""

    def __init__(self, window: object, seen: list[int]) -> None:
        self.window = window
        self.seen = seen

    def __del__(self) -> None:
        self.seen.append(threading.get_ident())


def test_old_windows_are_collected_in_the_thread_of_the_window(seat: Seat) -> None:
    desk = seat()
    desk.full_speed()
    desk.type_steps("100000000")
    desk.click("play")
    desk.wait_for_step(10)
    seen: list[int] = []
    for _ in range(3):
        desk.window.witness = Witness(desk.window, seen)  # type: ignore[attr-defined]
        desk.program.rebuild()
        delete_later_now()
    # The worker allocates as a run does, only more of it.
    desk.bot.wait(200)
    worker = threading.Thread(target=allocate)
    worker.start()
    desk.until(lambda: not worker.is_alive())
    worker.join()
    assert set(seen) <= {threading.get_ident()}, "collected in another thread"
    for _ in range(4):
        # What is due comes from the timer; here it need not wait for its generation.
        gc.collect()
    # The last one may still be held by what is under way.
    assert len(seen) >= 2
    assert set(seen) == {threading.get_ident()}


def test_garbage_is_collected_while_there_is_a_window(seat: Seat) -> None:
    desk = seat()
    assert not gc.isenabled()
    collections = gc.get_stats()[0]["collections"]
    kept = [[number] for number in range(2000)]
    desk.until(lambda: gc.get_stats()[0]["collections"] > collections)
    assert len(kept) == 2000


def allocate() -> None:
    """Enough containers for collections of every generation."""
    for _ in range(20):
        kept = [[number] for number in range(100_000)]
        del kept
