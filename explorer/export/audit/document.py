"""The report as one JSON document. Its shape is a promise to other programs (help/en/json.md)."""

import json

from explorer.export.audit.report import Report
from explorer.export.tables import Json
from explorer.i18n import Language
from explorer.words.audit import ToldFinding


def document(report: Report, language: Language) -> str:
    """Every finding by itself."""
    whole: dict[str, Json] = {
        "subject": report.subject,
        "steps": report.steps,
        "findings": [_finding(each) for each in report.told(language)],
        "checked": {"parameters": report.parameters, "rules": list(report.rules)},
        "known": report.known,
    }
    return json.dumps(whole, indent=2, allow_nan=False)


def _finding(told: ToldFinding) -> Json:
    finding = told.finding
    site = finding.site
    return {
        "rule": finding.rule,
        "level": finding.level,
        "subject": finding.subject,
        "message": told.message,
        "reason": None if finding.reason is None else finding.reason.code,
        "file": None if site is None else site.file,
        "line": None if site is None else site.line,
        "remedy": told.remedy,
    }
