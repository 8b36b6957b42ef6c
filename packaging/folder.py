"""The one-folder bundle: PyInstaller, and what it cannot do by itself.

Called by packaging/build.py for everything that is made from the bundle.
"""

import os
import subprocess
import sys
import zipfile
from enum import __file__ as enum_source
from pathlib import Path

import bundle
import elf
import translations
from basics import NAME, ROOT, BuildError, Say, needed, source_time

LARGEST_MB = 580


def build(work: Path, say: Say) -> Path:
    """Make the bundle in `work`; the folder with the executable in it."""
    translations.compile_catalogues(ROOT)
    say("PyInstaller: collecting (some minutes)")
    _pyinstaller(work)
    folder = work / "dist" / NAME
    finish(folder, say)
    check(folder)
    say(f"bundle: {megabytes(folder):.0f} MB in {folder}")
    return folder


def finish(folder: Path, say: Say) -> None:
    """What PyInstaller leaves to be done; once more does no harm."""
    if sys.platform == "linux":
        say("stripping the large libraries")
        _strip(folder)
        count = elf.forget_foreign_paths(folder)
        say(f"{count} libraries looked for others on the build machine, and no longer do")
    _add_enum(folder / "_internal" / "base_library.zip")


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


def _strip(folder: Path) -> None:
    tool = needed("strip", "binutils")
    for path in sorted(folder.rglob("*.so*")):
        if bundle.may_be_stripped(path.as_posix()) and not path.is_symlink():
            subprocess.run([tool, "--strip-unneeded", str(path)], check=True)


def _add_enum(library: Path) -> None:
    """torch.func reads the source of `enum`, which PyInstaller packs as bytecode only."""
    moment = (1980, 1, 1, 0, 0, 0)
    with zipfile.ZipFile(library, "a", zipfile.ZIP_DEFLATED) as archive:
        if "enum.py" not in archive.namelist():
            info = zipfile.ZipInfo("enum.py", moment)
            info.external_attr = 0o644 << 16
            archive.writestr(info, Path(enum_source).read_bytes())
