"""The speed slider: from one step a second to as fast as it goes, on a logarithmic scale."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from explorer.i18n import Language
from explorer.words.numbers import speed_text

FULL_SPEED = 400
NOTCHES_PER_DECADE = 100
# The line fit looks fitted after some 30 steps: slow enough to watch that.
STARTING_SPEED = 4.0


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

    def __init__(self, language: Language, notch: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language = language
        _ = language.text
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, FULL_SPEED)
        self.slider.setSingleStep(NOTCHES_PER_DECADE // 10)
        self.slider.setPageStep(NOTCHES_PER_DECADE // 2)
        self.slider.setFixedWidth(120)
        self.slider.setAccessibleName(_("Speed"))
        self.slider.setToolTip(_("How many steps a second, at most; all the way right: no limit."))
        self._words = QLabel()
        self._words.setMinimumWidth(self._widest())
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(QLabel(_("Speed")))
        row.addWidget(self.slider)
        row.addWidget(self._words)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.slider.setValue(notch)
        self._say(notch)
        self.slider.valueChanged.connect(self._moved)

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
