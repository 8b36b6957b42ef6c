"""The words in the picture of a graph: its legend, its summary, what a node says of itself.

Called by `explorer.picture.svg`, the command `graph` and the window's graph view.
"""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.i18n import N_, Language

STATES: Mapping[str, str] = MappingProxyType(
    {
        "training": N_("in training"),
        "frozen": N_("frozen"),
        "detached": N_("detached"),
        "input": N_("input"),
        "target": N_("target"),
        "buffer": N_("buffer"),
        "constant": N_("constant"),
        "intermediate": N_("intermediate"),
    }
)

# The legend, by what it explains; `explorer.picture.legend` draws the samples.
LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "forward": N_("forward: values, from top to bottom"),
        "backward": N_("backward: the gradient, from bottom to top; wider where it is larger"),
        "number": N_("a number at a line: what it adds to the gradient above it"),
        "norm": N_("‖…‖: the norm of a tensor too large to write out"),
        "zero": N_("a gradient of exactly 0"),
        "broken": N_("a gradient that is NaN or infinite"),
        "cut": N_("cut: no gradient passes here"),
        "training": N_("a parameter that is trained, in its own colour"),
        "frozen": N_("frozen: requires_grad is off, so its gradient is None"),
        "detached": N_("detached: what is before it gets no gradient through it"),
        "objective": N_("the objective: the gradient starts here"),
        "group": N_("several operations in one box"),
        "echo": N_("a tensor drawn elsewhere, its line left out"),
    }
)


def operations_text(count: int, language: Language) -> str:
    """How many operations a group holds."""
    return language.plural("{n} operation", "{n} operations", count).format(n=count)


def parameters_text(training: int, frozen: int, language: Language) -> str:
    """How many parameters a group holds in which state; empty without any."""
    _ = language.text
    parts = [_("{n} in training").format(n=training)] if training else []
    parts += [_("{n} frozen").format(n=frozen)] if frozen else []
    return ", ".join(parts)


def summary(received: int, parameters: int, failed: bool, language: Language) -> str:
    """The picture in one line."""
    if failed:
        return language.text("There was no backward pass: nothing has a gradient.")
    told = language.text("Parameters with a gradient: {received} of {n}.")
    return told.format(received=received, n=parameters)


def tensor_text(name: str, state: str, value: str, gradient: str, language: Language) -> str:
    """A tensor's box read aloud."""
    _ = language.text
    text = _("{name} ({state}): value {value}").format(
        name=name, state=_(STATES[state]), value=value
    )
    return f"{text}, {_('gradient {gradient}').format(gradient=gradient)}" if gradient else text
