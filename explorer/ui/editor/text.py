"""The formula's text: typed here, with its switches marked and what is wrong underlined.

Knows nothing of runs: `explorer.ui.editor.typing` says what becomes of what is typed. Its undo
is the window's (`explorer.ui.workbench`), which has everything else that was done in it.
"""

import re
from collections.abc import Iterable, Iterator

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit, QToolTip

from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Experiment
from explorer.explain.step_records import TensorState
from explorer.i18n import Language
from explorer.ui.code.numbered import PLAIN, NumberedText
from explorer.ui.editor import brackets
from explorer.ui.editor.completion import Completions
from explorer.ui.editor.marks import TIPS, Mark, formats, marks, stretch
from explorer.ui.editor.written import Written
from explorer.ui.theme import Theme

INDENT = "    "
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_UNDO = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
# What a problem is at: a word, a number, or a sign.
_AT = re.compile(r"\w+|\S|$")
# What takes two places in UTF-16.
_LARGE = re.compile("[\U00010000-\U0010ffff]")


class FormulaText(NumberedText):
    """See the module's docstring."""

    least_digits = 2

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__(theme)
        self._language = language
        self._mark_formats = formats(theme)
        self._problem_format = QTextCharFormat()
        self._problem_format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        self._problem_format.setUnderlineColor(QColor(theme.warning))
        self._problem_format.setBackground(QColor(theme.warning_base))
        self._bracket_format = QTextCharFormat()
        self._bracket_format.setBackground(QColor(theme.selection))
        self._experiment: Experiment | None = None
        self._written = Written()
        self._shown: tuple[Mark, ...] = ()
        self._marked: list[QTextEdit.ExtraSelection] = []
        self._problem: list[QTextEdit.ExtraSelection] = []
        self.problem_text = ""
        self._problem_row: int | None = None
        self.setAccessibleName(language.text("Formula"))
        self.document().setDocumentMargin(8)
        self.setUndoRedoEnabled(False)
        self.completions = Completions(self, theme, language)
        self.document().contentsChange.connect(self._color_again)
        self.blockCountChanged.connect(lambda _count: self.fit_numbers())
        self.cursorPositionChanged.connect(self._show_selections)
        self.fit_numbers()

    # -- what is shown -------------------------------------------------------------------

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Those that are shown."""
        return self._shown

    @property
    def formula(self) -> str:
        """What is written, as the author means it."""
        return self._written.edited(self._plain())

    def set_experiment(self, experiment: Experiment, formula: str) -> None:
        """Show another formula, without marks; `formula` is its text, or what is typed of it."""
        self._experiment = experiment
        self.completions.offer(experiment)
        self._shown, self._marked = (), []
        self.set_formula(formula)

    def set_formula(self, formula: str) -> None:
        """Show this text. The cursor goes to where it differs from what was there.

        What says the same already stays as it is, such as an empty line at its end.
        """
        if self.formula == formula:
            return
        self._written = Written(formula)
        self.completions.close()
        self._replace(self._plain(), self._written.shown)

    def show_tensors(self, tensors: Iterable[TensorState]) -> None:
        """The switches as they stand by now; of a text that is being typed they stay."""
        experiment = self._experiment
        if experiment is None or self.formula != experiment.formula:
            return
        found = tuple(dict.fromkeys(marks(experiment, tensors)))
        if found != self._shown:
            self._shown = found
            self._marked = [
                _selection(self._cursor(mark), self._mark_formats[mark.kind]) for mark in found
            ]
            self._show_selections()

    def show_problem(self, problem: BadInput | None, said: str = "") -> None:
        """Underline where it is; `said` is its sentence. None: there is none."""
        self._problem, self.problem_text, self._problem_row = [], said, None
        place = None if problem is None else problem.place
        if place is not None and place.key == "formula" and place.line is not None:
            cursor = self._cursor_at(place.line, place.column or 1)
            self._problem_row = cursor.blockNumber()
            self._problem = [_selection(cursor, self._problem_format)]
        self._show_selections()
        self.numbers.update()

    def reveal_problem(self) -> None:
        """Put the cursor where the problem is."""
        for selection in self._problem:
            cursor = QTextCursor(selection.cursor)  # type: ignore[attr-defined]
            cursor.setPosition(cursor.selectionStart())
            self.setTextCursor(cursor)

    def number_color(self, row: int) -> str | None:
        """That of the line with the problem stands out."""
        return self._theme.warning if row == self._problem_row else None

    def place_of(self, mark: Mark) -> QRect:
        """Where it stands in the viewport."""
        return self._rect(self._cursor(mark))

    @property
    def problem_place(self) -> QRect:
        """Where the underline is in the viewport; nowhere if there is none."""
        found = (each.cursor for each in self._problem)  # type: ignore[attr-defined]
        return next((self._rect(QTextCursor(each)) for each in found), QRect())

    # -- Qt's events -----------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Tooltips say what a mark is; undoing is left to the window."""
        if isinstance(event, QHelpEvent):
            place = self.viewport().mapFrom(self, event.pos())
            QToolTip.showText(event.globalPos(), self._tip_at(place), self)
            return True
        override = event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and any(event.matches(key) for key in _UNDO):  # type: ignore[attr-defined]
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Completion, indentation and brackets; everything else is Qt's."""
        if self.completions.is_open and self._key_in_list(event):
            return
        controlled = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if controlled and event.key() == Qt.Key.Key_Space:
            self.completions.look(asked=True)
        elif event.key() in RETURNS and not controlled:
            self._break_line()
        elif event.key() == Qt.Key.Key_Backspace and self._erase_pair():
            pass
        elif not self._type_bracket(event.text()):
            super().keyPressEvent(event)
            if event.text() or self.completions.is_open:
                self._follow_typing(event.text())

    def focusNextPrevChild(self, onward: bool) -> bool:  # noqa: N802 (Qt's name)
        """Tab goes to the next control, unless it takes a name from the list."""
        return not self.completions.is_open and super().focusNextPrevChild(onward)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt's name)
        """The list belongs to who types."""
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.completions.close()
        super().focusOutEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 (Qt's name)
        """Qt's own, without the undo that is not this text's."""
        menu = self.createStandardContextMenu()
        for action in menu.actions():
            if action.objectName() in ("edit-undo", "edit-redo"):
                menu.removeAction(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 (Qt's name)
        """Text; a file that is dropped here is opened by the window."""
        return not source.hasUrls() and super().canInsertFromMimeData(source)

    # -- typing ----------------------------------------------------------------------------

    def _key_in_list(self, event: QKeyEvent) -> bool:
        """Whether the key was for the list."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.completions.close()
            return True
        if key == Qt.Key.Key_Tab or key in RETURNS:
            if self.completions.take(first=key == Qt.Key.Key_Tab):
                return True
            self.completions.close()
        return False

    def _follow_typing(self, text: str) -> None:
        """Letters open the list, and it goes where the word ends."""
        if text.isidentifier() or (self.completions.is_open and text in "\b\x7f"):
            self.completions.look()
        else:
            self.completions.close()

    def _break_line(self) -> None:
        """The next line begins where this one did, and farther in the body of a `def`."""
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        indent = before[: len(before) - len(before.lstrip())]
        if before.rstrip().endswith(":"):
            indent += INDENT
        cursor.insertText(f"\n{indent}")
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def _type_bracket(self, text: str) -> bool:
        """Whether it was a bracket that is typed with its partner, or stepped over."""
        if not text or text not in brackets.SIGNS:
            return False
        cursor = self.textCursor()
        place, whole = cursor.position(), self._in_units()
        if text in brackets.PAIRS:
            inside = cursor.selectedText()
            if not inside and not brackets.closes_itself(whole, place):
                return False
            cursor.insertText(f"{text}{inside}{brackets.PAIRS[text]}")
            cursor.movePosition(QTextCursor.MoveOperation.Left)
        elif not cursor.hasSelection() and brackets.steps_over(whole, place, text):
            cursor.movePosition(QTextCursor.MoveOperation.Right)
        else:
            return False
        self.setTextCursor(cursor)
        self.completions.close()
        return True

    def _erase_pair(self) -> bool:
        """An empty pair goes as it came."""
        cursor = self.textCursor()
        place, text = cursor.position(), self._in_units()
        opening = text[place - 1 : place]
        if (
            cursor.hasSelection()
            or not opening
            or text[place : place + 1] != brackets.PAIRS.get(opening)
        ):
            return False
        cursor.deleteChar()
        cursor.deletePreviousChar()
        return True

    # -- inside ----------------------------------------------------------------------------

    def _plain(self) -> str:
        """What is shown. toPlainText() would make spaces of a comment's unbroken ones."""
        return self.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")

    def _in_units(self) -> str:
        """The text with a place for each of those that Qt counts."""
        return _LARGE.sub("  ", self._plain())

    def _replace(self, before: str, after: str) -> None:
        """Change what differs, and nothing around it."""
        start = next(
            (i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
            min(len(before), len(after)),
        )
        most = min(len(before), len(after)) - start
        same = next((i for i in range(most) if before[-1 - i] != after[-1 - i]), most)
        cursor = QTextCursor(self.document())
        cursor.setPosition(_units(before[:start]))
        cursor.setPosition(_units(before[: len(before) - same]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(after[start : len(after) - same])
        self.setTextCursor(cursor)

    def _color_again(self, place: int, _removed: int, added: int) -> None:
        """Lines that are different are coloured anew, as far as they are in sight."""
        document = self.document()
        block, last = document.findBlock(place), document.findBlock(place + added)
        while block.isValid():
            block.setUserState(PLAIN)
            if block == last:
                break
            block = block.next()
        self._color_visible()

    def _show_selections(self) -> None:
        """Marks, brackets that belong together, and what is wrong."""
        self.setExtraSelections([*self._marked, *self._paired(), *self._problem])

    def _paired(self) -> Iterator[QTextEdit.ExtraSelection]:
        if self.hasFocus():
            place = self.textCursor().position()
            for at in brackets.partners(self._in_units(), place):
                cursor = QTextCursor(self.document())
                cursor.setPosition(at)
                cursor.setPosition(at + 1, QTextCursor.MoveMode.KeepAnchor)
                yield _selection(cursor, self._bracket_format)

    def _cursor(self, mark: Mark) -> QTextCursor:
        """The mark's stretch as a selection."""
        row = mark.position.line - 1 - self._written.lines_off
        block = self.document().findBlockByNumber(row)
        start, end = stretch(mark, block.text())
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + start)
        cursor.setPosition(block.position() + end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _cursor_at(self, line: int, column: int) -> QTextCursor:
        """The word or sign at this place; the one before it, where the line has ended."""
        row = min(max(0, line - 1 - self._written.lines_off), self.blockCount() - 1)
        block = self.document().findBlockByNumber(row)
        text = block.text()
        start = min(column - 1, max(0, len(text.rstrip()) - 1))
        found = _AT.match(text, start)
        end = found.end() if found else start
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + start)
        cursor.setPosition(block.position() + max(end, start), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _rect(self, cursor: QTextCursor) -> QRect:
        end = self.cursorRect(cursor)
        cursor.setPosition(cursor.selectionStart())
        return self.cursorRect(cursor) | end

    def _tip_at(self, place: QPoint) -> str:
        if self.problem_place.contains(place):
            return self.problem_text
        for mark in self._shown:
            if self.place_of(mark).contains(place):
                return self._language.text(TIPS[mark.kind]).format(name=mark.name)
        return ""


def _selection(cursor: QTextCursor, form: QTextCharFormat) -> QTextEdit.ExtraSelection:
    # What is typed right behind it is not part of it.
    cursor.setKeepPositionOnInsert(True)
    selection = QTextEdit.ExtraSelection()
    selection.cursor = cursor  # type: ignore[attr-defined]
    selection.format = form  # type: ignore[attr-defined]
    return selection


def _units(text: str) -> int:
    """Places as Qt counts them: in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
