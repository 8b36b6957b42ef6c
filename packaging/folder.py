"""The one-folder bundle: PyInstaller, and what it cannot do by itself.

Called by packaging/build.py for everything that is made from the bundle.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from enum import __file__ as enum_source
from pathlib import Path

import bundle
import translations

ROOT = Path(__file__).resolve().parent.parent
NAME = "gradient-explorer"
LARGEST_MB = 580
Say = Callable[[str], None]


class BuildError(Exception):
    """What was built is not as it should be, or a tool is missing."""


def build(work: Path, say: Say) -> Path:
    """Make the bundle in `work`; the folder with the executable in it."""
    translations.compile_catalogues(ROOT)
    say("PyInstaller: collecting (some minutes)")
    _pyinstaller(work)
    folder = work / "dist" / NAME
    if sys.platform == "linux":
        say("stripping the large libraries")
        _strip(folder)
    _add_enum(folder / "_internal" / "base_library.zip")
    check(folder)
    say(f"bundle: {megabytes(folder):.0f} MB in {folder}")
    return folder


def check(folder: Path) -> None:
    """Raise BuildError where a resource is missing or the whole is too large."""
    missing = bundle.missing_resources(folder, ROOT / "resources")
    if missing:
        raise BuildError(f"not in the bundle: {', '.join(missing)}")
    if megabytes(folder) > LARGEST_MB:
        raise BuildError(f"{megabytes(folder):.0f} MB unpacked, at most {LARGEST_MB} allowed")


def megabytes(folder: Path) -> float:
    """What the files of a folder hold together, links not counted."""
    return sum(size for _, size in listing(folder)) / 1e6


def listing(folder: Path) -> list[tuple[str, int]]:
    """Every file's place and size, in order: the same for two builds of one commit."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted((path.relative_to(folder).as_posix(), path.stat().st_size) for path in files)


def _pyinstaller(work: Path) -> None:
    log = work / "pyinstaller.log"
    work.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level=WARN"]
    places = [f"--distpath={work / 'dist'}", f"--workpath={work / 'build'}"]
    # Sets are written into bytecode in the order of their hashes.
    environment = os.environ | {"PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": str(source_time())}
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(
            [*command, *places, str(ROOT / "packaging" / "gradient-explorer.spec")],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            check=False,
        )
    if done.returncode:
        raise BuildError(
            f"PyInstaller failed; see {log}\n{log.read_text(encoding='utf-8')[-2000:]}"
        )


def source_time() -> int:
    """The time of the commit, so that a build does not depend on when it was made."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    # An unpacked source archive has no history.
    return int(asked.stdout) if asked.returncode == 0 and asked.stdout.strip() else 1_700_000_000


def _strip(folder: Path) -> None:
    tool = needed("strip", "binutils")
    for path in sorted(folder.rglob("*.so*")):
        if bundle.may_be_stripped(path.as_posix()) and not path.is_symlink():
            subprocess.run([tool, "--strip-unneeded", str(path)], check=True)


def needed(tool: str, package: str) -> str:
    """The full path of a program. Raises BuildError with the package it is in."""
    beside = Path(sys.executable).with_name(tool)
    found = str(beside) if beside.exists() else shutil.which(tool)
    if found is None:
        raise BuildError(f"{tool} is not installed (package {package})")
    return found


def _add_enum(library: Path) -> None:
    """torch.func reads the source of `enum`, which PyInstaller packs as bytecode only."""
    moment = (1980, 1, 1, 0, 0, 0)
    with zipfile.ZipFile(library, "a", zipfile.ZIP_DEFLATED) as archive:
        if "enum.py" not in archive.namelist():
            info = zipfile.ZipInfo("enum.py", moment)
            info.external_attr = 0o644 << 16
            archive.writestr(info, Path(enum_source).read_bytes())
