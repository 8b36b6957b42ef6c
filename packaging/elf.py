"""Linux's executables and libraries, as objdump describes them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from basics import BuildError, needed

_SEARCHED = re.compile(r"^\s+R(?:UN)?PATH\s+(\S+)$", re.MULTILINE)


def binaries(folder: Path) -> list[Path]:
    """Every executable and library below the folder, links not followed."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in files if _starts_like_elf(path))


def _starts_like_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def of_system(soname: str, package: str) -> Path:
    """Where the build machine has a library. Raises BuildError where it is not installed."""
    # Not in the PATH of a user of Debian.
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    command = [shutil.which("ldconfig", path=places) or needed("ldconfig", "libc-bin"), "-p"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(rf"^\s+{re.escape(soname)} \(.*x86-64.*\) => (\S+)$", listed, re.MULTILINE)
    if found is None:
        raise BuildError(f"{soname} is not installed (package {package})")
    return Path(found[1])


def report(path: Path) -> str:
    """What the library needs, from which versions on, and where it looks for it."""
    command = [needed("objdump", "binutils"), "-p", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def foreign_path(described: str) -> str:
    """A place on the build machine where this library looks for others; empty if none.

    Whoever can write there on the user's machine could put a library of his own in.
    """
    places = ":".join(_SEARCHED.findall(described)).split(":")
    return next((place for place in places if place and not place.startswith("$ORIGIN")), "")


def forget_foreign_paths(folder: Path) -> int:
    """Take such places out of all libraries; how many had one."""
    found = [path for path in binaries(folder) if foreign_path(report(path))]
    for path in found:
        command = [needed("patchelf", "patchelf"), "--remove-rpath", str(path)]
        subprocess.run(command, check=True)
    return len(found)
