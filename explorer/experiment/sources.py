"""Which file is meant where FILE|NAME may be given: a path, or a built-in experiment's name.

Called by the Python interface, the command line and the window.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.experiment.names import nearest, shortened
from explorer.experiment.problem import BadInput, Place
from explorer.paths import builtin_experiments


def experiment_path(source: str | os.PathLike[str]) -> Path:
    """The file meant by FILE|NAME.

    A bare word that names a built-in experiment is that experiment, unless a
    file of exactly that name exists. Everything else is a path. A bare word
    that is neither raises `BadInput` `unknown-experiment` (facts: `name`, and
    `nearest`, possibly empty); a path is not looked at here.
    """
    path = Path(source)
    name = os.fspath(source)
    if not _is_bare_word(name) or os.path.isfile(path):
        return path
    known = builtin_experiments()
    if name in known:
        return known[name]
    close = nearest(name, known)
    raise BadInput("unknown-experiment", Place(), name=shortened(name), nearest=close)


@contextmanager
def naming(source: str) -> Iterator[None]:
    """Add the file to what the engine refuses: it sees an experiment, not where it is from."""
    try:
        yield
    except BadInput as problem:
        raise problem.at(file=str(experiment_path(source))) from None


def _is_bare_word(name: str) -> bool:
    """True for `line-fit`; False for `line-fit.toml`, `./line-fit`, `a/b` and the empty text."""
    return bool(name) and "." not in name and not any(mark in name for mark in "/\\")
