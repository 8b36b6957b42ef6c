"""What a desktop and a shell want beside the program, laid out below usr/share.

Written by `linux/desktop.py` (desktop entry, icons, MIME type, AppStream, manual,
completions, changelog) and `licences.py` (the texts of all that is bundled).
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from folder import ROOT, BuildError, Say
from linux.description import NAME

HERE = Path(__file__).resolve().parent
DESKTOP = f"applications/{NAME}.desktop"
MIME = f"mime/packages/{NAME}.xml"
ICON = f"icons/hicolor/scalable/apps/{NAME}.svg"
COPYRIGHT = f"doc/{NAME}/copyright"


def install(share: Path, say: Say) -> None:
    """Write everything below `share`. Raises BuildError where something is missing."""
    if find_spec("linux.desktop") is not None:
        import_module("linux.desktop").install(share, say)
    else:
        _install_least(share)
    _install_copyright(share / COPYRIGHT, say)
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
    target.parent.mkdir(parents=True, exist_ok=True)
    if find_spec("licences") is not None:
        import_module("licences").install(target.parent, say)
    if not target.is_file():
        say("copyright: our own licence only (there is no packaging/licences.py)")
        target.write_text((ROOT / "LICENSE").read_text(encoding="utf-8"), encoding="utf-8")
