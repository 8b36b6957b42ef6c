"""What outlives a window: its settings, its language and appearance, what reports a defect.

Building a new window for another language or appearance keeps every view simple:
none of them knows how to change either. `explorer.ui.program` is the shell of an experiment's
window, `explorer.ui.subject.program` that of a model's.
"""

from PySide6.QtCore import QLibraryInfo, QMargins, QObject, QSize, QTranslator, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from explorer.i18n import Language, load
from explorer.ui import theme as themes
from explorer.ui.basewindow import Around, BaseWindow
from explorer.ui.bench import Bench, RunState
from explorer.ui.crash import CrashReporter
from explorer.ui.garbage import Collector
from explorer.ui.settings import PRESENTATION_PERCENT, Settings

# What a window manager may put around a window.
FRAME_MARGINS = QMargins(4, 32, 4, 8)


class Shell(QObject):
    """Owns the present window. Who derives from it sets `workbench`, then calls `_open`."""

    window_changed = Signal()
    workbench: Bench
    window: BaseWindow

    def __init__(
        self,
        application: QApplication,
        language: Language | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__()
        self._application = application
        self._fixed_language = language
        self._translator = QTranslator(self)
        self._collector = Collector(self)
        self.settings = settings or Settings()
        self.crashes = CrashReporter(self._language(), self)
        application.styleHints().colorSchemeChanged.connect(self._scheme_changed)

    def show(self) -> None:
        """Show the window where it was last time, and start the worker behind it."""
        geometry = self.settings.geometry
        if geometry is None or not self.window.restoreGeometry(geometry):
            self.window.resize(self.window.size().boundedTo(_room()))
        self.window.show()

    def end(self) -> None:
        """Close the window, whatever is open over it, and leave Qt's loop."""
        self.window.close()
        # A dialog has a loop of its own.
        self._application.exit()

    def change_language(self) -> None:
        """Another language was chosen; it replaces the one given when the program began."""
        self._fixed_language = None
        self.rebuild()

    def rebuild(self) -> None:
        """Another language or appearance: a new window in the place of the old."""
        old = self.window
        self.window = self._build()
        self.window.setGeometry(old.geometry())
        self.window.setWindowState(old.windowState())
        old.replaced = True
        self.window.take_over(old)
        self.window.show()
        self.crashes.attach(self.window)
        old.close()
        old.deleteLater()
        self.window.display_clock.resume()
        self.window_changed.emit()

    # -- for who derives from it -------------------------------------------

    def _open(self) -> None:
        """The workbench is there: build the window."""
        self.workbench.crashed.connect(self.crashes.report)
        self.workbench.state_changed.connect(self._settle_memory)
        self.window = self._build()
        self.crashes.attach(self.window)

    def _make_window(self, around: Around) -> BaseWindow:
        raise NotImplementedError

    # -- inside ------------------------------------------------------------

    def _build(self) -> BaseWindow:
        language = self._language()
        theme = themes.named_theme(self.settings.appearance)
        themes.apply(self._application, theme, self._text_percent())
        self._translate_qt(language)
        self.crashes.language = language
        return self._make_window(
            Around(
                language=language,
                theme=theme,
                settings=self.settings,
                rebuild=self.rebuild,
                change_language=self.change_language,
            )
        )

    def _text_percent(self) -> int:
        chosen = self.settings.text_percent
        return max(chosen, PRESENTATION_PERCENT) if self.settings.presenting else chosen

    def _language(self) -> Language:
        return self._fixed_language or load(self.settings.language)

    def _translate_qt(self, language: Language) -> None:
        """Qt's own texts (dialog buttons, context menus) in the same language."""
        self._application.removeTranslator(self._translator)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._translator.load(f"qtbase_{language.code}", folder):
            self._application.installTranslator(self._translator)

    def _scheme_changed(self) -> None:
        if self.settings.appearance == "system":
            self.rebuild()

    def _settle_memory(self) -> None:
        """Once torch is loaded, there is time for collecting garbage."""
        if self.workbench.state is not RunState.LOADING:
            self._collector.begin()


def _room() -> QSize:
    """What a window can take of the screen, its frame left out."""
    return QGuiApplication.primaryScreen().availableSize().shrunkBy(FRAME_MARGINS)
