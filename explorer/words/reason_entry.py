"""What is said of a reason: one entry of `explorer.words.reasons`."""

from dataclasses import dataclass

# One of them, and several: "w is frozen", "w and b are frozen".
Clause = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """What is said of a reason: of one tensor, and of the parameters that have it at once.

    `cut` is what PyTorch calls that which cuts, short enough for a line of the picture.
    """

    sentence: str
    clause: Clause | None = None
    cut: str = ""
