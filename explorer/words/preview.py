"""What a switch would do, said before anything runs; and whether it then did.

`explorer.explain.prediction.consequences` finds whose gradients are lost and gained; the
window says it where the pointer rests on a switch, and again after the click.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.i18n import Language
from explorer.words.enumeration import names_text
from explorer.words.summary import clauses_text

if TYPE_CHECKING:
    from explorer.explain.prediction import Consequences


@dataclass(frozen=True, slots=True)
class Flip:
    """A switch about to be flipped: `switch` is "detach" or "requires_grad", `on` what it becomes.

    `name` is the tensor's.
    """

    name: str
    switch: str
    on: bool


def preview_text(flip: Flip, consequences: "Consequences", language: Language) -> str:
    """`Switching detach on for g.z: x and g.z lose their gradient.`"""
    _ = language.text
    text = (
        _("Switching {switch} on for {name}: {effect}.")
        if flip.on
        else _("Switching {switch} off for {name}: {effect}.")
    )
    said = text.format(
        switch=flip.switch, name=flip.name, effect=_effect_to_come(consequences, language)
    )
    if not consequences.stops:
        return said
    raises = _("backward() will raise an error, since nothing requires a gradient.")
    return f"{said} {raises}"


def verdict_text(
    consequences: "Consequences", disagreeing: Sequence[str], language: Language
) -> str:
    """`Since the switch: x and g.z get no gradient any more.`

    `disagreeing` are the names of `explorer.explain.prediction.disagreements`; with any, the
    text is a warning.
    """
    if disagreeing:
        warning = language.text("Prediction and autograd disagree about: {names}.")
        return warning.format(names=names_text(disagreeing, language))
    effect = _effect_seen(consequences, language)
    return language.text("Since the switch: {effect}.").format(effect=effect)


def _effect_to_come(consequences: "Consequences", language: Language) -> str:
    lost, gained = consequences.lost, consequences.gained
    loses = language.plural("{names} loses its gradient", "{names} lose their gradient", len(lost))
    gains = language.plural("{names} gains a gradient", "{names} gain a gradient", len(gained))
    nothing = language.text("nothing changes for any gradient")
    return _clauses(((loses, lost), (gains, gained)), nothing, language)


def _effect_seen(consequences: "Consequences", language: Language) -> str:
    lost, gained = consequences.lost, consequences.gained
    loses = language.plural(
        "{names} gets no gradient any more", "{names} get no gradient any more", len(lost)
    )
    gains = language.plural(
        "{names} gets a gradient in every step", "{names} get a gradient in every step", len(gained)
    )
    nothing = language.text("nothing has changed for any gradient")
    return _clauses(((loses, lost), (gains, gained)), nothing, language)


def _clauses(effects: Sequence[tuple[str, Sequence[str]]], nothing: str, language: Language) -> str:
    said = [text.format(names=names_text(names, language)) for text, names in effects if names]
    return clauses_text(said or [nothing], language)
