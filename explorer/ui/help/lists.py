"""The lists within the pages of the help, in Markdown, each made from the program's own table."""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from explorer.experiment.losses import LOSSES
from explorer.experiment.operations import IN_PLACE, NAMES
from explorer.experiment.optimizers import OPTIMIZERS
from explorer.explain.audit.rules import RULES
from explorer.i18n import Language
from explorer.words.audit import LEVEL_NAMES

_FACT = re.compile(r"\{\w+\}")


def _operations(language: Language) -> str:
    return _names(NAMES, language)


def _in_place(language: Language) -> str:
    return _names((f"{name}_" for name in sorted(IN_PLACE)), language)


def _losses(language: Language) -> str:
    return _names(LOSSES, language)


def _optimizers(language: Language) -> str:
    """Each with its options."""
    options = {name: _names(entry.options, language) for name, entry in OPTIMIZERS.items()}
    return "\n".join(f"- `{name}`: {each}" for name, each in options.items())


def _rules(language: Language) -> str:
    """Each rule of the audit, with its message and what helps."""
    _ = language.text
    items = []
    for name, rule in RULES.items():
        message = _FACT.sub("…", _(rule.paragraphs()[0]))
        items.append(f"- **{name}** ({_(LEVEL_NAMES[rule.level])}). {message} {_(rule.remedy)}")
    return "\n".join(items)


def _names(names: Iterable[str], language: Language) -> str:
    return language.text(", ").join(f"`{name}`" for name in names)


LISTS: Mapping[str, Callable[[Language], str]] = MappingProxyType(
    {
        "operations": _operations,
        "in_place": _in_place,
        "losses": _losses,
        "optimizers": _optimizers,
        "rules": _rules,
    }
)
