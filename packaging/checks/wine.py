"""The Windows installer in Wine: made and tried by packaging/windows.

It takes a quarter of an hour. So a digest of what the installer is made and tried with is
noted in PASSED when it has passed, to be committed; `python packaging/checks/wine.py` ends
with 0 where that is still the same, and .ci/run then leaves this part out by name. Changes in
the program itself do not count: before a release the part is run by hand.
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
# What is not read on the way: other systems' packages, other parts of the gate, what is said of it.
APART = ("linux", "macos", "checks", "hooks", "faults.py", "gate.py", "README.md")


def check(site: Site) -> None:
    """Build the installer unless it is there already, and try it."""
    before = digest(ROOT)
    there = sorted(site.job.dist.glob("*windows*.exe"))
    for installer in there or TARGETS["windows"](site.job):
        gate.check(installer, site.say)
    if digest(ROOT) != before:
        raise BuildError("what it is made with was changed meanwhile: nothing is noted")
    PASSED.write_text(f"{before} {datetime.now(UTC):%Y-%m-%d}\n", encoding="ascii")
    site.say(f"windows: noted in {PASSED}")


def digest(root: Path) -> str:
    """Of pyproject.toml and everything below packaging/ but what stands APART: SHA-256."""
    top = root / "packaging"
    files = [path for path in top.rglob("*") if _counts(path, path.relative_to(top).parts)]
    whole = hashlib.sha256()
    for path in sorted([*files, root / "pyproject.toml"]):
        place = path.relative_to(root).as_posix()
        whole.update(f"{place} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _counts(path: Path, parts: tuple[str, ...]) -> bool:
    cached = "__pycache__" in parts
    return path.is_file() and path.name != PASSED.name and parts[0] not in APART and not cached


def main() -> int:
    """Whether it passed with just these files."""
    noted = PASSED.read_text(encoding="ascii").split() if PASSED.is_file() else []
    if noted[:1] != [digest(ROOT)]:
        print("windows: what the installer is made with has changed: to be tried")
        return 1
    print(
        f"windows: the installer is made with the same as on {noted[1]}, when it passed: left out"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
