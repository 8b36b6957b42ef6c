"""What a desktop and a shell want beside the program, laid out below usr/share.

Written by `linux/desktop.py` (desktop entry, icons, MIME type, AppStream, manual,
completions, changelog) and `licences.py` (the texts of all that is bundled).
"""

import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from basics import ROOT, BuildError, Say
from linux.description import NAME

HERE = Path(__file__).resolve().parent
DESKTOP = f"applications/{NAME}.desktop"
MIME = f"mime/packages/{NAME}.xml"
ICON = f"icons/hicolor/scalable/apps/{NAME}.svg"
COPYRIGHT = f"doc/{NAME}/copyright"
OVERRIDES = f"lintian/overrides/{NAME}"
# Of the build machine's system and in the bundle (`bundle.CARRIED`): package and files.
CARRIED = {"libbz2-1.0": ("libbz2*",)}


def install(share: Path, say: Say) -> None:
    """Write everything below `share`. Raises BuildError where something is missing."""
    if find_spec("linux.desktop") is not None:
        import_module("linux.desktop").install(share, say)
    else:
        _install_least(share)
    _install_copyright(share / COPYRIGHT, say)
    (share / OVERRIDES).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "lintian-overrides", share / OVERRIDES)
    missing = [name for name in (DESKTOP, MIME, ICON, COPYRIGHT) if not (share / name).is_file()]
    if missing:
        raise BuildError(f"not below usr/share: {', '.join(missing)}")


def _install_least(share: Path) -> None:
    """The entry, its icon and the MIME type: what a double click needs."""
    sources = {
        DESKTOP: HERE / f"{NAME}.desktop",
        MIME: HERE / f"{NAME}.mime.xml",
        ICON: ROOT / "resources" / "icons" / f"{NAME}.svg",
    }
    for name, source in sources.items():
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        (share / name).write_bytes(source.read_bytes())


def _install_copyright(target: Path, say: Say) -> None:
    """Debian's copyright file, with the texts of all that is bundled beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if find_spec("licences") is None:
        say("copyright: our own licence only (there is no packaging/licences.py)")
        target.write_text((ROOT / "LICENSE").read_text(encoding="utf-8"), encoding="utf-8")
        return
    licences = import_module("licences")
    ours = (licences.of_system(package, files) for package, files in CARRIED.items())
    carried = [*licences.bundled(), *ours]
    count = licences.write(carried, target.parent / "licences")
    place = f"/usr/share/{target.parent.relative_to(target.parents[2]).as_posix()}/licences"
    target.write_text(licences.copyright_file(carried, place), encoding="utf-8")
    say(f"copyright: the texts of {count} things that are carried along")
