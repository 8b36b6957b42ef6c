"""From a reference to a setup: importing the module, calling the factory, checking the answer.

"There is no such module" is told apart from "your module raised, here". Called by the command
line; naming a file there is the consent to run it.
"""

import importlib
import importlib.util
import inspect
import os
import sys
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import torch

from explorer.engine.frames import is_own
from explorer.experiment.names import nearest, shortened
from explorer.experiment.problem import BadInput, Place
from explorer.explain.callsite import CallSite
from explorer.own.reference import Reference, referred
from explorer.own.setup import Setup, setup
from explorer.own.theirs import their_code


@dataclass(frozen=True, slots=True)
class Given:
    """What was said besides the name, for a factory that gives a bare module.

    `shape` is that of an input of random numbers (`4,3,32,32`), `batch` names a batch or what
    gives one (`package.module:NAME`).
    """

    shape: str | None = None
    batch: str | None = None


def load(named: Reference, given: Given | None = None, *, anew: bool = False) -> Setup:
    """Import, call and check. Raises BadInput.

    `anew`: read the sources again of what was imported from where the factory is.
    """
    given = given or Given()
    if anew:
        _forget(named)
    factory, file = _found(named)
    batch = _batch(given)
    with their_code(file):
        made = factory() if not isinstance(factory, torch.nn.Module) else factory
    return setup(made, name=str(named), site=_site(factory, file), batch=batch)


def _found(named: Reference) -> tuple[Any, str]:
    """The object that is named, and the file that it was looked for in."""
    module = _from_file(named.home) if named.is_file else _imported(named.home)
    file = module.__file__ or named.home
    found: Any = module
    for part in named.factory.split("."):
        if not hasattr(found, part):
            close = nearest(part, [each for each in vars(found) if not each.startswith("_")])
            raise BadInput("no-such-factory", Place(file), name=named.factory, nearest=close)
        found = getattr(found, part)
    if not callable(found):
        raise BadInput("not-a-factory", Place(file), name=named.factory, got=type(found).__name__)
    return found, file


def _from_file(path: str) -> ModuleType:
    """The module in a file, run as `python PATH` would: its folder is looked in first."""
    file = Path(path).resolve()
    if not file.exists():
        raise BadInput("no-such-file", Place(path))
    if file.is_dir():
        raise BadInput("is-a-folder", Place(path))
    _look_in(file.parent)
    # Under its own name, so that what it defines can be found again, as by pickle; but in
    # nobody's place: there may be a json.py beside the model.
    name = file.stem if file.stem not in sys.modules else f"{file.stem} ({file})"
    loader = _FromSource(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    if spec is None or spec.loader is None:
        raise BadInput("not-a-file", Place(path))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        with their_code(path):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


class _FromSource(SourceFileLoader):
    """Compiles what the file says now, and leaves nothing beside it.

    What Python keeps in `__pycache__` is told from the source by size and second alone.
    """

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 (Python's signature)
        return self.source_to_code(self.get_data(self.path), self.path)


def _forget(named: Reference) -> None:
    """Let what was imported from the factory's folder or package be imported again."""
    home = str(Path(named.home).resolve().parent) if named.is_file else _package(named.home)
    if home is None:
        return
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and is_own(file) and _is_in(file, home):
            del sys.modules[name]
    importlib.invalidate_caches()


def _is_in(file: str, home: str) -> bool:
    return file == home or file.startswith(home + os.sep)


def _package(name: str) -> str | None:
    """Where the outermost package of a module is, or the module's file if it is in none."""
    module = sys.modules.get(name.partition(".")[0])
    file: str | None = getattr(module, "__file__", None)
    if file is None:
        return None
    return os.path.dirname(file) if hasattr(module, "__path__") else file


def _imported(name: str) -> ModuleType:
    """The module of this name, from the working folder or what is installed."""
    _look_in(Path.cwd())
    missing = _missing(name)
    if missing is not None:
        raise BadInput("no-such-module", name=missing)
    with their_code():
        return importlib.import_module(name)


def _missing(name: str) -> str | None:
    """The part of a module's name that is not there, if one is not.

    Found without importing the module itself, so that what it fails to import is not
    mistaken for it; the packages that it is in have to be imported.
    """
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        part = ".".join(parts[:count])
        with their_code():
            try:
                spec = importlib.util.find_spec(part)
            except ModuleNotFoundError as error:
                # A module with no modules in it.
                if error.name is None or not part.startswith(error.name):
                    raise
                spec = None
        if spec is None:
            return part
    return None


def _look_in(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _batch(given: Given) -> Any:
    if given.batch is not None:
        return _value(referred(given.batch))
    return None if given.shape is None else torch.randn(_shape(given.shape))


def _value(named: Reference) -> Any:
    """A batch that is named: itself, or what the function gives that is named."""
    module = _from_file(named.home) if named.is_file else _imported(named.home)
    file = module.__file__ or named.home
    if not hasattr(module, named.factory):
        close = nearest(named.factory, vars(module))
        raise BadInput("no-such-factory", Place(file), name=named.factory, nearest=close)
    found = getattr(module, named.factory)
    if not callable(found) or isinstance(found, torch.Tensor):
        return found
    with their_code(file):
        return found()


MOST_ELEMENTS = 100_000_000


def _shape(text: str) -> list[int]:
    sizes = [part.strip() for part in text.split(",")]
    if not all(size.isascii() and size.isdigit() and 0 < len(size) < 10 for size in sizes):
        raise BadInput("not-a-shape", given=shortened(text))
    shape = [int(size) for size in sizes]
    count = torch.Size(shape).numel()
    if not 0 < count <= MOST_ELEMENTS:
        raise BadInput("not-a-shape", given=shortened(text))
    return shape


def _site(factory: Any, file: str) -> CallSite:
    """Where the factory is defined."""
    code = getattr(inspect.unwrap(factory), "__code__", None)
    if code is not None:
        return CallSite(code.co_filename, code.co_firstlineno, code.co_qualname)
    try:
        line = inspect.getsourcelines(factory)[1]
    except (OSError, TypeError):
        line = 1
    return CallSite(os.path.abspath(file), line, getattr(factory, "__name__", ""))
