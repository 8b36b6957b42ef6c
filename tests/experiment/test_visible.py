"""What a file's text hides is shown, and what people write is left as it is."""

import unicodedata

import pytest

from explorer.experiment.names import shortened, shortened_path
from explorer.experiment.visible import visible, visible_line

SEEN = [
    "Line fit, two parameters frozen",
    "线性拟合：冻结两个参数，“引号”……",
    "y = a·x² − b÷c ≥ 0 ∂L/∂w ‖g‖ 1e-45",
    "café, cafe\u0301, naïve, Ελλάδα, Ёлка, 한국어, かな",
    "family 👩\u200d👩\u200d👧\u200d👦, heart ❤\ufe0f\u200d🔥, flag 🏴\u200d☠\ufe0f, skin 👍🏽",
    "می\u200cخواهم עברית العربية क्\u200dष",
    "indented\n\tby a tab",
]
HIDDEN = {
    "\x1b[31m": r"\x1b[31m",
    "a\x00b\x07c\x7fd\x85e\x9bf": r"a\x00b\x07c\x7fd\x85e\x9bf",
    "a\rb": r"a\rb",
    "\u202eevil\u202c \u2066x\u2069": r"\u202eevil\u202c \u2066x\u2069",
    "\u200e\u200f\u061c\u200b\u2060\ufeff": r"\u200e\u200f\u061c\u200b\u2060\ufeff",
    "a\u2028b\u2029c": r"a\u2028b\u2029c",
    "a\u200db\u200c": r"a\u200db\u200c",
    "字\u200d\u200d\u200d": r"字\u200d\u200d\u200d",
    "\udcff": r"\udcff",
    "\U000e0041": r"\U000e0041",
}


@pytest.mark.parametrize("text", SEEN)
def test_what_people_write_is_left_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert visible_line(text.splitlines()[0]) == text.splitlines()[0]


@pytest.mark.parametrize("text", HIDDEN)
def test_what_is_hidden_is_shown(text: str) -> None:
    assert visible(text) == visible_line(text) == HIDDEN[text]


def test_one_line_stays_one() -> None:
    assert visible("a\r\nb\tc") == "a\nb\tc"
    assert visible_line("a\r\nb\tc") == r"a\r\nb\tc"


def test_no_control_and_no_half_of_a_character_is_left() -> None:
    left = {chr(code) for code in range(0x110000)} - {"\n", "\t"}
    left = {each for each in left if each in visible(each)}
    categories = {unicodedata.category(each) for each in left}
    assert not categories & {"Cc", "Cs", "Zl", "Zp"}
    bidi = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    assert not {unicodedata.bidirectional(each) for each in left} & bidi


def test_shortened_texts_show_it_too() -> None:
    assert shortened("a\x1b[2J\u202eb") == r"a\x1b[2J\u202eb"
    assert len(shortened("\x1b" * 1000)) == 60


def test_a_path_keeps_both_its_ends() -> None:
    assert shortened_path("/home/somebody/fit.toml") == "/home/somebody/fit.toml"
    long = "/home/somebody/" + "folder/" * 100 + "fit\x1b.toml"
    shown = shortened_path(long)
    assert len(shown) == 200
    assert shown.startswith("/home/somebody/")
    assert shown.endswith(r"/fit\x1b.toml")
