"""A curve that is cheap to move thirty times a second."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.engine.history import Floats

# While a run is on, lines are one device pixel wide: Qt has a fast path for those,
# and any wider line costs three times as much. At rest they are drawn broader.
RESTING_WIDTH = 2.0


class LiveCurve(pg.PlotCurveItem):  # type: ignore[misc]
    """One line. `show_points` replaces its points; NaN leaves a gap."""

    def __init__(self, color: QColor) -> None:
        super().__init__(antialias=True, skipFiniteCheck=True)
        self._color = color
        self._second = 0.0
        self.set_moving(False)

    def set_color(self, color: QColor) -> None:
        """Use another colour (the appearance changed)."""
        self._color = color
        self.set_moving(self._moving)

    def set_moving(self, moving: bool) -> None:
        """Thin while a run is on, broad at rest."""
        self._moving = moving
        self.setPen(pg.mkPen(self._color, width=1.0 if moving else RESTING_WIDTH))

    def show_points(self, x: Floats, y: Floats) -> None:
        """The points, both of shape (points,)."""
        # A sum is NaN or infinite if any number is: the cheapest test for a gap.
        whole = bool(np.isfinite(y.sum())) if len(y) else True
        self.setData(x, y, connect="all" if whole else "finite", skipFiniteCheck=whole)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget) -> None:
        """Draw; a moving line twice, shifted by a fraction of a pixel, to look less thin."""
        super().paint(painter, option, widget)
        if self._moving:
            transform: Any = painter.deviceTransform()
            down = SECOND_STROKE_PX / transform.m22() if transform.m22() else 0.0
            painter.translate(0.0, down)
            super().paint(painter, option, widget)


SECOND_STROKE_PX = 0.6
