"""The report as annotations of GitHub Actions: workflow commands that name file and line."""

from explorer.explain.callsite import shown_file
from explorer.export.audit.report import Report
from explorer.i18n import Language

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github(report: Report, language: Language) -> str:
    """One line for each cause."""
    lines = []
    for told, _group in report.told_together(language):
        finding = told.finding
        facts = {"title": finding.rule}
        if finding.site is not None:
            facts |= {"file": shown_file(finding.site.file), "line": str(finding.site.line)}
        given = ",".join(f"{key}={_property(value)}" for key, value in facts.items())
        message = _data(f"{told.message} {told.remedy}")
        lines.append(f"::{_COMMANDS[finding.level]} {given}::{message}")
    return "\n".join(lines)


def _data(text: str) -> str:
    """As the runner reads it: a message is one line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
