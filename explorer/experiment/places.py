"""Places in a text that is refused as a whole: where it becomes too long, or too deep.

For the formula (`syntax`) and for programs (`explorer.reading.source`).
"""

from explorer.experiment.problem import Place

_OPENING, _CLOSING = "([{", ")]}"


def place_at(text: str, index: int, key: str | None = None) -> Place:
    """The line and column of a character."""
    before = text[:index]
    return Place(key=key, line=before.count("\n") + 1, column=index - before.rfind("\n"))


def crowded(text: str, limit: int, key: str | None = None) -> Place:
    """Where brackets are open as deep as `limit`; else the beginning of the longest line.

    What Python's own parser gives up on has no place.
    """
    depth = 0
    for index, character in enumerate(text):
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth > limit:
            return place_at(text, index, key)
    lines = text.split("\n")
    longest = max(range(len(lines)), key=lambda number: len(lines[number]))
    return Place(key=key, line=longest + 1, column=1)
