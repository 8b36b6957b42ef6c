"""The folder that the Windows installer packs: Python, the libraries, the program, launchers.

    gradient-explorer.exe            console: commands, `--help`
    gradient-explorer-window.exe     no console: the window
    gradient-explorer.ico, licences/
    program/                         CPython; its `python311._pth` names all of sys.path
    program/site-packages/           the wheels of the lock and `explorer`, less what is never used

torch reads its own sources at run time and keeps them; everything else goes in as
bytecode alone, as CPython's embeddable zip does it. Called by `installer.py`.
"""

import importlib.util
import io
import py_compile
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import icons
import translations

from windows.parts import Parts

Say = Callable[[str], None]

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "gradient-explorer"
LIBRARIES = "program/site-packages"
# Whose sources are read at run time: TorchScript and torch.func look at functions' text.
WITH_SOURCES = ("torch", "torchgen", "functorch")
_MAGIC_OF_3_11 = (3495).to_bytes(2, "little") + b"\r\n"
_ZIP_TIME = (2020, 1, 1, 0, 0, 0)

# Of the wheels: never opened by the program. Tried out by the self-test in Wine.
DROPPED = (
    "*/RECORD",
    # They stand in licences/, under shorter names: Windows ends a path at 260 characters.
    "*.dist-info/licen[cs]es/*",
    "*.pyi",
    "*.pxd",
    "*.lib",
    "*.pdb",
    "*.h",
    "*/tests/*",
    "*/vcamp140.dll",
    "*/vccorlib140.dll",
    "*/vcomp140.dll",
    "torch/include/*",
    "torch/share/*",
    "torch/test/*",
    "torch/bin/*",
    "torch/lib/libiompstubs5md.dll",
    "torch/utils/benchmark/*",
    "torch/utils/bottleneck/*",
    "torch/utils/hipify/*",
    "torch/utils/tensorboard/*",
    "torch/utils/model_dump/*",
    "torch/onnx/*",
    "torch/_inductor/codegen/*",
    "torch/_inductor/kernel/*",
    "torch/_inductor/fx_passes/serialized_patterns/*",
    "torch/_vendor/quack/*",
    "torchgen/packaged/*",
    "torchgen/static_runtime/*",
    "functorch/*",
    "numpy/f2py/*",
    "numpy/distutils/*",
    "sympy/parsing/latex/*",
    "sympy/parsing/autolev/*",
    "sympy/benchmarks/*",
    "pyqtgraph/examples/*",
    "pyqtgraph/opengl/*",
    "pydantic/v1/*",
)
# Of Qt: what a window of widgets with SVG icons needs, and nothing else.
QT_KEPT = (
    "PySide6/*.py",
    "PySide6/support/*.py",
    "PySide6/pyside6.abi3.dll",
    *(f"PySide6/Qt{name}.pyd" for name in ("Core", "Gui", "Widgets", "Svg", "Test")),
    *(f"PySide6/Qt{name}.pyd" for name in ("OpenGL", "OpenGLWidgets")),
    *(f"PySide6/Qt6{name}.dll" for name in ("Core", "Gui", "Widgets", "Svg", "Test")),
    *(f"PySide6/Qt6{name}.dll" for name in ("OpenGL", "OpenGLWidgets")),
    "PySide6/msvcp140*.dll",
    "PySide6/vcruntime140*.dll",
    "PySide6/concrt140.dll",
    "PySide6/plugins/iconengines/qsvgicon.dll",
    "PySide6/plugins/imageformats/q[gijs]*.dll",
    "PySide6/plugins/platforms/qwindows.dll",
    "PySide6/plugins/platforms/qoffscreen.dll",
    "PySide6/plugins/styles/*.dll",
    "PySide6/translations/qtbase_zh_CN.qm",
)
# Of what the first pattern of each says, only what the others say.
PARTS_KEPT = {
    "PySide6/*": QT_KEPT,
    "torch/testing/_internal/*": (
        "torch/testing/_internal/__init__.py",
        "torch/testing/_internal/common_dtype.py",
        "torch/testing/_internal/logging_tensor.py",
        "torch/testing/_internal/distributed/__init__.py",
        "torch/testing/_internal/distributed/fake_pg.py",
    ),
}
# Microsoft's runtime comes with PySide6 and shiboken6. It goes beside python.exe, where torch
# finds it too, and replaces CPython's older one: all of it must be of one version.
MSVC = ("msvcp140*.dll", "vcruntime140*.dll", "concrt140.dll")
RUNTIME_DROPPED = ("python.cat", "_sqlite3.pyd", "sqlite3.dll", "_msi.pyd", "winsound.pyd")

PATHS = "python311.zip\r\n.\r\nsite-packages\r\n"
LAUNCHER = """\
import ctypes
import sys

# The taskbar's group is the program's, not Python's.
ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("GradientExplorer.Window")
from explorer.__main__ import main

sys.exit(main())
"""


class WrongPythonError(Exception):
    """Bytecode for Python 3.11 can only be made by Python 3.11."""


def build(parts: Parts, folder: Path, say: Say) -> None:
    """Make the whole tree in `folder`, which must not exist yet."""
    if importlib.util.MAGIC_NUMBER != _MAGIC_OF_3_11:
        raise WrongPythonError(f"run this with Python 3.11, not {sys.version.split()[0]}")
    libraries = folder / LIBRARIES
    libraries.mkdir(parents=True)
    _runtime(parts, libraries.parent)
    for wheel in parts.wheels:
        _unpack(wheel, libraries)
    _share_msvc(libraries)
    _own(libraries)
    say("compiling")
    for package in sorted(libraries.iterdir()):
        if package.suffix != ".dist-info":
            compile_tree(package, keep=package.name in WITH_SOURCES)
    _launchers(parts, folder)
    (folder / f"{PROGRAM}.ico").write_bytes(icons.ico((16, 24, 32, 48, 64, 256)))


def keeps(name: str) -> bool:
    """Whether a wheel's file, by its place in site-packages, goes in."""
    if _matches(name, DROPPED):
        return False
    return all(_matches(name, kept) for whole, kept in PARTS_KEPT.items() if fnmatch(name, whole))


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _runtime(parts: Parts, program: Path) -> None:
    for name, content in parts.runtime.items():
        if name not in RUNTIME_DROPPED:
            (program / name).write_bytes(content)
    (program / "python311._pth").write_bytes(PATHS.encode())
    # torch.func asks for the source of the standard library's enum.
    source = importlib.util.find_spec("enum")
    assert source is not None
    assert source.origin is not None
    with zipfile.ZipFile(program / "python311.zip", "a") as library:
        entry = zipfile.ZipInfo("enum.py", _ZIP_TIME)
        library.writestr(entry, Path(source.origin).read_bytes(), zipfile.ZIP_DEFLATED)


def _unpack(wheel: Path, libraries: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.endswith("/") and keeps(name):
                archive.extract(name, libraries)
    _merge_data(libraries)


def _merge_data(libraries: Path) -> None:
    """A wheel's `.data` folder: what belongs into site-packages goes there, scripts go."""
    for data in libraries.glob("*.data"):
        for part in ("purelib", "platlib"):
            if (data / part).is_dir():
                shutil.copytree(data / part, libraries, dirs_exist_ok=True)
        shutil.rmtree(data)


def _share_msvc(libraries: Path) -> None:
    for package in ("shiboken6", "PySide6"):
        files = (file for pattern in MSVC for file in (libraries / package).glob(pattern))
        for file in list(files):
            file.replace(libraries.parent / file.name)


def _own(libraries: Path) -> None:
    """The program of this checkout, with its resources where a wheel has them."""
    translations.compile_catalogues(ROOT)
    unwanted = shutil.ignore_patterns("__pycache__", "*.po", "screenshots")
    shutil.copytree(ROOT / "explorer", libraries / "explorer", ignore=unwanted)
    shutil.copytree(ROOT / "resources", libraries / "explorer" / "resources", ignore=unwanted)


def compile_tree(path: Path, *, keep: bool) -> None:
    """Bytecode for every source in a package (or of one module), beside it or in its place.

    It is never checked against the source: files' times differ on every machine.
    """
    for source in list(_sources(path)):
        name = f"{source.stem}.cpython-311.pyc"
        target = source.parent / "__pycache__" / name if keep else source.with_suffix(".pyc")
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        # What a traceback shows; nothing of the machine it was made on.
        shown = source.relative_to(path.parent).as_posix()
        py_compile.compile(str(source), str(target), shown, doraise=True, invalidation_mode=mode)
        if not keep:
            source.unlink()


def _sources(path: Path) -> Iterator[Path]:
    return iter((path,)) if path.suffix == ".py" else path.rglob("*.py")


def _launchers(parts: Parts, folder: Path) -> None:
    """distlib's launchers: a program, the Python it starts, and what that runs."""
    kinds = {
        f"{PROGRAM}.exe": (parts.console_launcher, "python.exe"),
        f"{PROGRAM}-window.exe": (parts.window_launcher, "pythonw.exe"),
    }
    for name, (launcher, python) in kinds.items():
        script = io.BytesIO()
        with zipfile.ZipFile(script, "w") as archive:
            archive.writestr(zipfile.ZipInfo("__main__.py", _ZIP_TIME), LAUNCHER)
        line = f'#!"<launcher_dir>\\program\\{python}"\r\n'.encode()
        (folder / name).write_bytes(launcher + line + script.getvalue())
