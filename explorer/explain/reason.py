"""A reason as plain data, for everything that finds, says or exports one; and which there are.

`explorer.explain.reasons` finds them. What is said of each stands in `explorer.words.reasons`,
under the same code. `tests/words/test_reason_sentences.py` says what an entry lacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Reason:
    """Why a gradient is as it is: a key of REASONS, and its facts.

    Or why a part of a proof is left out; `explorer.words.proof` has the codes of that.
    `facts` hold texts, numbers, figures, and lists or mappings of these.
    """

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class RemedyKind(Enum):
    """What undoes a reason. The switches are found by `explorer.explain.remedies`.

    THAW: requires_grad of the tensor itself. THAW_SOURCES: that of a parameter it is computed
    from. RECONNECT: the detach switches on its ways. AS_NOW: whatever would mend the next step.
    STEP: a step of the run, no switch.
    """

    THAW = "thaw"
    THAW_SOURCES = "thaw sources"
    RECONNECT = "reconnect"
    AS_NOW = "as now"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class ReasonEntry:
    """A code: what undoes it, if a program can, and whether a route to the objective shows it."""

    remedy: RemedyKind | None = None
    routed: bool = True


REASONS: Mapping[str, ReasonEntry] = MappingProxyType(
    {
        # A leaf whose requires_grad is off.
        "frozen": ReasonEntry(RemedyKind.THAW),
        # Computed from nothing that requires a gradient.
        "nothing-requires-grad": ReasonEntry(RemedyKind.THAW_SOURCES),
        # Cut by detach() or a detach switch.
        "detached": ReasonEntry(RemedyKind.RECONNECT),
        # Cut by reading or assigning .data.
        "data-access": ReasonEntry(),
        # Its numbers were taken out, and a new tensor made from them.
        "rewrapped": ReasonEntry(),
        # Whole numbers and truth values have no derivative.
        "integer": ReasonEntry(routed=False),
        # Used inside torch.no_grad() or torch.inference_mode().
        "no-grad": ReasonEntry(),
        # An operation that passes no gradient on.
        "no-derivative": ReasonEntry(),
        # The objective does not depend on it.
        "unused": ReasonEntry(),
        # It has a gradient by one way, and another way to the objective is cut.
        "partly-cut": ReasonEntry(routed=False),
        # A gradient of zero (`explorer.explain.zero_gradients`).
        "flat": ReasonEntry(),
        "inactive": ReasonEntry(),
        "zero-factor": ReasonEntry(),
        "cancels": ReasonEntry(),
        # NaN or infinity (`explorer.explain.nonfinite`).
        "non-finite": ReasonEntry(),
        # Of a running session (`explorer.explain.session_reasons`): no backward() so far, PyTorch
        # keeps no .grad there; a .grad left over from an earlier step, one that zero_grad() set
        # to 0, one that is the sum of several steps, and one of which no update makes use.
        "not-yet": ReasonEntry(RemedyKind.STEP, routed=False),
        "not-leaf": ReasonEntry(routed=False),
        "stale": ReasonEntry(RemedyKind.AS_NOW),
        "zeroed": ReasonEntry(RemedyKind.AS_NOW),
        "accumulated": ReasonEntry(routed=False),
        "not-in-optimizer": ReasonEntry(routed=False),
        # Clipped before the update.
        "clipped": ReasonEntry(routed=False),
    }
)
# Those of a gradient that is there and 0.
ZEROS = frozenset({"flat", "inactive", "zero-factor", "cancels"})
