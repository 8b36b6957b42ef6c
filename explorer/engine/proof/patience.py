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
        # One that was raised just now and has not come yet is not wanted any more.
        _raise_in(thread, None)


def _watch(done: threading.Event, thread: int, seconds: float) -> None:
    # Again and again: where Python runs a destructor it would only be printed.
    while not done.wait(seconds):
        _raise_in(thread, TooLongError)


def _end(watch: threading.Thread, done: threading.Event) -> None:
    """End the watch, even if its exception comes in the midst of that."""
    while True:
        try:
            done.set()
            watch.join()
        except (TooLongError, RuntimeError):
            # RuntimeError: interrupted while it was still being started.
            continue
        return


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    wanted = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), wanted)
