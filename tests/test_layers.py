"""Imports point one way: ui -> live; live, cli -> export, picture -> words, engine -> explain.

Read from the syntax trees, so that an import inside a function or behind
TYPE_CHECKING counts too. Each rule is broken on purpose below, and seen to fail.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "explorer"

QT = {"PySide6", "pyqtgraph", "shiboken6", "qtawesome"}
BASE = {"experiment", "i18n"}
CORE = BASE | {
    *("code", "engine", "explain", "own", "words", "picture", "export", "paths", "reading"),
}

# Which rooms of the package each room may import, besides itself.
ROOMS: dict[str, set[str]] = {
    "experiment": {"i18n", "paths"},
    "explain": BASE,
    "code": BASE,
    "engine": BASE | {"explain"},
    "reading": BASE | {"engine"},
    # People's own models: loaded, looked at, put back.
    "own": BASE | {"engine", "explain"},
    "words": BASE | {"explain"},
    "picture": BASE | {"explain", "words"},
    "export": BASE | {"explain", "picture", "words"},
    "live": BASE | {"engine", "explain", "own", "paths", "picture"},
    "i18n": {"paths"},
    "paths": set(),
    # They open the window: `explorer.ui.opening.open_window`, inside a function.
    "cli": CORE | {"__init__", "ui", "selftest"},
    # It tries out everything, the window too, inside functions; the command line is given to it.
    "selftest": CORE | {"__init__", "ui"},
    "__main__": CORE | {"__init__", "cli", "ui"},
    # What the package offers in Python for people's own models.
    "interface": CORE | {"__init__"},
    "pytest_plugin": {"__init__"},
    "__init__": CORE | {"interface"},
    "ui": CORE | {"__init__", "live"},
}
WITHOUT_TORCH = set(ROOMS) - {"engine", "own", "reading", "ui", "selftest"}


def violations(package: Path) -> list[str]:
    """Every import in the package that breaks the rule, as `file:line imports module`."""
    return [
        f"{path.relative_to(package).as_posix()}:{line} imports {module}"
        for path in sorted(package.rglob("*.py"))
        for line, module in imports(path, package)
        if not allowed(room_of(path, package), module)
    ]


def room_of(path: Path, package: Path) -> str:
    return Path(path.relative_to(package).parts[0]).stem


def allowed(room: str, module: str) -> bool:
    top, _, rest = module.partition(".")
    if top in QT:
        return room == "ui"
    if top == "torch":
        return room not in WITHOUT_TORCH
    if top != "explorer":
        return True
    target = rest.split(".")[0]
    # Else something the package itself gives: `load`, which imports the experiment room.
    target = target if target in ROOMS else "__init__"
    return rest == "__version__" or target in {room} | ROOMS[room]


def imports(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything the file imports, wherever in it."""
    home = ["explorer", *path.relative_to(package).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for module in imported(node, home):
            yield node.lineno, module  # type: ignore[attr-defined]


def imported(node: ast.AST, home: list[str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = home[: len(home) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        # `from explorer import ui` imports the room, not only the package.
        return [f"{base}.{alias.name}" for alias in node.names] if base == "explorer" else [base]
    if isinstance(node, ast.Call) and node.args:
        return called(node)
    return []


def called(node: ast.Call) -> list[str]:
    """The module of `import_module("…")` and `__import__("…")` with a name written out."""
    function, argument = node.func, node.args[0]
    name = getattr(function, "id", getattr(function, "attr", ""))
    if name in {"import_module", "__import__"} and isinstance(argument, ast.Constant):
        return [str(argument.value)]
    return []


def test_every_room_has_a_rule() -> None:
    assert {room_of(path, PACKAGE) for path in PACKAGE.rglob("*.py")} <= set(ROOMS)


def test_imports_point_one_way() -> None:
    assert violations(PACKAGE) == []


def circle(package: Path) -> list[str]:
    """Rooms that need one another, in a circle, whichever way the rules allow it; else nothing."""
    needs: dict[str, set[str]] = {}
    for path in sorted(package.rglob("*.py")):
        room = room_of(path, package)
        found = (target_of(module) for _line, module in imports(path, package))
        needs.setdefault(room, set()).update(each for each in found if each not in {None, room})
    while needs:
        needed = set().union(*needs.values())
        kept = {room for room, others in needs.items() if others & needs.keys()} & needed
        if kept == needs.keys():
            break
        needs = {room: needs[room] & kept for room in kept}
    return sorted(needs)


def target_of(module: str) -> str | None:
    """The room that an import reaches into, if it is one of ours."""
    top, _, rest = module.partition(".")
    if top != "explorer" or rest == "__version__":
        return None
    room = rest.split(".")[0]
    return room if room in ROOMS else "__init__"


def test_no_circle_between_rooms() -> None:
    assert circle(PACKAGE) == []


CIRCLES = {
    "two rooms": {"i18n.py": "import explorer.paths", "paths.py": "import explorer.i18n"},
    "three rooms, one of them in a function": {
        "experiment/a.py": "from explorer.i18n import N_",
        "i18n.py": "def f():\n    from explorer.paths import icon",
        "paths.py": "from explorer.experiment.problem import BadInput",
    },
    "through other folders of the rooms": {
        "cli/a.py": "from explorer.selftest import running",
        "selftest/deep/b.py": "from explorer.cli.deep import main",
    },
}


@pytest.mark.parametrize("name", CIRCLES)
def test_a_circle_is_seen(tmp_path: Path, name: str) -> None:
    package = tmp_path / "explorer"
    for file, source in CIRCLES[name].items():
        path = package / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    # It needs one of the rooms, and none of them needs it.
    (package / "__main__.py").write_text("from explorer.paths import icon", encoding="utf-8")
    assert circle(package) == sorted({room_of(package / file, package) for file in CIRCLES[name]})


# No file of these needs another that needs it, by whatever way round.
WITHOUT_CIRCLES = (
    "code",
    "engine",
    "experiment",
    "explain",
    "export",
    "own",
    "picture",
    "reading",
    "words",
)


def needed_files(path: Path, package: Path) -> Iterator[Path]:
    """The files of the package that this one imports, wherever in it."""
    home = ["explorer", *path.relative_to(package).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [each.name for each in node.names] if isinstance(node, ast.ImportFrom) else []
        for module in imported(node, home):
            for name in (module, *(f"{module}.{each}" for each in names)):
                file = package.joinpath(*name.split(".")[1:]).with_suffix(".py")
                if file.is_file() and file != path:
                    yield file


def file_circle(package: Path, room: str) -> list[str]:
    """Files of a room that need one another in a circle; else nothing."""
    files = sorted((package / room).rglob("*.py"))
    needs = {path: {*needed_files(path, package)} for path in files}
    while True:
        needed = set().union(*needs.values())
        # What needs none of the others is in no circle, nor what none of them needs.
        kept = {path for path, others in needs.items() if others & needs.keys()} & needed
        if kept == needs.keys():
            break
        needs = {path: needs[path] & kept for path in kept}
    return [path.relative_to(package).as_posix() for path in sorted(needs)]


@pytest.mark.parametrize("room", WITHOUT_CIRCLES)
def test_no_circle_between_the_files_of_a_room(room: str) -> None:
    assert file_circle(PACKAGE, room) == []


def test_a_circle_between_files_is_seen(tmp_path: Path) -> None:
    package = tmp_path / "explorer"
    sources = {
        "room/a.py": "from explorer.room import b",
        "room/b.py": "def f():\n    from explorer.room.deep.c import g",
        "room/deep/c.py": "import explorer.room.a",
        "room/d.py": "from explorer.other.e import h",
        "other/e.py": "from explorer.room.d import f",
    }
    for file, source in sources.items():
        path = package / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    assert file_circle(package, "room") == ["room/a.py", "room/b.py", "room/deep/c.py"]


BREAKAGES = {
    "Qt outside the window": ("words/a.py", "from PySide6.QtCore import Qt"),
    "pyqtgraph in the engine": ("engine/a.py", "import pyqtgraph as pg"),
    "Qt in the command line, in a function": ("cli/a.py", "def f():\n    import shiboken6"),
    "Qt for its types only": (
        "engine/a.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from PySide6 import QtGui",
    ),
    "Qt by name": ("export/a.py", "import importlib\nimportlib.import_module('PySide6.QtGui')"),
    "torch in the experiment": ("experiment/a.py", "def f():\n    import torch.nn.functional as F"),
    "torch from the experiment": ("experiment/a.py", "from torch import Tensor"),
    "torch in the command line": ("cli/a.py", "import torch"),
    "the experiment uses the engine": ("experiment/a.py", "from explorer.engine import session"),
    "torch in an explanation, for its types only": (
        "explain/a.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from torch import Tensor",
    ),
    "an explanation uses the engine": ("explain/a.py", "from explorer.engine.model import Model"),
    "an explanation uses words": ("explain/a.py", "from explorer.words.reasons import sentence"),
    "the engine uses words": ("engine/a.py", "from explorer.words.errors import sentence"),
    "the engine uses words, relatively": ("engine/a.py", "from ..words import errors"),
    "the engine uses the window": ("engine/a.py", "from explorer import ui"),
    "the engine uses the package's own load": ("engine/a.py", "from explorer import load"),
    "Qt beside the document": ("live/a.py", "from PySide6.QtCore import QTimer"),
    "the document uses the window": ("live/a.py", "from explorer.ui.workbench import Workbench"),
    "the engine uses the document": ("engine/a.py", "from explorer.live import recovery"),
    "words use the export": ("words/a.py", "import explorer.export.tables"),
    "words use the engine": ("words/a.py", "from explorer.engine.session import Session"),
    "a picture uses the engine": ("picture/a.py", "from explorer.engine.trace import trace"),
    "a picture uses the export": ("picture/a.py", "import explorer.export.tables"),
    "Qt in a picture": ("picture/a.py", "from PySide6.QtGui import QPainter"),
    "torch in a picture": ("picture/a.py", "def f():\n    import torch"),
    "the window uses the command line": ("ui/deep/a.py", "from explorer.cli import main"),
    "the window uses it, relatively": ("ui/deep/a.py", "from ...cli import main"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_rule_is_seen(tmp_path: Path, breakage: str) -> None:
    name, source = BREAKAGES[breakage]
    path = tmp_path / "explorer" / name
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    [violation] = violations(tmp_path / "explorer")
    assert violation.startswith(f"{name}:")


NO_QT = """
import sys
for name in ("PySide6", "pyqtgraph", "shiboken6"):
    sys.modules[name] = None
sys.argv = ["gradient-explorer", *sys.argv[1:]]
"""


def without_qt(body: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in which importing Qt or pyqtgraph is an ImportError."""
    command = [sys.executable, "-c", NO_QT + body, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)


def test_an_experiment_runs_where_qt_cannot_be_imported() -> None:
    body = "from explorer.__main__ import main\nsys.exit(main())"
    outcome = without_qt(body, "run", "line-fit", "--steps", "2", "--json")
    assert outcome.stderr == ""
    assert outcome.returncode == 0
    assert '"steps": 2' in outcome.stdout


@pytest.mark.parametrize("module", ["PySide6.QtCore", "pyqtgraph", "shiboken6"])
def test_the_guard_itself_blocks(module: str) -> None:
    outcome = without_qt(f"import {module}")
    assert outcome.returncode == 1
    assert "ModuleNotFoundError" in outcome.stderr


# These rooms need no torch, whatever they import; it may be what a module of theirs imports.
NO_TORCH = ("experiment", "explain", "words", "picture", "export", "live")

# Import every module of the packages named, where importing torch is an ImportError.
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.modules["torch"] = None
sys.path[:0] = [""]
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(module.name)
"""


def imported_without_torch(*packages: str, path: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", IMPORT_ALL, *packages]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=200, cwd=path
    )


def test_whole_rooms_can_be_imported_without_torch(tmp_path: Path) -> None:
    outcome = imported_without_torch(*(f"explorer.{room}" for room in NO_TORCH), path=tmp_path)
    assert outcome.stderr == ""
    assert outcome.returncode == 0


@pytest.mark.parametrize("module", ["torch", "explorer.engine.formula_subject"])
def test_torch_is_seen_deep_in_a_room(tmp_path: Path, module: str) -> None:
    deep = tmp_path / "room" / "deep"
    deep.mkdir(parents=True)
    for folder in (deep.parent, deep):
        (folder / "__init__.py").touch()
    (deep / "a.py").write_text(f"import {module}", encoding="utf-8")
    outcome = imported_without_torch("room", path=tmp_path)
    assert "import of torch halted" in outcome.stderr
    assert outcome.returncode == 1


PROBE = """
import sys
sys.argv = ["gradient-explorer", *sys.argv[1:]]
from explorer.__main__ import main
try:
    status = main()
except SystemExit as leave:
    status = leave.code
heavy = {"torch", "numpy", "PySide6", "pyqtgraph", "shiboken6", "sympy"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else status)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_and_version_import_neither_torch_nor_qt(arguments: list[str]) -> None:
    command = [sys.executable, "-c", PROBE, *arguments]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert outcome.stderr == ""
    assert outcome.returncode == 0
    assert outcome.stdout


def test_the_probe_itself_sees_torch() -> None:
    command = [sys.executable, "-c", PROBE, "gradients", "line-fit"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert "'torch'" in outcome.stderr
