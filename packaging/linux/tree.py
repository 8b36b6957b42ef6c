"""The files of an installed package, laid out as they will stand below /.

The bundle goes to usr/lib, a link to usr/bin, and what a desktop wants to usr/share
(`share.py`). Files of the bundle are hard links: nothing is copied twice.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from basics import Say
from linux import share
from linux.description import COMMANDS, HOME, NAME


def lay_out(
    bundle: Path, root: Path, say: Say, system: Mapping[str, tuple[str, ...]] | None = None
) -> None:
    """Fill `root`, which is emptied first.

    `system`: packages of the build machine of which files are added, for their licences.
    """
    shutil.rmtree(root, ignore_errors=True)
    link_tree(bundle, root / HOME)
    (root / "usr/bin").mkdir(parents=True)
    for name in COMMANDS:
        (root / "usr/bin" / name).symlink_to(f"../{HOME.removeprefix('usr/')}/{NAME}")
    share.install(root / "usr/share", system or {}, say)
    _set_modes(root)


def link_tree(source: Path, target: Path) -> None:
    """A copy that shares its files with the original where the disk allows."""

    def link(one: str, other: str) -> None:
        try:
            os.link(one, other, follow_symlinks=False)
        except OSError:
            shutil.copy2(one, other, follow_symlinks=False)

    shutil.copytree(source, target, symlinks=True, copy_function=link)


def _set_modes(root: Path) -> None:
    """Readable by all, executable only what is a program; libraries are not."""
    for folder, names, files in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if _is_program(path) else 0o644)
    root.chmod(0o755)


def _is_program(path: Path) -> bool:
    return path.name in {NAME, "torch_shm_manager", "install.sh"} and "share" not in path.parts
