"""An end to what sympy does: no expression may keep the program, however it comes to be so long.

The sizes of expressions are bounded (`explorer.engine.proof.algebra`), but now and then sympy
multiplies out, on its way, what it was not asked to. It is all Python, so that an exception can
be raised in its midst from another thread. Called by `explorer.engine.proof.proving`.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# A proof that takes longer is left out. The longest that is worth reading takes a tenth.
LONGEST_S = 4.0
# Who asks for many proofs waits no longer than for a few that end; the others get a moment each.
LONGEST_IN_ALL_S = 12.0
MOMENT_S = 0.3
TURNS = 10


class TooLongError(BaseException):
    """Raised in the thread that computes. No `except Exception` on the way swallows it."""


@contextmanager
def patience(seconds: float = LONGEST_S) -> Iterator[None]:
    """Raises TooLongError in the body if it takes longer than this."""
    done, thread = threading.Event(), threading.get_ident()
    watch = threading.Thread(target=_watch, args=(done, thread, seconds), daemon=True)
    try:
        watch.start()
        yield
    finally:
        _end(watch, done)


def _watch(done: threading.Event, thread: int, seconds: float) -> None:
    # Again and again: where Python runs a destructor it would only be printed.
    while not done.wait(seconds):
        error = ctypes.py_object(TooLongError)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)


def _end(watch: threading.Thread, done: threading.Event) -> None:
    """End the watch, even if its exception comes in the midst of that."""
    while True:
        try:
            done.set()
            if watch.ident is not None:
                watch.join()
            _let_it_come()
        except TooLongError:
            continue
        return


def _let_it_come() -> None:
    """An exception that was raised just now comes at a turn of a loop.

    It is not taken back: Python 3.11 would look for it ever after, in all threads, and never
    end a function that it traces. The loop has a frame of its own, for from Python 3.13 on no
    `except` around it covers its turns.
    """
    for _ in range(TURNS):
        pass
