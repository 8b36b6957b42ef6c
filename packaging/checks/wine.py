"""The Windows installer in Wine: made and tried by packaging/windows.

It takes a quarter of an hour. So a digest of packaging/ and pyproject.toml is noted in PASSED
when it has passed, to be committed; `python packaging/checks/wine.py` ends with 0 where they
are still the same, and .ci/run then leaves this part out by name. Changes in the program
itself do not count: before a release the part is run by hand.
"""

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

if not __package__:  # run by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from basics import ROOT, BuildError
from build import TARGETS
from checks.surroundings import Site
from windows import gate

PASSED = ROOT / "packaging" / "windows" / "passed.txt"


def check(site: Site) -> None:
    """Build the installer unless it is there already, and try it."""
    before = digest(ROOT)
    there = sorted(site.job.dist.glob("*windows*.exe"))
    for installer in there or TARGETS["windows"](site.job):
        gate.check(installer, site.say)
    if digest(ROOT) != before:
        raise BuildError("something below packaging/ was changed meanwhile: nothing is noted")
    PASSED.write_text(f"{before} {datetime.now(UTC):%Y-%m-%d}\n", encoding="ascii")
    site.say(f"windows: noted in {PASSED}")


def digest(root: Path) -> str:
    """Of everything below packaging/ and of pyproject.toml: SHA-256."""
    files = [path for path in (root / "packaging").rglob("*") if _counts(path)]
    whole = hashlib.sha256()
    for path in sorted([*files, root / "pyproject.toml"]):
        place = path.relative_to(root).as_posix()
        whole.update(f"{place} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _counts(path: Path) -> bool:
    return path.is_file() and path.name != PASSED.name and "__pycache__" not in path.parts


def main() -> int:
    """Whether it passed with just these files."""
    noted = PASSED.read_text(encoding="ascii").split() if PASSED.is_file() else []
    if noted[:1] != [digest(ROOT)]:
        print("windows: something below packaging/ or in pyproject.toml has changed: to be tried")
        return 1
    print(f"windows: nothing below packaging/ nor pyproject.toml has changed since {noted[1]},")
    print("windows: when it passed: left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
