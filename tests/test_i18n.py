"""Which language a reader gets, and that its texts arrive."""

import pytest

from explorer import i18n
from explorer.cli.app import command

VARIABLES = ("GRADIENT_EXPLORER_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        ("zh_CN", "zh_CN"),
        ("zh-Hans-CN", "zh_CN"),
        ("zh_CN.UTF-8", "zh_CN"),
        ("zh", "zh_CN"),
        ("zh_TW@radical", "zh_CN"),
        ("en_GB.UTF-8", "en"),
        ("C.UTF-8", "en"),
        ("POSIX", "en"),
        ("de_DE:zh_CN:en", "zh_CN"),
        ("de_DE", None),
        ("", None),
    ],
)
def test_a_locale_is_matched_with_what_there_is(locale: str, code: str | None) -> None:
    assert i18n.match(locale) == code


# What a locale gets with a language more, which is one line.
WITH_ONE_MORE = [
    ("de", "de", "de"),
    ("de", "de_AT.UTF-8", "de"),
    ("de", "de-CH-1996", "de"),
    ("de", "DE_de@euro", "de"),
    ("de", "nds", None),
    ("de", "gsw_CH:de_CH:en", "de"),
    ("de", "zh_SG", "zh_CN"),
    ("pt_BR", "pt", "pt_BR"),
    ("pt_BR", "pt_PT", "pt_BR"),
    ("en_GB", "en_GB.UTF-8", "en_GB"),
    ("en_GB", "en_US", "en"),
    ("zh_TW", "zh_TW.UTF-8", "zh_TW"),
    ("zh_TW", "zh-Hant", "zh_TW"),
    ("zh_TW", "zh-Hant-HK", "zh_TW"),
    ("zh_TW", "zh_MO", "zh_TW"),
    ("zh_TW", "zh", "zh_CN"),
    ("zh_TW", "zh-SG", "zh_CN"),
    ("zh_TW", "zh-Hans-TW", "zh_CN"),
]


@pytest.mark.parametrize(("added", "locale", "code"), WITH_ONE_MORE)
def test_a_language_more_is_one_line(
    monkeypatch: pytest.MonkeyPatch, added: str, locale: str, code: str | None
) -> None:
    monkeypatch.setattr(i18n, "AVAILABLE", (*i18n.AVAILABLE, (added, "its own name")))
    assert i18n.match(locale) == code
    assert i18n.load(locale).code == (code or "en")


def test_the_help_names_every_language() -> None:
    help_text = next(
        option.help for option in command().params if "--language" in getattr(option, "opts", ())
    )
    assert all(code in help_text for code, _name in i18n.AVAILABLE)


@pytest.mark.parametrize("first", range(len(VARIABLES)))
def test_the_first_variable_that_is_set_decides(
    monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    for position, name in enumerate(VARIABLES):
        if position < first:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, "zh_CN.UTF-8" if position == first else "en_US.UTF-8")
    assert i18n.load().code == "zh_CN"


def test_an_unknown_language_is_english() -> None:
    assert i18n.load("tlh").code == "en"


def test_a_message_without_translation_comes_back_as_it_is() -> None:
    for code, _name in i18n.AVAILABLE:
        language = i18n.load(code)
        assert language.text("No such message") == "No such message"
        assert language.text("") == ""


def test_english_plurals() -> None:
    language = i18n.load("en")
    assert language.plural("{n} step", "{n} steps", 1) == "{n} step"
    assert language.plural("{n} step", "{n} steps", 2) == "{n} steps"
