"""The glossary: complete in every language, and its words are found where they stand alone."""

import pytest

from explorer.i18n import AVAILABLE, Language, load
from explorer.words.glossary import GLOSSARY, occurrences
from explorer.words.reasons import WORDS

LANGUAGES = [load(code) for code, _name in AVAILABLE]


def found(text: str, language: Language) -> dict[str, str]:
    return {each.key: text[each.start : each.end] for each in occurrences(text, language)}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.code)
def test_every_spelling_leads_to_its_term_alone(language: Language) -> None:
    seen: set[str] = set()
    for key, term in GLOSSARY.items():
        for spelling in language.text(term.spellings).split("; "):
            assert found(spelling, language) == {key: spelling}
            assert spelling not in seen
            seen.add(spelling)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.code)
def test_every_term_has_two_to_four_lines(language: Language) -> None:
    # On lines of 85 letters; one of Chinese is as wide as two, and says more.
    width = 3 if language.code == "zh_CN" else 1
    for term in GLOSSARY.values():
        assert language.text(term.name)
        assert 85 < width * len(language.text(term.text)) <= 4.5 * 85, term.name


def test_no_term_is_left_in_english() -> None:
    chinese = load("zh_CN")
    for term in GLOSSARY.values():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese.text(term.text))


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.code)
def test_every_reason_has_a_word_that_is_explained(language: Language) -> None:
    for words in WORDS.values():
        assert occurrences(language.text(words.sentence), language), words.sentence


def test_a_word_is_found_once_and_at_the_beginning_of_a_sentence_too() -> None:
    text = "Gradients of the gradient: the loss, and Leaves."
    assert found(text, load("en")) == {"gradient": "Gradients", "loss": "loss", "leaf": "Leaves"}


def test_parts_of_names_are_no_words() -> None:
    assert found("my_loss, x.loss, loss_2, lossless, normal, nonetheless None2", load("en")) == {}


def test_a_longer_word_goes_before_a_shorter_in_it() -> None:
    assert found("the local derivative of backward()", load("en")) == {
        "local-derivative": "local derivative",
        "backward": "backward()",
    }


def test_a_term_does_not_lead_to_itself() -> None:
    assert occurrences("norm", load("en"), leave_out="norm") == ()
