"""The archive for every other Linux system: unpack it anywhere, run it, no root needed.

`install.sh` in it puts the program into the user's menu and takes it out again. Small
libraries that Qt needs, that many desktops lack and that nobody installs without root come
with it; the .deb and the .rpm name them as dependencies instead.
"""

import os
import shutil
import subprocess
from pathlib import Path

import elf
from basics import Say, needed, source_time
from linux import needs, tree
from linux.description import NAME

HERE = Path(__file__).resolve().parent
BROUGHT = (
    *("libxcb-cursor.so.0", "libxcb-icccm.so.4", "libxcb-image.so.0", "libxcb-keysyms.so.1"),
    *("libxcb-render-util.so.0", "libxcb-util.so.1"),
)


def build(bundle: Path, work: Path, dist: Path, version: str, say: Say) -> Path:
    """The archive, in `dist`."""
    top = f"{NAME}-{version}-linux-x86_64"
    lay_out(bundle, work / "tar" / top, work / "tar-root", say)
    made = dist / f"{top}.tar.zst"
    say("tar: packing (zstd -19)")
    pack(work / "tar", top, made)
    return made


def lay_out(bundle: Path, folder: Path, scratch: Path, say: Say) -> None:
    """The unpacked archive: the bundle, `share/` and `install.sh`."""
    shutil.rmtree(folder.parent, ignore_errors=True)
    system = {needs.PACKAGES[name]: (f"{name}*",) for name in BROUGHT}
    tree.lay_out(bundle, scratch, say, system)
    tree.link_tree(scratch / "usr/lib" / NAME, folder)
    shutil.copytree(scratch / "usr/share", folder / "share")
    shutil.copy2(HERE / "install.sh", folder / "install.sh")
    (folder / "install.sh").chmod(0o755)
    for name in BROUGHT:
        target = folder / "_internal" / name
        shutil.copyfile(elf.of_system(name, needs.PACKAGES[name]), target)
        target.chmod(0o644)


def pack(parent: Path, top: str, made: Path) -> None:
    """Everything owned by root, at the commit's time, in order: the same bytes each time."""
    tar = [needed("tar", "tar"), "--sort=name", f"--mtime=@{source_time()}", "--owner=0:0"]
    zstd = f"{needed('zstd', 'zstd')} -19 -T0 -q"
    command = [*tar, "--group=0:0", "--numeric-owner", f"--use-compress-program={zstd}"]
    subprocess.run(
        [*command, "-cf", str(made), "-C", str(parent), top],
        check=True,
        env=os.environ | {"LC_ALL": "C"},
    )
