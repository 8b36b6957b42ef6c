"""The formula as it is shown becomes the author's text again; brackets find one another."""

import pytest

from explorer.ui.editor import brackets
from explorer.ui.editor.written import Written


@pytest.mark.parametrize(
    ("formula", "shown", "edited", "becomes"),
    [
        ("y = a", "y = a", "y = a + 1", "y = a + 1"),
        ("\n\ny = a\n", "y = a", "y = a\nz = y", "\n\ny = a\nz = y\n"),
        ("y = a  \n", "y = a", "y = a", "y = a  \n"),
        ("y = a\r\nz = y\r\n", "y = a\nz = y", "y = a\nz = 2*y", "y = a\nz = 2*y\n"),
        ("#\u202e\ny = a", "#\\u202e\ny = a", "#\\u202e\ny = b", "#\u202e\ny = b"),
        # A line that is only begun is none yet.
        ("y = a", "y = a", "y = a\n", "y = a"),
    ],
)
def test_what_is_not_touched_stays(formula: str, shown: str, edited: str, becomes: str) -> None:
    written = Written(formula)
    assert written.shown == shown
    assert written.edited(edited) == becomes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("f(a)|", (3, 1)),
        ("f|(a[0])", (1, 6)),
        ("f(a[0]|)", (5, 3)),
        ("f(a|", ()),
        ("f(|a", (1,)),
        ("|", ()),
    ],
)
def test_brackets_beside_the_cursor(text: str, found: tuple[int, ...]) -> None:
    place = text.index("|")
    assert brackets.partners(text.replace("|", ""), place) == found


def test_a_bracket_brings_its_partner_only_where_nothing_follows() -> None:
    assert brackets.closes_itself("f", 1)
    assert brackets.closes_itself("f)", 1)
    assert not brackets.closes_itself("fa", 1)
    assert brackets.steps_over("f(a)", 3, ")")
    assert not brackets.steps_over("f((a)", 4, ")"), "it closes the other one"
    assert not brackets.steps_over("f(a", 3, ")")
