"""What a piece of work costs, the same on every machine: how many lines of Python it runs.

For tests that nothing grows with the square of a graph's size.
"""

import sys
from collections.abc import Callable
from types import FrameType


def lines_run(work: Callable[[], object]) -> int:
    """Counted in all functions that `work` calls, but not in what is written in C."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Callable[..., object]:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
