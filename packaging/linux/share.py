"""What a desktop and a shell want beside the program, laid out below usr/share.

Written by `linux/desktop.py` (desktop entry, icons, MIME type, AppStream, manual,
completions, changelog) and `licences.py` (the texts of all that is bundled).
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import licences
from basics import BuildError, Say
from linux import desktop
from linux.description import NAME

HERE = Path(__file__).resolve().parent
DESKTOP = f"applications/{NAME}.desktop"
MIME = f"mime/packages/{NAME}.xml"
ICON = f"icons/hicolor/scalable/apps/{NAME}.svg"
COPYRIGHT = f"doc/{NAME}/copyright"
OVERRIDES = f"lintian/overrides/{NAME}"
# Of the build machine's system and in every bundle (`bundle.CARRIED`): package and files.
CARRIED = {"libbz2-1.0": ("libbz2*",)}


def install(share: Path, carried: Mapping[str, tuple[str, ...]], say: Say) -> None:
    """Write everything below `share`. `carried`: packages of the build machine, and their files.

    Raises BuildError where something is missing.
    """
    desktop.install(share, say)
    _install_copyright(share / COPYRIGHT, {**CARRIED, **carried}, say)
    (share / OVERRIDES).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "lintian-overrides", share / OVERRIDES)
    missing = [name for name in (DESKTOP, MIME, ICON, COPYRIGHT) if not (share / name).is_file()]
    if missing:
        raise BuildError(f"not below usr/share: {', '.join(missing)}")


def _install_copyright(target: Path, system: Mapping[str, tuple[str, ...]], say: Say) -> None:
    """Debian's copyright file, with the texts of all that is bundled beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    of_system = (licences.of_system(package, files) for package, files in system.items())
    carried = [*licences.bundled(), *of_system]
    count = licences.write(carried, target.parent / "licences")
    place = f"/usr/share/{target.parent.relative_to(target.parents[2]).as_posix()}/licences"
    target.write_text(licences.copyright_file(carried, place), encoding="utf-8")
    say(f"copyright: the texts of {count} things that are carried along")
