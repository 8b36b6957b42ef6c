"""Where files are: our resources, the built-in experiments, the user's folders.

The only module that knows how the program was installed. `resources/` is found
beside the package in a checkout, inside it in a wheel (`explorer/resources`),
and in the unpacked bundle of a frozen program. Needs nothing else of the package;
called by `explorer.i18n` and whoever wants a file of ours or a folder of the user's.
"""

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

APP_FOLDER = "gradient-explorer"
EXPERIMENT_SUFFIX = ".toml"


class MissingResourcesError(Exception):
    """The installation is incomplete: none of the known places has `resources/`."""


@cache
def resources() -> Path:
    """The folder with `icons/`, `experiments/`, `help/` and `locale/`.

    Raises `MissingResourcesError` when the installation is damaged.
    """
    places = tuple(_resource_places(Path(__file__).resolve().parent))
    for folder in places:
        if (folder / "experiments").is_dir():
            return folder
    raise MissingResourcesError(", ".join(map(str, places)))


def _resource_places(package: Path) -> Iterator[Path]:
    """Where `resources/` may stand, most certain first.

    The wheel's place comes before the checkout's: a folder `resources` beside
    an installed package (in site-packages) may be somebody else's.
    """
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        yield Path(bundle) / "explorer" / "resources"
        yield Path(bundle) / "resources"
    yield package / "resources"
    yield package.parent / "resources"


def locale_folder() -> Path:
    """The folder with `<language>/LC_MESSAGES/explorer.mo`."""
    return resources() / "locale"


def icon(name: str) -> Path:
    """The file of one of our icons, for example `icon("play.svg")`."""
    return resources() / "icons" / name


def help_page(language: str, name: str) -> Path:
    """The file of one of the help's pages, for example `help_page("en", "tour.md")`."""
    return resources() / "help" / language / name


def builtin_experiments() -> dict[str, Path]:
    """Name (the file's stem) to path of every built-in experiment, in order of name."""
    folder = resources() / "experiments"
    return {path.stem: path for path in sorted(folder.glob("*" + EXPERIMENT_SUFFIX))}


def config_folder() -> Path:
    """Where this user's settings are kept. It need not exist yet."""
    return _user_folder("XDG_CONFIG_HOME", ".config", "APPDATA", "Library/Preferences")


def data_folder() -> Path:
    """Where this user's own data is kept (recovered work, logs). It need not exist yet."""
    return _user_folder(
        "XDG_DATA_HOME", ".local/share", "LOCALAPPDATA", "Library/Application Support"
    )


def _user_folder(xdg: str, xdg_default: str, windows: str, mac: str) -> Path:
    if sys.platform == "win32":
        base = os.environ.get(windows) or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / mac
    else:
        base = _absolute(os.environ.get(xdg)) or Path.home() / xdg_default
    return Path(base) / APP_FOLDER


def _absolute(folder: str | None) -> str | None:
    """XDG's rule: a relative path in these variables is ignored."""
    return folder if folder and os.path.isabs(folder) else None
