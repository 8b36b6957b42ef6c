"""The changelog: Debian's form, from which releases and dates are read.

`changelog` beside this file is the only list of releases. Its first entry must
be the version in `explorer/__init__.py`, so that none is forgotten.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from basics import BuildError
from explorer import __version__

CHANGELOG = Path(__file__).resolve().parent / "changelog"
_ENTRY = re.compile(
    r"^\S+ \((?P<version>[^)]+)\) .*?\n(?P<text>.*?)^ -- [^\n]*>  (?P<date>[^\n]+)$",
    re.MULTILINE | re.DOTALL,
)


class StaleChangelogError(BuildError):
    """The changelog does not begin with the version that is being packed."""


@dataclass(frozen=True)
class Release:
    """One entry; `changes` are its points, each as one line."""

    version: str
    date: datetime
    changes: tuple[str, ...]


def releases(text: str | None = None, version: str = __version__) -> tuple[Release, ...]:
    """All entries, newest first.

    Raises `StaleChangelogError` if the newest is not `version`.
    """
    content = CHANGELOG.read_text(encoding="utf-8") if text is None else text
    found = tuple(_release(match) for match in _ENTRY.finditer(content))
    newest = found[0].version if found else "nothing"
    if newest != version:
        raise StaleChangelogError(f"packaging/linux/changelog begins with {newest}, not {version}")
    return found


def _release(match: re.Match[str]) -> Release:
    points = re.split(r"^  \* ", match["text"], flags=re.MULTILINE)[1:]
    changes = tuple(" ".join(point.split()) for point in points)
    return Release(match["version"], parsedate_to_datetime(match["date"]), changes)
