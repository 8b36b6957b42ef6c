"""The audit's findings in words: message, remedy, and the page of a rule.

A rule's docstring is its message (`explorer.explain.audit.rule`); what its facts stand for is
worded here. Findings of one rule, one cause and one line are told together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from explorer.explain.audit.records import Finding
from explorer.explain.audit.rule import Rule
from explorer.explain.audit.rules import RULES
from explorer.i18n import N_, Language
from explorer.words.causes import CAUSES
from explorer.words.enumeration import names_text
from explorer.words.reasons import reason_sentence

LEVEL_NAMES: Mapping[str, str] = MappingProxyType(
    {"error": N_("error"), "warning": N_("warning"), "note": N_("note")}
)
_CAUSES: Mapping[str, str] = MappingProxyType(
    {
        **CAUSES,
        "optimizer": N_("the optimizer itself"),
        "forward": N_("the forward pass"),
    }
)
# Facts that are codes, with what each stands for.
_WORDED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "during": {"forward": N_("forward pass"), "step": N_("step of the optimizer")},
        "found": {
            "no-such-name": N_("no parameter has such a name"),
            "trainable": N_("its requires_grad is on"),
            "frozen": N_("its requires_grad is off"),
            "gradient": N_("a gradient came to it"),
        },
    }
)
_KEPT = N_("{message} The value was kept at {kept_at}.")
# Behind the faulty line of an example.
MARK = "  # here"
_WHOLE_MODEL = N_("the model")


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """A finding with its sentences."""

    finding: Finding
    message: str
    remedy: str


def told(finding: Finding, language: Language, names: Sequence[str] = ()) -> ToldFinding:
    """The finding in words; `names` are all subjects that it is told of at once."""
    rule = RULES[finding.rule]
    message = language.text(rule.paragraphs()[0]).format(**_facts(finding, language, names))
    if "kept_at" in finding.facts:
        message = language.text(_KEPT).format(message=message, kept_at=finding.facts["kept_at"])
    if finding.reason is not None:
        message += " " + reason_sentence(finding.subject, finding.reason, language)
    return ToldFinding(finding, message, language.text(rule.remedy))


def _facts(finding: Finding, language: Language, names: Sequence[str]) -> dict[str, str]:
    facts = {key: _fact(key, value, language) for key, value in finding.facts.items()}
    facts["name"] = subject_text(finding, language, names)
    return facts


def subject_text(finding: Finding, language: Language, names: Sequence[str] = ()) -> str:
    """What it is about: the name or the names, or the model itself."""
    shown = [name for name in names or [finding.subject] if name]
    return names_text(shown, language) if shown else language.text(_WHOLE_MODEL)


def _fact(key: str, value: object, language: Language) -> str:
    if key == "causes" and isinstance(value, Sequence):
        return names_text([language.text(_CAUSES[cause]) for cause in value], language)
    words = _WORDED.get(key, {})
    return language.text(words[str(value)]) if str(value) in words else str(value)


def together(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Those of one rule, one level, one cause and one line, in the order of the first."""
    groups: dict[object, list[Finding]] = {}
    for each in findings:
        facts = {key: value for key, value in each.facts.items() if key != "name"}
        code = each.reason and each.reason.code
        groups.setdefault((each.rule, each.level, code, each.site, str(facts)), []).append(each)
    return list(groups.values())


def page(rule: type[Rule], language: Language) -> str:
    """All that is to be said of a rule, with its examples."""
    _ = language.text
    message, *more = rule.paragraphs()
    title = f"{rule.name} ({_(LEVEL_NAMES[rule.level])})"
    parts = [title, _(message), *map(_, more), _(rule.remedy)]
    parts += [_("With the fault:"), _indented(rule.INVALID.replace(MARK, "  # <-"))]
    parts += [_("Without it:"), _indented(rule.VALID.replace(MARK, ""))]
    return "\n\n".join(parts)


def overview(language: Language) -> str:
    """Every rule with its level and its message."""
    lines = []
    for name, rule in RULES.items():
        level = language.text(LEVEL_NAMES[rule.level])
        lines.append(f"{name} ({level})\n  {language.text(rule.paragraphs()[0])}")
    return "\n".join(lines)


def _indented(source: str) -> str:
    lines = source.strip("\n").splitlines()
    return "\n".join(f"    {line}" if line else "" for line in lines)
