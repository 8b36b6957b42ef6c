"""A reason as plain data, for everything that finds, says or exports one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reason:
    """Why a gradient is as it is. The codes are listed in `explorer.explain.reasons`.

    `facts` hold texts, numbers, figures, and lists or mappings of these.
    """

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
