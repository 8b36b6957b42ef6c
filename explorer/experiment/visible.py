"""Text of somebody else's, made fit to be shown: what cannot be seen is written as `\\x1b`.

Titles, names and cells come from files, messages from PyTorch and the system. Control
characters in them would command a terminal, direction marks would turn a line around, and
what has no width hides. Called where text leaves for people: standard output and standard
error (`explorer.cli.output`), SVG (`explorer.picture.markup`), the window's title,
messages, formula and details; and by `names.shortened`.
"""

import re

# C0, DEL and C1 but for line ends and tabs; marks, embeddings, overrides and isolates of
# direction; line and paragraph separators; what has no width; halves of characters, as they
# stand for the odd bytes of a file's name; and tags.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
# Joiners make one sign of two (families among the emoji, letters in Persian and Hindi): they
# are seen where they stand between such signs, and hide anywhere else.
_ALONE = "(?<![^\x00-\x7f\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\u200c\u200d])"
_LINES = re.compile(f"[{_UNSEEN}]|{_ALONE}")
_LINE = re.compile(f"[{_UNSEEN}\t\n]|{_ALONE}")


def visible(text: str) -> str:
    """The text with its line ends and tabs, and everything else that is unseen escaped."""
    return _LINES.sub(_escaped, text.replace("\r\n", "\n"))


def visible_line(text: str) -> str:
    """The same in one line: line ends and tabs are escaped too."""
    return _LINE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    # As Python itself would write it in a text.
    return ascii(found[0])[1:-1]
