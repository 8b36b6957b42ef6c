"""A tensor's numbers in a cell of the table."""

import pytest

from explorer.explain.figures import Nested
from explorer.i18n import load
from explorer.words import states
from explorer.words.numbers import Form, number_text
from explorer.words.states import LONGEST_VALUE, nested_text, value_text

ENGLISH = load("en")


@pytest.mark.parametrize(
    "value",
    [[], [1.0], [[0.25, -3.0], [1e-9, 4.0]], [[float(each)] for each in range(9)], [0.125] * 64],
)
def test_a_long_value_is_cut_off(value: Nested) -> None:
    whole, text = nested_text(value), value_text(value, ENGLISH)
    assert text == (whole if len(whole) <= LONGEST_VALUE else whole[: LONGEST_VALUE - 1] + "…")


def test_no_more_numbers_are_written_than_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[float] = []

    def noted(value: float, form: Form) -> str:
        written.append(value)
        return number_text(value, form)

    monkeypatch.setattr(states, "number_text", noted)
    many: Nested = [0.125] * 64
    value_text(many, ENGLISH)
    assert len(written) <= LONGEST_VALUE / len("0.125")
