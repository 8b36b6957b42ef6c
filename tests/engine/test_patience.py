"""What takes too long ends, wherever it is, and nothing of that is left behind."""

import subprocess
import sys
import threading

import pytest

from explorer.engine.proof.patience import TooLongError, patience


def for_ever() -> None:
    while True:
        try:
            sum(range(100))
        except Exception:  # a library may well do this
            continue


def test_what_takes_for_ever_ends() -> None:
    before = threading.active_count()
    with pytest.raises(TooLongError), patience(0.05):
        for_ever()
    assert threading.active_count() == before
    assert sum(range(100_000)) > 0


def test_what_is_quick_enough_is_let_be() -> None:
    before = threading.active_count()
    for _ in range(50):
        with patience(60):
            assert sum(range(100)) == 4950
    assert threading.active_count() == before


def test_another_thread_is_left_alone() -> None:
    ended: list[bool] = []

    def work() -> None:
        with pytest.raises(TooLongError), patience(0.05):
            for_ever()
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    assert sum(range(1_000_000)) > 0
    thread.join()
    assert ended == [True]


def test_an_end_that_comes_at_the_last_moment_is_no_harm() -> None:
    before = threading.active_count()
    for _ in range(300):
        try:
            with patience(0.0005):
                sum(range(4_000))
        except TooLongError:
            pass
    assert threading.active_count() == before


# Python 3.11 enters a traced function for ever while an exception is still looked for.
TRACED = """
import sys
from explorer.engine.proof.patience import TooLongError, patience
def work(seconds):
    while seconds == 0.05:
        pass
    sum(range(4_000))
for seconds in (60, *[0.0005] * 300, 0.05):
    try:
        with patience(seconds):
            work(seconds)
    except TooLongError:
        pass
sys.settrace(lambda *_: None)
(lambda: None)()
"""


def test_nothing_is_left_that_python_looks_for() -> None:
    subprocess.run([sys.executable, "-c", TRACED], check=True, timeout=60)
