"""Findings that are known: a file that silences them, and nothing else.

Each is told by its rule and its subject, not by its line, which moves with every edit. A
finding that is graver than it was known is no longer silenced.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from explorer.experiment.problem import BadInput, Place
from explorer.experiment.wholefile import replacing
from explorer.explain.audit.records import Finding
from explorer.explain.audit.rule import LEVELS

FORM = 1


def written(findings: Iterable[Finding], path: Path) -> None:
    """Write the file. Raises BadInput `cannot-write`."""
    known = [{"key": list(each.key), "level": each.level} for each in findings]
    text = json.dumps({"form": FORM, "known": known}, indent=1, ensure_ascii=False)
    with replacing(path) as file:
        file.write(f"{text}\n")


def unknown(findings: Iterable[Finding], path: Path) -> tuple[Finding, ...]:
    """Those that the file does not silence. Raises BadInput."""
    known = Counter(_known(path))
    left = []
    for each in findings:
        levels = LEVELS[LEVELS.index(each.level) :]
        silenced = next((level for level in levels if known[each.key, level]), None)
        if silenced is None:
            left.append(each)
        else:
            known[each.key, silenced] -= 1
    return tuple(left)


def _known(path: Path) -> list[tuple[tuple[str, ...], str]]:
    place = Place(str(path))
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput("no-such-file", place) from None
    except OSError as error:
        raise BadInput("cannot-read", place, reason=error.strerror or str(error)) from None
    except ValueError:
        raise BadInput("not-a-baseline", place) from None
    try:
        if whole["form"] != FORM:
            raise BadInput("not-a-baseline", place)
        return [(tuple(each["key"]), str(each["level"])) for each in whole["known"]]
    except (KeyError, TypeError):
        raise BadInput("not-a-baseline", place) from None
