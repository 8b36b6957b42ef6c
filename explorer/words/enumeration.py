"""Names one after another, as a sentence has them.

Used by `explorer.words.reasons`, `summary` and `preview`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from explorer.i18n import Language

# More names than MOST_NAMES are the first few and a number.
MOST_NAMES = 4
SHOWN_OF_MANY = 3


def names_text(names: Sequence[str], language: Language) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 9 more`; empty without any."""
    if len(names) < 2:
        return "".join(names)
    if len(names) > MOST_NAMES:
        more = len(names) - SHOWN_OF_MANY
        text = language.text("{names} and {n} more")
        return text.format(names=_listed(names[:SHOWN_OF_MANY], language), n=more)
    text = language.text("{names} and {last}")
    return text.format(names=_listed(names[:-1], language), last=names[-1])


def _listed(names: Sequence[str], language: Language) -> str:
    text = names[0]
    for name in names[1:]:
        text = language.text("{names}, {next}").format(names=text, next=name)
    return text


def whole_modules(names: Sequence[str], every: Collection[str]) -> list[str]:
    """The names of parameters, or of a module instead of all that are in it.

    `every` are all parameters there are.
    """
    inside = Counter(module for name in every for module in _around(name))
    meant = Counter(module for name in names for module in _around(name))
    found: dict[str, None] = {}
    for name in names:
        whole = (each for each in _around(name) if meant[each] == inside[each] > 1)
        found[next(whole, name)] = None
    return list(found)


def _around(name: str) -> Iterator[str]:
    """The modules around a parameter, the outermost first."""
    parts = name.split(".")[:-1]
    return (".".join(parts[: depth + 1]) for depth in range(len(parts)))
