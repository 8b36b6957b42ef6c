"""The table of the audit's rules, and what they find together.

Called by `explorer.interface` and the commands `audit` and `rule`.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from explorer.explain.audit import gradient_rules, optimizer_rules, structure_rules
from explorer.explain.audit.records import Finding, Seen
from explorer.explain.audit.rule import LEVELS, Rule
from explorer.explain.audit.structure_rules import fits

_ALL: tuple[type[Rule], ...] = (
    gradient_rules.NothingTrainable,
    gradient_rules.BackwardError,
    gradient_rules.NoGradient,
    gradient_rules.ZeroGradient,
    gradient_rules.NonFinite,
    gradient_rules.Checkpoint,
    gradient_rules.Compiled,
    optimizer_rules.NotInOptimizer,
    optimizer_rules.ForeignInOptimizer,
    optimizer_rules.DuplicateInOptimizer,
    optimizer_rules.FrozenInOptimizer,
    optimizer_rules.FrozenMoves,
    optimizer_rules.Accumulates,
    structure_rules.BufferDrift,
    structure_rules.Unregistered,
    structure_rules.Tied,
    structure_rules.FlagFlipped,
    structure_rules.IntentRule,
)
RULES: Mapping[str, type[Rule]] = MappingProxyType({each.name: each for each in _ALL})


def findings(seen: Seen, names: Collection[str] | None = None) -> tuple[Finding, ...]:
    """What the rules of these names find (all by default), the gravest first."""
    chosen = [rule() for name, rule in RULES.items() if names is None or name in names]
    found = [each for rule in chosen for each in rule.check(seen) if not _is_meant(seen, each)]
    return tuple(sorted(found, key=lambda each: -LEVELS.index(each.level)))


def _is_meant(seen: Seen, finding: Finding) -> bool:
    """Whether the configuration declares that it is to be so."""
    intent = seen.intent
    meant = {"no-gradient": intent.unused, "zero-gradient": (*intent.zero, *intent.unused)}
    patterns = meant.get(finding.rule, ())
    return bool(patterns) and any(
        finding.subject in each.names and fits(each, patterns) for each in seen.parameters
    )
