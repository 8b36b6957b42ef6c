"""A defect of the program, told in one dialog: what to do, and the details to copy.

Only one dialog at a time: what happens while it is open is added to its details.
The program lives on.
"""

import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from explorer.experiment.visible import visible
from explorer.i18n import Language

# Hundreds of identical reports (a paint event that fails) help nobody.
MOST_REPORTS = 20


class CrashReporter(QObject):
    """Shows tracebacks that come from slots, threads and the worker.

    `report` may be called from any thread.
    """

    _reported = Signal(str)

    def __init__(self, language: Language, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.language = language
        self.window: QWidget | None = None
        self.dialog: QMessageBox | None = None
        self._details: list[str] = []
        self._reported.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def attach(self, window: QWidget) -> None:
        """Show dialogs over this window from now on, one that is open too."""
        self.window = window
        if self.dialog is not None:
            self.dialog.setParent(window, self.dialog.windowFlags())
            self.dialog.open()

    def install(self) -> None:
        """Take over what Python would print for exceptions nobody caught."""
        sys.excepthook = self._on_exception
        threading.excepthook = lambda hook: self._on_exception(
            hook.exc_type, hook.exc_value, hook.exc_traceback
        )

    def report(self, details: str) -> None:
        """Show this traceback, or add it to the dialog that is open."""
        self._reported.emit(details)

    def _on_exception(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.report("".join(traceback.format_exception(kind, error, trace)))

    def _show(self, details: str) -> None:
        if len(self._details) < MOST_REPORTS:
            self._details.append(visible(details))
        if self.dialog is None:
            self.dialog = self._make_dialog()
            self.dialog.open()
        self.dialog.setDetailedText("\n".join(self._details))

    def _make_dialog(self) -> QMessageBox:
        _ = self.language.text
        dialog = QMessageBox(self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setIcon(QMessageBox.Icon.Warning)
        dialog.setWindowTitle(_("Something went wrong"))
        dialog.setText(
            _(
                "This is a defect of Gradient Explorer, not of your experiment. You can go on; "
                "if the display looks wrong, press Reset."
            )
        )
        dialog.setInformativeText(
            _("Please report it with the details. What you have not saved is still there.")
        )
        dialog.addButton(QMessageBox.StandardButton.Close)
        copy = dialog.addButton(_("Copy details"), QMessageBox.ButtonRole.ActionRole)
        # A button of a message box closes it; this one must not.
        copy.clicked.disconnect()
        copy.clicked.connect(self._copy)
        dialog.finished.connect(self._closed)
        return dialog

    def _copy(self) -> None:
        QApplication.clipboard().setText("\n".join(self._details))

    def _closed(self) -> None:
        self.dialog = None
        self._details = []
