"""What the frozen program runs first; everything else is `explorer.__main__`.

PyInstaller wants a script outside the package (see gradient-explorer.spec).
"""

import sys

from explorer.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
