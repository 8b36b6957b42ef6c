"""The speed slider: from one step a second to as fast as it goes, on a logarithmic scale."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from explorer.i18n import Language
from explorer.ui.theme import Theme, slider_style
from explorer.words.numbers import speed_text

FULL_SPEED = 400
NOTCHES_PER_DECADE = 100
# The line fit looks fitted after some 30 steps: slow enough to watch that.
STARTING_SPEED = 4.0

# Of the slider, in pixels.
ROOMY_WIDTH, NARROW_WIDTH = 120, 70


def speed_at(notch: int) -> float | None:
    """Steps a second at a notch of the slider (0 to FULL_SPEED); None: no limit."""
    if notch >= FULL_SPEED:
        return None
    return float(f"{10 ** (notch / NOTCHES_PER_DECADE):.2g}")


def notch_at(steps_per_second: float) -> int:
    """The notch nearest to a speed."""
    from math import log10

    return min(FULL_SPEED, round(NOTCHES_PER_DECADE * log10(max(1.0, steps_per_second))))


class SpeedControl(QWidget):
    """A slider with its speed in words beside it."""

    changed = Signal(object)  # float steps a second, or None

    def __init__(
        self, theme: Theme, language: Language, notch: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._language = language
        _ = language.text
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, FULL_SPEED)
        self.slider.setSingleStep(NOTCHES_PER_DECADE // 10)
        self.slider.setPageStep(NOTCHES_PER_DECADE // 2)
        self.slider.setStyleSheet(slider_style(theme))
        self.slider.setAccessibleName(_("Speed"))
        self.slider.setToolTip(_("How many steps a second, at most; all the way right: no limit."))
        self._words = QLabel()
        self._words.setMinimumWidth(self._widest())
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        self._caption = QLabel(_("Speed"))
        row.addWidget(self._caption)
        row.addWidget(self.slider)
        row.addWidget(self._words)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.set_roomy(True)
        self.slider.setValue(notch)
        self._say(notch)
        self.slider.valueChanged.connect(self._moved)

    def set_roomy(self, roomy: bool) -> None:
        """Where there is little room the slider is shorter, and stands there without a word."""
        self._caption.setVisible(roomy)
        self.slider.setFixedWidth(ROOMY_WIDTH if roomy else NARROW_WIDTH)

    def _moved(self, notch: int) -> None:
        self._say(notch)
        self.changed.emit(speed_at(notch))

    def _say(self, notch: int) -> None:
        self._words.setText(self._text(speed_at(notch)))

    def _text(self, speed: float | None) -> str:
        _ = self._language.text
        if speed is None:
            return _("no limit")
        return _("{speed} steps/s").format(speed=speed_text(speed))

    def _widest(self) -> int:
        texts = (self._text(None), self._text(9000.0))
        return max(self.fontMetrics().horizontalAdvance(text) for text in texts) + 4
