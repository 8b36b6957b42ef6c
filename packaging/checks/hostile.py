"""A folder full of what programs pick up where they are started, to start ours in.

Everything in it leaves a mark when it is run: modules that shadow ours and the libraries',
Qt's configuration and plugins, resources, libraries and commands of the system. `plant` fills
a folder, `marks` says what was run since. For the tests and the gate, with any command.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from checks.surroundings import GateError

# Python itself reads these; the first few it reads before any program of ours.
STARTUP = ("site", "sitecustomize", "usercustomize", "__main__", "typing", "functools", "pathlib")
LIBRARIES = (
    *("torch", "PySide6", "shiboken6", "pydantic", "graphlay"),
    *("numpy", "tomlkit", "pyqtgraph", "typer", "rich", "sympy", "gettext", "csv", "pickle"),
)
# Packages; the others are single files.
PACKAGES = frozenset({"explorer", "torch", "PySide6", "pydantic"})
COMMANDS = ("xdg-open", "sh", "uname", "ldconfig", "gcc", "cc", "c++", "python3", "lscpu")
PLUGINS = (
    *("platforms/libqoffscreen.so", "platforms/libqxcb.so", "styles/libqhostile.so"),
    *("imageformats/libqsvg.so", "imageformats/libqhostile.so", "iconengines/libqsvgicon.so"),
    *("libQt6Core.so.6", "libQt6Svg.so.6", "libc10.so", "libGL.so.1"),
)
MARKS = "marks"
EXPERIMENT = "experiment.toml"
_LISTED = 'title = "Planted"\nformula = "z = a"\nobjective = "z"\n[parameters]\na = 1.0\n'
_EXPERIMENT = """title = "A file in a folder of somebody else's"
formula = "y = a*x"
parameters = { a = 1.0 }
data = { file = "points.csv" }
training = { loss = "mse", optimizer = { name = "adam" }, steps = 3 }
"""
_LIBRARY = """#include <stdio.h>
__attribute__((constructor)) static void mark(void) { fclose(fopen("%s", "a")); }
"""


def plant(folder: Path, modules: Sequence[str] = ("explorer", *STARTUP, *LIBRARIES)) -> None:
    """Fill the folder; `modules` are the Python modules to shadow."""
    (folder / MARKS).mkdir()
    for name in modules:
        _write(folder / (f"{name}/__init__.py" if name in PACKAGES else f"{name}.py"), folder)
        if name in PACKAGES:
            _write(folder / name / "__main__.py", folder)
    (folder / "hostile.pth").write_text(_marking(folder, "hostile.pth") + "\n", encoding="utf-8")
    for name in COMMANDS:
        script = folder / name
        script.write_text(f"#!/bin/sh\n: > '{_mark(folder, name)}'\n", encoding="utf-8")
        script.chmod(0o755)
    _plant_plugins(folder)
    _plant_files(folder)


def marks(folder: Path) -> list[str]:
    """What of it was run since it was planted."""
    return sorted(each.name for each in (folder / MARKS).iterdir())


def run_nothing(program: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Start the program in the planted folder in several ways; what was tried.

    Raises GateError if anything of the folder was run, or if the program fails.
    """
    plant(folder)
    # Whoever runs something of it may leave a mark.
    (folder / MARKS).chmod(0o777)
    window = ("open", EXPERIMENT, "--play", "--graph", "--quit")
    for arguments in (("--self-test",), ("graph", EXPERIMENT, "--json"), window):
        done = run_in(folder, [*program, *arguments], environment)
        if done.returncode or done.stderr:
            raise GateError(f"in a hostile folder {arguments[0]} said: {done.stdout}{done.stderr}")
        if found := marks(folder):
            raise GateError(f"in a hostile folder {arguments[0]} ran {', '.join(found)}")
    return f"nothing of a folder with {len(list(folder.rglob('*')))} traps was run"


def run_in(
    folder: Path, command: Sequence[str], environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run the command with this folder as its working folder."""
    return subprocess.run(
        command,
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=280,
    )


def _plant_plugins(folder: Path) -> None:
    """Qt's configuration, which points here, and its plugins where there is a compiler."""
    lines = ["[Paths]", f"Prefix = {folder}", f"Plugins = {folder}", f"Libraries = {folder}"]
    (folder / "qt.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    compiler = shutil.which("cc") or shutil.which("gcc")
    for name in PLUGINS:
        for place in (folder / name, folder / "plugins" / name):
            place.parent.mkdir(parents=True, exist_ok=True)
            source = _LIBRARY % _mark(folder, place.relative_to(folder).as_posix())
            if compiler is None:
                place.write_text("no library", encoding="utf-8")
                continue
            subprocess.run(
                [compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", str(place)],
                input=source,
                text=True,
                check=True,
            )


def _plant_files(folder: Path) -> None:
    """What would be read rather than run: it would show in what the program prints."""
    for name in ("resources", "explorer/resources"):
        place = folder / name / "experiments" / "planted.toml"
        place.parent.mkdir(parents=True)
        place.write_text(_LISTED, encoding="utf-8")
    catalogue = folder / "locale" / "zh_CN" / "LC_MESSAGES" / "explorer.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(b"no catalogue")
    (folder / "gradient-explorer.toml").write_text(_LISTED, encoding="utf-8")
    (folder / "pyproject.toml").write_text("[tool.gradient-explorer]\n", encoding="utf-8")
    (folder / "pyvenv.cfg").write_text(f"home = {folder}\n", encoding="utf-8")
    (folder / ".env").write_text(f"PYTHONPATH={folder}\n", encoding="utf-8")
    (folder / EXPERIMENT).write_text(_EXPERIMENT, encoding="utf-8")
    (folder / "points.csv").write_text("x,y\n1,2\n2,4\n", encoding="utf-8")


def _write(module: Path, folder: Path) -> None:
    module.parent.mkdir(parents=True, exist_ok=True)
    name = module.relative_to(folder).as_posix()
    module.write_text(_marking(folder, name) + "\n", encoding="utf-8")


def _marking(folder: Path, name: str) -> str:
    return f"import io; io.open({_mark(folder, name)!r}, 'a').close()"


def _mark(folder: Path, name: str) -> str:
    return str(folder / MARKS / name.replace("/", "+"))
