"""Controls for going through the backward pass, operation by operation, in autograd's order.

The bar knows a trace and where it stands in it; the tab shows that in the picture.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from explorer.explain.backward_steps import Walk
from explorer.i18n import N_, Language
from explorer.ui.icons import icon_button, themed_icon
from explorer.ui.theme import Theme, slider_style
from explorer.ui.tips import TipsBelow
from explorer.words.backward import step_lines

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace

PLAY_PERIOD_MS = 1200
# More lines than this (a function of many inputs) are told by the first of them.
MOST_LINES = 4
TEXT_LINES = 3

BUTTONS = (
    ("start", "to-start", N_("Back to the objective, where the gradient starts.")),
    ("back", "back", N_("One operation back.")),
    ("play", "play", N_("Play the backward pass, one operation after the other.")),
    ("forward", "step", N_("One operation on: upstream gradient × local derivative.")),
    ("end", "to-end", N_("The whole backward pass.")),
)


class BackwardBar(QWidget):
    """`moved` says that the walk stands elsewhere; `walk` is None while the pass is not walked."""

    moved = Signal()

    def __init__(self, theme: Theme, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language = language
        self._trace: Trace | None = None
        self.walk: Walk | None = None
        self._icons = {name: themed_icon(name, theme.text) for name in ("play", "pause")}
        self._clock = QTimer(self, interval=PLAY_PERIOD_MS)
        self._clock.setObjectName("backward clock")
        self._clock.timeout.connect(self._tick)
        self.buttons = {
            name: icon_button(icon, language.text(tip), theme.text, self)
            for name, icon, tip in BUTTONS
        }
        TipsBelow(self)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setStyleSheet(slider_style(theme))
        self.slider.setAccessibleName(language.text("Step of the backward pass"))
        self._count = QLabel()
        self._text = QLabel()
        self._lay_out(theme)
        self._connect()
        self.set_trace(None)

    @property
    def text(self) -> str:
        """The sentence for the present step."""
        return self._text.text()

    @property
    def is_playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._clock.isActive()

    def set_trace(self, trace: "Trace | None") -> None:
        """Another graph: nobody has walked through it."""
        if trace is self._trace and trace is not None:
            return
        self._trace = trace
        self.leave()
        possible = trace is not None and bool(trace.backward)
        for button in (*self.buttons.values(), self.slider):
            button.setEnabled(possible)
        last = len(trace.backward) if trace is not None else 0
        self.slider.blockSignals(True)
        self.slider.setRange(0, last)
        self.slider.setValue(last)
        self.slider.blockSignals(False)
        self._say()

    def leave(self) -> None:
        """Show the whole pass again."""
        self._stop()
        walked, self.walk = self.walk is not None, None
        self._say()
        if walked:
            self.moved.emit()

    def go_to(self, number: int) -> None:
        """Stand behind so many operations; the last one is the whole pass."""
        if self._trace is None or not self._trace.backward:
            return
        self.walk = self.walk or Walk(self._trace)
        self.walk.go_to(number)
        self._show_place()

    # -- inside ----------------------------------------------------------------------

    def _lay_out(self, theme: Theme) -> None:
        heading = QLabel(self._language.text("Backward"))
        heading.setStyleSheet(f"color: {theme.faint_text}; font-weight: bold;")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        # Of the same height whatever is said, so that the picture above keeps its size.
        self._text.setFixedHeight(TEXT_LINES * self.fontMetrics().lineSpacing() + 2)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(heading)
        row.addSpacing(8)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addWidget(self.slider, 1)
        row.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 8, 4)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._text)

    def _connect(self) -> None:
        self.buttons["start"].clicked.connect(lambda: self._choose(0))
        self.buttons["back"].clicked.connect(lambda: self._choose(self._number() - 1))
        self.buttons["forward"].clicked.connect(self._one_on)
        self.buttons["end"].clicked.connect(self.leave)
        self.buttons["play"].clicked.connect(self._toggle)
        self.slider.valueChanged.connect(self._choose)

    def _number(self) -> int:
        """Where it stands; not walked through, the pass is over."""
        return self.slider.maximum() if self.walk is None else self.walk.number

    def _choose(self, number: int) -> None:
        self._stop()
        self.go_to(number)

    def _one_on(self) -> None:
        """With nobody walking it begins at the first operation; at the end it stays there."""
        self._choose(1 if self.walk is None else self._number() + 1)

    def _toggle(self) -> None:
        if self._clock.isActive():
            self._stop()
            return
        if self._number() >= self.slider.maximum():
            self.go_to(0)
        self._clock.start()
        self._show_playing()

    def _tick(self) -> None:
        self.go_to(self._number() + 1)
        if self._number() >= self.slider.maximum():
            self._stop()

    def _stop(self) -> None:
        self._clock.stop()
        self._show_playing()

    def _show_playing(self) -> None:
        self.buttons["play"].setIcon(self._icons["pause" if self._clock.isActive() else "play"])

    def _show_place(self) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(self._number())
        self.slider.blockSignals(False)
        self._say()
        self.moved.emit()

    def _say(self) -> None:
        _ = self._language.text
        last = self.slider.maximum()
        if self._trace is None or not self._trace.backward:
            self._count.setText("")
            self._text.setText("")
            return
        if self.walk is None:
            self._count.setText("")
            self._text.setText(_("Step through the backward pass: each operation in turn."))
            return
        self._count.setText(f"{self.walk.number} / {last}")
        lines = step_lines(self._trace, self.walk.steps[self.walk.number], self._language)
        self._text.setText("\n".join(lines[:MOST_LINES]))
        self._text.setToolTip("\n".join(lines))
