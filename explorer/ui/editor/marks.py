"""What the switches of the moment are to the formula's text.

A frozen leaf is dotted below, what is detached has a line through the gradient's way (a
wavy line below), and a detach() that the formula has but that is switched off is struck out.
Each says in a tooltip what it is. Nothing is written into the text: it stays what it was.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QTextCharFormat

from explorer.experiment.spec import Experiment
from explorer.experiment.tree import Name, Position, walk
from explorer.explain.step_records import TensorState
from explorer.i18n import N_
from explorer.ui.theme import Theme

FROZEN, CUT, OFF = "frozen", "cut", "off"
TIPS = {
    FROZEN: N_("{name}: requires_grad is off, no gradient is computed for it."),
    CUT: N_("{name}: detach is on, no gradient goes back through it."),
    OFF: N_("{name}: this detach() is switched off, the gradient goes on through it."),
}
_WORD, _BRACKETS = re.compile(r"\w+"), re.compile(r"\s*\(\s*\)")


@dataclass(frozen=True)
class Mark:
    """A word of the text by where it begins, and what it says of which tensor.

    In the body of a function the tensor may be written by another name: its parameter's.
    """

    position: Position
    kind: str
    name: str


def marks(experiment: Experiment, tensors: Iterable[TensorState]) -> Iterator[Mark]:
    """What the switches of these tensors are to the formula's text."""
    states = {tensor.name: tensor for tensor in tensors}
    frozen = {
        name for name in experiment.parameters if name in states and not states[name].requires_grad
    }
    cut = {name for name, tensor in states.items() if tensor.detached}
    for assignment in experiment.program.assignments:
        name = assignment.name
        off = assignment.detached is not None and name in states and name not in cut
        if off:
            yield Mark(assignment.expression.position, OFF, name)
        if name in cut:
            yield Mark(assignment.position, CUT, name)
        for node in walk(assignment.expression):
            if isinstance(node, Name) and node.name in cut:
                yield Mark(node.position, CUT, node.name)
            elif isinstance(node, Name) and node.name in frozen:
                yield Mark(node.position, FROZEN, node.name)


def stretch(mark: Mark, line: str) -> tuple[int, int]:
    """Where it is in its line; of a detach() the dot and the brackets belong to it."""
    start = mark.position.column - 1
    word = _WORD.match(line, start)
    end = word.end() if word else start
    if mark.kind == OFF:
        start -= int(line[start - 1 : start] == ".")
        brackets = _BRACKETS.match(line, end)
        end = brackets.end() if brackets else end
    return start, end


def formats(theme: Theme) -> Mapping[str, QTextCharFormat]:
    """How each kind is drawn."""
    return {
        FROZEN: _format(theme.faint_text, QTextCharFormat.UnderlineStyle.DotLine),
        CUT: _format(theme.warning, QTextCharFormat.UnderlineStyle.WaveUnderline),
        OFF: _format(theme.faint_text, QTextCharFormat.UnderlineStyle.NoUnderline, True),
    }


def _format(
    color: str, underline: QTextCharFormat.UnderlineStyle, struck: bool = False
) -> QTextCharFormat:
    found = QTextCharFormat()
    found.setForeground(QColor(color))
    found.setUnderlineStyle(underline)
    found.setUnderlineColor(QColor(color))
    found.setFontStrikeOut(struck)
    if not struck:
        found.setFontWeight(QFont.Weight.DemiBold)
    return found
