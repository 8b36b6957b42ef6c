"""What every rule of the audit is: a small class whose docstring is its message and its page.

The first paragraph is the message, with placeholders for a finding's facts; the others say
more. INVALID is a program with the fault, its line marked by `# here`, VALID the same without:
both are the rule's tests and its examples.
"""

import inspect
from collections.abc import Iterator
from typing import ClassVar

from explorer.explain.audit.records import NOTHING_DECLARED, Finding, Intent, Seen
from explorer.explain.callsite import CallSite
from explorer.explain.reason import Reason

NOTE, WARNING, ERROR = LEVELS = ("note", "warning", "error")


class Rule:
    """The base of all rules; `explorer.explain.audit.rules` has the table of them."""

    name: ClassVar[str]
    level: ClassVar[str] = WARNING
    remedy: ClassVar[str]
    INVALID: ClassVar[str]
    VALID: ClassVar[str]
    # What is declared of both.
    DECLARED: ClassVar[Intent] = NOTHING_DECLARED

    def check(self, seen: Seen) -> Iterator[Finding]:
        """What the rule finds."""
        raise NotImplementedError

    def finding(
        self,
        subject: str,
        site: CallSite | None,
        *,
        level: str | None = None,
        reason: Reason | None = None,
        **facts: object,
    ) -> Finding:
        """A finding of this rule, at its own level if no other is given."""
        facts = {"name": subject, **facts}
        return Finding(self.name, level or self.level, subject, facts, reason, site)

    @classmethod
    def paragraphs(cls) -> list[str]:
        """The docstring: the message, then the paragraphs of its page."""
        return [
            " ".join(part.split()) for part in inspect.cleandoc(cls.__doc__ or "").split("\n\n")
        ]
