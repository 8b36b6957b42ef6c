"""The report in SARIF 2.1.0, which code scanning services read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

import json
from pathlib import Path

from explorer import __version__
from explorer.explain.audit.rules import RULES
from explorer.explain.callsite import CallSite, shown_file
from explorer.export.audit.report import Report
from explorer.export.tables import Json
from explorer.i18n import Language
from explorer.words.audit import ToldFinding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(report: Report, language: Language) -> str:
    """One run, with a description of every rule that was checked."""
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": "gradient-explorer",
                "version": __version__,
                "rules": [_rule(name, language) for name in report.rules],
            }
        },
        "results": [_result(each, report) for each in report.told(language)],
    }
    whole: Json = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, indent=2, allow_nan=False)


def _rule(name: str, language: Language) -> Json:
    rule = RULES[name]
    message, *more = (language.text(part) for part in rule.paragraphs())
    return {
        "id": name,
        "shortDescription": {"text": message},
        "fullDescription": {"text": " ".join(more) or message},
        "help": {"text": language.text(rule.remedy)},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(told: ToldFinding, report: Report) -> Json:
    finding = told.finding
    result: dict[str, Json] = {
        "ruleId": finding.rule,
        "ruleIndex": report.rules.index(finding.rule),
        "level": finding.level,
        "message": {"text": f"{told.message} {told.remedy}"},
        # By these a finding is known again, wherever its line has moved to.
        "partialFingerprints": {"subject/v1": "/".join(finding.key)},
    }
    if finding.site is not None:
        result["locations"] = [_location(finding.site)]
    return result


def _location(site: CallSite) -> Json:
    file = shown_file(site.file)
    uri = Path(file).as_uri() if Path(file).is_absolute() else Path(file).as_posix()
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri.replace(" ", "%20")},
            "region": {"startLine": max(1, site.line)},
        }
    }
