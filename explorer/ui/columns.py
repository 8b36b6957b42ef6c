"""How the columns of the tensors' table share its width.

Every column has a width that it needs. What is missing is taken from one column after
another, those first that can be understood without; of what is left over the columns first
get what they could use, and share the rest. Used by `explorer.ui.tensors`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Of a column, in pixels: what it can do with at the worst, needs, and could make use of.

    `yields` says when it makes room, 0 before all others; `share` is its part of what nobody
    needs.
    """

    least: int
    wanted: int
    useful: int
    yields: int = 0
    share: int = 0


def shared(room: int, needs: Sequence[Need]) -> list[int]:
    """The width of each column: together they fill the room, or are at their least."""
    widths = [need.wanted for need in needs]
    for turn in sorted({need.yields for need in needs}):
        spare = [
            width - need.least if need.yields == turn else 0
            for width, need in zip(widths, needs, strict=True)
        ]
        missing = max(0, min(sum(widths) - room, sum(spare)))
        widths = [w - part for w, part in zip(widths, _parts(missing, spare), strict=True)]
    useful = [max(0, need.useful - width) for width, need in zip(widths, needs, strict=True)]
    for weights, most in ((useful, sum(useful)), ([need.share for need in needs], room)):
        left = max(0, min(room - sum(widths), most))
        widths = [w + part for w, part in zip(widths, _parts(left, weights), strict=True)]
    return widths


def _parts(whole: int, weights: Sequence[int]) -> list[int]:
    """The whole in parts by weight, to the last pixel."""
    parts, left = [], sum(weights)
    for weight in weights:
        part = whole * weight // left if left else 0
        parts.append(part)
        whole, left = whole - part, left - weight
    return parts


def head_for(
    heads: Sequence[str], width: int, length: Callable[[str], int], cut: Callable[[str, int], str]
) -> str:
    """The first of these heads, of one line or of several, that fits; else the last, cut short."""
    for head in heads:
        if max(map(length, head.split("\n"))) <= width:
            return head
    return "\n".join(cut(line, width) for line in heads[-1].split("\n"))
