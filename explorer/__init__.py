"""Gradient Explorer: PyTorch's autograd made visible.

The Python interface is `load`, `run`, `read_program`, `script`, `Experiment` and `Session`, and
for a model of your own `trace`, `explain` and `audit`. They are imported when first used, so
that `--version` costs no torch:

    import explorer

    experiment = explorer.load("line-fit")
    session = explorer.Session(experiment, steps=500)
    for record in session:
        print(record.step, record.loss, dict(zip(session.columns, record.values)))
"""

import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.engine.session import Session
    from explorer.experiment.spec import Experiment
    from explorer.interface import audit, explain, run, trace

__version__ = "0.1.0"
__all__ = [
    "Experiment",
    "Session",
    "__version__",
    "audit",
    "explain",
    "load",
    "read_program",
    "run",
    "script",
    "trace",
]


def load(source: str | os.PathLike[str], overrides: Sequence[str] = ()) -> "Experiment":
    """The experiment in a file, or the built-in one of this name.

    `overrides` are laid over the file, as the command line's `--set` does:
    `"training.optimizer.lr=0.01"`. Raises
    `explorer.experiment.problem.BadInput`, which knows the place of the mistake.
    """
    from explorer.experiment.file import read
    from explorer.experiment.sources import experiment_path

    return read(experiment_path(source), overrides).experiment


def read_program(text: str) -> "Experiment":
    """The experiment that gives what a PyTorch program gives, which is read and not run.

    Raises `explorer.experiment.problem.BadInput`, which knows the line of what is not understood.
    """
    from explorer.reading.program import read_program

    reading = read_program(text)
    if reading.experiment is None:
        assert reading.problem is not None
        raise reading.problem
    return reading.experiment


def script(experiment: "Experiment") -> str:
    """The experiment as a plain PyTorch program, with its changes, that gives the run's bits."""
    from explorer.code.script import script

    return script(experiment)


if not TYPE_CHECKING:  # a type checker sees the imports above, and refuses misspelt names
    _HOMES = {
        "Session": "explorer.engine.session",
        "Experiment": "explorer.experiment.spec",
        "audit": "explorer.interface",
        "run": "explorer.interface",
        "trace": "explorer.interface",
    }

    def __getattr__(name: str) -> object:
        """Import what is listed above when it is first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)

    class _Package(ModuleType):
        """This package, in which `explain` is the function and not the room of that name.

        Python binds a room to its name here as soon as something in it is imported.
        """

        @property
        def explain(self) -> Callable[..., object]:
            """See `explorer.interface.explain`."""
            from explorer.interface import explain

            return explain

        @explain.setter
        def explain(self, room: ModuleType) -> None:
            """Leave the name to the function."""

    sys.modules[__name__].__class__ = _Package
