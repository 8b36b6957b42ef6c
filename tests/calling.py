"""The whole program, started as a user does: through `main`, with the arguments he types."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What a user sees of a call."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        assert self.err == ""
        return json.loads(self.out)


Program = Callable[..., Outcome]
