"""An axis whose ticks can be read: none on another, and powers of ten where it is logarithmic."""

from collections.abc import Sequence
from math import ceil, floor, inf, log10

import pyqtgraph as pg
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

MOST_TICKS = 7
# From the middle of a number to that of the one above it, in heights of the text.
LEAST_DISTANCE = 1.15
# What a tick that is left out is one of.
EVERY = (1, 2, 5, 10, 20, 50, 100)
# Between two powers of ten, the closest of them so many powers apart.
DIGITS = ((log10(2), (1, 2, 5)), (log10(3), (1, 3)), (inf, (1,)))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Powers of ten between these exponents are written out.
PLAIN_EXPONENTS = range(-3, 5)


class Axis(pg.AxisItem):  # type: ignore[misc]
    """pyqtgraph's axis, except for a logarithmic scale, and for large texts on a low plot."""

    def updateAutoSIPrefix(self) -> None:  # noqa: N802 (pyqtgraph's name)
        """No units here; looking for their prefix would write the label anew at every range.

        pyqtgraph calls this when the range has changed: the ticks are drawn again.
        """
        self.picture = None
        self.update()

    def tickValues(  # noqa: N802 (pyqtgraph's name)
        self, low: float, high: float, pixels: float
    ) -> list[tuple[float | None, Sequence[float]]]:
        """Spacing and places of the ticks; on a logarithmic axis the places are exponents."""
        least = self._least_distance(low, high, pixels)
        if self.logMode:
            return [(None, log_ticks(low, high, least))]
        levels: list[tuple[float, Sequence[float]]] = super().tickValues(low, high, pixels)
        # The others have texts only where pyqtgraph finds that there is room for all of them.
        return [*(thinned(*level, least) for level in levels[:1]), *levels[1:]]

    def _least_distance(self, low: float, high: float, pixels: float) -> float:
        """Of two ticks, in units of the axis. Texts beside each other are pyqtgraph's matter."""
        if self.orientation in ("bottom", "top") or pixels <= 0:
            return 0.0
        height = QFontMetricsF(QApplication.font()).height()
        return LEAST_DISTANCE * height * (high - low) / pixels

    def tickStrings(  # noqa: N802 (pyqtgraph's name)
        self, values: Sequence[float], scale: float, spacing: float
    ) -> list[str]:
        """The texts at the ticks."""
        if self.logMode:
            return [power_text(value) for value in values]
        texts: list[str] = super().tickStrings(values, scale, spacing)
        return texts


def log_ticks(low: float, high: float, least: float = 0.0) -> list[float]:
    """Exponents of ten to mark between two exponents, `least` apart: about three to seven."""
    first, last = ceil(low), floor(high)
    decades = last - first + 1
    if decades >= 3:
        # Counted, not looked through: somebody may have zoomed out very far.
        every = max(-(-decades // MOST_TICKS), ceil(least))
        return [float(tick) for tick in range(-(-first // every) * every, last + 1, every)]
    digits = next(each for distance, each in DIGITS if distance >= least)
    places = (decade + log10(digit) for decade in range(floor(low), ceil(high)) for digit in digits)
    return [place for place in places if low <= place <= high]


def thinned(spacing: float, ticks: Sequence[float], least: float) -> tuple[float, Sequence[float]]:
    """Those of evenly spaced ticks that are `least` apart; two of them stay in any case."""
    if spacing >= least:
        return spacing, ticks
    every = next((each for each in EVERY if each * spacing >= least), EVERY[-1])
    kept = [tick for tick in ticks if round(tick / spacing) % every == 0]
    return spacing, kept if len(kept) > 1 else [*ticks[:1], *ticks[1:][-1:]]


def power_text(exponent: float) -> str:
    """Ten to this power: `0.01`, `200`, `10⁻⁶`, `5·10⁻⁶`."""
    decade = floor(exponent + 1e-9)
    digit = round(10 ** (exponent - decade))
    if decade in PLAIN_EXPONENTS:
        return f"{digit * 10.0**decade:.10g}"
    power = f"10{str(decade).translate(_SUPERSCRIPTS)}"
    return power if digit == 1 else f"{digit}·{power}"
