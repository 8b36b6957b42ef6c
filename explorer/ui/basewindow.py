"""What the windows share, whatever they show: the menu View, and what is chosen there.

Language and appearance are fixed for a window: whoever owns it (`explorer.ui.shell`) builds
another one in its place when they change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractScrollArea, QMainWindow, QMenu

from explorer.i18n import Language
from explorer.ui import menus
from explorer.ui.actions import make_actions
from explorer.ui.display import Display
from explorer.ui.focus import FocusFrame
from explorer.ui.pictures import Pictures
from explorer.ui.plots.choices import PlotChoices
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.settings import Settings
from explorer.ui.theme import Theme
from explorer.ui.transport import TransportBar

if TYPE_CHECKING:
    from explorer.ui.graph.tab import GraphTab


@dataclass(frozen=True)
class Around:
    """What any window is built with, beside its bench."""

    language: Language
    theme: Theme
    settings: Settings
    rebuild: Callable[[], None]
    change_language: Callable[[], None]


class BaseWindow(QMainWindow):
    """One window. `replaced`: another one is in its place, and goes on with its run."""

    panel: PlotPanel
    display_clock: Display
    plot_choices: PlotChoices
    bar: TransportBar

    def __init__(self, around: Around) -> None:
        super().__init__()
        self._around = around
        self.language, self.settings = around.language, around.settings
        self.replaced = False
        self._actions: Mapping[str, QAction] = make_actions(self, around.theme, self.language)
        self._actions["present"].setChecked(self.settings.presenting)
        self._focus_frame = FocusFrame(self, around.theme.accent)

    def take_over(self, old: Self) -> None:
        """Look at what was being looked at in the window that this one replaces."""
        raise NotImplementedError

    @property
    def graph(self) -> "GraphTab":
        """The tab Graph, built when it is first looked at."""
        raise NotImplementedError

    @property
    def front(self) -> QAbstractScrollArea:
        """The largest part of what is shown by the tab that is open."""
        view: QAbstractScrollArea = self.panel
        return view if view.isVisibleTo(self) else self.graph.view

    def show_graph(self) -> None:
        """Change to the tab Graph."""
        raise NotImplementedError

    def _view_menu(self, pictures: Pictures) -> list[QAction | QMenu | None]:
        """The entries of the menu View; the plots' choices are made with it."""
        a, settings, language = self._actions, self.settings, self.language
        self.plot_choices = PlotChoices(self.panel, settings, a, pictures, self)
        for name, choose in (
            ("larger_text", lambda: self._choose_text(settings.larger(1))),
            ("smaller_text", lambda: self._choose_text(settings.larger(-1))),
            ("usual_text", lambda: self._choose_text(100)),
        ):
            # The signal's `checked` must not become an argument.
            a[name].triggered.connect(lambda _on=False, choose=choose: choose())
        a["present"].toggled.connect(self._present)
        return [
            a["log_loss"],
            a["whole_run"],
            a["show_everything"],
            self.plot_choices.plots_menu,
            menus.rate_menu(self, language, settings.rate_hz, self._choose_rate),
            None,
            menus.group(
                self,
                language.text("Te&xt size"),
                [a["larger_text"], a["smaller_text"], a["usual_text"]],
            ),
            a["present"],
            menus.appearance_menu(self, language, settings.appearance, self._choose_appearance),
            menus.language_menu(self, language, settings.language, self._choose_language),
        ]

    # -- choices -----------------------------------------------------------

    def _choose_rate(self, rate: str) -> None:
        self.settings.rate_hz = int(rate)
        self.display_clock.set_rate(int(rate))

    def _choose_appearance(self, appearance: str) -> None:
        self.settings.appearance = appearance
        self._around.rebuild()

    def _choose_text(self, percent: int) -> None:
        if percent != self.settings.text_percent:
            self.settings.text_percent = percent
            self._around.rebuild()

    def _present(self, presenting: bool) -> None:
        self.settings.presenting = presenting
        self._around.rebuild()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Escape ends a presentation."""
        if event.key() == Qt.Key.Key_Escape and self.settings.presenting:
            self._actions["present"].setChecked(False)
        else:
            super().keyPressEvent(event)

    def _choose_language(self, code: str) -> None:
        self.settings.language = code or None
        self._around.change_language()
