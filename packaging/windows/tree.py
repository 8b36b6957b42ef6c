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
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

import bundle
import icons
import translations
from basics import BuildError, Say
from windows.parts import Parts

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "gradient-explorer"
LIBRARIES = "program/site-packages"
# Whose sources are read at run time: TorchScript and torch.func look at functions' text.
WITH_SOURCES = ("torch", "torchgen")
_NEVER_READ = tuple(f"{name}." for name in bundle.WITHOUT_SOURCE)
_MAGIC_OF_3_11 = (3495).to_bytes(2, "little") + b"\r\n"
_ZIP_TIME = (2020, 1, 1, 0, 0, 0)

# Of the wheels: never opened by the program. Modules that stay out stand in bundle.py, which
# decides for Linux too; the self-test in Wine finds what must not.
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
    "torch/onnx/*",
    "torch/_inductor/fx_passes/serialized_patterns/*",
    "torchgen/packaged/*",
    "torchgen/static_runtime/*",
    "numpy/distutils/*",
    "numpy/_core/_*_tests.*",
    "sympy/benchmarks/*",
)
# Of Qt: what a window of widgets with SVG icons needs, and nothing else.
QT_KEPT = (
    "PySide6/*.py",
    "PySide6/support/*.py",
    "PySide6/pyside6.abi3.dll",
    *(f"PySide6/Qt{name}.pyd" for name in ("Core", "Gui", "Widgets", "Svg")),
    *(f"PySide6/Qt{name}.pyd" for name in ("OpenGL", "OpenGLWidgets")),
    *(f"PySide6/Qt6{name}.dll" for name in ("Core", "Gui", "Widgets", "Svg")),
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
# Microsoft's runtime comes with PySide6 and shiboken6. It goes beside python.exe, where torch
# finds it too, and replaces CPython's older one: all of it must be of one version.
MSVC = ("msvcp140*.dll", "vcruntime140*.dll", "concrt140.dll")
RUNTIME_DROPPED = (
    *("python.cat", "_sqlite3.pyd", "sqlite3.dll", "_msi.pyd", "winsound.pyd"),
    *("_ssl.pyd", "_hashlib.pyd", "libssl-3.dll", "libcrypto-3.dll"),
)

PATHS = "python311.zip\r\n.\r\nsite-packages\r\n"
LAUNCHER = """\
import ctypes
import sys

# The taskbar's group is the program's, not Python's.
ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("GradientExplorer.Window")
from explorer.__main__ import main

sys.exit(main())
"""


class WrongPythonError(BuildError):
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
    compile_tree(libraries)
    _launchers(parts, folder)
    (folder / f"{PROGRAM}.ico").write_bytes(icons.ico((16, 24, 32, 48, 64, 256)))


def keeps(name: str) -> bool:
    """Whether a wheel's file, by its place in site-packages, goes in."""
    if _matches(name, DROPPED) or not bundle.is_wanted_module(module(name)):
        return False
    return not name.startswith("PySide6/") or _matches(name, QT_KEPT)


def module(name: str) -> str:
    """The module that a file would be imported as; of other files what it looks like."""
    return name.partition(".")[0].replace("/", ".").removesuffix(".__init__")


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


def compile_tree(libraries: Path) -> None:
    """Bytecode for every source, beside it where it is read at run time, else in its place.

    It is never checked against the source: files' times differ on every machine.
    """
    for source in sorted(libraries.rglob("*.py")):
        # What a traceback shows; nothing of the machine it was made on.
        shown = source.relative_to(libraries).as_posix()
        keep = is_read(shown)
        name = f"{source.stem}.cpython-311.pyc"
        target = source.parent / "__pycache__" / name if keep else source.with_suffix(".pyc")
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(source), str(target), shown, doraise=True, invalidation_mode=mode)
        if not keep:
            source.unlink()


def is_read(name: str) -> bool:
    """Whether a module's source is asked for at run time."""
    dotted = module(name)
    top = dotted.partition(".")[0]
    return top in WITH_SOURCES and not f"{dotted}.".startswith(_NEVER_READ)


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
