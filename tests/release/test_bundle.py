"""What goes into the frozen program, and what of the system it then needs."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bundle
import elf
import folder
from basics import BuildError
from linux import needs

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"


@pytest.mark.parametrize(
    ("place", "source", "kept"),
    [
        ("torch/lib/libtorch_cpu.so", "/venv/torch/lib/libtorch_cpu.so", True),
        ("torch/test/all", "/venv/torch/test/all", False),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", "/venv/a.qm", True),
        ("PySide6/Qt/translations/qtbase_de.qm", "/venv/a.qm", False),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", "/venv/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", "/venv/libqgtk3.so", False),
        ("libxcb.so.1", "/lib/x86_64-linux-gnu/libxcb.so.1", False),
        ("libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", False),
        ("libbz2.so.1.0", "/lib/x86_64-linux-gnu/libbz2.so.1.0", True),
        ("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", True),
    ],
)
def test_what_is_kept(place: str, source: str, kept: bool) -> None:
    assert bundle.keeps((place, source, "BINARY")) is kept


def test_openblas_is_never_stripped() -> None:
    internal = "dist/gradient-explorer/_internal"
    assert bundle.may_be_stripped(f"{internal}/torch/lib/libtorch_cpu.so")
    assert not bundle.may_be_stripped(f"{internal}/numpy.libs/libscipy_openblas64_-1.so")
    assert not bundle.may_be_stripped(f"{internal}/PySide6/Qt/lib/libQt6Core.so.6")


def test_nothing_that_is_kept_is_excluded() -> None:
    excluded = bundle.excluded_modules()
    for package, names in bundle.PARTS_KEPT.items():
        for name in names:
            assert bundle.is_wanted_module(f"{package}.{name}"), name
    assert "torch._inductor.codegen" in excluded
    assert not bundle.is_wanted_module("torch._inductor.codegen.cpp")
    assert bundle.is_wanted_module("torch.func")


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """A bundle with all resources and nothing else."""
    place = tmp_path / "_internal/explorer/resources"
    for name in bundle.resource_files(RESOURCES):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(RESOURCES / name, place / name)
    return tmp_path


def test_translations_are_resources_and_their_sources_are_not() -> None:
    names = bundle.resource_files(RESOURCES)
    assert "locale/zh_CN/LC_MESSAGES/explorer.mo" in names
    assert "experiments/line-fit.toml" in names
    assert not [name for name in names if name.endswith(".po")]


def test_a_dropped_resource_is_seen(frozen: Path) -> None:
    folder.check(frozen)
    (frozen / "_internal/explorer/resources/icons/play.svg").unlink()
    with pytest.raises(BuildError, match=r"icons/play\.svg"):
        folder.check(frozen)


def test_a_bundle_that_grew_is_seen(frozen: Path) -> None:
    with (frozen / "large").open("wb") as file:
        file.truncate(folder.LARGEST_MB * 1_000_000)
    with pytest.raises(BuildError, match="at most"):
        folder.check(frozen)


def test_the_list_of_files_is_in_order(frozen: Path) -> None:
    (frozen / "b").write_bytes(b"12")
    (frozen / "link").symlink_to("b")
    found = folder.listing(frozen)
    assert found == sorted(found)
    assert ("b", 2) in found
    assert "link" not in dict(found)


def test_a_library_that_nobody_named_is_seen() -> None:
    known = needs.Needs(("libGL.so.1", "libc.so.6", "libglib-2.0.so.0"), (2, 35))
    text = needs.depends(known)
    assert text == "libc6 (>= 2.35), libgl1, libglib2.0-0t64 | libglib2.0-0"
    assert needs.requires(known)[:2] == ["libc.so.6(GLIBC_2.35)(64bit)", "libGL.so.1()(64bit)"]
    with pytest.raises(BuildError, match=r"libnew\.so\.9"):
        needs.depends(needs.Needs(("libGL.so.1", "libnew.so.9"), (2, 35)))


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_needs_are_read_from_the_libraries(tmp_path: Path) -> None:
    (tmp_path / "own.c").write_text("int own(void) { return 1; }")
    (tmp_path / "user.c").write_text(
        "int own(void); double sqrt(double); int main(int n, char **v)"
        "{ return own() + (int)sqrt(n); }"
    )
    build = ["cc", "-fno-builtin"]
    library, program = tmp_path / "libown.so", tmp_path / "user"
    subprocess.run([*build, "-shared", "-o", library, tmp_path / "own.c"], check=True)
    linked = [str(tmp_path / "user.c"), f"-L{tmp_path}", "-lown", "-lm"]
    subprocess.run([*build, "-o", program, *linked], check=True)
    found = needs.of(tmp_path)
    # Its own library is there, and libm is a part of libc6.
    assert found.sonames == ("libc.so.6",)
    library.rename(tmp_path / "elsewhere")
    assert "libown.so" in needs.of(tmp_path).sonames


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("RUNPATH              /home/builder/lib", "/home/builder/lib"),
        ("RPATH                $ORIGIN/../lib:/opt/lib", "/opt/lib"),
        ("RUNPATH              $ORIGIN:$ORIGIN/Qt/lib", ""),
        ("NEEDED               libm.so.6", ""),
    ],
)
def test_places_on_the_build_machine_are_seen(line: str, place: str) -> None:
    assert elf.foreign_path(f"Dynamic Section:\n  {line}\n") == place


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="the bundle is for others"
)
def test_a_library_that_the_archive_brings_is_found_or_named() -> None:
    assert elf.of_system("libc.so.6", "libc6").is_file()
    with pytest.raises(BuildError, match=r"libnew.so.9 is not installed \(package libnew9\)"):
        elf.of_system("libnew.so.9", "libnew9")
