"""The report to be read in a terminal."""

from explorer.export.audit.report import Report, place
from explorer.i18n import Language
from explorer.words.audit import LEVEL_NAMES


def text(report: Report, language: Language) -> str:
    """One paragraph for each cause, then how many findings there are."""
    parts = []
    for told, _group in report.told_together(language):
        finding = told.finding
        level = language.text(LEVEL_NAMES[finding.level])
        where = place(finding.site)
        head = f"{where}: {level}: {finding.rule}" if where else f"{level}: {finding.rule}"
        parts.append(f"{head}\n  {told.message}\n  {told.remedy}")
    return "\n\n".join([*parts, summary(report, language)])


def summary(report: Report, language: Language) -> str:
    """How many findings of each level, and of how many parameters."""
    _ = language.text
    counts = report.counts
    line = _("{errors} errors, {warnings} warnings, {notes} notes; {parameters} parameters").format(
        errors=counts["error"],
        warnings=counts["warning"],
        notes=counts["note"],
        parameters=report.parameters,
    )
    line += ", " + _("{steps} steps").format(steps=report.steps)
    if report.known:
        line += ", " + _("{known} known from the baseline").format(known=report.known)
    return f"{line}."
