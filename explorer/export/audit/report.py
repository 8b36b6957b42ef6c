"""What an audit has to report, for every format."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.explain.audit.records import Finding
from explorer.explain.audit.rule import LEVELS
from explorer.explain.callsite import CallSite
from explorer.i18n import Language
from explorer.words.audit import ToldFinding, together, told


@dataclass(frozen=True)
class Report:
    """The findings of a subject after `steps` steps; `known` were silenced by a baseline.

    `checked` counts what was looked at: parameters, and the rules by their names.
    """

    subject: str
    steps: int
    findings: tuple[Finding, ...]
    rules: tuple[str, ...]
    parameters: int
    known: int = 0

    def fails(self, level: str) -> bool:
        """Whether there is a finding at this level or a graver one."""
        least = LEVELS.index(level)
        return any(LEVELS.index(each.level) >= least for each in self.findings)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there are of each level, the gravest first."""
        found = Counter(each.level for each in self.findings)
        return {level: found[level] for level in reversed(LEVELS)}

    def told(self, language: Language) -> list[ToldFinding]:
        """Every finding by itself."""
        return [told(each, language) for each in self.findings]

    def told_together(self, language: Language) -> list[tuple[ToldFinding, Sequence[Finding]]]:
        """Findings of one cause at once."""
        return [
            (told(group[0], language, [each.subject for each in group]), group)
            for group in together(self.findings)
        ]


def place(site: CallSite | None) -> str:
    """`model.py:41 in Encoder.forward`, or nothing."""
    return "" if site is None else str(site)
