"""Which frames of a program are the user's own, and where in them something was called.

Frames of PyTorch, of this program and of Python's import machinery tell the user nothing. For
a traceback the libraries that are installed are left out too, unless there is nothing else.
Used by the trace and by `explorer.own`.
"""

import sysconfig
import traceback
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from types import FrameType, TracebackType

import torch

from explorer.explain.callsite import CallSite

_TORCH = str(Path(torch.__file__).parent)
_OURS = str(Path(__file__).parents[1])
# The libraries of Python and of whoever else; a checkout may lie in one of them.
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


@lru_cache(maxsize=4096)
def is_outside(file: str) -> bool:
    """Whether the code is neither PyTorch's nor ours nor made of nothing that has a file."""
    return not file.startswith(("<", _TORCH, _OURS))


@lru_cache(maxsize=4096)
def is_own(file: str) -> bool:
    """Whether it is the user's, and no library's."""
    return is_outside(file) and not file.startswith(_INSTALLED)


def innermost(frame: FrameType | None) -> CallSite | None:
    """Where the code outside PyTorch and this program stands that led to `frame`."""
    while frame is not None:
        code = frame.f_code
        if is_outside(code.co_filename):
            return CallSite(code.co_filename, frame.f_lineno, code.co_qualname)
        frame = frame.f_back
    return None


def their_frames(trace: TracebackType | None) -> tuple[CallSite, ...]:
    """The frames of a traceback that are the user's; else those of libraries. Outermost first."""
    found = [
        CallSite(frame.f_code.co_filename, line, frame.f_code.co_qualname)
        for frame, line in traceback.walk_tb(trace)
    ]
    own = tuple(each for each in found if is_own(each.file))
    return own or tuple(each for each in found if is_outside(each.file))


def frames_text(frames: Iterable[CallSite]) -> str:
    """One line each, as long as a reader follows them."""
    return "\n".join(_lines(list(frames)))


# As many on either end.
_SHOWN = 4


def _lines(frames: list[CallSite]) -> Iterator[str]:
    left_out = len(frames) - 2 * _SHOWN
    if left_out > 0:
        frames[_SHOWN:-_SHOWN] = []
    for place, frame in enumerate(frames):
        if left_out > 0 and place == _SHOWN:
            yield "  …"
        yield f"  {frame}"
