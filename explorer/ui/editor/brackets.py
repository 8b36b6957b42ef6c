"""Brackets of a text: which close which, and what typing one means. Plain strings, no Qt."""

PAIRS = {"(": ")", "[": "]", "{": "}"}
SIGNS = "()[]{}"
_OPENING = {closing: opening for opening, closing in PAIRS.items()}
# So far a partner is looked for: each key stroke asks.
FARTHEST = 5_000


def partners(text: str, place: int) -> tuple[int, ...]:
    """The brackets that belong together beside this place: two, one without its partner, or none.

    The one before the place first, as one has just typed it.
    """
    for at in (place - 1, place):
        sign = text[at : at + 1] if at >= 0 else ""
        if sign and (sign in PAIRS or sign in _OPENING):
            other = _partner(text, at)
            return (at,) if other is None else (at, other)
    return ()


def _partner(text: str, at: int) -> int | None:
    sign = text[at]
    ahead = sign in PAIRS
    other = PAIRS[sign] if ahead else _OPENING[sign]
    places = range(at, min(len(text), at + FARTHEST)) if ahead else range(at, -1, -1)[:FARTHEST]
    depth = 0
    for place in places:
        depth += (text[place] == sign) - (text[place] == other)
        if depth == 0:
            return place
    return None


def closes_itself(text: str, place: int) -> bool:
    """Whether a bracket opened here gets its partner at once: nothing stands behind it."""
    behind = text[place : place + 1]
    return not behind or behind.isspace() or behind in _OPENING or behind == ","


def steps_over(text: str, place: int, sign: str) -> bool:
    """Whether the closing bracket that is typed is there already, of one that is open."""
    if sign not in _OPENING or text[place : place + 1] != sign:
        return False
    line = text[text.rfind("\n", 0, place) + 1 :].split("\n", 1)[0]
    return line.count(sign) >= line.count(_OPENING[sign])
