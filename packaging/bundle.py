"""What goes into the frozen program and what stays out, as tables and plain functions.

Read by gradient-explorer.spec and hooks/hook-torch.py, which PyInstaller runs, by
packaging/build.py and by the tests. Places are those inside the bundle, with `/`.
"""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

# A packed file or module as PyInstaller lists it: place in the bundle, source, kind.
Entry = tuple[str, str, str]

# Not needed by anything the program does, or (ssl) done without where it is missing. The
# self-test in the frozen program finds what must not stand here.
EXCLUDED_MODULES = (
    # Of Python: no terminal, no Tk, no network, no databases.
    *("tkinter", "curses", "_curses", "readline", "sqlite3", "_sqlite3", "_dbm", "_gdbm", "nis"),
    *("ssl", "_ssl", "_hashlib", "lib2to3", "idlelib", "ensurepip", "test", "_crypt"),
    # What torch and sympy offer to developers and for other machines.
    *("torch.utils.tensorboard", "torch.utils.benchmark", "torch.utils.bottleneck"),
    *("torch.utils.model_dump", "torch.utils.hipify", "torch.distributed.elastic"),
    *("torch.distributed.pipelining", "torch.distributed.launcher", "torch.ao.ns"),
    *("torch.distributed.checkpoint", "torch.ao.pruning", "torch.ao.quantization.fx"),
    *("torch.ao.quantization.pt2e", "torch.ao.quantization.quantizer", "torch._export.db"),
    *("torch.ao.quantization.backend_config", "torch._export.serde", "torch._vendor.quack"),
    *("torch.sparse._triton_ops", "torch.sparse._triton_ops_meta", "torch.distributed._tools"),
    *("torch.distributed.optim", "pygments", "markdown_it", "mdurl", "pydoc_data"),
    *("functorch", "networkx", "jinja2", "markupsafe", "fsspec", "filelock", "setuptools"),
    *("pkg_resources", "wheel", "pip", "IPython", "matplotlib", "scipy", "pandas", "triton"),
    *("pytest", "_pytest", "py", "hypothesis", "babel", "PIL", "h5py", "cupy", "numba"),
    *("numpy.f2py", "sympy.testing", "sympy.parsing.latex", "sympy.parsing.autolev"),
    *(
        "pyqtgraph.examples",
        "pyqtgraph.opengl",
        "OpenGL",
        "pydantic.v1",
        "pydantic.mypy",
        "PySide6.QtNetwork",
    ),
    *("PySide6.QtTest", "PySide6.QtQml", "PySide6.QtQuick"),
    *("PySide6.QtPrintSupport", "PySide6.QtSql", "PySide6.QtDBus"),
)
# Of these packages only the named parts are imported: torch's compiler is never started.
PARTS_KEPT: Mapping[str, frozenset[str]] = {
    "torch._inductor": frozenset(
        (
            *("_functionalize_collectives", "analysis", "config", "cpp_builder", "cpu_vec_isa"),
            *("cudagraph_utils", "custom_graph_pass", "exc", "hooks", "runtime"),
            *("standalone_compile", "test_operators", "utils"),
        )
    ),
    "torch._inductor.runtime": frozenset(("cache_dir_utils", "hints", "runtime_utils")),
    "torch.testing._internal": frozenset(("common_dtype", "distributed", "logging_tensor")),
    "torch.testing._internal.distributed": frozenset(("fake_pg",)),
}

# Beside what PyInstaller finds by reading the imports: imported by name, or only in torch.
HIDDEN_IMPORTS = (
    "torch._dynamo.polyfills.loader",
    "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
    "graphlay",
    "sympy",
    "mpmath",
    "pydantic",
)

DROPPED = (
    "torch/test/*",
    "torch/include/*",
    "torch/share/*",
    "torch/utils/hipify/*",
    "torch/utils/benchmark/*",
    "torch/bin/protoc*",
    "torch/bin/test_*",
    "torch/bin/*_test",
    "torch/lib/libtorchbind_test.so",
    "torch/lib/libjitbackend_test.so",
    "torch/lib/libbackend_with_compiler.so",
    "torch/lib/libaoti_custom_ops.so",
    "*.pyi",
    "*.pxd",
    "*.lib",
    "*.a",
    "numpy/*/tests/*",
    "mpmath/tests/*",
    # Qt: only what a window of widgets with SVG icons needs.
    "PySide6/Qt/lib/libQt6Network.so*",
    "PySide6/Qt/lib/libQt6Test.so*",
    "PySide6/Qt/lib/libQt6Qml*.so*",
    "PySide6/Qt/lib/libQt6Quick*.so*",
    "PySide6/Qt/lib/libQt6Pdf*.so*",
    "PySide6/Qt/lib/libQt6VirtualKeyboard*.so*",
    "PySide6/Qt/lib/libQt6EglFS*.so*",
    "PySide6/Qt/plugins/generic/*",
    "PySide6/Qt/plugins/networkinformation/*",
    "PySide6/Qt/plugins/tls/*",
    "PySide6/Qt/plugins/virtualkeyboard/*",
    "PySide6/Qt/plugins/egldeviceintegrations/*",
    "PySide6/Qt/plugins/sqldrivers/*",
    "PySide6/Qt/plugins/printsupport/*",
    "PySide6/Qt/plugins/platforms/libqeglfs.so",
    "PySide6/Qt/plugins/platforms/libqlinuxfb.so",
    "PySide6/Qt/plugins/platforms/libqminimal*.so",
    "PySide6/Qt/plugins/platforms/libqvkkhrdisplay.so",
    "PySide6/Qt/plugins/platforms/libqvnc.so",
    # Drags in GTK with pango, cairo and the rest.
    "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
    "PySide6/Qt/plugins/imageformats/libqjpeg.so",
    "PySide6/Qt/plugins/imageformats/libqpdf.so",
    "PySide6/Qt/plugins/imageformats/libqtiff.so",
    "PySide6/Qt/plugins/imageformats/libqwebp.so",
    "PySide6/Qt/plugins/imageformats/libqicns.so",
    "PySide6/Qt/plugins/imageformats/libqtga.so",
    "PySide6/Qt/plugins/imageformats/libqwbmp.so",
    "PySide6/Qt/qml/*",
)
TRANSLATIONS = "PySide6/Qt/translations/*"
KEPT_TRANSLATIONS = ("PySide6/Qt/translations/qtbase_zh_CN.qm",)

# Whose source nobody reads at run time; the rest of torch is packed as source too.
WITHOUT_SOURCE = (
    *("torch.distributed.tensor", "torch.distributed.fsdp", "torch.distributed._shard"),
    *("torch.distributed.algorithms", "torch.onnx"),
)

# Safe to strip. numpy's OpenBLAS is not: its segments no longer load ("ELF load command
# address/offset not page-aligned"), which is why this is a list of what may be stripped.
STRIPPED = (
    *("*/torch/lib/libtorch_cpu.so", "*/torch/lib/libtorch_python.so", "*/torch/lib/libc10.so"),
    *("*/libpython3*.so*", "*/lib-dynload/*.so", "*/graphlay/*.so"),
)

# Of the build machine and carried along, because other systems call them differently.
CARRIED = ("libpython3*", "libbz2.so*")
_SYSTEM_PLACES = re.compile(r"/(usr/)?lib(64)?(/[^/]+-linux-gnu)?/[^/]+\.so[.\d]*$")


def keeps(entry: Entry) -> bool:
    """Whether this file belongs into the bundle."""
    place, source, kind = entry
    place = place.replace("\\", "/")
    if fnmatch(place, TRANSLATIONS):
        return place in KEPT_TRANSLATIONS
    if any(fnmatch(place, pattern) for pattern in DROPPED):
        return False
    return not (kind == "BINARY" and is_of_the_system(source))


def is_of_the_system(source: str) -> bool:
    """Whether a library was found in the build machine's system and is left to the user's."""
    name = Path(source).name
    if any(fnmatch(name, pattern) for pattern in CARRIED):
        return False
    return _SYSTEM_PLACES.fullmatch(source) is not None


def may_be_stripped(place: str) -> bool:
    """Whether symbols can be taken out of this library, of which the whole path is given."""
    return any(fnmatch(place, pattern) for pattern in STRIPPED)


@cache
def excluded_modules() -> frozenset[str]:
    """All modules that stay out, with the parts of packages of which only some are kept."""
    parts = (f"{package}.{name}" for package in PARTS_KEPT for name in _unkept(package))
    return frozenset((*EXCLUDED_MODULES, *parts))


def _unkept(package: str) -> Iterable[str]:
    # Found without importing it, which takes seconds.
    top = find_spec(package.split(".", maxsplit=1)[0])
    assert top is not None
    assert top.origin is not None
    folder = Path(top.origin).parent.joinpath(*package.split(".")[1:])
    names = {module.name for module in iter_modules([str(folder)])}
    return names - PARTS_KEPT[package]


def is_wanted_module(name: str) -> bool:
    """Whether a module that torch's hook found is to be packed."""
    parts = name.split(".")
    above = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return not above & excluded_modules()


def missing_resources(bundle: Path, resources: Path) -> list[str]:
    """What `resources/` has (but pictures for the README and sources) and the bundle lacks."""
    inside = bundle / "_internal" / "explorer" / "resources"
    return [name for name in resource_files(resources) if not (inside / name).is_file()]


def resource_files(resources: Path) -> list[str]:
    """The files of `resources/` that the program reads, as places below it, in order."""
    found: Iterable[Path] = resources.rglob("*")
    names = (path.relative_to(resources).as_posix() for path in found if path.is_file())
    return sorted(name for name in names if _is_read(name))


def _is_read(name: str) -> bool:
    return not name.startswith("screenshots/") and not name.endswith((".po", ".tmp"))
