"""The help window: a list of its pages, a search through all of them, links between them.

Not modal, so that one can do what one reads. Opened by `explorer.ui.help.guide`.
"""

from functools import partial

from PySide6.QtCore import QUrl
from PySide6.QtGui import QKeySequence, QShortcut, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from explorer.i18n import Language
from explorer.ui.help.pages import PAGES, anchor_of, blocks, page_of

SIZE_PX, LEAST_SIZE_PX = (960, 660), (420, 240)
# Of a small screen.
SCREEN_SHARE = 0.9
MARGIN_PX = 14
# Of the list of pages: beside its longest title, and around each.
LIST_ROOM_PX, LIST_SPACING_PX = 28, 2
END_OF_BLOCK = QTextCursor.MoveOperation.EndOfBlock


class HelpWindow(QDialog):
    """Shows one page at a time. Escape closes it."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        _ = language.text
        self.setWindowTitle(_("Help"))
        self._language = language
        self._documents: dict[str, QTextDocument] = {}
        # Pages and how far they were scrolled, where links were followed.
        self._before: list[tuple[str, int]] = []
        self.contents = QListWidget()
        self.contents.setAccessibleName(_("Pages of the help"))
        self.contents.setSpacing(LIST_SPACING_PX)
        self.contents.addItems([_(page.title) for page in PAGES.values()])
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search"))
        self.search.setAccessibleName(_("Search in the help"))
        self.search.setClearButtonEnabled(True)
        self.nowhere = QLabel(_("Not found"))
        self.browser = QTextBrowser()
        self.browser.setAccessibleName(_("Help"))
        self.browser.setOpenLinks(False)
        self._lay_out()
        self._connect()
        self._show(next(iter(PAGES)))

    @property
    def page(self) -> str:
        """The key of the page that is shown."""
        return list(PAGES)[self.contents.currentRow()]

    def go(self, page: str, anchor: str = "") -> None:
        """Show a page from its start, or from the heading with this anchor, which is marked."""
        self._show(page)
        document = self.browser.document()
        block = next((each for each in blocks(document) if anchor_of(each) == anchor), None)
        cursor = QTextCursor(document)
        if anchor and block is not None:
            cursor.setPosition(block.position())
            cursor.movePosition(END_OF_BLOCK, QTextCursor.MoveMode.KeepAnchor)
        self.browser.setTextCursor(cursor)
        if anchor:
            self.browser.scrollToAnchor(anchor)

    def follow(self, link: QUrl) -> None:
        """Go where a link leads; Alt+Left comes back."""
        page = page_of(link.path())
        if page:
            self._before.append((self.page, self.browser.verticalScrollBar().value()))
            self.go(page, link.fragment())

    def back(self) -> None:
        """Where the last link was followed."""
        if self._before:
            page, scrolled = self._before.pop()
            self._show(page)
            self.browser.verticalScrollBar().setValue(scrolled)

    def find_next(self, *, backward: bool = False) -> None:
        """The next place with what is searched for: in this page, then in the others."""
        text = self.search.text()
        flags = QTextDocument.FindFlag(0)
        if backward:
            flags = QTextDocument.FindFlag.FindBackward
        found = not text or self.browser.find(text, flags)
        if not found:
            found = self._find_elsewhere(text, flags, -1 if backward else 1)
        self.nowhere.setVisible(not found)

    def _find_elsewhere(self, text: str, flags: QTextDocument.FindFlag, way: int) -> bool:
        names, here = list(PAGES), self.contents.currentRow()
        for distance in range(1, len(names) + 1):
            name = names[(here + way * distance) % len(names)]
            document = self._document(name)
            start = document.characterCount() - 1 if way < 0 else 0
            cursor = document.find(text, start, flags)
            if not cursor.isNull():
                self._show(name)
                self.browser.setTextCursor(cursor)
                return True
        return False

    # -- inside --------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.nowhere.hide()
        self.search.setMaximumWidth(220)
        self.contents.setFixedWidth(self.contents.sizeHintForColumn(0) + LIST_ROOM_PX)
        search = QHBoxLayout()
        search.addStretch(1)
        search.addWidget(self.nowhere)
        search.addWidget(self.search, 1)
        right = QVBoxLayout()
        right.addLayout(search)
        right.addWidget(self.browser, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.addWidget(self.contents)
        row.addLayout(right, 1)
        room = self.screen().availableSize() * SCREEN_SHARE
        self.setMinimumSize(*LEAST_SIZE_PX)
        self.resize(min(SIZE_PX[0], room.width()), min(SIZE_PX[1], room.height()))
        self.browser.setFocus()

    def _connect(self) -> None:
        self.contents.currentRowChanged.connect(lambda row: self._show(list(PAGES)[row]))
        self.browser.anchorClicked.connect(self.follow)
        self.search.textEdited.connect(self._search_anew)
        for key, act in (
            ("Ctrl+F", self._begin_search),
            ("F3", self.find_next),
            ("Shift+F3", partial(self.find_next, backward=True)),
            ("Alt+Left", self.back),
        ):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.activated.connect(act)
        # Not the dialog's default button, for it has none.
        self.search.returnPressed.connect(self.find_next)

    def _begin_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _search_anew(self) -> None:
        """From where the place found last begins, so that more letters do not go past it."""
        cursor = self.browser.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self.browser.setTextCursor(cursor)
        self.find_next()

    def _show(self, page: str) -> None:
        document = self._document(page)
        if self.browser.document() is not document:
            self.browser.setDocument(document)
        self.contents.setCurrentRow(list(PAGES).index(page))

    def _document(self, page: str) -> QTextDocument:
        if page not in self._documents:
            document = self._documents[page] = QTextDocument(self)
            document.setDocumentMargin(MARGIN_PX)
            document.setDefaultFont(self.font())
            PAGES[page].fill(document, self._language)
        return self._documents[page]
