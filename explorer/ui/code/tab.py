"""The tab Code: the program of the experiment as it would be saved now.

Follows the workbench: what somebody does in the window is in the program. It is written anew
only while the tab is looked at, and only when something changed; a run that goes on by itself
changes nothing of it.
"""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.experiment.names import shortened_path
from explorer.experiment.spec import Change, Experiment
from explorer.i18n import N_, Language
from explorer.live.work import Work
from explorer.ui.background import Background
from explorer.ui.code import writer
from explorer.ui.code.view import CodeView
from explorer.ui.code.writer import Listing
from explorer.ui.files import Files
from explorer.ui.theme import Theme
from explorer.ui.workbench import Workbench
from explorer.words.errors import sentence

ABOUT = N_(
    "This experiment in plain PyTorch, with the changes made so far. Run by itself it gives "
    "the same numbers. The line of the selected tensor is marked."
)
WRITING = N_("The program is being written …")


def _listing(work: Work) -> Listing:
    return writer.listing(work)


class CodeTab(QWidget):
    """See the module's docstring."""

    written = Signal()  # the program that is shown is another one

    def __init__(
        self,
        workbench: Workbench,
        files: Files,
        theme: Theme,
        language: Language,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._files = files
        self._language = language
        self._listing = Listing()
        # Of what the program was asked for last.
        self._asked: tuple[Experiment, tuple[Change, ...]] | None = None
        self._tensor: str | None = None
        self.view = CodeView(theme, language)
        self.said = QLabel()
        self.copy_button = QPushButton(language.text("Cop&y"))
        self.save_button = QPushButton(language.text("Save &As…"))
        # A program with much data takes seconds.
        self._writer = Background(_listing, "program's text", self)
        self._writer.done.connect(self._show)
        # Several things that happen at once are one reason to write, and a frame that told of
        # them is painted before.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.setObjectName("program's text is due")
        self._soon.timeout.connect(self._write)
        self._lay_out(theme)
        self._connect()
        self._say(WRITING)

    @property
    def program(self) -> str:
        """The whole of it, as it is copied and saved; empty if there is none."""
        return self._listing.program

    @property
    def is_current(self) -> bool:
        """Whether the program that is shown has everything that was done."""
        asked = self._asked is not None and not self._differs()
        return asked and not self._writer.is_busy and not self._soon.isActive()

    def choose(self, name: str | None) -> None:
        """Another part of the window chose a tensor."""
        if name != self._tensor:
            self._tensor = name
            self._mark(reveal=True)

    def stop(self) -> None:
        """The window is closed."""
        self._soon.stop()
        self._writer.stop()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        """What happened while nobody looked is in the program."""
        super().showEvent(event)
        self._follow()

    # -- inside ---------------------------------------------------------------------------

    def _lay_out(self, theme: Theme) -> None:
        _ = self._language.text
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setStyleSheet(f"color: {theme.text}; padding: 2px 8px;")
        self.said.setAccessibleName(_("About the program"))
        self.copy_button.setToolTip(_("Copy the whole program."))
        self.save_button.setToolTip(_("Write the program to a Python file."))
        top = QHBoxLayout()
        top.setContentsMargins(0, 2, 4, 2)
        top.addWidget(self.said, 1)
        for button in (self.copy_button, self.save_button):
            button.setAccessibleName(button.toolTip())
            button.setAutoDefault(False)
            button.setEnabled(False)
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self.view, 1)

    def _connect(self) -> None:
        self.copy_button.clicked.connect(self._copy)
        self.save_button.clicked.connect(self._save)
        workbench = self._workbench
        for signal in (
            workbench.experiment_changed,
            workbench.steps_changed,
            workbench.document_changed,
            workbench.work_changed,
        ):
            signal.connect(self._follow)

    def _follow(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _differs(self) -> bool:
        """Whether something was done since the program was asked for."""
        return self._asked != (self._workbench.experiment, self._workbench.unsaved_changes)

    def _write(self) -> None:
        if self._differs():
            self._asked = (self._workbench.experiment, self._workbench.unsaved_changes)
            self._writer.ask(self._workbench.work)

    def _show(self, listing: Listing) -> None:
        is_first = not self._listing.program
        self._listing = listing
        for button in (self.copy_button, self.save_button):
            button.setEnabled(bool(listing.program))
        self.view.show_listing(listing)
        # Afterwards it stays where somebody scrolled to.
        self._mark(reveal=is_first)
        if listing.problem is None:
            self._say(ABOUT)
        else:
            self.said.setText(sentence(listing.problem, self._language))
        self.written.emit()

    def _mark(self, reveal: bool) -> None:
        line = dict(self._listing.places).get(self._tensor or "")
        self.view.mark(line, reveal)

    def _say(self, text: str) -> None:
        self.said.setText(self._language.text(text))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.program)
        self._say(N_("The program is on the clipboard."))

    def _save(self) -> None:
        path = self._files.save_program(self.program)
        if path is not None:
            said = self._language.text("Saved as {name}.")
            self.said.setText(said.format(name=shortened_path(path.name)))
