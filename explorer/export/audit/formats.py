"""The table of the formats."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from explorer.export.audit.document import document
from explorer.export.audit.github import github
from explorer.export.audit.page import page
from explorer.export.audit.report import Report
from explorer.export.audit.sarif import sarif
from explorer.export.audit.text import text
from explorer.i18n import Language

FORMATS: Mapping[str, Callable[[Report, Language], str]] = MappingProxyType(
    {"text": text, "json": document, "sarif": sarif, "github": github, "html": page}
)
