"""Mistakes that an optimizer on flat tensors could make, to be planted where tests see them."""

from typing import Any

import pytest

from explorer.engine import updates

# What is wrong -> the optimizer, which part of its rule, and what the part is instead.
DEFECTS = {
    "a step count shared after a freeze": ("adam", "together", lambda _count, _options: 1),
    "a shared count with a decaying rate": ("adagrad", "together", lambda _count, _options: 0),
    "a velocity for one that never had a gradient": ("sgd", "together", lambda _c, _o: 1),
    "a state kept for one that never had a gradient": ("rmsprop", "from_start", True),
    "a count that stands still": ("adamw", "counts", lambda _options: False),
    "a state that is not there from the start": ("adagrad", "from_start", False),
}


def plant(defect: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the mistake for the rest of the test; returns the name of the optimizer."""
    name, field, wrong = DEFECTS[defect]
    rule = updates.RULES[name]
    parts: dict[str, Any] = {each: getattr(rule, each) for each in updates.Rule.__slots__}
    monkeypatch.setitem(updates.RULES, name, updates.Rule(**{**parts, field: wrong}))
    return name
