"""What the bundle needs of the system it runs on, read from its own libraries.

So the packages' dependencies are neither forgotten nor kept for longer than needed: every
library that the bundle loads and does not bring has to be in `PACKAGES`. What is opened
without being named in a library comes with these: a font with libfontconfig1, drivers with
libgl1 and libegl1.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import elf
from basics import BuildError

# Library to the package of Debian 12 and Ubuntu 22.04 (and later, where no other is named).
PACKAGES: Mapping[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libc.so.6": "libc6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdrm.so.2": "libdrm2",
    "libexpat.so.1": "libexpat1",
    "libffi.so.8": "libffi8",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgio-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "liblzma.so.5": "liblzma5",
    "libstdc++.so.6": "libstdc++6",
    "libuuid.so.1": "libuuid1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinput.so.0": "libxcb-xinput0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
# Parts of libc6 under names of their own.
_OF_LIBC = {"libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"}
_OF_LIBC |= {"ld-linux-x86-64.so.2", "libcrypt.so.1", "libresolv.so.2"}
_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)$", re.MULTILINE)
_GLIBC = re.compile(r"\bGLIBC_(\d+)\.(\d+)\b")


@dataclass(frozen=True)
class Needs:
    """Libraries (sonames) of the system, and the least version of the C library."""

    sonames: tuple[str, ...]
    glibc: tuple[int, int]


def of(folder: Path) -> Needs:
    """Read all executables and libraries below the folder."""
    reports = [elf.report(path) for path in elf.binaries(folder)]
    # A link to a library counts as the library.
    brought = {path.name for path in folder.rglob("*") if ".so" in path.name}
    wanted = {name for report in reports for name in _NEEDED.findall(report)}
    versions = [(int(a), int(b)) for report in reports for a, b in _GLIBC.findall(report)]
    return Needs(tuple(sorted(wanted - brought - _OF_LIBC)), max(versions))


def depends(needs: Needs) -> str:
    """Debian's Depends field. Raises BuildError for a library that nobody has named yet."""
    unknown = sorted(set(needs.sonames) - set(PACKAGES))
    if unknown:
        raise BuildError(f"in no known package (linux/needs.py): {', '.join(unknown)}")
    major, minor = needs.glibc
    packages = {PACKAGES[name] for name in needs.sonames if name != "libc.so.6"}
    return ", ".join([f"libc6 (>= {major}.{minor})", *_sorted(packages)])


def requires(needs: Needs) -> list[str]:
    """The same for .rpm, by the libraries' own names, which all distributions share."""
    major, minor = needs.glibc
    libc = f"libc.so.6(GLIBC_{major}.{minor})(64bit)"
    others = [f"{name}()(64bit)" for name in needs.sonames if name != "libc.so.6"]
    return [libc, *others]


def _sorted(packages: Iterable[str]) -> list[str]:
    return sorted(packages, key=lambda name: name.split(" ")[0])
