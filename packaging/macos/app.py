"""What PyInstaller's BUNDLE needs to make `Gradient Explorer.app`. UNTESTED: nobody here has a Mac.

`gradient-explorer.spec` calls `bundle_options` when it runs on a Mac; `build.sh` beside
this file makes the icon first and the image after.
"""

import sys
from pathlib import Path
from typing import Any

if not __package__:  # run by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import icons
from explorer import __version__

IDENTIFIER = "example.gradient-explorer.explorer"
TYPE = "example.gradient-explorer.experiment"
# Apple's names of the pictures in an icon, and their pixels.
ICONSET = {
    f"icon_{size}x{size}{suffix}.png": size * factor
    for size in (16, 32, 128, 256, 512)
    for suffix, factor in (("", 1), ("@2x", 2))
}


def bundle_options(root: Path) -> dict[str, Any]:
    """BUNDLE's keywords. The icon is `build/macos/gradient-explorer.icns`, if it was made."""
    icon = root / "build" / "macos" / "gradient-explorer.icns"
    return {
        "name": "Gradient Explorer.app",
        "icon": str(icon) if icon.is_file() else None,
        "bundle_identifier": IDENTIFIER,
        "version": __version__,
        "info_plist": _properties(__version__),
    }


def _properties(version: str) -> dict[str, Any]:
    return {
        "CFBundleShortVersionString": version,
        "CFBundleLocalizations": ["en", "zh_CN"],
        "CFBundleDevelopmentRegion": "en",
        "LSApplicationCategoryType": "public.app-category.education",
        "LSMinimumSystemVersion": "12.0",
        "NSHighResolutionCapable": True,
        # Follow the system's dark appearance.
        "NSRequiresAquaSystemAppearance": False,
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Gradient Explorer experiment",
                "CFBundleTypeRole": "Editor",
                # macOS looks at the last suffix only: other programs keep their .toml.
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": [TYPE],
            }
        ],
        "UTImportedTypeDeclarations": [
            {
                "UTTypeIdentifier": TYPE,
                "UTTypeDescription": "Gradient Explorer experiment",
                "UTTypeConformsTo": ["public.plain-text"],
                "UTTypeTagSpecification": {
                    "public.filename-extension": ["toml"],
                    "public.mime-type": ["application/x-gradient-experiment+toml"],
                },
            }
        ],
    }


def write_iconset(folder: Path) -> None:
    """The pictures that `iconutil` makes an .icns of."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in ICONSET.items():
        (folder / name).write_bytes(icons.png(size))


if __name__ == "__main__":
    write_iconset(Path(sys.argv[1]))
