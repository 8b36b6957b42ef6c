"""A change in one or two words, for the marks on the time axes.

Written as the experiment file writes it, so it needs no translation.
"""

from explorer.experiment.spec import Change
from explorer.words.numbers import Form, number_text


def change_text(change: Change) -> str:
    """`b requires_grad=True`, `z detach=True`, `a=2.0`, `lr=0.01`, `slow lr=0.01`."""
    parts = []
    if change.value is not None:
        parts.append(f"{change.tensor}={short_value(change.value)}")
    switches = {"requires_grad": change.requires_grad, "detach": change.detach}
    parts += [f"{change.tensor} {key}={on}" for key, on in switches.items() if on is not None]
    parts += [f"{key}={short_value(value)}" for key, value in change.clipping.items()]
    group = "" if change.group is None else f"{short_value(change.group)} "
    parts += [f"{group}{name}={short_value(value)}" for name, value in change.options.items()]
    return ", ".join(parts)


def short_value(value: object) -> str:
    """A value that was set, short enough for a mark."""
    text = number_text(value, Form.TYPED) if isinstance(value, float) else str(value)
    return text if len(text) <= 16 else text[:15] + "…"
