"""The Debian package: control file, checksums, and dpkg-deb for the rest.

There are no maintainer scripts: desktop, icon, MIME and manual caches are kept by the
triggers of the packages that own them, so removing leaves nothing behind.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from basics import BuildError, Say, needed, source_time
from folder import megabytes
from linux import needs, tree
from linux.description import NAME, control

LARGEST_MB = 160
BEST = ("-Zxz", "-z6")
# For a package that only a test installs.
QUICK = ("-Zzstd", "-z1")


def build(bundle: Path, work: Path, dist: Path, version: str, say: Say) -> Path:
    """The package for a release, in `dist`."""
    root = work / "deb"
    say("deb: laying out the files")
    tree.lay_out(bundle, root, say)
    depends = needs.depends(needs.of(bundle))
    say(f"deb: Depends: {depends}")
    made = pack(root, dist, version, depends, BEST, say)
    if made.stat().st_size > LARGEST_MB * 1e6:
        raise BuildError(f"{made.name} has {made.stat().st_size / 1e6:.0f} MB, over {LARGEST_MB}")
    return made


def pack(  # noqa: PLR0917 (one call for each package, all of it different)
    root: Path, dist: Path, version: str, depends: str, how: tuple[str, ...], say: Say
) -> Path:
    """Write the control files into `root` and pack it."""
    folder = root / "DEBIAN"
    shutil.rmtree(folder, ignore_errors=True)
    sums = checksums(root)
    size_kb = int(megabytes(root) * 1e6 / 1024) + 1
    folder.mkdir()
    (folder / "control").write_text(control(version, depends, size_kb), encoding="utf-8")
    (folder / "md5sums").write_text(sums, encoding="utf-8")
    made = dist / f"{NAME}_{version}_amd64.deb"
    say(f"deb: packing ({' '.join(how)})")
    command = [needed("dpkg-deb", "dpkg"), "--root-owner-group", *how, "--build"]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(source_time())}
    subprocess.run(
        [*command, str(root), str(made)], check=True, env=environment, stdout=subprocess.DEVNULL
    )
    return made


def checksums(root: Path) -> str:
    """The file md5sums, which `dpkg --verify` reads."""
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return "".join(f"{_md5(path)}  {path.relative_to(root).as_posix()}\n" for path in files)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
