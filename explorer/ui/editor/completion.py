"""The list of names that can be written next, each with its line of help.

It opens by itself once two letters of a name are there, with nothing chosen in it, so that
Return stays a new line; Ctrl+Space opens it with the first one chosen.
"""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QCompleter,
    QListView,
    QPlainTextEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from explorer.experiment.spec import Experiment
from explorer.i18n import Language
from explorer.ui.theme import Theme, fixed_font
from explorer.words.completions import Completion, context, functions, methods, names

Index = QModelIndex | QPersistentModelIndex
LEAST_LETTERS = 2
GAP_PX, MARGIN_PX = 16, 6
WIDEST_PX, MOST_ROWS = 560, 9
COMPLETION = Qt.ItemDataRole.UserRole


class CompletionModel(QAbstractListModel):
    """The names; a reader hears the help with each."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: tuple[Completion, ...] = ()

    def show(self, entries: tuple[Completion, ...]) -> None:
        """Offer these."""
        if entries is not self.entries:
            self.beginResetModel()
            self.entries = entries
            self.endResetModel()

    def rowCount(self, _parent: Index | None = None) -> int:  # noqa: N802 (Qt's name)
        """One for each name."""
        return len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The name; for a reader, and for the delegate, with its help."""
        entry = self.entries[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return entry.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.name}: {entry.help}"
        return entry if role == COMPLETION else None


class CompletionDelegate(QStyledItemDelegate):
    """Writes the name, and its help beside it in faint letters."""

    def __init__(self, theme: Theme, font: QFont, parent: QListView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names, self._helps = QFontMetrics(font), QFontMetrics(QApplication.font())
        self.column_px = 0

    def fit(self, entries: Sequence[Completion]) -> int:
        """Set where the help begins; how wide the widest of these is in all."""
        name, text = self._names.horizontalAdvance, self._helps.horizontalAdvance
        self.column_px = max((name(each.name) for each in entries), default=0) + GAP_PX
        return self.column_px + max((text(each.help) for each in entries), default=0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Both in one line; what is chosen stands on the accent."""
        # The stubs know none of a style option's attributes.
        plain: object = option
        rect, state = plain.rect, plain.state  # type: ignore[attr-defined]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        entry = index.data(COMPLETION)
        painter.save()
        painter.fillRect(rect, QColor(self._theme.accent if chosen else self._theme.base))
        inner = rect.adjusted(MARGIN_PX, 0, -MARGIN_PX, 0)
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(QColor(self._theme.base if chosen else self._theme.text))
        painter.drawText(inner, left, entry.name)
        painter.setPen(QColor(self._theme.base if chosen else self._theme.faint_text))
        beside = inner.adjusted(self.column_px, 0, 0, 0)
        end = Qt.TextElideMode.ElideRight
        painter.setFont(QApplication.font())
        painter.drawText(beside, left, self._helps.elidedText(entry.help, end, beside.width()))
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802
        """One line."""
        return QSize(0, max(self._names.lineSpacing(), self._helps.lineSpacing()) + 4)


class Completions(QCompleter):
    """Of one text. `experiment` is what it can name."""

    def __init__(self, view: QPlainTextEdit, theme: Theme, language: Language) -> None:
        super().__init__(view)
        self._view = view
        self._language = language
        self._offered = CompletionModel()
        self._functions, self._methods = functions(language), methods(language)
        self._values: tuple[Completion, ...] = self._functions
        self.setModel(self._offered)
        self.setWidget(view)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setMaxVisibleItems(MOST_ROWS)
        popup = QListView()
        popup.setFont(fixed_font())
        popup.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        popup.setUniformItemSizes(True)
        popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        popup.setStyleSheet(f"QListView {{ border: 1px solid {theme.mark}; }}")
        popup.setAccessibleName(language.text("Completions"))
        self.setPopup(popup)
        # After setPopup(), which brings one of its own.
        self._delegate = CompletionDelegate(theme, popup.font(), popup)
        popup.setItemDelegate(self._delegate)
        self.activated.connect(self._insert)

    def offer(self, experiment: Experiment) -> None:
        """Names of this experiment."""
        self._values = (*names(experiment, self._language), *self._functions)

    @property
    def is_open(self) -> bool:
        """Whether the list is there."""
        return self.popup().isVisible()

    @property
    def shown(self) -> list[str]:
        """The names in the list."""
        model = self.completionModel()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    def close(self) -> None:
        """Put the list away."""
        self.popup().hide()

    def look(self, *, asked: bool = False) -> None:
        """Open or close the list, as the text before the cursor is; `asked`: by the key."""
        cursor = self._view.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        found = context(before)
        begun = "" if found is None else found.begun
        if found is None or (not asked and len(begun) < LEAST_LETTERS):
            self.close()
            return
        values = self._functions if found.function else self._values
        self._offered.show(self._methods if found.method else values)
        self.setCompletionPrefix(begun)
        if not self.completionCount() or (not asked and self.shown == [begun]):
            self.close()
            return
        self._open(begun, choose=asked)

    def take(self, *, first: bool) -> bool:
        """Write the chosen one, or the first one; whether there was one."""
        chosen = self.popup().currentIndex()
        if not chosen.isValid() and first:
            chosen = self.completionModel().index(0, 0)
        if not chosen.isValid():
            return False
        self.close()
        self._insert(str(chosen.data()))
        return True

    # -- inside -----------------------------------------------------------------------

    def _open(self, begun: str, *, choose: bool) -> None:
        model = self.completionModel()
        entries = [model.index(row, 0).data(COMPLETION) for row in range(model.rowCount())]
        width = self._delegate.fit(entries) + 2 * MARGIN_PX
        bar = self.popup().verticalScrollBar().sizeHint().width()
        rect = self._view.cursorRect()
        rect.translate(self._view.viewport().pos())
        begin = self._view.fontMetrics().horizontalAdvance(begun)
        rect.moveLeft(max(0, rect.left() - begin - MARGIN_PX))
        rect.setWidth(min(width + bar + 2, WIDEST_PX))
        self.complete(rect)
        first = model.index(0, 0) if choose else QModelIndex()
        self.popup().setCurrentIndex(first)

    def _insert(self, name: str) -> None:
        """In the place of what was begun; what is called gets its brackets."""
        cursor = self._view.textCursor()
        begun = len(self.completionPrefix())
        cursor.movePosition(cursor.MoveOperation.Left, cursor.MoveMode.KeepAnchor, begun)
        entry = next(each for each in self._offered.entries if each.name == name)
        behind = self._view.toPlainText()[self._view.textCursor().position() :][:1]
        brackets = entry.called and behind != "("
        cursor.insertText(f"{name}()" if brackets else name)
        if brackets:
            cursor.movePosition(cursor.MoveOperation.Left)
        self._view.setTextCursor(cursor)
