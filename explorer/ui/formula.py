"""The experiment's formula, with the switches of the moment marked in its text.

A frozen leaf is dotted below, what is detached has a line through the gradient's way (a
wavy line below), and a detach() that the formula has but that is switched off is struck out.
Each says in a tooltip what it is. Nothing is written into the text: it stays what it was.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtGui import QColor, QFont, QHelpEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QToolTip

from explorer.experiment.spec import Experiment
from explorer.experiment.tree import Name, Position, walk
from explorer.experiment.visible import visible
from explorer.explain.step_records import TensorState
from explorer.i18n import N_, Language
from explorer.ui.theme import Theme, fixed_font

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


class FormulaPanel(QPlainTextEdit):
    """The formula, to read and to copy."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._language = language
        self._formats = {
            FROZEN: _format(theme.faint_text, QTextCharFormat.UnderlineStyle.DotLine),
            CUT: _format(theme.warning, QTextCharFormat.UnderlineStyle.WaveUnderline),
            OFF: _format(theme.faint_text, QTextCharFormat.UnderlineStyle.NoUnderline, True),
        }
        self._experiment: Experiment | None = None
        # What was taken off the formula's beginning.
        self._lines_off = 0
        self._shown: tuple[Mark, ...] = ()
        self.setReadOnly(True)
        self.setAccessibleName(language.text("Formula"))
        self.setFont(fixed_font())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(8)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Those that are shown."""
        return self._shown

    def set_experiment(self, experiment: Experiment) -> None:
        """Show another formula, without marks."""
        self._experiment = experiment
        # Lines as the formula's positions count them, without those that are empty at its ends.
        lines = re.split(r"\r\n|\r|\n", experiment.formula)
        self._lines_off = next((i for i, line in enumerate(lines) if line.strip()), 0)
        self._shown = ()
        self.setExtraSelections([])
        self.setPlainText(visible("\n".join(lines[self._lines_off :]).rstrip()))

    def show_tensors(self, tensors: Iterable[TensorState]) -> None:
        """The switches as they stand by now."""
        if self._experiment is None:
            return
        found = tuple(dict.fromkeys(marks(self._experiment, tensors)))
        if found != self._shown:
            self._shown = found
            self.setExtraSelections([self._selection(mark) for mark in found])

    def event(self, event: QEvent) -> bool:
        """The tooltip says what the mark under the pointer is."""
        if isinstance(event, QHelpEvent):
            place = self.viewport().mapFrom(self, event.pos())
            QToolTip.showText(event.globalPos(), self._tip_at(place), self)
            return True
        return super().event(event)

    # -- inside --------------------------------------------------------------------

    def _selection(self, mark: Mark) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        selection.cursor = self._cursor(mark)  # type: ignore[attr-defined]
        selection.format = self._formats[mark.kind]  # type: ignore[attr-defined]
        return selection

    def _cursor(self, mark: Mark) -> QTextCursor:
        """The stretch as a selection; of a detach() the dot and the brackets as well."""
        block = self.document().findBlockByNumber(mark.position.line - 1 - self._lines_off)
        line, start = block.text(), mark.position.column - 1
        word = _WORD.match(line, start)
        end = word.end() if word else start
        if mark.kind == OFF:
            start -= int(line[start - 1 : start] == ".")
            brackets = _BRACKETS.match(line, end)
            end = brackets.end() if brackets else end
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + start)
        cursor.setPosition(block.position() + end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def place_of(self, mark: Mark) -> QRect:
        """Where it stands in the viewport."""
        cursor = self._cursor(mark)
        end = self.cursorRect(cursor)
        cursor.setPosition(cursor.selectionStart())
        return self.cursorRect(cursor) | end

    def _tip_at(self, place: QPoint) -> str:
        for mark in self._shown:
            if self.place_of(mark).contains(place):
                return self._language.text(TIPS[mark.kind]).format(name=mark.name)
        return ""


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
