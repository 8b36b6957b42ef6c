"""What moves a parameter, in words: for the column of `gradients --after` and for reasons.

Which causes there are says `explorer.engine.movement`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from explorer.i18n import N_, Language
from explorer.words.enumeration import names_text
from explorer.words.numbers import Form, number_text

CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "gradient": N_("its gradient"),
        "stale-gradient": N_("an old gradient"),
        "momentum": N_("momentum"),
        "moments": N_("the moments"),
        "weight_decay": N_("weight decay"),
    }
)


def causes_text(causes: Sequence[str], language: Language) -> str:
    """`momentum and weight decay`."""
    return names_text([language.text(CAUSES[cause]) for cause in causes], language)


def moves(
    moved_by: Mapping[str, Sequence[str]],
    parts: Mapping[str, Mapping[str, object]],
    language: Language,
) -> dict[str, str]:
    """What moved each parameter, by its name; of a single number also by how much."""
    return {
        name: names_text([_part(each, parts[name], language) for each in causes], language) or "–"
        for name, causes in moved_by.items()
    }


def _part(cause: str, parts: Mapping[str, object], language: Language) -> str:
    text, part = language.text(CAUSES[cause]), parts.get(cause)
    return f"{text} ({number_text(part, Form.TABLE)})" if isinstance(part, float) else text
