"""An axis whose logarithmic ticks can be read: powers of ten, or 1-2-5 between two of them."""

from collections.abc import Sequence
from math import ceil, floor, log10

import pyqtgraph as pg

MOST_TICKS = 7
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Powers of ten between these exponents are written out.
PLAIN_EXPONENTS = range(-3, 5)


class Axis(pg.AxisItem):  # type: ignore[misc]
    """pyqtgraph's axis, except for what it does with a logarithmic scale."""

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
        if self.logMode:
            return [(None, log_ticks(low, high))]
        ticks: list[tuple[float | None, Sequence[float]]] = super().tickValues(low, high, pixels)
        return ticks

    def tickStrings(  # noqa: N802 (pyqtgraph's name)
        self, values: Sequence[float], scale: float, spacing: float
    ) -> list[str]:
        """The texts at the ticks."""
        if self.logMode:
            return [power_text(value) for value in values]
        texts: list[str] = super().tickStrings(values, scale, spacing)
        return texts


def log_ticks(low: float, high: float) -> list[float]:
    """Exponents of ten to mark between two exponents: about three to seven of them."""
    first, last = ceil(low), floor(high)
    decades = last - first + 1
    if decades >= 3:
        # Counted, not looked through: somebody may have zoomed out very far.
        every = -(-decades // MOST_TICKS)
        return [float(tick) for tick in range(-(-first // every) * every, last + 1, every)]
    places = (
        decade + log10(digit) for decade in range(floor(low), ceil(high)) for digit in (1, 2, 5)
    )
    return [place for place in places if low <= place <= high]


def power_text(exponent: float) -> str:
    """Ten to this power: `0.01`, `200`, `10⁻⁶`, `5·10⁻⁶`."""
    decade = floor(exponent + 1e-9)
    digit = round(10 ** (exponent - decade))
    if decade in PLAIN_EXPONENTS:
        return f"{digit * 10.0**decade:.10g}"
    power = f"10{str(decade).translate(_SUPERSCRIPTS)}"
    return power if digit == 1 else f"{digit}·{power}"
