"""Which names an experiment may give, and the nearest known one to a misspelt one.

Parameters, data columns, tensors and functions of a formula share these rules;
`spec` and `language` call them.
"""

import difflib
import keyword
import re
from collections.abc import Iterable

from explorer.experiment.problem import BadInput, Place
from explorer.experiment.visible import visible_line

_MODULES = frozenset({"torch", "F", "math", "nn"})
# The rows of a run's output have these two of their own.
_OUTPUT_NAMES = frozenset({"step", "loss"})
_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
MAX_NAME_LENGTH = 100
_MOST_CANDIDATES = 1000


def check_name(name: str, place: Place) -> None:
    """Refuse a name that a formula could not use.

    Raises:
        BadInput: `name-too-long`, `name-invalid` or `name-reserved`.
    """
    if len(name) > MAX_NAME_LENGTH:
        raise BadInput("name-too-long", place, limit=MAX_NAME_LENGTH)
    if not _NAME.fullmatch(name):
        raise BadInput("name-invalid", place, name=name)
    if keyword.iskeyword(name) or name in _MODULES:
        raise BadInput("name-reserved", place, name=name)


def check_leaf_name(name: str, place: Place) -> None:
    """The same for a parameter or a data column, which have a column in the output."""
    check_name(name, place)
    if name in _OUTPUT_NAMES:
        raise BadInput("name-reserved", place, name=name)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, or an empty string."""
    candidates = [each for each, _ in zip(known, range(_MOST_CANDIDATES), strict=False)]
    # difflib is quadratic in the length: a name of 10 MB must not stop the program.
    found = difflib.get_close_matches(name[:MAX_NAME_LENGTH], candidates, n=1, cutoff=0.5)
    return found[0] if found else ""


def shortened(text: str, length: int = 60) -> str:
    """`text` in one line fit for a message, with what cannot be seen escaped."""
    line = visible_line(" ".join(text[: 4 * length].split()))
    return line if len(line) <= length else line[: length - 1] + "…"


def shortened_path(path: str, length: int = 200) -> str:
    """The same for a file's path: the middle is left out, for both ends tell which it is."""
    line = visible_line(path)
    head = length // 3
    return line if len(line) <= length else f"{line[:head]}…{line[head + 1 - length :]}"
