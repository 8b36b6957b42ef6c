"""What the frozen program runs first; everything else is `explorer.__main__`.

PyInstaller wants a script outside the package (see gradient-explorer.spec).
"""

import sys
from pathlib import Path

OWN_FILE = Path("/proc/self/exe")


def hold_modules() -> None:
    """Go on reading modules from the program that was started.

    PyInstaller's importer opens the program's file by name for each module. Where an upgrade
    has put another version in its place while the window is open, what is imported late (the
    graph, algebra) would be read from the wrong places; under this name Linux keeps the file
    until the process has ended.
    """
    import pyimod02_importers as importers

    if OWN_FILE.exists():
        importers.pyz_archive._filename = str(OWN_FILE)


if __name__ == "__main__":
    if sys.platform == "linux":
        hold_modules()
    from explorer.__main__ import main

    sys.exit(main())
