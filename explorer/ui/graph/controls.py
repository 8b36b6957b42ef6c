"""The buttons above the graph: zoom, open and close groups, legend, proof."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from explorer.i18n import N_, Language
from explorer.ui.graph.view import ZOOM_STEP
from explorer.ui.icons import icon_button
from explorer.ui.theme import Theme
from explorer.ui.tips import TipsBelow

TIPS = {
    "zoom-in": N_("Larger (+, or the mouse wheel)"),
    "zoom-out": N_("Smaller (-, or the mouse wheel)"),
    "fit": N_("Show the whole graph (0, or a double click beside it)"),
    "expand": N_("Open all functions and modules"),
    "collapse": N_("Close all functions and modules"),
    "legend": N_("Show what the signs mean"),
    "proof": N_("Prove the selected tensor's gradient: numerically, and by algebra"),
}
CHECKABLE = {"legend": True, "proof": False}


class GraphControls(QWidget):
    """One row of buttons."""

    zoomed = Signal(float)
    fitted = Signal()
    opened = Signal()
    closed = Signal()
    legend_wanted = Signal(bool)
    proof_wanted = Signal(bool)

    def __init__(self, theme: Theme, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language = language
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.buttons = {
            name: icon_button(name, language.text(tip), theme.text, self)
            for name, tip in TIPS.items()
        }
        for name, button in self.buttons.items():
            button.setCheckable(name in CHECKABLE)
            button.setChecked(CHECKABLE.get(name, False))
            row.addWidget(button)
        TipsBelow(self)
        clicks = {
            "zoom-in": lambda: self.zoomed.emit(ZOOM_STEP),
            "zoom-out": lambda: self.zoomed.emit(1 / ZOOM_STEP),
            "fit": self.fitted.emit,
            "expand": self.opened.emit,
            "collapse": self.closed.emit,
        }
        for name, click in clicks.items():
            # The signal's `checked` must not become an argument.
            self.buttons[name].clicked.connect(lambda _on=False, click=click: click())
        self.buttons["legend"].toggled.connect(self.legend_wanted)
        self.buttons["proof"].toggled.connect(self.proof_wanted)

    @property
    def wants_proof(self) -> bool:
        """Whether the proof is to be shown."""
        return self.buttons["proof"].isChecked()

    def show_size(self, can_be_opened: bool) -> None:
        """Of a graph that is too large not everything can be opened at once."""
        button = self.buttons["expand"]
        _ = self._language.text
        if button.isEnabled() != can_be_opened:
            button.setEnabled(can_be_opened)
            too_large = N_("Too many operations to draw one by one: open a part of them")
            button.setToolTip(_(TIPS["expand"]) if can_be_opened else _(too_large))
