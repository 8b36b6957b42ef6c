"""Texts in the reader's language: gettext without a global current language.

Everything that shows text gets a `Language` through its constructor or its
arguments and calls `_ = language.text`. Message ids are English; translations
live in `resources/locale/<code>/LC_MESSAGES/explorer.po`, and
`packaging/translations.py` extracts, compiles and checks them. Placeholders are
`{name}`, filled in with `str.format` after the translation.
"""

import gettext
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

DOMAIN = "explorer"
AVAILABLE: tuple[tuple[str, str], ...] = (("en", "English"), ("zh_CN", "简体中文"))
ENVIRONMENT = "GRADIENT_EXPLORER_LANGUAGE"
# Locales of no language, and the scripts of those that are written in several: the usual one
# first, then where it is another.
_NEUTRAL: Mapping[str, str] = MappingProxyType({"c": "en", "posix": "en"})
_SCRIPTS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("zh", ""): "Hans",
        ("zh", "TW"): "Hant",
        ("zh", "HK"): "Hant",
        ("zh", "MO"): "Hant",
    }
)
_VARIABLES = (ENVIRONMENT, "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Mark `message` for extraction where it is written, and give it back as it is."""
    return message


def plural(one: str, many: str) -> tuple[str, str]:
    """The same of a message that depends on a number, for `Language.plural`."""
    return one, many


@dataclass(frozen=True)
class Language:
    """One language a person reads, with its catalogue.

    `code` is one of `AVAILABLE`. A message without a translation comes back in
    English. `asked`: it was asked for by name, and is not only the system's.
    """

    code: str
    _catalogue: gettext.NullTranslations = field(
        default_factory=gettext.NullTranslations, repr=False, compare=False
    )
    asked: bool = field(default=False, compare=False)

    def text(self, message: str) -> str:
        """The translation of `message`."""
        # gettext answers the empty message with the catalogue's header.
        return self._catalogue.gettext(message) if message else ""

    def plural(self, one: str, many: str, n: int) -> str:
        """The translation fit for the number `n`; `{n}` is left for the caller to fill in."""
        return self._catalogue.ngettext(one, many, n)


def load(code: str | None = None) -> Language:
    """The language with this code, or the reader's own if `code` is None.

    The reader's own: the first of GRADIENT_EXPLORER_LANGUAGE, LANGUAGE, LC_ALL,
    LC_MESSAGES and LANG that is set, then the operating system. `code` may be
    any spelling of a locale (`zh-CN`, `zh_CN.UTF-8`); an unknown one is English.
    """
    known = match(code if code is not None else _wanted(os.environ)) or "en"
    catalogue = gettext.NullTranslations() if known == "en" else _catalogue(known)
    asked = code is not None or bool(os.environ.get(ENVIRONMENT))
    return Language(known, catalogue, asked)


def _catalogue(code: str) -> gettext.NullTranslations:
    from explorer.paths import MissingResourcesError, locale_folder

    try:
        return gettext.translation(DOMAIN, locale_folder(), [code], fallback=True)
    except MissingResourcesError:
        # English is better than no program; what is missing is said where it is needed.
        return gettext.NullTranslations()


def match(wanted: str) -> str | None:
    """The code in `AVAILABLE` for a locale or a colon-separated list of them, else None."""
    return next((known for name in wanted.split(":") if (known := _match_one(name))), None)


def _match_one(name: str) -> str | None:
    """The nearest of the same language: in its script if there is one, in its region if possible.

    Else in another: `zh_TW.UTF-8` gets the Chinese there is. `C` is English.
    """
    wanted = _Locale.of(name)
    same = [each for each, _name in AVAILABLE if _Locale.of(each).language == wanted.language]
    return max(same, key=lambda each: _Locale.of(each).likeness(wanted), default=None)


@dataclass(frozen=True)
class _Locale:
    """The subtags of a locale that tell what somebody can read; empty where not given."""

    language: str
    script: str
    region: str

    @classmethod
    def of(cls, name: str) -> "_Locale":
        """From any spelling: `zh-Hans-CN`, `zh_CN.UTF-8`, `pt_BR@euro`, `POSIX`."""
        first, *more = re.split(r"[-_]", re.split(r"[.@]", name, maxsplit=1)[0])
        language = _NEUTRAL.get(first.lower(), first.lower())
        script = next((each.title() for each in more if len(each) == 4), "")
        region = next((each.upper() for each in more if len(each) in {2, 3}), "")
        usual = _SCRIPTS.get((language, region)) or _SCRIPTS.get((language, ""), "")
        return cls(language, script or usual, region)

    def likeness(self, other: "_Locale") -> tuple[bool, bool]:
        """Greater the likelier somebody who reads the one reads the other."""
        return self.script == other.script, self.region == other.region


def _wanted(environment: Mapping[str, str]) -> str:
    settings = (environment.get(name, "") for name in _VARIABLES)
    return next((value for value in settings if value), "") or ":".join(_system_languages())


def _system_languages() -> list[str]:
    """The languages set in the operating system, where no variable says it."""
    by_platform: dict[str, Callable[[], list[str]]] = {
        "win32": _windows_languages,
        "darwin": _mac_languages,
    }
    return by_platform.get(sys.platform, list)()


def _windows_languages() -> list[str]:
    import ctypes
    import locale

    windll = getattr(ctypes, "windll")  # noqa: B009 (absent from the stubs of other systems)
    number = windll.kernel32.GetUserDefaultUILanguage()
    return [locale.windows_locale.get(number, "")]


def _mac_languages() -> list[str]:
    import plistlib

    settings = Path.home() / "Library" / "Preferences" / ".GlobalPreferences.plist"
    try:
        languages = plistlib.loads(settings.read_bytes()).get("AppleLanguages", [])
    except (OSError, ValueError, plistlib.InvalidFileException):
        return []
    return [str(language) for language in languages]
