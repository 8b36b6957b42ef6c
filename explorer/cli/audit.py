"""`audit`: a few steps of somebody's own model, and what is wrong with its gradients.

`rule` prints the page of one of its rules. Exit status 0, or 1 where there are findings at the
level asked for; bad input leaves as BadInput.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.output import complain, progress, tell
from explorer.cli.own import NO_EXAMPLE, Example
from explorer.cli.usage import UsageError
from explorer.experiment.problem import BadInput
from explorer.i18n import Language
from explorer.own.reference import Reference, reference
from explorer.words.commandline import BASELINE_NEEDED, NO_SUBJECT, NOT_A_SUBJECT

if TYPE_CHECKING:
    from explorer.export.audit.report import Report
    from explorer.own.configuration import Settings

STEPS = 3


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What the command line asked for; None and empty are left to pyproject.toml."""

    source: str | None
    example: Example = NO_EXAMPLE
    steps: int | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    baseline: Path | None = None
    write_baseline: bool = False
    form: str = "text"
    place: Path | None = None


def audit(request: AuditRequest, language: Language) -> int:
    """Make the steps, judge them, and report."""
    from explorer.own.configuration import checked_level, settings

    configured = settings(Path.cwd())
    level = checked_level(request.fail_on or configured.fail_on or "warning")
    named = _subject(request, configured)
    report = _report(request, configured, named, language)
    baseline = request.baseline or (
        None if configured.baseline is None else configured.beside(configured.baseline)
    )
    if request.write_baseline:
        return _write_baseline(report, baseline, language)
    if baseline is not None:
        report = _without_known(report, baseline)
    _show(request, report, language)
    return 1 if report.fails(level) else 0


def _subject(request: AuditRequest, configured: "Settings") -> Reference:
    source = request.source or configured.subject
    if source is None:
        raise UsageError(NO_SUBJECT, command="gradient-explorer audit")
    named = reference(source)
    if named is None:
        raise UsageError(NOT_A_SUBJECT, command="gradient-explorer audit", given=source)
    if request.source is None and named.is_file:
        return Reference(str(configured.beside(named.home)), named.factory)
    return named


def _report(
    request: AuditRequest, configured: "Settings", named: Reference, language: Language
) -> "Report":
    from explorer.export.audit.formats import FORMATS

    if request.form not in FORMATS:
        raise BadInput("no-such-format", name=request.form, known=", ".join(FORMATS))
    rules = _rules(request, configured)
    # After everything else was looked at: nobody waits for torch to hear of a misspelt option.
    from explorer.explain.audit.rules import findings
    from explorer.export.audit.report import Report
    from explorer.own.loading import Given, load
    from explorer.own.observing import observe
    from explorer.own.theirs import their_code

    steps = request.steps or configured.steps or STEPS
    setup = load(named, Given(request.example.shape, request.example.batch))
    label = language.text("Auditing")
    with progress(steps, label, shown=True) as tick, their_code(setup.file):
        seen = observe(setup, steps, configured.intent, tick)
    return Report(
        subject=str(named),
        steps=seen.steps,
        findings=findings(seen, rules),
        rules=rules,
        parameters=len(seen.parameters),
    )


def _rules(request: AuditRequest, configured: "Settings") -> tuple[str, ...]:
    from explorer.explain.audit.rules import RULES
    from explorer.own.configuration import checked_rules

    selected = checked_rules(request.select) or configured.select or tuple(RULES)
    ignored = {*checked_rules(request.ignore), *configured.ignore}
    return tuple(name for name in RULES if name in selected and name not in ignored)


def _without_known(report: "Report", baseline: Path) -> "Report":
    from dataclasses import replace

    from explorer.own.baseline import unknown

    left = unknown(report.findings, baseline)
    return replace(report, findings=left, known=len(report.findings) - len(left))


def _write_baseline(report: "Report", baseline: Path | None, language: Language) -> int:
    from explorer.own.baseline import written

    if baseline is None:
        raise UsageError(BASELINE_NEEDED, command="gradient-explorer audit")
    written(report.findings, baseline)
    text = language.text("{n} findings are known from now on: {file}")
    complain(text.format(n=len(report.findings), file=baseline))
    return 0


def _show(request: AuditRequest, report: "Report", language: Language) -> None:
    from explorer.experiment.wholefile import replacing
    from explorer.export.audit.formats import FORMATS

    text = FORMATS[request.form](report, language)
    if request.place is None:
        if text:
            tell(text)
        return
    with replacing(request.place) as file:
        file.write(f"{text}\n")


def rule(name: str | None, language: Language) -> int:
    """`rule`: the page of one, or the list of all."""
    from explorer.explain.audit.rules import RULES
    from explorer.own.configuration import checked_rules
    from explorer.words.audit import overview, page

    if name is None:
        tell(overview(language))
        return 0
    (known,) = checked_rules([name])
    tell(page(RULES[known], language))
    return 0
