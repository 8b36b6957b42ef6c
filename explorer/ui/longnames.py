"""Long names in lines that wrap: a name of somebody's own module may be wider than a label."""

import re

# Shorter ones go to the next line as a whole.
LONGEST_WHOLE = 20
MAY_BREAK = "\u200b"


def breaking(text: str) -> str:
    """The text with places where a long name may go on in the next line: behind its dots."""
    return " ".join(
        re.sub(r"([._])(?=\w)", rf"\1{MAY_BREAK}", word) if len(word) > LONGEST_WHOLE else word
        for word in text.split(" ")
    )
