"""The report as one HTML page: light or dark as the reader's system is, nothing loaded."""

from html import escape

from explorer.experiment.visible import visible_line
from explorer.export.audit.report import Report, place
from explorer.export.audit.text import summary
from explorer.i18n import Language
from explorer.words.audit import LEVEL_NAMES, subject_text

STYLE = """
:root { color-scheme: light dark; --line: #8884; --error: #c62828; --warning: #b26a00;
  --note: #1565c0; }
@media (prefers-color-scheme: dark) { :root { --error: #ff8a80; --warning: #ffb74d;
  --note: #90caf9; } }
body { font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK SC",
  "Microsoft YaHei", sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
article { border: 1px solid var(--line); border-left: 4px solid var(--level);
  border-radius: 6px; padding: .6rem 1rem; margin: 1rem 0; }
article h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
.error { --level: var(--error); } .warning { --level: var(--warning); }
.note { --level: var(--note); }
.level { color: var(--level); }
code { font: .9em ui-monospace, Consolas, monospace; overflow-wrap: anywhere; }
p { margin: .4rem 0; }
"""


def page(report: Report, language: Language) -> str:
    """One box for each cause."""
    title = language.text("Audit of {subject}").format(subject=report.subject)
    parts = []
    for told, group in report.told_together(language):
        finding = told.finding
        names = subject_text(finding, language, [each.subject for each in group])
        level = language.text(LEVEL_NAMES[finding.level])
        where = f"<p><code>{_shown(place(finding.site))}</code></p>" if finding.site else ""
        parts.append(
            f'<article class="{finding.level}"><h2><span class="level">{_shown(level)}: '
            f"{_shown(finding.rule)}</span> — {_shown(names)}</h2>{where}"
            f"<p>{_shown(told.message)}</p><p>{_shown(told.remedy)}</p></article>"
        )
    return (
        f'<!DOCTYPE html>\n<html lang="{language.code.replace("_", "-")}">\n<head>'
        f'<meta charset="utf-8"><title>{_shown(title)}</title><style>{STYLE}</style></head>\n'
        f"<body><h1>{_shown(title)}</h1><p>{_shown(summary(report, language))}</p>\n"
        + "\n".join(parts)
        + "\n</body></html>"
    )


def _shown(text: str) -> str:
    return escape(visible_line(text))
